"""An engine without a world: the sequencer, and links whose every delivery is in the caller's hand.

Nothing moves by itself. Whatever crosses a link waits in the link's queue, and `post(link)` is called once for it; the
caller calls `Network.advance(link)` as many times, when and in whatever order between links it likes. Within a link
order is kept. The default `post` remembers, and `Network.settle` runs until nothing is left.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Set

import msgspec

from standfast.errors import LocalProtocolError
from standfast.messaging import engine, quorum, sequencer_events
from standfast.messaging.sequencer import Sequencer, Settings
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired


class Way(enum.StrEnum):
    """Which way a link goes."""

    UP = "up"  # from a node's daemon to the sequencer; its end too
    DOWN = "down"  # from the sequencer to a node's daemon
    PRESENCE = "presence"  # that a node's machine came up or went
    PATIENCE = "patience"  # node 0: a new sequencer has waited long enough for all to come


class Link(msgspec.Struct, frozen=True, order=True):
    """One queue: all that goes one way for one node."""

    node_id: int
    way: Way


class _Wire(msgspec.Struct):
    items: deque[object] = msgspec.field(default_factory=deque)
    paused: bool = False
    owed: int = 0


class _Down(msgspec.Struct, frozen=True):
    to: MemoryEngine
    event: engine.Event


class MemoryEngine:
    """One daemon's life in the group; a daemon that comes back gets a new one."""

    def __init__(self, network: Network, node_id: int, connection: int) -> None:
        self._network = network
        self._node_id = node_id
        self.connection = connection
        self.is_alive = True
        self.is_in_view = False
        self.is_cut_off = False  # the sequencer died, and we have not heard of it yet
        self.last_sequence = 0
        self.was_quorate = False
        self._position = 0
        self._unreturned: deque[int] = deque()
        self._deliver: Callable[[engine.Event], None] | None = None

    @property
    def node_id(self) -> int:
        """Return our node's id."""
        return self._node_id

    @property
    def backlog_bytes(self) -> int:
        """Return what was sent and not yet delivered back."""
        return sum(self._unreturned)

    def start(self, deliver: Callable[[engine.Event], None]) -> None:
        """Join the group."""
        self._deliver = deliver
        self._network.join(self)

    def multicast(self, payload: bytes) -> None:
        """Send to all members. Raises: LocalProtocolError if there is no view, or the message is too long."""
        if not (self.is_alive and self.is_in_view):
            raise LocalProtocolError("there is no view to send to")
        if len(payload) > engine.MESSAGE_BYTES_MAX:
            raise LocalProtocolError(f"a message of {len(payload)} bytes is too long")
        self._unreturned.append(len(payload))
        if not self.is_cut_off:
            self._network.send(self, sequencer_events.Cast(self.connection, payload))

    def leave(self) -> None:
        """Say goodbye."""
        self.is_alive = self.is_in_view = False
        self._network.send(self, sequencer_events.SaidGoodbye(self.connection))

    def receive(self, event: engine.Event) -> None:
        """Take one event off the wire; for the network only."""
        if not self.is_alive or self._deliver is None:
            return
        match event:
            case engine.RegularView():
                self.is_in_view, self._position = True, 0
                self.last_sequence, self.was_quorate = event.id.sequence, event.quorum.quorate
            case engine.Delivered():
                # Where `lose` took messages away, those that follow close up.
                self._position += 1
                if event.position != self._position:
                    event = msgspec.structs.replace(event, position=self._position)
                if event.sender == self._node_id:
                    self._unreturned.popleft()
            case engine.EngineLost():
                self.is_in_view = self.is_cut_off = False
                self._unreturned.clear()
        self._deliver(event)


