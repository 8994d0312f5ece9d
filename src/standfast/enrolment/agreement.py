"""All members change a file, or none does: two phases over the agreed order of a process group.

A proposal is delivered to every member at the same place of the order; each stages the file and multicasts its vote;
when all that were members at that place have said yes, every member applies it at the place of the last vote. A no, or
the loss of a voter before, discards it at every member that is left. No coordinator: who proposed may die.

Questions are the other half: asked of all members, answered by each.

Source: virtual synchrony, as libcpg has it (cpg_overview(7)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from standfast.enrolment import group


@dataclass(slots=True)
class _Change:
    """A proposal on its way. `voters`: who has not voted; `applying`: who has not applied."""

    body: group.Propose
    voters: set[int]
    applying: set[int] = field(default_factory=set)
    errors: dict[int, str] = field(default_factory=dict)
    decided: bool = False


@dataclass(slots=True)
class _Question:
    """A question of ours, with what came."""

    body: group.Ask
    waiting: set[int] | None = None
    answers: dict[int, group.Answer] = field(default_factory=dict)


class Machine:
    """One member. `me`: this node's id. Events and effects: `group`."""

    def __init__(self, me: int) -> None:
        self.me = me
        self.members: frozenset[int] = frozenset()
        self._change: _Change | None = None
        self._ring: frozenset[int] = frozenset()
        self._after_leave: set[int] = set()
        self._questions: dict[str, _Question] = {}
        self._own: set[str] = set()

    def handle(self, event: group.Event) -> list[group.Effect]:
        """Return what is to be done."""
        return list(self._handle(event))

    def _handle(self, event: group.Event) -> Iterator[group.Effect]:
        match event:
            case group.Members(ids):
                yield from self._membership(ids)
                yield from self._left()
            case group.Ring(ids):
                self._ring = ids
                yield from self._left()
            case group.Requested(body):
                self._own.add(body.id)
                yield group.Multicast(body)
            case group.Delivered(sender, message):
                yield from self._delivered(sender, message)
            case group.Prepared(number, error):
                yield group.Multicast(group.Vote(number, error))
            case group.Applied(number, error):
                yield group.Multicast(group.Done(number, error))
            case group.Reloaded(number, error):
                yield from self._reloaded(number, error)
            case group.Performed(number, answer, error):
                yield group.Multicast(group.Answer(number, answer, error))
            case group.Expired(number):
                yield from self._expired(number)

    def _membership(self, ids: frozenset[int]) -> Iterator[group.Effect]:
        lost, self.members = self.members - ids, ids
        if (change := self._change) is not None and lost:
            if not change.decided and lost & change.body.voters:
                yield from self._discard(change, f"node {min(lost)} was lost before all had agreed")
            else:
                change.applying -= lost
                yield from self._finish(change)
        for question in list(self._questions.values()):
            if question.waiting is not None:
                question.waiting -= lost
                yield from self._answered(question)

    def _left(self) -> Iterator[group.Effect]:
        """Let one of those that stay have Corosync read the file, once who left is out of the ring: Corosync would else
        drop the link, and take it for lost."""
        gone = self._after_leave - self.members - self._ring
        self._after_leave -= gone
        if gone and self.me == min(self.members, default=0):
            yield group.Reload("")

    def _delivered(self, sender: int, message: group.Message) -> Iterator[group.Effect]:
        match message:
            case group.Propose():
                yield from self._proposed(sender, message)
            case group.Vote(number, error):
                yield from self._voted(sender, number, error)
            case group.Done(number, error):
                yield from self._done(sender, number, error)
            case group.Ask(number):
                if number in self._own:
                    targets = set(message.targets) & self.members if message.targets else set(self.members)
                    self._questions[number] = _Question(message, targets)
                if not message.targets or self.me in message.targets:
                    yield group.Perform(message)
                if question := self._questions.get(number):
                    yield from self._answered(question)
            case group.Answer(number):
                if question := self._questions.get(number):
                    question.answers[sender] = message
                    if question.waiting is not None:
                        question.waiting.discard(sender)
                    yield from self._answered(question)

    # --- a change

    def _proposed(self, sender: int, body: group.Propose) -> Iterator[group.Effect]:
        if self._change is not None:
            if body.id in self._own:
                yield self._reply(body.id, "another change is under way: try again")
            yield group.Multicast(group.Vote(body.id, "another change is under way: try again"))
            return
        if body.voters != self.members:
            if body.id in self._own:
                absent = sorted(body.voters ^ self.members)
                yield self._reply(body.id, f"membership has just changed (node {absent[0]}): try again")
            return
        self._change = _Change(body, set(body.voters))
        yield group.Prepare(body)

    def _voted(self, sender: int, number: str, error: str) -> Iterator[group.Effect]:
        change = self._change
        if change is None or change.body.id != number or change.decided:
            return
        change.voters.discard(sender)
        if error:
            yield from self._discard(change, f"node {sender}: {error}")
        elif not change.voters:
            change.decided, change.applying = True, set(change.body.voters)
            self._after_leave |= set(change.body.leaving)
            yield group.Apply(change.body)

    def _discard(self, change: _Change, reason: str) -> Iterator[group.Effect]:
        self._change = None
        yield group.Discard(change.body)
        if change.body.id in self._own:
            yield self._reply(change.body.id, reason)

    def _late(self, change: _Change) -> Iterator[group.Effect]:
        number = change.body.id
        if not change.decided:
            late = ", ".join(str(node) for node in sorted(change.voters))
            yield group.Multicast(group.Vote(number, f"no vote in time of node {late}"))
            return
        change.errors |= dict.fromkeys(change.applying, "no answer in time")
        change.applying = set()
        yield from self._finish(change)

    def _done(self, sender: int, number: str, error: str) -> Iterator[group.Effect]:
        change = self._change
        if change is None or change.body.id != number:
            return
        change.applying.discard(sender)
        if error:
            change.errors[sender] = error
        yield from self._finish(change)

    def _finish(self, change: _Change) -> Iterator[group.Effect]:
        if not change.decided or change.applying:
            return
        self._change = None
        if change.body.id not in self._own:
            return
        if change.body.reload and not change.body.leaving and not change.errors:
            yield group.Reload(change.body.id)
        else:
            self._own.discard(change.body.id)
            wrong = "; ".join(f"node {node}: {error}" for node, error in sorted(change.errors.items()))
            yield group.Reply(change.body.id, wrong, in_place=True)

    def _reloaded(self, number: str, error: str) -> Iterator[group.Effect]:
        if number in self._own:
            self._own.discard(number)
            yield group.Reply(number, f"Corosync did not take it: {error}" if error else "", in_place=True)

    def _reply(self, number: str, error: str) -> group.Reply:
        self._own.discard(number)
        return group.Reply(number, error)

    # --- a question

    def _answered(self, question: _Question) -> Iterator[group.Effect]:
        if question.waiting is None or question.waiting:
            return
        del self._questions[question.body.id]
        self._own.discard(question.body.id)
        yield group.Reply(question.body.id, answers=dict(question.answers))

    def _expired(self, number: str) -> Iterator[group.Effect]:
        """End what waited too long: a question with what came, a change by a no of ours in its place of the order."""
        change = self._change
        if change is not None and change.body.id == number:
            yield from self._late(change)
        question = self._questions.pop(number, None)
        if question is None:
            return
        self._own.discard(number)
        late = {n: group.Answer(number, "", "no answer in time") for n in question.waiting or ()}
        yield group.Reply(number, answers=question.answers | late)
