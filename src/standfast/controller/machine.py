"""One node's controller: membership, the replicated state, and (on the DC) the cluster's transitions.

Pure: `handle(event, now) -> effects`. The parts share a `Station`; each is one concept in its own module:
`views` (rounds, joining, quorum), `deliveries` (what the order brings), `acknowledgement` (disks), `walking` (the
DC's transitions), `asking` (clients), `silence` (members that hang), `shutdown`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from standfast import cib, messaging, scheduler
from standfast.controller import acknowledgement, shutdown, silence, waiting
from standfast.controller.deliveries import Deliveries
from standfast.controller.events import (
    Effect,
    Event,
    FencingReceipt,
    FencingSays,
    Loaded,
    OperationFinished,
    Request,
    Scheduled,
    Slept,
    Stop,
    Stored,
    StoreFailed,
)
from standfast.controller.joining import Stored as Copy
from standfast.controller.messages import Fencing, Incarnation, Results
from standfast.controller.parts import Parts
from standfast.controller.replica import Replica
from standfast.controller.station import Phase
from standfast.controller.views import Views
from standfast.executor import Adopt
from standfast.runtime import Now, TimerFired

LOOPBACK_MAX = 10_000


class Machine:
    """The controller of the node `name` with the id `node_id`; `software` is the version that we run."""

    def __init__(self, node_id: int, name: str, software: tuple[int, int, int] = (0, 1, 0)) -> None:
        self._parts = Parts(messaging.Node(node_id, name), software)
        self._station = self._parts.station
        self._views = Views(self._parts)
        self._deliveries = Deliveries(self._parts, self._views)
        self._handlers: dict[type, Callable[[Any], None]] = {
            Loaded: self._loaded,
            Request: self._parts.asking.ask,
            Stored: self._stored,
            StoreFailed: lambda e: self._parts.acknowledgement.failed(e.number, e.reason),
            Scheduled: self._parts.walking.scheduled,
            OperationFinished: self._operation_finished,
            FencingSays: lambda e: self._station.send(Fencing(dict(e.payload))),
            FencingReceipt: lambda e: self._parts.walking.fencing.receipt(e.receipt),
            Slept: self._slept,
            Stop: lambda e: self._parts.shutdown.want(),
            TimerFired: self._timer,
            messaging.TransitionalView: self._views.transitional,
            messaging.RegularView: self._regular,
            messaging.Delivered: self._delivered,
            messaging.QuorumChanged: lambda e: self._views.quorum_changed(e.quorum),
            messaging.EngineLost: lambda e: self._views.lost(e.reason),
        }

    def handle(self, event: Event, now: Now) -> list[Effect]:
        """Take an event; return what is to be done, in this order."""
        station = self._station
        station.now = now
        if self._parts.shutdown.ended:
            return []
        self._handlers[type(event)](event)
        self._parts.walking.step()
        self._loop_back()
        effects, station.effects = station.effects, []
        return effects

    # --- what can be read

    @property
    def document(self) -> cib.Document | None:
        """Return the cluster's document (not to be changed); None while this node does not take part."""
        state = self._station.settled
        return None if state is None else state.document

    @property
    def known_document(self) -> cib.Document | None:
        """Return the document as this node knew it last, also while a new view is being settled: for reading."""
        state = self._station.replica
        return None if state is None else state.document

    @property
    def phase(self) -> Phase:
        """Return how far this node is in its view."""
        return self._station.phase

    @property
    def place(self) -> tuple[messaging.ViewId, int] | None:
        """Return the view and how many of its messages were taken; None outside of any view of an engine."""
        view = self._station.view
        return None if view is None or self._station.alone else (view.id, self._station.position)

    @property
    def dc(self) -> str:
        """Return the DC's name; empty while there is none."""
        member = self._station.dc
        return "" if member is None else member.name

    @property
    def term(self) -> int:
        """Return the term; 0 while this node does not take part."""
        state = self._station.settled
        return 0 if state is None else state.term

    @property
    def quorum(self) -> messaging.Quorum:
        """Return what is known of quorum."""
        return self._station.quorum

    @property
    def members(self) -> tuple[str, ...]:
        """Return the names of the members that have the state."""
        state = self._station.settled
        return () if state is None else state.names()

    @property
    def unclean(self) -> tuple[str, ...]:
        """Return the names of the nodes that left without having stopped."""
        state = self._station.settled
        return () if state is None else tuple(sorted(state.departed))

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the nodes that a cold start waits for."""
        decision = self._parts.joining.decision
        return decision.missing if self.phase is Phase.WAITING and decision is not None else ()

    @property
    def transition_running(self) -> bool:
        """Return whether this node, as the DC, has a transition under way."""
        return self._parts.walking.is_running

    @property
    def outcome(self) -> scheduler.Outcome | None:
        """Return the scheduler's last outcome, on the DC."""
        return self._parts.walking.outcome

    @property
    def private_attributes(self) -> Mapping[str, Mapping[str, str]]:
        """Return the private attributes by node."""
        state = self._station.settled
        return {} if state is None else state.private

    @property
    def replica(self) -> Replica | None:
        """Return the whole replicated state (not to be changed)."""
        return self._station.settled

    # --- events

    def _loaded(self, event: Loaded) -> None:
        station = self._station
        station.incarnation, station.cpus = Incarnation(event.boot, event.life), event.cpus
        self._parts.joining.stored = Copy(event.document, event.term, event.members, event.change_term, event.base)
        self._parts.own_history.load(event.history)
        if event.history:
            station.execute(Adopt(event.history))
        for refused in event.refused:
            station.say("disk", f"a stored copy is not trusted: {refused}", "error")

    def _regular(self, view: messaging.RegularView) -> None:
        self._station.position = 0
        self._views.regular(view)

    def _delivered(self, event: messaging.Delivered) -> None:
        view = self._station.view
        if view is None or self._station.alone or event.view != view.id:
            return
        self._station.position = event.position
        self._parts.silence.heard(event.sender)
        self._deliveries.deliver(event.sender, event.payload)

    def _stored(self, event: Stored) -> None:
        copy = self._parts.acknowledgement.stored(event.number)
        if copy is not None:
            self._parts.joining.stored = copy

    def _operation_finished(self, event: OperationFinished) -> None:
        station = self._station
        node = self._parts.own_history.finished(event.result)
        if station.replica is not None:
            station.send(Results(node, station.incarnation, (event.result,), station.now.wall_s))

    def _slept(self, event: Slept) -> None:
        self._station.say("slept", f"this process did not run for {event.gap_ms} ms", "warning")
        self._views.distrust("it slept")

    def _timer(self, event: TimerFired) -> None:
        if not self._station.fired(event):
            return
        if event.name == silence.TIMER:
            self._parts.silence.beat()
        elif event.name == acknowledgement.RETRY_TIMER:
            self._parts.acknowledgement.store()
        elif event.name == shutdown.ESCALATION_TIMER:
            self._parts.shutdown.escalate()
        elif event.name.startswith(waiting.REST_TIMER):
            self._parts.asking.waiting.timer(event.name)
        else:
            self._parts.walking.timer(event.name)

    def _loop_back(self) -> None:
        """Deliver to ourselves what we say while there is no engine."""
        station = self._station
        for _ in range(LOOPBACK_MAX):
            if not station.loopback or not station.alone:
                break
            self._deliveries.deliver(station.node.id, station.loopback.pop(0))
            self._parts.walking.step()
