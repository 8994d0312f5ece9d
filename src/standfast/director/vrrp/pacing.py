"""Gratuitous ARPs and neighbour advertisements one after another, for switches that cannot take them all at once.

Pure: each call returns what is to be sent now; `due_ns` says when to ask for more. Adverts are not paced, and wait for
none of it. Source: keepalived.conf(5), garp_group.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from standfast.director.vrrp.configuration import Pace

NS_PER_US = 1000
_IPV6 = b"\x86\xdd"
Telling = tuple[str, bytes]
"""A device, and a frame to be sent from it."""
Waiting = tuple[str, str, bytes]
"""Whose it is, a device, and a frame."""


class _Lane:
    """What shares one interval. `free_ns`: when the next one may go."""

    def __init__(self, interval_us: int) -> None:
        self._interval_ns = interval_us * NS_PER_US
        self.free_ns = 0
        self.waiting: deque[Waiting] = deque()
        self._counts: Counter[Waiting] = Counter()

    def want(self, each: Waiting, times: int, now_ns: int) -> bool:
        """Return whether it may go now; else it waits, not more often than `times`."""
        if not self.waiting and now_ns >= self.free_ns:
            self.free_ns = now_ns + self._interval_ns
            return True
        if self._counts[each] < times:
            self._counts[each] += 1
            self.waiting.append(each)
        return False

    def take(self, now_ns: int) -> Waiting | None:
        """Return the next one if it may go now."""
        if not self.waiting or now_ns < self.free_ns:
            return None
        each = self.waiting.popleft()
        self._counts[each] -= 1
        self.free_ns = now_ns + self._interval_ns
        return each

    def keep(self, is_wanted: Callable[[Waiting], bool]) -> None:
        """Forget what is not wanted any more."""
        self.waiting = deque(each for each in self.waiting if is_wanted(each))
        self._counts = Counter(self.waiting)


class Pacer:
    """A queue for each interface, or each group of them, and each family that has an interval."""

    def __init__(self) -> None:
        self._paces: tuple[Pace, ...] = ()
        self._bases: Mapping[str, str] = {}
        self._lanes: dict[tuple[str, bool], _Lane | None] = {}

    def configure(self, paces: tuple[Pace, ...], bases: Mapping[str, str]) -> None:
        """Go by these from now on; if they are others than before, forget what waits.

        `bases` are the interfaces below virtual ones.
        """
        if (paces, bases) != (self._paces, self._bases):
            self._paces, self._bases, self._lanes = paces, bases, {}

    def want(self, router: str, device: str, frames: Sequence[bytes], repeat: int, now_ns: int) -> Iterator[bytes]:
        """Return the frames that go now from this device, in this order; the others wait."""
        for _ in range(repeat):
            for frame in frames:
                if not self._paces:
                    yield frame
                    continue
                lane = self._lane(device, frame[12:14] == _IPV6)
                if lane is None or lane.want((router, device, frame), repeat, now_ns):
                    yield frame

    def due(self, now_ns: int) -> Iterator[Telling]:
        """Return what waited and may go now."""
        for lane in self._lanes.values():
            if lane is not None and (each := lane.take(now_ns)):
                yield each[1:]

    @property
    def due_ns(self) -> int | None:
        """Return the moment when the next one may go, if any waits."""
        return min((lane.free_ns for lane in self._lanes.values() if lane and lane.waiting), default=None)

    def keep(self, is_wanted: Callable[[Waiting], bool]) -> None:
        """Forget what waits and is not wanted any more."""
        for lane in self._lanes.values():
            if lane and lane.waiting:
                lane.keep(is_wanted)

    def drop(self, router: str) -> None:
        """Forget what waits for a router: it is not Active any more."""
        self.keep(lambda each: each[0] != router)

    def _lane(self, device: str, is_ipv6: bool) -> _Lane | None:
        base = self._bases.get(device, device)
        key = base, is_ipv6
        if key not in self._lanes:
            pace = _pace_of(base, self._paces)
            interval_us = pace.advertisement_interval_us if is_ipv6 else pace.arp_interval_us
            lane = _Lane(interval_us) if interval_us else None
            for each in pace.interfaces or (base,):
                self._lanes[each, is_ipv6] = lane
        return self._lanes[key]


def _pace_of(interface: str, paces: Iterable[Pace]) -> Pace:
    """Return the pace that names an interface, or else the one for all others, or none."""
    fallback = Pace()
    for pace in paces:
        if interface in pace.interfaces:
            return pace
        if not pace.interfaces:
            fallback = pace
    return fallback
