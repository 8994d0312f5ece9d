"""From the engine's views to a settled membership: every member has the state and is known."""

from __future__ import annotations

import msgspec

from standfast import fencing, messaging
from standfast.controller import fencing_facts, membership, properties
from standfast.controller.events import Panic, ToFencing
from standfast.controller.introductions import Decision, incompatible
from standfast.controller.membership import Settlement
from standfast.controller.messages import Exclude, Hello, History, Introduce, QuorumSeen, SnapshotPart, StartAnyway
from standfast.controller.parts import Parts
from standfast.controller.replica import Replica
from standfast.controller.station import Phase
from standfast.messaging import Quorum, RegularView, ViewId, Why

HISTORY_PART = 100
"""How many results a joiner tells in one message: writing them into the status takes some milliseconds."""

_SELF_FENCING = ("suicide", "fence")


def _goes_on(state: Replica, seen: Quorum) -> bool:
    """Return whether a state needs no comparison: while it had no quorum, others may have had it and changed theirs."""
    return not seen.quorate or (state.quorate and state.established)


class Views:
    """Rounds of introductions, their end, and what a settled membership means for the parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._station = parts.station
        self._along: frozenset[int] | None = None  # who came along by the last transitional view
        self._left: dict[int, Why] = {}
        self._active: frozenset[int] = frozenset()
        self._seen_quorum: Quorum | None = None  # the engine's last word on quorum in this view
        self._told_membership: object = None
        self._told_facts: object = None
        self._dc = ""

    @property
    def active(self) -> frozenset[int]:
        """Return the members that are not excluded."""
        return self._active

    # --- the engine

    def transitional(self, view: messaging.TransitionalView) -> None:
        """Note who comes along into the next view."""
        self._along = view.members if self._along is None else self._along & view.members

    def regular(self, view: RegularView) -> None:
        """Take a new view: nobody new means that all who are left have the state; else all introduce themselves.

        A state without quorum that meets it is compared with the other copies all the same: see `introductions`.
        """
        station = self._station
        if station.alone:
            station.alone = False
            self._drop_state("the engine is back")
        before, previous = station.view, station.view_id
        along = (frozenset() if before is None else before.members) & (self._along or view.members)
        shrunk = self._all_have_it(view.members) and view.members <= along and view.members <= self._active
        self._along = None
        station.view, station.quorum, station.round = view, view.quorum, 1
        self._seen_quorum = view.quorum
        self._left.update(view.left)
        self._active = view.members
        self._parts.silence.watch(view.members)
        self._say_view(view)
        state = station.replica
        if shrunk and state is not None and _goes_on(state, view.quorum):
            self._settle(Settlement(view, self._active, self._left), anew=False)
        else:
            self._introduce(previous)

    def lost(self, reason: str) -> None:
        """Go on without an engine: a view of this node alone, without quorum."""
        station = self._station
        if station.alone:
            return
        station.say("engine", f"the engine is gone: {reason}", "error")
        sequence = 0 if station.view is None else station.view.id.sequence
        expected = station.quorum.expected_votes
        quorum = Quorum(False, 1, expected, max(station.quorum.needed_votes, expected // 2 + 1))
        me = station.node.id
        view = RegularView(ViewId(sequence, me), (station.node,), frozenset([me]), frozenset(), (), quorum)
        station.alone, station.view, station.quorum, station.round = True, view, quorum, 0
        self._seen_quorum = quorum
        self._along, self._active, self._left = None, view.members, {}
        self._parts.silence.stop()
        self._parts.walking.resign()
        if station.replica is None:
            station.phase = Phase.WAITING
            self._parts.asking.lost()
        else:
            self._settle(Settlement(view, view.members), anew=False)

    def quorum_changed(self, quorum: Quorum) -> None:
        """Bring the engine's word on quorum into the order; the first member does."""
        self._seen_quorum = quorum
        self._tell_quorum()

    def _tell_quorum(self) -> None:
        station, seen = self._station, self._seen_quorum
        first = station.is_dc if station.settled is not None else min(self._active, default=0) == station.node.id
        if seen is not None and seen != station.quorum and first:
            fields = (seen.quorate, seen.total_votes, seen.expected_votes, seen.needed_votes)
            station.send(QuorumSeen(*fields, seen.two_node, seen.wait_for_all, seen.waiting_for_all))

    def _all_have_it(self, members: frozenset[int]) -> bool:
        """Return whether these members are known to have the state, ourselves included."""
        state = self._station.settled
        return state is not None and all(n in state.members and state.members[n].known for n in members)

    # --- in the order

    def hello(self, sender: int, message: Hello) -> None:
        """Take an introduction."""
        if self._parts.joining.hear(sender, message):
            self._conclude()

    def introduce(self, sender: int, message: Introduce) -> None:
        """Begin a new round: the sender is a joiner."""
        station = self._station
        if message.view != station.view_id or station.view is None or sender not in station.view.members:
            return
        station.begin_round()
        self._active |= {sender}
        self._parts.silence.watch(self._active)
        self._introduce(station.view_id)

    def exclude(self, sender: int, message: Exclude) -> None:
        """Count members that hang as lost."""
        station, joining = self._station, self._parts.joining
        nodes = tuple(n for n in message.nodes if n in self._active)
        if (message.view, message.round) != (station.view_id, station.round) or sender not in self._active or not nodes:
            return
        self._active -= frozenset(nodes)
        station.say("excluded", f"members that do not answer: {nodes}", "error")
        if station.node.id in nodes:
            self.distrust("the others did not hear it")
            return
        self._parts.silence.watch(self._active)
        joining.exclude(nodes)
        if station.phase is Phase.INTRODUCING:
            if joining.is_complete:
                self._conclude()
        elif station.settled is None or (self.is_source(nodes) and not self._all_have_it(self._active)):
            self._start_round()
        else:
            station.tell(membership.exclude(station.settled, nodes))
            station.settled.advance(sender, repr(nodes).encode())
            self.changed(anew=False)

    def is_source(self, nodes: tuple[int, ...]) -> bool:
        """Return whether one of these sends (or sent) the state."""
        decision = self._parts.joining.decision
        return decision is not None and decision.source in nodes

    def snapshot(self, sender: int, part: SnapshotPart) -> Replica | None:
        """Take a part of the state; return it once it is whole and is ours. Who has the state keeps it."""
        if self._station.phase is not Phase.RECEIVING:
            return None
        state = self._parts.joining.receive(sender, part)
        if state is not None:
            self._station.replica = state
            self._arrive()
        return state

    def quorum_seen(self, message: QuorumSeen) -> None:
        """Take note, at this place of the order, that quorum changed within the view."""
        station = self._station
        seen = Quorum(message.quorate, message.total_votes, message.expected_votes, message.needed_votes,
                      message.two_node, message.wait_for_all, message.waiting_for_all)  # fmt: skip
        if seen == station.quorum:
            return
        station.quorum = seen
        state = station.settled
        if state is not None and _goes_on(state, seen):
            was_quorate = state.quorate
            nodes = 0 if station.view is None else len(station.view.nodes)
            station.tell(membership.quorum(state, seen, nodes))
            state.advance(0, repr(seen).encode())
            self._parts.acknowledgement.settled()
            self.changed(anew=False)
            self._without_quorum(state, was_quorate)
        elif state is not None or station.phase is Phase.WAITING:
            self._start_round()

    def start_anyway(self, message: StartAnyway) -> bool:
        """Take an operator's word for the nodes that a cold start waits for; return whether it was waited for."""
        if self._station.phase is not Phase.WAITING:
            return False
        self._parts.joining.vouch(message.nodes)
        self._conclude()
        return True

    def distrust(self, why: str) -> None:
        """Trust nothing that is known here: become a joiner."""
        station = self._station
        if station.alone or station.view is None:
            return
        self._drop_state(why)
        self._parts.joining.abandon()
        station.send(Introduce(station.view_id, why))

    # --- rounds

    def _start_round(self) -> None:
        self._station.begin_round()
        self._introduce(self._station.view_id)

    def _introduce(self, previous: tuple[int, int]) -> None:
        self._station.phase = Phase.INTRODUCING
        self._parts.walking.settled(anew=False)
        self._parts.joining.begin(self._active, previous)

    def _conclude(self) -> None:
        """End a round: all members decide alike whose state counts."""
        station, joining = self._station, self._parts.joining
        refused = incompatible(joining.hellos)
        if refused:
            self._refuse(refused)
            if station.node.id in refused:
                return
        decision = joining.decide()
        if decision.missing:
            station.phase = Phase.WAITING
            names = ", ".join(decision.missing)
            station.say("cold-start", f"a newer configuration might be on {names}: waiting for it", "warning")
        elif station.node.id not in decision.group:
            self._join(decision)
        elif station.replica is not None:
            self._carry_on(decision)
        # else this node dropped its state after it had introduced itself: the round that it asked for comes next

    def _refuse(self, refused: frozenset[int]) -> None:
        """Leave out who speaks another protocol."""
        self._parts.joining.exclude(refused)
        self._active -= refused
        self._station.say("protocol", f"members of an incompatible version: {sorted(refused)}", "error")
        if self._station.node.id in refused:
            self._drop_state("this version is incompatible with the others")
            self._station.phase = Phase.WAITING

    def _carry_on(self, decision: Decision) -> None:
        """Keep the state; the source sends it to the joiners."""
        self._settle(self._settlement(decision), anew=False)
        self._send_state(decision)

    def _join(self, decision: Decision) -> None:
        """Get the state: from the source's memory, or, at a cold start, the source's from its own disk."""
        station = self._station
        before = station.replica
        if before is not None:
            self._drop_state("another state counts")
        if decision.source != station.node.id:
            station.phase = Phase.RECEIVING
            return
        station.replica = self._parts.joining.cold_replica(before)
        self._settle(self._settlement(decision), anew=True)
        self._send_state(decision)
        self._tell_history()

    def _settlement(self, decision: Decision) -> Settlement:
        station = self._station
        assert station.view is not None
        hellos = self._parts.joining.hellos
        joiners = {n: h for n, h in hellos.items() if n not in decision.group}
        return Settlement(
            station.view, self._active, self._left, joiners, decision.term, decision.certain, station.round
        )  # fmt: skip

    def _send_state(self, decision: Decision) -> None:
        station = self._station
        if station.node.id == decision.source and self._active - decision.group - {station.node.id}:
            assert station.replica is not None
            self._parts.joining.send_state(station.replica)

    def _settle(self, settlement: Settlement, *, anew: bool) -> None:
        station, state = self._station, self._station.replica
        assert state is not None
        was_quorate = state.quorate
        station.tell(membership.settle(state, msgspec.structs.replace(settlement, quorum=station.quorum)))
        self._settled(anew=anew)
        self._without_quorum(state, was_quorate)

    def _arrive(self) -> None:
        """Take part with the state that has come."""
        self._settled(anew=True)
        self._tell_history()

    def _settled(self, *, anew: bool) -> None:
        self._left = {}
        self._station.phase = Phase.SETTLED
        self._parts.joining.vouched.clear()
        self.configured()
        self._parts.acknowledgement.settled()
        self.changed(anew=anew)
        self._parts.shutdown.settled()
        self._tell_quorum()

    def _tell_history(self) -> None:
        station, own = self._station, self._parts.own_history
        results, running = own.results(), own.running()
        cuts = range(0, max(len(results), 1), HISTORY_PART)
        for start in cuts:
            first, last = start == 0, start == cuts[-1]
            part = results[start : start + HISTORY_PART]
            running_now = running if last else ()
            station.send(
                History(station.node.name, station.incarnation, part, running_now, station.now.wall_s, first, last)
            )

    def _drop_state(self, why: str) -> None:
        station = self._station
        if station.replica is not None:
            station.say("joiner", f"this node's state is dropped: {why}", "warning")
        station.replica, station.phase = None, Phase.INTRODUCING
        self._told_membership = self._told_facts = None
        station.emit(ToFencing(fencing.Membership(frozenset([station.node.name]), station.node.name, may_fence=False)))
        self._parts.walking.settled(anew=True)
        self._parts.asking.lost()

    def _without_quorum(self, state: Replica, was_quorate: bool) -> None:
        policy = self._station.properties.no_quorum_policy
        if was_quorate and not state.quorate:
            self._parts.acknowledgement.without_quorum()
            if policy in _SELF_FENCING:
                self._station.emit(Panic(f"no quorum, and no-quorum-policy is {policy}"))

    # --- what follows from the state

    def changed(self, *, anew: bool) -> None:
        """Tell the parts that the members changed: who leads, who fences."""
        station, state = self._station, self._station.settled
        if state is None:
            return
        dc = station.dc
        name = "" if dc is None else dc.name
        if name != self._dc:
            self._dc = name
            station.say("dc", f"the DC is {name or 'nobody'}", "notice", node=name)
        told = fencing_facts.membership(state, may_fence=station.may_fence)
        if told != self._told_membership:
            self._told_membership = told
            station.emit(ToFencing(told))
        self.tell_facts()
        self._parts.walking.settled(anew=anew)
        self._parts.acknowledgement.answer()

    def configured(self) -> None:
        """Tell the parts that the configuration changed."""
        state = self._station.replica
        if state is not None:
            self._station.properties = properties.read(state.document)
            self.tell_facts()
            self._parts.walking.fencing.forgive()

    def tell_facts(self) -> None:
        """Tell the fencing machine what changed of devices and nodes."""
        state = self._station.replica
        if state is None:
            return
        facts = fencing_facts.configured(state, self._station.properties)
        if facts != self._told_facts:
            self._told_facts = facts
            self._station.emit(ToFencing(facts))

    def _say_view(self, view: RegularView) -> None:
        names = {node.id: node.name for node in view.nodes}
        members = ", ".join(names.get(n, str(n)) for n in sorted(view.members))
        left = ", ".join(f"{n} ({why})" for n, why in view.left)
        text = f"view {view.id.sequence}: {members}" + (f"; left: {left}" if left else "")
        quorate = "yes" if view.quorum.quorate else "no"
        self._station.say("view", text, "notice", members=members, left=left, quorate=quorate)
