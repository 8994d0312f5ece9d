"""Sessions to try, a hand that drives one, and two of them on a channel."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import bfd
from standfast.director.bfd import events as ev
from standfast.director.bfd.draws import Draws
from standfast.director.bfd.intervals import NS_PER_S, NS_PER_US
from standfast.director.bfd.machine import Machine, To
from standfast.director.bfd.session import Session

MS = 1_000_000
OTHER = ip_address("10.79.0.2")
REMOTE = 0x77


def make_session(**changes: Any) -> bfd.SessionConfiguration:
    """Return a session's configuration: 10 ms, five times."""
    return replace(bfd.SessionConfiguration("B", OTHER), **changes)


class Driver:
    """Gives events to one session and keeps what came out of the last."""

    def __init__(self, **changes: Any) -> None:
        self.session = Session(make_session(**changes), 0x11, Draws(1))
        self.now_ns = 5 * NS_PER_S
        self.effects: list[ev.Effect] = []
        self.due: dict[bfd.Timer, tuple[int, int]] = {}

    def give(self, event: ev.SessionEvent) -> list[ev.Effect]:
        """Give an event; return its effects."""
        self.effects = self.session.handle(event, self.now_ns)
        for effect in self.effects:
            if isinstance(effect, ev.SetTimer):
                self.due[effect.timer] = effect.due_ns, effect.generation
            elif isinstance(effect, ev.CancelTimer):
                del self.due[effect.timer]
        return self.effects

    def hear(self, state: bfd.State, *, ttl: int = 255, authenticated: bool = False, **fields: Any) -> list[ev.Effect]:
        """Give a packet of the neighbour, which wants 10 ms both ways, three times."""
        plain = bfd.Packet(state, REMOTE, 0x11, 10_000, 10_000, 3)
        return self.give(ev.PacketReceived(replace(plain, **fields), ttl, authenticated))

    def fire(self, timer: bfd.Timer) -> list[ev.Effect]:
        """Let a timer run out when it is due."""
        due_ns, generation = self.due.pop(timer)
        self.now_ns = max(due_ns, self.now_ns)
        return self.give(ev.TimerFired(timer, generation))

    def come_up(self) -> None:
        """Bring the session Up; its poll is answered."""
        self.give(ev.Startup())
        self.hear(bfd.State.DOWN, your_discriminator=0)
        self.hear(bfd.State.INIT)
        self.hear(bfd.State.UP, final=True)
        assert self.session.state is bfd.State.UP

    @property
    def sent(self) -> list[bfd.Packet]:
        """Return the packets among the last effects."""
        return [bfd.packets.read(effect.payload) for effect in self.effects if isinstance(effect, ev.Send)]

    @property
    def told(self) -> list[bool]:
        """Return what followers were told among the last effects."""
        return [effect.up for effect in self.effects if isinstance(effect, ev.Changed)]

    def wait_us(self, timer: bfd.Timer) -> float:
        """Return how long a timer still runs."""
        return (self.due[timer][0] - self.now_ns) / NS_PER_US


class Channel:
    """Two machines, a and b, and what is between them: a delay, and a word on whether each packet arrives."""

    def __init__(self, a: bfd.SessionConfiguration, b: bfd.SessionConfiguration, seed: int, delay_ns: int) -> None:
        self.machines = {"a": Machine(seed), "b": Machine(seed + 1)}
        self.addresses = {"a": ip_address("10.79.0.1").packed, "b": ip_address("10.79.0.2").packed}
        self.configurations = {"a": replace(a, neighbor=OTHER), "b": replace(b, neighbor=ip_address("10.79.0.1"))}
        self.delay_ns = delay_ns
        self.arrives: Callable[[str], bool] = lambda sender: True
        self.now_ns = 0
        self.told: list[tuple[int, str, bool]] = []
        self.sent: list[tuple[int, str, bfd.Packet]] = []
        self.heard_ns = {"a": 0, "b": 0}
        self._heap: list[tuple[int, int, str, Any]] = []
        self._number = itertools.count()

    def start(self, node: str) -> None:
        """Begin on one side."""
        self._give(node, ev.Configured(bfd.Configuration((self.configurations[node],))))

    def session(self, node: str) -> Session:
        """Return a side's session."""
        return self.machines[node].sessions["B"]

    def run(self, until_ns: int) -> None:
        """Let time pass."""
        while self._heap and self._heap[0][0] <= until_ns:
            self.now_ns, _, node, event = heapq.heappop(self._heap)
            if isinstance(event, ev.Arrived):
                self.heard_ns[node] = self.now_ns
            self._give(node, event)
        self.now_ns = until_ns

    def both_up(self) -> bool:
        """Return whether the session is Up on both sides."""
        return all(self.session(node).state is bfd.State.UP for node in "ab")

    def _give(self, node: str, event: Any) -> None:
        other = "b" if node == "a" else "a"
        for effect in self.machines[node].handle(event, self.now_ns):
            if isinstance(effect, ev.Send):
                self.sent.append((self.now_ns, node, bfd.packets.read(effect.payload)))
                if self.arrives(node):
                    datagram = bfd.Datagram(self.addresses[node], self.addresses[other], 255, effect.payload)
                    self._push(self.now_ns + self.delay_ns, other, ev.Arrived(datagram))
            elif isinstance(effect, ev.SetTimer):
                fired = To(effect.session, ev.TimerFired(effect.timer, effect.generation))
                self._push(effect.due_ns, node, fired)
            elif isinstance(effect, ev.Changed):
                self.told.append((self.now_ns, node, effect.up))

    def _push(self, at_ns: int, node: str, event: Any) -> None:
        heapq.heappush(self._heap, (at_ns, next(self._number), node, event))


@pytest.fixture
def driver() -> type[Driver]:
    """Return the maker of drivers."""
    return Driver


@pytest.fixture
def channel() -> type[Channel]:
    """Return the maker of channels."""
    return Channel


@pytest.fixture
def configuration() -> Callable[..., bfd.SessionConfiguration]:
    """Return the maker of configurations."""
    return make_session