class Network:
    """The links of all nodes and the sequencer between them."""

    def __init__(self, electorate: quorum.Electorate, post: Callable[[Link], None] | None = None) -> None:
        self._sequencer = Sequencer(electorate)
        self._waiting: deque[Link] = deque()
        self._post = post or self._remember
        self._wires: dict[Link, _Wire] = {}
        self._engines: dict[int, MemoryEngine] = {}  # by connection
        self._anchors: dict[int, int] = {}  # node id -> connection
        self._connections = 0
        self._groups: tuple[frozenset[int], ...] = ()

    # --- what happens to nodes

    def engine(self, node_id: int) -> MemoryEngine:
        """Return an engine for a daemon that starts on this node."""
        self._connections += 1
        made = MemoryEngine(self, node_id, self._connections)
        self._engines[made.connection] = made
        return made

    def power_on(self, node_id: int) -> None:
        """Bring a node's machine up."""
        self._connections += 1
        self._anchors[node_id] = self._connections
        self._put(Link(node_id, Way.PRESENCE), sequencer_events.Anchored(self._connections, node_id))

    def power_off(self, node_id: int, sent: int = 0) -> None:
        """Take a node's machine down, its daemon with it, without a goodbye; `sent` as for `crash`."""
        anchor = self._anchors.pop(node_id, None)
        dead = self._silence(node_id, sent)
        if anchor is None:
            self._close(dead)
        else:
            self._put(Link(node_id, Way.PRESENCE), sequencer_events.Closed(anchor))

    def crash(self, node_id: int, sent: int = 0) -> None:
        """End a node's daemon without a goodbye; of what it had sent and was still under way, `sent` items arrive."""
        self._close(self._silence(node_id, sent))

    def _close(self, dead: list[MemoryEngine]) -> None:
        for made in dead:
            self._put(Link(made.node_id, Way.UP), sequencer_events.Closed(made.connection))

    def _silence(self, node_id: int, sent: int) -> list[MemoryEngine]:
        """End a node's engines; return them."""
        up = self._wire(Link(node_id, Way.UP))
        ours = [item for item in up.items if isinstance(item, sequencer_events.Cast)]
        for item in ours[sent:]:
            up.items.remove(item)
        self._wire(Link(node_id, Way.DOWN)).items.clear()
        dead = [made for made in self._engines.values() if made.node_id == node_id and made.is_alive]
        for made in dead:
            made.is_alive = made.is_in_view = False
        self.resume(node_id)
        return dead

    def pause(self, node_id: int) -> None:
        """Let a node's daemon neither hear nor be heard until `resume`; it stays a member."""
        for way in (Way.UP, Way.DOWN):
            self._wire(Link(node_id, way)).paused = True

    def resume(self, node_id: int) -> None:
        """Let go what was held back."""
        for way in (Way.UP, Way.DOWN):
            link = Link(node_id, way)
            wire = self._wire(link)
            wire.paused = False
            owed, wire.owed = wire.owed, 0
            for _ in range(owed):
                self._post(link)

    # --- what happens to the network

    def cut(self, *groups: Set[int]) -> None:
        """Let these groups hear only themselves; nodes in no group are one component together."""
        self._groups = tuple(frozenset(group) for group in groups)
        self._do(sequencer_events.Cut(self._groups))

    def heal(self) -> None:
        """Let all nodes hear each other again."""
        self._groups = ()
        self._do(sequencer_events.Healed())

    def expect(self, votes: int) -> None:
        """Change the expected votes."""
        self._do(sequencer_events.ExpectedVotesSet(votes))

    @property
    def last_sequence(self) -> int:
        """Return the sequence of the newest view."""
        return self._sequencer.next_sequence - 1

    def unreceived(self, nodes: Set[int]) -> int:
        """Return how many messages are under way to these nodes that none of them has: what `lose` can take."""
        return len(self._losable(nodes))

    def lose(self, nodes: Set[int], keep: int) -> None:
        """Lose what is under way to `nodes` after the first `keep` messages that none of them has, but what they sent.

        Called just before the others are cut off or crash, with all nodes of a component that stay together. It is
        what a lost frame does to a real ring: agreed order alone does not say that anybody else has a message.
        """
        lost = {position for position, sender in self._losable(nodes)[keep:] if sender not in nodes}
        for node_id in nodes:
            wire = self._wire(Link(node_id, Way.DOWN))
            wire.items = _without(wire.items, lost)

    def restart(self, reason: str = "the sequencer died") -> None:
        """Kill the sequencer and start a new one: all daemons lose the engine, and join again by themselves."""
        before = self._sequencer
        self._sequencer = Sequencer(before.electorate, Settings(gather_ms=1), before.next_sequence)
        for wire in self._wires.values():
            wire.items.clear()
        self._do(sequencer_events.Started())
        self._do(sequencer_events.Cut(self._groups))
        for node_id in list(self._anchors):
            self.power_on(node_id)
        for made in [e for e in self._engines.values() if e.is_alive]:
            del self._engines[made.connection]
            self._connections += 1
            made.connection, made.is_cut_off = self._connections, True
            self._engines[made.connection] = made
            self._put(Link(made.node_id, Way.DOWN), _Down(made, engine.EngineLost(reason)))
            self.join(made)

    # --- moving

    def advance(self, link: Link) -> None:
        """Take one item across this link."""
        wire = self._wire(link)
        if wire.paused:
            wire.owed += 1
            return
        if not wire.items:
            return
        match wire.items.popleft():
            case _Down(made, event):
                made.receive(event)
            case sequencer_events.Joined() as joined:
                self._do(self._with_memory(joined))
            case item:
                self._do(item)  # type: ignore[arg-type]

    def settle(self, limit: int = 100000) -> None:
        """Move until nothing is under way, patience last. Only with the default `post`."""
        for _ in range(limit):
            if not self._waiting:
                return
            self.advance(self._waiting.popleft())
        raise AssertionError(f"still moving after {limit} steps")

    def _remember(self, link: Link) -> None:
        if self._waiting and self._waiting[-1].way is Way.PATIENCE:
            self._waiting.insert(len(self._waiting) - 1, link)
        else:
            self._waiting.append(link)

    # --- for the engines

    def join(self, made: MemoryEngine) -> None:
        """Put an engine's hello on its way."""
        self.send(made, sequencer_events.Joined(made.connection, made.node_id))

    def send(self, made: MemoryEngine, event: sequencer_events.Event) -> None:
        """Put an event on its way to the sequencer."""
        self._put(Link(made.node_id, Way.UP), event)

    # --- inside

    def _with_memory(self, joined: sequencer_events.Joined) -> sequencer_events.Joined:
        made = self._engines[joined.connection]
        return msgspec.structs.replace(joined, last_sequence=made.last_sequence, was_quorate=made.was_quorate)

    def _wire(self, link: Link) -> _Wire:
        return self._wires.setdefault(link, _Wire())

    def _put(self, link: Link, item: object) -> None:
        self._wire(link).items.append(item)
        self._post(link)

    def _do(self, event: sequencer_events.Event) -> None:
        for effect in self._sequencer.handle(event, Now(0, 0)):
            match effect:
                case sequencer_events.Send(connections, sent):
                    for connection in connections:
                        made = self._engines[connection]
                        self._put(Link(made.node_id, Way.DOWN), _Down(made, sent))
                case sequencer_events.Refuse(connection, reason):
                    self._refused(connection, reason)
                case SetTimer(name, generation):
                    self._put(Link(0, Way.PATIENCE), TimerFired(name, generation))
                case CancelTimer():
                    self._wire(Link(0, Way.PATIENCE)).items.clear()
                case sequencer_events.HoldSenders() | sequencer_events.ReleaseSenders():
                    raise AssertionError("memory links have no backlog")

    def _refused(self, connection: int, reason: str) -> None:
        made = self._engines.get(connection)
        if made is not None and made.is_alive:
            self._put(Link(made.node_id, Way.DOWN), _Down(made, engine.EngineLost(reason)))

    def _losable(self, nodes: Set[int]) -> list[tuple[int, int]]:
        """Return (position, sender) of the messages of the present view that no node of these has, in order."""
        tails = [_tail(self._wire(Link(node_id, Way.DOWN)).items) for node_id in nodes if self._is_member(node_id)]
        shortest = min(tails, key=len, default=[])
        return [(event.position, event.sender) for event in shortest]

    def _is_member(self, node_id: int) -> bool:
        return any(e.node_id == node_id and e.is_alive and e.last_sequence for e in self._engines.values())


def _tail(items: deque[object]) -> list[engine.Delivered]:
    """Return the messages at the end of a queue, back to the last event that is none."""
    tail: list[engine.Delivered] = []
    for item in reversed(items):
        if not (isinstance(item, _Down) and isinstance(item.event, engine.Delivered)):
            break
        tail.append(item.event)
    return tail[::-1]


def _without(items: deque[object], lost: Set[int]) -> deque[object]:
    """Return the queue without these positions of the last view."""
    tail = len(_tail(items))
    kept = list(items)[: len(items) - tail]
    for item in list(items)[len(items) - tail :]:
        assert isinstance(item, _Down)
        assert isinstance(item.event, engine.Delivered)
        if item.event.position not in lost:
            kept.append(item)
    return deque(kept)
