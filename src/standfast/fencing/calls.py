"""The steps that this node does: delay, calls of the agent within the limit, verification."""

from __future__ import annotations

from collections.abc import Callable, Container

import msgspec

from standfast import agents
from standfast.fencing import devices
from standfast.fencing.capabilities import Capabilities
from standfast.fencing.events import Device, Effect, RunAgent
from standfast.runtime import CancelTimer, SetTimer

RETRY_PAUSE_MS = 1000
_RETRY_LEFT = 0.3
"""A further try is made if at least this part of the limit is left, as Pacemaker does."""

STATUS_OFF = 2
"""What an agent's `status` ends with when the target is off. Source: FenceAgentAPI.md, "status"."""

StepKey = tuple[str, int]
"""A job's id and the step's number."""


class Work(msgspec.Struct, frozen=True):
    """A step on this node: how often its agent was called, since when, and whether the call is the verification."""

    key: StepKey
    device: Device
    able: Capabilities
    action: str
    target: str
    node_id: int | None
    limit_ms: int
    started_ms: int = 0
    tries: int = 0
    verifying: bool = False


class Ended(msgspec.Struct, frozen=True):
    """A step of this node came to its end."""

    key: StepKey
    ok: bool
    reason: str = ""


class Calls:
    """Steps by what they wait for: their delay or the pause before a further try, or the end of a call."""

    def __init__(self, next_number: Callable[[], int]) -> None:
        self._next_number = next_number
        self._waiting: dict[str, tuple[int, Work]] = {}
        self._running: dict[int, Work] = {}

    def begin(self, work: Work, delay_ms: int, now_ms: int) -> list[Effect]:
        """Start a step, now or after its delay."""
        if delay_ms > 0:
            return self._wait(work, delay_ms)
        return self._run(msgspec.structs.replace(work, started_ms=now_ms), now_ms)

    def fired(self, name: str, generation: int, now_ms: int) -> list[Effect]:
        """Go on with a step whose delay or pause is over."""
        waited = self._waiting.get(name)
        if waited is None or waited[0] != generation:
            return []
        del self._waiting[name]
        work = waited[1]
        return self._run(work if work.tries else msgspec.structs.replace(work, started_ms=now_ms), now_ms)

    def exited(self, call: int, outcome: agents.Outcome, now_ms: int) -> list[Effect] | Ended:
        """Take the end of a call; one of nobody changes nothing. A success is what ended with 0, and nothing else."""
        work = self._running.pop(call, None)
        if work is None:
            return []
        done = outcome.status is agents.ExecutionStatus.DONE
        if work.verifying:
            off = done and outcome.exit_code == STATUS_OFF
            return Ended(work.key, off, "" if off else "the device does not say that it is off")
        if done and outcome.exit_code == 0:
            verify = work.action == "off" and devices.verifies(work.device)
            return self._run(msgspec.structs.replace(work, verifying=True), now_ms) if verify else Ended(work.key, True)
        if self._again(work, outcome, now_ms):
            return self._wait(work, RETRY_PAUSE_MS)
        return Ended(work.key, False, _reason(outcome))

    def drop_waiting(self, jobs: Container[str], why: str) -> tuple[list[Effect], list[Ended]]:
        """Give up these jobs' steps whose agent is not running; what runs cannot be called back."""
        dropped = {name: work.key for name, (_, work) in self._waiting.items() if work.key[0] in jobs}
        effects = [effect for job, _ in dropped.values() for effect in self.drop(job)]
        return effects, [Ended(key, False, f"dropped: {why}") for key in dropped.values()]

    def drop(self, job: str) -> list[Effect]:
        """Give up a job's waiting steps: it is not wanted any more."""
        names = [name for name, (_, work) in self._waiting.items() if work.key[0] == job]
        for name in names:
            del self._waiting[name]
        return [CancelTimer(name) for name in names]

    def _wait(self, work: Work, delay_ms: int) -> list[Effect]:
        name = f"fencing/wait/{work.key[0]}/{work.key[1]}"
        generation = self._next_number()
        self._waiting[name] = (generation, work)
        return [SetTimer(name, generation, delay_ms)]

    def _run(self, work: Work, now_ms: int) -> list[Effect]:
        call = self._next_number()
        action = "status" if work.verifying else work.action
        limit_ms = devices.timeout_ms(work.device, "status", work.limit_ms) if work.verifying else _left(work, now_ms)
        invocation = devices.invocation(work.device, action, work.able, limit_ms, work.target, work.node_id)
        self._running[call] = work if work.verifying else msgspec.structs.replace(work, tries=work.tries + 1)
        return [RunAgent(call, invocation)]

    def _again(self, work: Work, outcome: agents.Outcome, now_ms: int) -> bool:
        """Return whether there is a further try: not after a time-out, and not with too little time left."""
        if outcome.status in (agents.ExecutionStatus.TIMEOUT, agents.ExecutionStatus.NOT_INSTALLED):
            return False
        enough = _left(work, now_ms) - RETRY_PAUSE_MS >= work.limit_ms * _RETRY_LEFT
        return work.tries < devices.tries(work.device, work.action) and enough


def _left(work: Work, now_ms: int) -> int:
    return max(1, work.limit_ms - (now_ms - work.started_ms))


def _reason(outcome: agents.Outcome) -> str:
    """Return why a call failed: the agent's word, or the last line that it printed, or its exit code."""
    if outcome.exit_reason:
        return outcome.exit_reason
    if outcome.status is agents.ExecutionStatus.TIMEOUT:
        return "timed out"
    lines = [line.strip() for line in outcome.stderr.splitlines() if line.strip()]
    return lines[-1][:200] if lines else f"exit {outcome.exit_code}"
