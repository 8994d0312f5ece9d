"""A fencing under way: who asked, what was tried with which result, and what comes next.

A `Job` is replicated: every member has the same one at the same place in the agreed order. What comes next is a pure
function of the job and of what is known of the devices, so that the next coordinator goes on where the last one ended.
"""

from __future__ import annotations

import enum

import msgspec


class Asker(msgspec.Struct, frozen=True):
    """A request that waits for the job, and the client it came from."""

    request: str
    client: str = ""


class State(enum.StrEnum):
    """How far a step is. LOST: the calling node left, or was silent for too long."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    LOST = "lost"


class Step(msgspec.Struct, frozen=True):
    """One action of one device, called from one node.

    `confirms`: with its success the target is known to be off. `afterwards`: it follows the confirmation (switching
    on again) and its failure spoils nothing. `closes`: nothing follows its success. `limit_ms` is the time for the
    calls of agents, the delay not counted.
    """

    number: int
    level: str
    device: str
    action: str
    node: str
    confirms: bool = False
    afterwards: bool = False
    closes: bool = False
    delay_ms: int = 0
    limit_ms: int = 60000
    state: State = State.RUNNING
    reason: str = ""


class Job(msgspec.Struct, frozen=True):
    """A fencing of one life of a target. Invariant: at most one step is running, the last.

    `delay_ms`, `limit_ms` and `draw` are the request's.
    """

    id: str
    target: str
    action: str
    incarnation: str
    askers: tuple[Asker, ...]
    delay_ms: int = 0
    limit_ms: int = 0
    draw: float = 0.0
    steps: tuple[Step, ...] = ()
    confirmed: bool = False

    @property
    def running(self) -> Step | None:
        """Return the step that is under way."""
        return self.steps[-1] if self.steps and self.steps[-1].state is State.RUNNING else None

    def step(self, number: int) -> Step | None:
        """Return the step of this number, from 1."""
        return self.steps[number - 1] if 0 < number <= len(self.steps) else None

    def same_life(self, other: Job) -> bool:
        """Return whether the other asks for the same action on the same life."""
        return (self.target, self.action, self.incarnation) == (other.target, other.action, other.incarnation)

    def begin(self, step: Step) -> Job:
        """Return the job with this step under way."""
        assert self.running is None
        assert step.number == len(self.steps) + 1
        return msgspec.structs.replace(self, steps=(*self.steps, step))

    def end_step(self, number: int, state: State, reason: str = "") -> Job:
        """Return the job with what came of this step; a late success of a lost one counts too."""
        assert state is not State.RUNNING
        assert 0 < number <= len(self.steps)
        ended = msgspec.structs.replace(self.steps[number - 1], state=state, reason=reason)
        return msgspec.structs.replace(self, steps=(*self.steps[: number - 1], ended, *self.steps[number:]))


class Part(msgspec.Struct, frozen=True):
    """One device's action within a level. `callers`: the nodes that may call it, best first."""

    device: str
    action: str
    callers: tuple[str, ...]
    confirms: bool = False
    afterwards: bool = False


class Row(msgspec.Struct, frozen=True):
    """A level's parts, in order. No parts: it cannot fence the target. `open`: its devices have yet to say whether
    they can."""

    name: str
    parts: tuple[Part, ...] = ()
    open: bool = False


class Plan(msgspec.Struct, frozen=True):
    """What can be done for a target: levels, best first. `patient`: an open level holds back those behind it."""

    rows: tuple[Row, ...] = ()
    patient: bool = True


class Wait(msgspec.Struct, frozen=True):
    """Nothing can be said before the devices have answered."""


class Finished(msgspec.Struct, frozen=True):
    """Nothing is left to do: all of a level succeeded, or (`ok` false) every level failed."""

    ok: bool
    reason: str = ""


class Next(msgspec.Struct, frozen=True):
    """The part to do now, of which level, from which node. `closes`: nothing follows its success."""

    level: str
    part: Part
    node: str
    closes: bool


class Use(msgspec.Struct, frozen=True):
    """A device as a level uses it: its callers, and whether it reboots at one stroke and can switch on."""

    device: str
    callers: tuple[str, ...]
    reboots: bool = True
    switches_on: bool = True


def parts(action: str, uses: tuple[Use, ...]) -> tuple[Part, ...]:
    """Return what a level does for the action.

    "If a topology level has multiple devices, a reboot is mapped to off of each and then on of each": a reboot of one
    would leave the target fed by the other. So for one device whose agent cannot reboot.
    """
    if action == "reboot" and len(uses) == 1 and uses[0].reboots:
        return (Part(uses[0].device, "reboot", uses[0].callers, confirms=True),)
    if action == "reboot":
        on = tuple(Part(u.device, "on", u.callers, afterwards=True) for u in uses if u.switches_on)
        return parts("off", uses) + on
    return tuple(Part(u.device, action, u.callers, confirms=u is uses[-1]) for u in uses)


def proceed(job: Job, plan: Plan) -> Next | Wait | Finished:
    """Return what comes next. Each part is tried from each of its callers once; a level fails with one of its parts,
    and then the next one is taken from its beginning."""
    assert job.running is None
    if job.confirmed:
        return _afterwards(job, plan)
    waits = False
    for row in plan.rows:
        if row.open:
            waits = True
            if plan.patient:
                break
        following = _in_row(job, row)
        if following is not None:
            return following
    return Wait() if waits else Finished(False, _why(job))


def _in_row(job: Job, row: Row) -> Next | None:
    """Return what comes next in the level; None if it failed or cannot fence the target."""
    for place, part in enumerate(row.parts):
        node = _caller(job, row, part)
        if isinstance(node, str):
            return Next(row.name, part, node, closes=place == len(row.parts) - 1)
        if node is None:
            return None
    return None


def _afterwards(job: Job, plan: Plan) -> Next | Finished:
    """Return what is to be switched on again, in the level that switched off."""
    level = next((s.level for s in job.steps if s.confirms and s.state is State.OK), "")
    for row in plan.rows:
        for place, part in enumerate(row.parts):
            node = _caller(job, row, part) if part.afterwards and row.name == level else None
            if isinstance(node, str):
                return Next(row.name, part, node, closes=place == len(row.parts) - 1)
    return Finished(True)


def _caller(job: Job, row: Row, part: Part) -> str | bool | None:
    """Return the node to call the part from; True if it is done, None if it failed from everywhere."""
    mine = [s for s in job.steps if (s.level, s.device, s.action) == (row.name, part.device, part.action)]
    if any(s.state is State.OK for s in mine):
        return True
    tried = {s.node for s in mine}
    return next((node for node in part.callers if node not in tried), None)


def _why(job: Job) -> str:
    failed = [f"{s.device} from {s.node}: {s.reason or s.state}" for s in job.steps if s.state is not State.OK]
    return "; ".join(failed) or f"no device can fence {job.target}"
