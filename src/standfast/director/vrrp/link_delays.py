"""Interfaces whose ups and downs count a while later only, and not if they are over by then.

Source: keepalived.conf(5), interface_up_down_delays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.links import LinkDelay
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.rtnetlink_messages import Link
from standfast.director.vrrp.virtual_devices import all_devices, own_device

_NS_PER_US = 1000


def longest_ns(interface: str, routers: Iterable[Router]) -> int | None:
    """Return for how long an interface may wait at most: less than a Backup does; None: no router is on it.

    "The delay on an interface must be less than two (or more precisely one less than down_timer_adverts) times the
    advert interval", the Active Router's if that is shorter. Source: keepalived.conf(5), and vrrp.c of 2.2.7.
    """
    return min((_patience_ns(each) for each in routers if interface in _interfaces(each)), default=None)


def _interfaces(router: Router) -> tuple[str, str]:
    return router.configuration.interface, own_device(router.configuration)


def _patience_ns(router: Router) -> int:
    configuration = router.configuration
    own_ns = configuration.advertisement_interval_cs * 10_000_000
    interval_ns = min(own_ns, router.active_adver_interval_ns)
    spare = configuration.down_timer_adverts - 1
    return spare * interval_ns - interval_ns // 256 if spare > 0 else 0


class _Seen(msgspec.Struct, frozen=True):
    """What an interface of this index is taken for; `waits`: for the end of a delay, as it is otherwise now."""

    index: int
    up: bool
    was_up: bool
    waits: bool = False


class Waiting(msgspec.Struct, frozen=True):
    """What is to be done about an interface's timer: set for the end of a delay, or taken back if there is none."""

    interface: str
    delay_ns: int = 0


class LinkDelays:
    """What interfaces are taken for. `longest_ns` returns how long one may wait at most, None being for ever."""

    def __init__(self, longest: Callable[[str], int | None]) -> None:
        self._longest = longest
        self._delays: dict[str, LinkDelay] = {}
        self._seen: dict[str, _Seen] = {}

    def become(self, configuration: Configuration) -> list[Waiting]:
        """Delay these from now on; a virtual MAC as long as the interface below it."""
        self._delays = {each.interface: each for each in configuration.delays}
        made = all_devices(configuration) if self._delays else {}
        for name, device in made.items():
            if device.interface in self._delays:
                self._delays[name] = self._delays[device.interface]
        gone = self._seen.keys() - self._delays.keys()
        return [Waiting(name) for name in gone if self._seen.pop(name).waits]

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Return what is delayed."""
        return tuple(self._delays)

    def is_up(self, link: Link) -> bool:
        """Return what an interface is taken for."""
        seen = self._seen.get(link.name)
        return seen.up if seen and seen.index == link.index else link.is_up

    def heard(self, link: Link) -> Waiting | None:
        """Take what netlink tells of an interface; return what becomes of its timer, if anything."""
        delay, seen = self._delays.get(link.name), self._seen.get(link.name)
        if delay is None:
            return None
        if seen is None or seen.index != link.index:
            self._seen[link.name] = _Seen(link.index, link.is_up, link.is_up)
            return Waiting(link.name) if seen and seen.waits else None
        if link.is_up == seen.up:
            self._seen[link.name] = replace(seen, waits=False)
            return Waiting(link.name) if seen.waits else None
        if seen.waits:
            return None
        wanted_ns = self._delay_ns(delay, link) if seen.was_up else 0
        if wanted_ns:
            self._seen[link.name] = replace(seen, waits=True)
            return Waiting(link.name, wanted_ns)
        self._seen[link.name] = _Seen(link.index, link.is_up, seen.was_up or link.is_up)
        return None

    def _delay_ns(self, delay: LinkDelay, link: Link) -> int:
        wanted_ns = (delay.up_us if link.is_up else delay.down_us) * _NS_PER_US
        longest_ns = self._longest(link.name)
        return wanted_ns if longest_ns is None else min(wanted_ns, longest_ns)

    def ended(self, name: str, link: Link | None) -> None:
        """Take an interface for what it is: its delay is over."""
        seen = self._seen.pop(name, None)
        if seen and link and link.index == seen.index:
            self._seen[name] = _Seen(link.index, link.is_up, seen.was_up or link.is_up)
