"""What every member knows alike: fencings under way, those that ended, lives that are confirmed dead.

It changes only by ordered messages and views, so it is the same on every member at the same place in the order.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from standfast.fencing import messages
from standfast.fencing.events import Receipt
from standfast.fencing.requests import Job, State, Step

HISTORY_MAX = 500
_LIVES_MAX = 16
KILLING = frozenset(("off", "reboot"))


class Register:
    """Jobs in the order in which they were heard, and the bounded history of receipts, oldest first."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.history: list[Receipt] = []
        self._ended: dict[str, None] = {}
        self._dead: dict[str, dict[str, str]] = {}

    def active(self) -> list[Job]:
        """Return the jobs that may go on: the first of each target. "One fencing at a time for one target"."""
        first: dict[str, Job] = {}
        for job in self.jobs.values():
            first.setdefault(job.target, job)
        return list(first.values())

    def is_active(self, job: Job) -> bool:
        """Return whether no other job of the same target is before it."""
        return next(j.id for j in self.jobs.values() if j.target == job.target) == job.id

    def running(self, job: str) -> Step | None:
        """Return the step of the job that is under way."""
        known = self.jobs.get(job)
        return known.running if known is not None else None

    def is_dead(self, job: Job) -> bool:
        """Return whether the life that the job is to end is known to have ended.

        An off is not answered by a reboot: who asks for it wants the target to stay off.
        """
        by = self._dead.get(job.target, {}).get(job.incarnation) if job.incarnation else None
        return job.action in KILLING and by is not None and (by != "reboot" or job.action == "reboot")

    def knows(self, request: str) -> bool:
        """Return whether a request was heard before."""
        return request in self._ended or any(a.request == request for j in self.jobs.values() for a in j.askers)

    def take(self, sender: str, said: messages.Said, orders: bool) -> list[Receipt]:
        """Take a message in its place; `orders`: its sender coordinates. Return the receipts that it makes."""
        match said:
            case messages.Requested():
                return self.request(said, from_coordinator=orders)
            case messages.Ordered() if orders:
                self.order(said)
            case messages.Answered():
                return self.answer(said)
            case messages.Expired() if orders:
                self.expire(said)
            case messages.Ended() if orders:
                return self.end(said)
            case messages.Confirmed():
                return self.confirm(said, sender)
        return []

    def request(self, said: messages.Requested, from_coordinator: bool) -> list[Receipt]:
        """Take a request: answered at once, merged with the same one, or queued behind others for its target."""
        job = msgspec.structs.replace(said.job, steps=(), confirmed=False)
        if not job.askers or any(self.knows(a.request) for a in job.askers):
            return []
        if self.is_dead(job):
            return self._receipts(job, True, "this life was confirmed dead before", said.wall_s)
        same = next((j for j in self.jobs.values() if j.same_life(job) and not j.confirmed), None)
        if same is not None:
            self.jobs[same.id] = msgspec.structs.replace(same, askers=same.askers + job.askers)
            return []
        self.jobs[job.id] = job
        if said.step is not None and from_coordinator and self.is_active(job) and said.step.number == 1:
            self.jobs[job.id] = job.begin(said.step)
        return []

    def order(self, said: messages.Ordered) -> None:
        """Take the coordinator's order; one that does not fit (anymore) changes nothing."""
        if said.job.id in self._ended and said.job.id not in self.jobs:
            return
        job = self.jobs.get(said.job.id, said.job)
        if job.running is None and said.step.number == len(job.steps) + 1:
            self.jobs[job.id] = job.begin(said.step)

    def answer(self, said: messages.Answered) -> list[Receipt]:
        """Take what came of a step. A success that confirms ends all who asked, on every member at this place."""
        job = self.jobs.get(said.job)
        step = job.step(said.number) if job is not None else None
        if job is None or step is None:
            return self._strange(said.receipts)
        if step.state in (State.OK, State.FAILED):
            return []
        job = job.end_step(step.number, State.OK if said.ok else State.FAILED, said.reason)
        self.jobs[job.id] = job
        receipts: list[Receipt] = []
        if said.ok and step.confirms and not job.confirmed:
            job = self.jobs[job.id] = msgspec.structs.replace(job, confirmed=True)
            receipts = self._receipts(job, True, "", said.wall_s)
        if said.ok and step.closes:
            receipts += self._close(job, said.wall_s)
        return receipts

    def expire(self, said: messages.Expired) -> None:
        """Take it that a step is not answered."""
        job = self.jobs.get(said.job)
        if job is not None and job.running is not None and job.running.number == said.number:
            self.jobs[job.id] = job.end_step(said.number, State.LOST, said.reason)

    def end(self, said: messages.Ended) -> list[Receipt]:
        """Take it that nothing more is done for a job."""
        job = self.jobs.get(said.job)
        if job is None:
            return self._strange(said.receipts)
        receipts = [] if job.confirmed else self._receipts(job, False, said.reason, said.wall_s)
        return receipts + self._close(job, said.wall_s)

    def confirm(self, said: messages.Confirmed, sender: str) -> list[Receipt]:
        """Take an operator's word: every job for this life ends well."""
        receipts: list[Receipt] = []
        for job in [j for j in self.jobs.values() if j.target == said.target and j.action in KILLING]:
            if job.id in self.jobs and said.incarnation in ("", job.incarnation) and not job.confirmed:
                receipts += [self._manual(a.request, said, job.incarnation, sender) for a in job.askers]
                receipts += self._close(job, said.wall_s)
        if not receipts:
            receipts = [self._manual("", said, said.incarnation, sender)]
        return receipts

    def lost_nodes(self, members: frozenset[str]) -> None:
        """Take it that who is not among the members answers no more."""
        for job in list(self.jobs.values()):
            step = job.running
            if step is not None and step.node not in members:
                self.jobs[job.id] = job.end_step(step.number, State.LOST, f"{step.node} left")

    def forget_jobs(self) -> None:
        """Drop what is pending: we joined others, and what they say counts."""
        self.jobs.clear()

    @classmethod
    def of(cls, said: messages.State, own: Iterable[Receipt]) -> Register:
        """Return the coordinator's register, as it was when we joined it; our own history stands before its."""
        made = cls()
        made._record([*(r for r in own if r not in said.history), *said.history])
        made.jobs = {job.id: job for job in said.jobs}
        return made

    def _receipts(self, job: Job, ok: bool, reason: str, wall_s: int) -> list[Receipt]:
        receipts = receipts_of(job, ok, reason, wall_s)
        if ok and job.action in KILLING:
            self._mark(job.target, job.incarnation, job.action)
        self._record(receipts)
        return receipts

    def _strange(self, receipts: Iterable[Receipt]) -> list[Receipt]:
        """Take receipts of a job that is not known here: it ended before, or we joined after it began."""
        new = [r for r in receipts if not self.knows(r.request)]
        for receipt in receipts:
            self._remember(receipt)
        self._record(new)
        return new

    def _manual(self, request: str, said: messages.Confirmed, incarnation: str, sender: str) -> Receipt:
        reason = f"confirmed by {said.client or 'an operator'}"
        receipt = Receipt(request, said.target, incarnation, "off", True, "", sender, said.client, reason, said.wall_s)
        self._record([receipt])
        return receipt

    def _close(self, job: Job, wall_s: int) -> list[Receipt]:
        """Drop the job, and answer those behind it whose life has ended with it."""
        self.jobs.pop(job.id, None)
        receipts: list[Receipt] = []
        for waiting in [j for j in self.jobs.values() if j.target == job.target]:
            if waiting.running is None and not waiting.confirmed and self.is_dead(waiting):
                del self.jobs[waiting.id]
                receipts += self._receipts(waiting, True, "this life was confirmed dead before", wall_s)
        return receipts

    def _record(self, receipts: Iterable[Receipt]) -> None:
        for receipt in receipts:
            self.history.append(receipt)
            self._remember(receipt)
        del self.history[:-HISTORY_MAX]

    def _remember(self, receipt: Receipt) -> None:
        if receipt.request:
            self._ended[receipt.request] = None
        while len(self._ended) > 4 * HISTORY_MAX:
            del self._ended[next(iter(self._ended))]
        if receipt.ok and receipt.action in KILLING:
            self._mark(receipt.target, receipt.incarnation, receipt.action)

    def _mark(self, target: str, incarnation: str, by: str) -> None:
        """Remember that the life has ended. A reboot does not weaken what an off has said."""
        if not incarnation:
            return
        lives = self._dead.setdefault(target, {})
        if lives.get(incarnation) in (None, "reboot"):
            lives[incarnation] = by
        while len(lives) > _LIVES_MAX:
            del lives[next(iter(lives))]


def receipts_of(job: Job, ok: bool, reason: str, wall_s: int) -> list[Receipt]:
    """Return what each who asked is told."""
    done = [s for s in job.steps if s.state is State.OK and not s.afterwards]
    last = done[-1] if done else None
    level = [s for s in done if last is not None and s.level == last.level]
    devices = ",".join(s.device for s in level) if ok else ""
    node = last.node if ok and last is not None else ""
    return [
        Receipt(a.request, job.target, job.incarnation, job.action, ok, devices, node, a.client, reason, wall_s)
        for a in job.askers
    ]
