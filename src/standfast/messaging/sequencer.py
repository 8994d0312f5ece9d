"""The sequencer: one machine that keeps membership and total order for the embedded engine.

Every node's machine (its *anchor*) and daemon (its *member*) hold a connection to it. Because all messages pass
through one place, their order is the order in which this machine handled them, and a view is one more thing in each
member's stream. Components are nodes that can hear each other: `Cut` makes several of them, each with its own views,
order and quorum, as a network that is cut would.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from standfast.messaging import engine, quorum
from standfast.messaging.sequencer_events import (
    Anchored,
    Backlogged,
    Cast,
    Closed,
    Cut,
    Drained,
    Effect,
    Event,
    ExpectedVotesSet,
    Healed,
    HoldSenders,
    Joined,
    Refuse,
    ReleaseSenders,
    SaidGoodbye,
    Send,
    Started,
)
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired


class Settings(msgspec.Struct, frozen=True):
    """How patient the sequencer is: for all nodes at its start, and for a member that does not read."""

    gather_ms: int = 0
    slow_reader_ms: int = 2000


class _Node(msgspec.Struct):
    """What is known of a configured node. `waiting`: wait_for_all holds for it; `had_member`: its daemon was here."""

    anchor: int | None = None
    was_anchored: bool = False
    member: int | None = None
    group: int = 0
    waiting: bool = True
    had_member: bool = False

    @property
    def is_up(self) -> bool:
        """Return whether the machine is up: its anchor says so, or its daemon if it never had an anchor."""
        return self.anchor is not None or (self.member is not None and not self.was_anchored)


class _Seen(msgspec.Struct, frozen=True):
    """The last regular view that a member was given."""

    id: engine.ViewId
    members: frozenset[int]


class _Component(msgspec.Struct):
    """A component's present view, and how many messages were ordered in it."""

    id: engine.ViewId
    nodes: frozenset[int]
    members: frozenset[int]
    quorum: engine.Quorum
    connections: tuple[int, ...]
    position: int = 0


class _State(msgspec.Struct):
    nodes: dict[int, _Node]
    components: dict[int, _Component] = msgspec.field(default_factory=dict)
    connections: dict[int, int] = msgspec.field(default_factory=dict)  # connection -> node id
    seen: dict[int, _Seen] = msgspec.field(default_factory=dict)  # member's connection -> its last view
    farewells: dict[int, engine.Why] = msgspec.field(default_factory=dict)  # node id -> why, for the view being made
    backlogged: dict[int, int] = msgspec.field(default_factory=dict)  # connection -> its timer's generation
    timers: int = 0
    gathering: bool = False


