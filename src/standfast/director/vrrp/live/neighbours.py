"""Who is told where an address is: frames sent from an interface, at once or paced."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.events import SetTimer, Timer
from standfast.director.vrrp.live.belongings import Belongings
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.sockets import Announcer
from standfast.director.vrrp.live.timers import now_ns
from standfast.director.vrrp.pacing import Pacer
from standfast.director.vrrp.virtual_devices import all_devices

PACING = "\0pacing"
"""Whose timer it is when frames wait."""


class Neighbours:
    """Tells them; what may not go yet goes when the timer of `PACING` fires, which `set_timer` sets."""

    def __init__(self, interfaces: Interfaces, set_timer: Callable[[SetTimer], None]) -> None:
        self._announcers = Announcers(interfaces)
        self._pacer = Pacer()
        self._set_timer = set_timer

    def configure(self, configuration: Configuration) -> None:
        """Pace as this says from now on."""
        made = all_devices(configuration) if configuration.paces else {}
        self._pacer.configure(configuration.paces, {name: each.interface for name, each in made.items()})

    def prepare(self, belongings: Mapping[str, Belongings]) -> None:
        """Open sockets now, so that nobody waits for them later; forget what waits and is not so any more."""
        for each in belongings.values():
            for device in each.frames:
                self._announcers.on(device)

        def is_so(waiting: tuple[str, str, bytes]) -> bool:
            router, device, frame = waiting
            return router in belongings and frame in belongings[router].frames.get(device, ())

        self._pacer.keep(is_so)

    def announce(self, router: str, frames: Mapping[str, list[bytes]], repeat: int) -> None:
        """Send a router's frames so many times, as fast as they may go."""
        now = now_ns()
        for device, of_device in frames.items():
            going = list(self._pacer.want(router, device, of_device, repeat, now))
            if going and (announcer := self._announcers.on(device)):
                announcer.send(going, 1)
        self._wake()

    def ask(self, frames: Mapping[str, list[bytes]]) -> None:
        """Send these at once."""
        for device, of_device in frames.items():
            if announcer := self._announcers.on(device):
                announcer.send(of_device, 1)

    def go_on(self) -> None:
        """Send what waited and may go now."""
        for device, frame in self._pacer.due(now_ns()):
            if announcer := self._announcers.on(device):
                announcer.send([frame], 1)
        self._wake()

    def forget(self, router: str) -> None:
        """Send nothing more for a router."""
        self._pacer.drop(router)

    def _wake(self) -> None:
        if (due_ns := self._pacer.due_ns) is not None:
            self._set_timer(SetTimer(PACING, Timer.GARP_DELAY, 0, due_ns))

    def close(self) -> None:
        """Close its sockets."""
        self._announcers.close()


class Announcers:
    """Sockets for frames, made when they are first wanted and again when an interface is another."""

    def __init__(self, interfaces: Interfaces, make: Callable[[int, str], Announcer] = Announcer) -> None:
        self._interfaces = interfaces
        self._make = make
        self._open: dict[str, Announcer] = {}

    def on(self, device: str) -> Announcer | None:
        """Return the announcer of a device."""
        link = self._interfaces.link(device)
        known = self._open.get(device)
        if known is not None and link is not None and known.index == link.index:
            return known
        if known is not None:
            del self._open[device]
            known.close()
        if link is None:
            return None
        try:
            self._open[device] = self._make(link.index, device)
        except OSError:
            return None
        return self._open[device]

    def close(self) -> None:
        """Close all."""
        for announcer in self._open.values():
            announcer.close()
        self._open.clear()
