"""The network of a world: the memory engine's links under virtual time, with delays, cuts and losses."""

from __future__ import annotations

from collections.abc import Set
from random import Random

from standfast import messaging
from standfast.sim.clock import Clock

GATHER_MS = 1000


class Wires:
    """All nodes' links. `slow` nodes have long delays; a node's death is known after up to `token_ms`."""

    def __init__(self, clock: Clock, random: Random, electorate: messaging.Electorate, token_ms: int = 1000) -> None:
        self._clock = clock
        self._random = random
        self._ids = frozenset(voter.id for voter in electorate.voters)
        self._groups: tuple[frozenset[int], ...] = (self._ids,)
        self._token_ms = token_ms
        self.slow: dict[int, int] = {}  # node id -> delay in ms, at most
        self.torn_sequence = 0  # in views up to this one, members that part may have had different messages
        self.network = messaging.Network(electorate, self._post)

    @property
    def is_cut(self) -> bool:
        """Return whether some nodes cannot hear each other."""
        return len(self._groups) > 1

    def _post(self, link: messaging.Link) -> None:
        self._clock.after(self._delay_ms(link), lambda: self.network.advance(link))

    def _delay_ms(self, link: messaging.Link) -> float:
        if link.way is messaging.Way.PATIENCE:
            return GATHER_MS
        if link.way is messaging.Way.PRESENCE:
            return self._random.randint(1, self._token_ms)
        slow = self.slow.get(link.node_id)
        return self._random.random() * (slow if slow is not None else 2)

    def cut(self, groups: tuple[frozenset[int], ...]) -> None:
        """Cut the nodes into groups that hear only themselves. Every node is in one."""
        for group in groups:
            for together in self._groups:
                self._lose(group & together, together - group)
        self._groups = groups
        self.network.cut(*groups)

    def heal(self) -> None:
        """Let all hear each other again."""
        self._groups = (self._ids,)
        self.network.heal()

    def power_off(self, node_id: int) -> None:
        """Take a machine's end of the links down."""
        for together in self._groups:
            if node_id in together:
                self._lose(together - {node_id}, frozenset({node_id}))
        self.network.power_off(node_id, sent=self._random.randint(0, 3))

    def crash(self, node_id: int) -> None:
        """Take a daemon's end of the links down."""
        self.network.crash(node_id, sent=self._random.randint(0, 3))

    def _lose(self, stay: Set[int], away: Set[int]) -> None:
        """Let chance decide which of the messages that nobody who stays has got are lost with those that go."""
        if not stay or not away:
            return
        under_way = self.network.unreceived(stay)
        if under_way and self._random.random() < 0.7:
            self.network.lose(stay, self._random.randint(0, under_way))
            self.torn_sequence = self.network.last_sequence
