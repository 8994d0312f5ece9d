"""Events one after the other: each is scheduled, done in the model and timed, until the cluster is at rest."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from standfast import cib, scheduler, transition
from standfast.dialects.crm_simulate.execution import execute
from standfast.dialects.crm_simulate.model import Model
from standfast.dialects.what_if import happening
from standfast.dialects.what_if.durations import Durations, timeline
from standfast.dialects.what_if.events import Event
from standfast.dialects.what_if.floors import Floor
from standfast.dialects.what_if.presence import PROMOTED, RUNNING, Moment, Presence, moments

_ROUNDS_MAX = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without any instance of a resource in a role, in ms from the event; `end_ms` None: it does not end."""

    resource: str
    role: str  # running, promoted
    begin_ms: int
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A floor that is not kept: the fewest instances there were, and when first too few, in ms from the event."""

    floor: str
    fewest: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What an event leads to. `took_ms`: until the cluster is at rest; `settled` is false if it does not come to rest.

    `stuck` are changes that are needed and cannot be made.
    """

    event: str
    changes: tuple[scheduler.Change, ...] = ()
    fencing: tuple[tuple[str, str], ...] = ()
    took_ms: int = 0
    gaps: tuple[Gap, ...] = ()
    broken: tuple[Broken, ...] = ()
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All stages, and which operations' times are guessed for want of a history."""

    stages: tuple[Stage, ...] = ()
    guessed: tuple[str, ...] = ()
    document: cib.Document | None = field(default=None, compare=False)

    @property
    def broken(self) -> bool:
        """Return whether a floor is not kept."""
        return any(stage.broken for stage in self.stages)

    @property
    def settled(self) -> bool:
        """Return whether the cluster comes to rest after each event."""
        return all(stage.settled for stage in self.stages)


def rehearse(
    document: cib.Document,
    events: Sequence[Event],
    floors: Sequence[Floor],
    now_s: int,
    changed: cib.Document | None = None,
) -> Rehearsal:
    """Return what these events lead to; with `changed`, first what that change of the configuration leads to.

    The documents are not changed. Raises: RequestError if an event cannot happen.
    """
    durations = Durations(document)
    current, stages = document, []
    first = [] if changed is None else [Event("change", "the configuration")]
    for event in (*first, *events):
        after = changed if event.verb == "change" and changed is not None else None
        after = after or happening.apply(event, current, now_s, document)
        stage, current = _Play(current, after, event, durations, floors, now_s).run()
        stages.append(stage)
    return Rehearsal(tuple(stages), tuple(sorted(durations.guessed)), current)


class _Play:
    """One event: the document it leads to, and what happens on the way."""

    def __init__(
        self, before: cib.Document, after: cib.Document, event: Event, durations: Durations,
        floors: Sequence[Floor], now_s: int,
    ) -> None:  # fmt: skip
        self.event, self.durations, self.floors, self.now_s = event, durations, floors, now_s
        self.presence = Presence.of(scheduler.state(before, now_s))
        self.document = after
        self.moments: list[Moment] = self._at_once()
        self.took_ms = 0
        self.changes: list[scheduler.Change] = []
        self.fencing: dict[str, str] = {}

    def _at_once(self) -> list[Moment]:
        """Return what is gone with the event itself."""
        if self.event.verb == "lose":
            return self.presence.without(self.event.subject)
        if self.event.verb != "fail":
            return []
        gone = next(((k, n) for k, n in self.presence.where.items() if k[0] == self.event.subject and n), None)
        if gone is None:
            return []
        (name, node, _), _ = gone
        return [
            Moment(0, name, node, role, -1) for role in (RUNNING, PROMOTED) if self.presence.where[(name, node, role)]
        ]

    def run(self) -> tuple[Stage, cib.Document]:
        settled = False
        for _ in range(_ROUNDS_MAX):
            outcome = scheduler.schedule(self.document, self.now_s)
            self._note(outcome)
            if not any(map(_is_left_to_do, outcome.graph.actions())):
                settled = True
                break
            self._execute(outcome.graph)
        if self.event.verb == "leave":
            self._gone(self.event.subject)
        gaps, broken = self._watch()
        stage = Stage(
            str(self.event), tuple(self.changes), tuple(self.fencing.items()), self.took_ms, gaps, broken, settled
        )
        return stage, self.document

    def _note(self, outcome: scheduler.Outcome) -> None:
        self.changes += [c for c in outcome.changes if c not in self.changes]
        for node, reason in outcome.fencing.items():
            self.fencing.setdefault(node, reason)

    def _execute(self, graph: transition.Graph) -> None:
        timed = timeline(graph, self.durations)
        for moment in moments(timed):
            later = Moment(moment.at_ms + self.took_ms, moment.resource, moment.node, moment.role, moment.change)
            self.moments.append(later)
        self.took_ms += max((end for _, end, action in timed if not action.interval_ms), default=0)
        model = Model(self.document, self.now_s)
        execute(graph, model, frozenset(), {})
        self.document = model.written()

    def _gone(self, node: str) -> None:
        model = Model(self.document, self.now_s)
        model.node(node).take_down()
        self.document = model.written()

    def _watch(self) -> tuple[tuple[Gap, ...], tuple[Broken, ...]]:
        """Return the gaps, and the floors that are not kept, as the moments go by."""
        watched = {(name, role) for (name, _, role), n in self.presence.where.items() if n}
        open_gaps: dict[tuple[str, str], int] = {}
        gaps: list[Gap] = []
        broken: dict[str, Broken] = {}
        for at_ms, together in itertools.groupby(sorted(self.moments, key=_when), key=_when):
            touched = set()
            for moment in together:
                self.presence.apply(moment)
                touched.add((moment.resource, moment.role))
            for key in touched & watched:
                there = self.presence.count(*key)
                if not there:
                    open_gaps.setdefault(key, at_ms)
                elif key in open_gaps:
                    gaps.append(Gap(*key, open_gaps.pop(key), at_ms))
            self._check(at_ms, broken)
        gaps += [Gap(*key, begin) for key, begin in open_gaps.items()]
        return tuple(sorted(gaps, key=lambda g: (g.resource, g.role, g.begin_ms))), tuple(broken.values())

    def _check(self, at_ms: int, broken: dict[str, Broken]) -> None:
        for floor in self.floors:
            role = PROMOTED if floor.promoted else RUNNING
            fewest = min((self.presence.count(name, role) for name in floor.members), default=0)
            known = broken.get(str(floor))
            if fewest < floor.number and (known is None or fewest < known.fewest):
                broken[str(floor)] = Broken(str(floor), fewest, at_ms if known is None else known.at_ms)


def _when(moment: Moment) -> int:
    return moment.at_ms


def _is_left_to_do(action: transition.Action) -> bool:
    """Return whether an action changes something; the model does not remember what was cancelled."""
    return action.kind is not transition.Kind.PSEUDO and action.operation not in ("cancel", "do_shutdown")
