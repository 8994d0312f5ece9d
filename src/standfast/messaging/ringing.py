"""Corosync's words joined into the engine's views: a pure machine, one a daemon.

Three things come from Corosync: changes of the process group and messages, in one agreed order; rings, in that order
too; and what votequorum says of a ring, on another descriptor, at any time.

*Losing* a member makes a view at once, at its place in the order: nothing is asked of anybody.
*Gaining* one opens a gathering: every process of the group answers with a `Hello`, and at the place of the last answer
all of them install the same view. The view's sequence is above all that were heard. While a gathering lasts, the old
view goes on, and what it loses is a view at once; such a view is quorate only if the one before it was: a side without
quorum does not get it by a gathering that has not ended. A process that does not answer within `GATHER_MS` (it hangs)
is left out by a `Close`; when it wakes, its late hello opens the next gathering.

Invariants:

* a regular view is delivered only when the group and votequorum named the same ring; what follows in the order waits;
* all processes of a group agree on the gathering that is open: its name is a function of the ring, the group, and the
  ordered frames since;
* a view's id is the same at all its members, and the sequence only grows.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable

import msgspec

from standfast import runtime
from standfast.errors import RemoteProtocolError
from standfast.messaging import cpg_admission, cpg_events, cpg_frames, cpg_nouns, cpg_stream, engine
from standfast.messaging.cpg_events import Process, Reason, Ring

GATHER_MS = 5000  # as `daemon-return-timeout`: who needs longer for a word is no member
RINGS_KEPT = 8
_TIMER = "gather"
_WHY = {Reason.LEAVE: engine.Why.LEFT, Reason.NODE_DOWN: engine.Why.NODE_DOWN}


def name_gathering(ring: Ring, members: Iterable[Process]) -> bytes:
    """Return the name of the gathering that a change of the group opens."""
    text = f"{ring.sequence} {ring.representative} " + " ".join(f"{p.node_id}.{p.pid}" for p in sorted(members))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class Ringing:
    """The machine. `handle` returns effects in their order."""

    def __init__(self, version_min: int = cpg_frames.VERSION_MIN, version_max: int = cpg_frames.VERSION_MAX) -> None:
        self._versions = version_min, version_max
        self._sequence = 0  # of the last view
        self._generation = 0
        self._effects: list[cpg_events.Effect] = []
        self._reset(Process(0, 0))

    def _reset(self, me: Process) -> None:
        self._me = me
        self._members: frozenset[Process] = frozenset()
        self._ring: Ring | None = None
        self._batch: list[cpg_events.GroupChanged] = []
        self._said: dict[Ring, cpg_events.QuorumSaid] = {}
        self._gone: dict[Process, engine.Why] = {}
        self._gathering = b""  # the name of the present one, or of the last
        self._open = self._closed = False
        self._changes = 0  # of the group or the ring since the gathering began: each takes a number at most
        self._hellos: dict[Process, cpg_nouns.Hello] = {}
        self._held = False
        self._waiting: deque[cpg_events.Ordered] = deque()
        self._view: engine.RegularView | None = None
        self._view_ring: Ring | None = None
        self._inside: dict[int, Process] = {}
        self._stream = cpg_stream.Stream(me)

    @property
    def view(self) -> engine.RegularView | None:
        """Return the present view."""
        return self._view

    @property
    def backlog_bytes(self) -> int:
        """Return what was cast and not yet delivered back."""
        return self._stream.backlog_bytes

    def cast(self, payload: bytes) -> None:
        """Take a message to all members. Raises: LocalProtocolError if there is no view, or it is too long."""
        self._stream.cast(payload, in_view=self._view is not None)

    def next_frame(self) -> cpg_nouns.Parts | None:
        """Return the frame that is to be sent next for what was cast, after those of `Transmit`; None if there is none
        now."""
        return self._stream.next_frame()

    def handle(self, event: cpg_events.Event) -> list[cpg_events.Effect]:
        """Return what an event leads to."""
        if isinstance(event, cpg_events.Received) and not self._held and not self._waiting:
            self._received(event.sender, event.frame)
        else:
            self._take(event)
        effects, self._effects = self._effects, []
        return effects

    def _take(self, event: cpg_events.Event) -> None:
        match event:
            case cpg_events.Connected(me, floor):
                self._reset(me)
                self._sequence = max(self._sequence, floor)
            case cpg_events.QuorumSaid():
                self._quorum_said(event)
            case cpg_events.Lost(reason):
                self._lose_view(reason)
                self._reset(Process(0, 0))
            case runtime.TimerFired(_, generation):
                if self._open and generation == self._generation:
                    self._transmit(cpg_frames.control(cpg_nouns.Close(self._gathering)))
            case _:
                self._waiting.append(event)
                self._drain()

    # --- the agreed order

    def _drain(self) -> None:
        """Handle what waits, until a view has to wait for votequorum."""
        while self._waiting and not self._held:
            match self._waiting.popleft():
                case cpg_events.GroupChanged() as change:
                    self._group_changed(change)
                case cpg_events.RingFormed(ring):
                    # A process that connects while a ring forms is told of it twice: as it forms, and when it has
                    # joined. Only what all are told may count: views take their numbers from it.
                    if self._batch or ring != self._ring:
                        self._apply(self._batch, ring)
                case cpg_events.Received(sender, frame):
                    self._received(sender, frame)

    def _group_changed(self, change: cpg_events.GroupChanged) -> None:
        """Take a change; what belongs to a change of the ring is taken when the ring is named."""
        self._batch.append(change)
        by_ring = any(reason in cpg_events.RING_REASONS for _, reason in (*change.joined, *change.left))
        if self._ring is not None and not by_ring and len(self._batch) == 1:
            self._apply(self._batch, self._ring)

    def _apply(self, changes: list[cpg_events.GroupChanged], ring: Ring) -> None:
        self._batch, self._ring = [], ring
        gained = False
        for change in changes:
            first = self._me not in self._members
            self._members = change.members
            for process, reason in change.left:
                self._gone[process] = _WHY.get(reason, engine.Why.PROCESS_DOWN)
                self._hellos.pop(process, None)
            gained = gained or first or bool(change.joined)
        self._changes += 1
        if gained:
            self._gather(name_gathering(ring, self._members))
        self._settle()

    def _received(self, sender: Process, data: bytes | cpg_nouns.Frame) -> None:
        try:
            frame = cpg_frames.decode(data) if isinstance(data, bytes) else data
        except RemoteProtocolError as error:
            self._refuse(f"from node {sender.node_id}, pid {sender.pid}: {error}")
            return
        match frame:
            case cpg_nouns.Hello():
                self._hello(sender, frame)
            case cpg_nouns.Close(name):
                self._closed = self._closed or (self._open and name == self._gathering)
                self._settle()
            case _:
                self._message(sender, frame)

    def _message(self, sender: Process, frame: cpg_nouns.Whole | cpg_nouns.Fragment) -> None:
        if self._view is None or self._inside.get(sender.node_id) != sender:
            return  # of another view, or of nobody's
        delivered = self._stream.take(self._view.id, sender, frame)
        if delivered:
            self._effects.append(cpg_events.DeliverMessages(delivered))

    # --- gatherings

    def _gather(self, name: bytes) -> None:
        self._gathering, self._open, self._closed, self._hellos = name, True, False, {}
        self._changes = 1
        members = len(self._view.members) if self._view else 0
        self._transmit(cpg_frames.control(cpg_nouns.Hello(name, *self._versions, self._sequence, members)))
        self._generation += 1
        self._effects.append(runtime.SetTimer(_TIMER, self._generation, GATHER_MS))

    def _hello(self, sender: Process, hello: cpg_nouns.Hello) -> None:
        if sender not in self._members or hello.gathering != self._gathering:
            return  # an answer to a gathering that another one has replaced
        if self._open:
            self._hellos[sender] = hello
            self._settle()
        elif sender not in self._hellos:  # it slept, and the gathering was closed without it
            late = f" late {sender.node_id}.{sender.pid}".encode()
            self._gather(hashlib.blake2b(self._gathering + late, digest_size=16).digest())

    def _settle(self) -> None:
        """Install a view if one is due."""
        due = self._is_gathered or self._has_lost()
        if not due or self._ring is None:
            return
        if self._ring in self._said:
            self._install(self._said[self._ring])
        else:
            # A ring that broke before votequorum came to a word on it is passed over: the next one is on its way in the
            # order. Nothing was sent in between: Corosync lets nobody send before all its services have come to a ring.
            self._held = all(ring < self._ring for ring in self._said)

    @property
    def _is_gathered(self) -> bool:
        return self._open and (self._closed or self._members <= self._hellos.keys())

    def _has_lost(self) -> bool:
        """Return whether the present view is over without a gathering's end."""
        if self._view is None:
            return False
        lost = [p for p in self._gone if self._inside.get(p.node_id) == p]
        if not self._open:
            return bool(lost) or self._ring != self._view_ring
        present = {p.node_id for p in self._members}  # who is back already is shown when the gathering ends
        return any(p.node_id not in present for p in lost)

    def _quorum_said(self, said: cpg_events.QuorumSaid) -> None:
        before = self._said.pop(said.ring, None)
        self._said[said.ring] = said
        while len(self._said) > RINGS_KEPT:
            del self._said[next(iter(self._said))]
        if self._held:
            self._held = False
            self._settle()
            self._drain()
        elif before and before.quorum != said.quorum and said.ring == self._view_ring and not self._open:
            self._effects.append(cpg_events.Deliver(engine.QuorumChanged(said.quorum)))

    # --- views

    def _install(self, said: cpg_events.QuorumSaid) -> None:
        if self._is_gathered:
            self._install_gathered(said)
            return
        staying = frozenset(p for p in self._inside.values() if p not in self._gone)
        if self._open:
            assert self._view is not None
            said = _without_quorum(said) if not self._view.quorum.quorate else said
        self._deliver_view(self._next_sequence(self._sequence, 1), staying, said)

    def _install_gathered(self, said: cpg_events.QuorumSaid) -> None:
        self._open = False
        self._effects.append(runtime.CancelTimer(_TIMER))
        admission = cpg_admission.admit(self._hellos)
        for reason in admission.refused.values():
            self._refuse(reason)
        if self._me not in admission.admitted:
            why = admission.refused.get(self._me, "this daemon did not answer the others in time")
            self._lose_view(f"the group goes on without us: {why}")
            return
        sequence = self._next_sequence(max(self._hellos[p].sequence for p in admission.admitted), self._changes + 2)
        self._without_returned(admission.admitted, said)
        self._deliver_view(sequence, admission.admitted, said)

    def _next_sequence(self, last: int, step: int) -> int:
        assert self._ring is not None
        return max(last, self._ring.sequence << 20) + step

    def _without_returned(self, admitted: frozenset[Process], said: cpg_events.QuorumSaid) -> None:
        """Deliver the view that shows those missing who went and came back: the next one shows them as joiners.

        It is over as soon as it is there, so it is not quorate: nobody is to act on it.
        """
        back = {p for p in admitted if p.node_id in self._inside}
        returned = {p for p in back if p in self._gone or self._inside[p.node_id] != p}
        if not returned:
            return
        staying = frozenset(p for p in back if p not in returned)
        down = {p.node_id for p, why in self._gone.items() if why is engine.Why.NODE_DOWN}
        nodes = tuple(node for node in said.nodes if node.id not in down)
        said = msgspec.structs.replace(_without_quorum(said), nodes=nodes)
        self._deliver_view(self._next_sequence(self._sequence, 1), staying, said)

    def _deliver_view(self, sequence: int, processes: frozenset[Process], said: cpg_events.QuorumSaid) -> None:
        assert sequence > self._sequence
        assert self._me in processes
        members = frozenset(p.node_id for p in processes)
        before = frozenset(self._inside)
        joined = members - before
        self._stream.enter(processes, with_joiners=bool(joined))
        left = tuple((n, self._why(self._inside[n])) for n in sorted(before - members))
        if left:
            self._effects.append(cpg_events.Deliver(engine.TransitionalView(before & members)))
        self._inside = {p.node_id: p for p in processes}
        self._gone.clear()
        self._sequence, self._view_ring = sequence, self._ring
        view_id = engine.ViewId(sequence, min(members))
        self._view = engine.RegularView(view_id, said.nodes, members, joined, left, said.quorum)
        self._effects.append(cpg_events.Deliver(self._view))

    def _why(self, process: Process) -> engine.Why:
        """Return why a member is out; one that is still in the group did not answer: it hangs."""
        return self._gone.get(process, engine.Why.PROCESS_DOWN)

    def _lose_view(self, reason: str) -> None:
        if self._view is None:
            self._refuse(reason)
        else:
            self._effects.append(cpg_events.Deliver(engine.EngineLost(reason)))
        self._view = self._view_ring = None
        self._inside = {}
        self._gone.clear()
        self._stream = cpg_stream.Stream(self._me)

    def _transmit(self, frame: bytes) -> None:
        self._effects.append(cpg_events.Transmit(frame))

    def _refuse(self, reason: str) -> None:
        self._effects.append(cpg_events.Refused(reason))


def _without_quorum(said: cpg_events.QuorumSaid) -> cpg_events.QuorumSaid:
    return msgspec.structs.replace(said, quorum=msgspec.structs.replace(said.quorum, quorate=False))