class Sequencer:
    """The machine. Invariant: view sequences only grow; a node has at most one member and one anchor."""

    def __init__(
        self, electorate: quorum.Electorate, settings: Settings | None = None, first_sequence: int = 1
    ) -> None:
        self.electorate = electorate
        self.settings = settings or Settings()
        self.next_sequence = first_sequence
        self._state = _State({voter.id: _Node() for voter in electorate.voters})

    def handle(self, event: Event, now: Now) -> list[Effect]:
        """Return what is to be done about this event, in this order."""
        match event:
            case Cast():
                return self._cast(event)
            case Started():
                return self._start()
            case Anchored():
                return self._anchored(event)
            case Joined():
                return self._joined(event)
            case SaidGoodbye(connection):
                return self._gone(connection, engine.Why.LEFT)
            case Closed(connection):
                return self._gone(connection, engine.Why.PROCESS_DOWN)
            case Cut(groups):
                return self._regroup(groups)
            case Healed():
                return self._regroup(())
            case ExpectedVotesSet(votes):
                return self._expect(votes)
            case Backlogged(connection):
                return self._backlogged(connection)
            case Drained(connection):
                return self._drained(connection)
            case TimerFired():
                return self._timer(event)

    def status(self) -> list[dict[str, object]]:
        """Return the components as plain data, for the admin connection."""
        return [
            {
                "view": [component.id.sequence, component.id.representative],
                "nodes": sorted(component.nodes),
                "members": sorted(component.members),
                "quorate": component.quorum.quorate,
                "total_votes": component.quorum.total_votes,
                "expected_votes": component.quorum.expected_votes,
                "position": component.position,
            }
            for _, component in sorted(self._state.components.items())
        ]

    # --- messages

    def _cast(self, event: Cast) -> list[Effect]:
        node_id = self._state.connections.get(event.connection)
        node = self._state.nodes.get(node_id or 0)
        component = self._state.components.get(node.group) if node else None
        if node_id is None or node is None or component is None or event.connection not in component.connections:
            return [*self._close(event.connection, "a message from outside of any view")]
        if len(event.payload) > engine.MESSAGE_BYTES_MAX:
            return [*self._close(event.connection, f"a message of {len(event.payload)} bytes")]
        component.position += 1
        delivered = engine.Delivered(component.id, component.position, node_id, event.payload)
        return [Send(component.connections, delivered)]

    # --- who is there

    def _start(self) -> list[Effect]:
        if not self.settings.gather_ms:
            return []
        self._state.gathering = True
        return [SetTimer("gather", 1, self.settings.gather_ms)]

    def _anchored(self, event: Anchored) -> list[Effect]:
        node = self._state.nodes.get(event.node_id)
        if node is None:
            return [Refuse(event.connection, f"node {event.node_id} is not configured")]
        if node.anchor is not None:
            return [Refuse(event.connection, f"node {event.node_id} has an anchor already")]
        self._rise(node, was_quorate=False)
        node.anchor, node.was_anchored = event.connection, True
        self._state.connections[event.connection] = event.node_id
        return self._reform()

    def _joined(self, event: Joined) -> list[Effect]:
        node = self._state.nodes.get(event.node_id)
        if node is None:
            return [Refuse(event.connection, f"node {event.node_id} is not configured")]
        if node.member is not None:
            return [Refuse(event.connection, f"node {event.node_id} has a daemon in the group already")]
        if node.was_anchored and node.anchor is None:
            return [Refuse(event.connection, f"node {event.node_id} is down: its anchor is gone")]
        self._rise(node, event.was_quorate)
        node.member, node.had_member = event.connection, True
        self._state.connections[event.connection] = event.node_id
        self.next_sequence = max(self.next_sequence, event.last_sequence + 1)
        return self._reform()

    def _rise(self, node: _Node, was_quorate: bool) -> None:
        """Note that a node comes up. Only to a sequencer that is new does a daemon's word of before count."""
        if not node.is_up:
            node.waiting = True
        if was_quorate and not node.had_member:
            node.waiting = False

    def _gone(self, connection: int, why: engine.Why) -> list[Effect]:
        effects = self._drained(connection)
        return effects + self._forget(connection, why)

    def _forget(self, connection: int, why: engine.Why) -> list[Effect]:
        node_id = self._state.connections.pop(connection, None)
        if node_id is None:
            return []
        node = self._state.nodes[node_id]
        self._state.seen.pop(connection, None)
        effects: list[Effect] = []
        if node.member == connection:
            node.member = None
            self._state.farewells[node_id] = why
        else:
            node.anchor = None
            if node.member is not None:
                effects = [*self._detach(node.member, f"node {node_id} is down: its anchor is gone")]
        return effects + self._reform()

    def _detach(self, connection: int, reason: str) -> list[Effect]:
        """Take a member out without a view of its own: its node goes in the same one."""
        node = self._state.nodes[self._state.connections.pop(connection)]
        node.member = None
        self._state.seen.pop(connection, None)
        return [*self._drained(connection), Refuse(connection, reason)]

    def _close(self, connection: int, reason: str) -> list[Effect]:
        return [Refuse(connection, reason), *self._gone(connection, engine.Why.PROCESS_DOWN)]

    def _regroup(self, groups: Iterable[frozenset[int]]) -> list[Effect]:
        for node in self._state.nodes.values():
            node.group = 0
        for number, group in enumerate(groups, 1):
            for node_id in group & self._state.nodes.keys():
                self._state.nodes[node_id].group = number
        return self._reform()

    # --- views

    def _reform(self) -> list[Effect]:
        """Return new views for the components that are not what they were."""
        state = self._state
        if state.gathering:
            if not all(node.member is not None for node in state.nodes.values()):
                return []
            state.gathering = False
            return [CancelTimer("gather"), *self._reform()]
        effects: list[Effect] = []
        previous, state.components = state.components, {}
        for group in sorted({node.group for node in state.nodes.values()}):
            effects += self._form(group, previous)
        state.farewells.clear()
        return effects

    def _form(self, group: int, previous: dict[int, _Component]) -> list[Effect]:
        state = self._state
        nodes = frozenset(i for i, node in state.nodes.items() if node.group == group and node.is_up)
        members = frozenset(i for i in nodes if state.nodes[i].member is not None)
        if not nodes:
            return []
        connections = tuple(c for i in sorted(members) if (c := state.nodes[i].member) is not None)
        same = [old for old in previous.values() if old.nodes == nodes and old.connections == connections]
        if same:
            state.components[group] = same[0]
            return []
        view_id = engine.ViewId(self.next_sequence, min(members or nodes))
        self.next_sequence += 1
        component = _Component(view_id, nodes, members, self._assess(nodes), connections)
        state.components[group] = component
        return self._introduce(component)

    def _introduce(self, component: _Component) -> list[Effect]:
        """Return the transitional and regular views of this component for each of its members."""
        state = self._state
        together: dict[engine.ViewId, set[int]] = {}
        for connection in component.connections:
            if connection in state.seen:
                together.setdefault(state.seen[connection].id, set()).add(state.connections[connection])
        effects: list[Effect] = []
        for connection in component.connections:
            last = state.seen.get(connection)
            # Whoever was in our last view and comes from another one since was away in between.
            along = frozenset(together[last.id]) if last else frozenset()
            left = last.members - along if last else frozenset()
            if left:
                effects.append(Send((connection,), engine.TransitionalView(along)))
            effects.append(Send((connection,), self._view(component, along, left)))
        for connection in component.connections:
            state.seen[connection] = _Seen(component.id, component.members)
        return effects

    def _view(self, component: _Component, along: frozenset[int], left: frozenset[int]) -> engine.RegularView:
        return engine.RegularView(
            id=component.id,
            nodes=self.electorate.nodes(component.nodes),
            members=component.members,
            joined=component.members - along,
            left=tuple((node_id, self._why(node_id, component)) for node_id in sorted(left)),
            quorum=component.quorum,
        )

    def _why(self, node_id: int, component: _Component) -> engine.Why:
        farewell = self._state.farewells.get(node_id)
        if farewell is engine.Why.LEFT:
            return farewell
        return engine.Why.PROCESS_DOWN if node_id in component.nodes else engine.Why.NODE_DOWN

    def _assess(self, nodes: frozenset[int]) -> engine.Quorum:
        """Return the quorum of these nodes, and let wait_for_all begin anew where it is lost."""
        states = [self._state.nodes[i] for i in nodes]
        found = quorum.assess(self.electorate, nodes, all(node.waiting for node in states))
        for node in states:
            node.waiting = not found.quorate
        return found

    def _expect(self, votes: int) -> list[Effect]:
        self.electorate = msgspec.structs.replace(self.electorate, expected_votes=votes)
        effects: list[Effect] = []
        for component in self._state.components.values():
            found = self._assess(component.nodes)
            if found != component.quorum:
                component.quorum = found
                effects.append(Send(component.connections, engine.QuorumChanged(found)))
        return effects

    # --- slow readers

    def _backlogged(self, connection: int) -> list[Effect]:
        if connection not in self._state.connections or connection in self._state.backlogged:
            return []
        first = not self._state.backlogged
        self._state.timers += 1
        self._state.backlogged[connection] = self._state.timers
        timer = SetTimer(f"slow-{connection}", self._state.timers, self.settings.slow_reader_ms)
        return [HoldSenders(), timer] if first else [timer]

    def _drained(self, connection: int) -> list[Effect]:
        if connection not in self._state.backlogged:
            return []
        del self._state.backlogged[connection]
        effects: list[Effect] = [CancelTimer(f"slow-{connection}")]
        return effects if self._state.backlogged else [*effects, ReleaseSenders()]

    def _timer(self, event: TimerFired) -> list[Effect]:
        if event.name == "gather":
            if not self._state.gathering:
                return []
            self._state.gathering = False
            return self._reform()
        slow = [c for c, generation in self._state.backlogged.items() if generation == event.generation]
        return self._close(slow[0], f"it did not read for {self.settings.slow_reader_ms} ms") if slow else []
