"""What the log says of packets that were discarded: a line when the reason or the sender is new."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from standfast.director.events import Level
from standfast.director.vrrp.configuration import VirtualRouter
from standfast.director.vrrp.events import Log
from standfast.director.vrrp.intervals import NS_PER_S
from standfast.director.vrrp.mismatches import CURES, difference_told
from standfast.director.vrrp.packets import Datagram
from standfast.director.vrrp.reception import Drop


class Refusals:
    """Of one virtual router."""

    def __init__(self, configuration: VirtualRouter) -> None:
        self._configuration = configuration
        self._last: tuple[bytes, Drop] | None = None
        self._told_ns: int | None = None

    def continue_as(self, other: Refusals) -> None:
        """Go on where another one was."""
        self._last = other._last

    def end(self) -> None:
        """Note that a packet was taken: what is discarded from now on is new."""
        self._last = None

    def tell(self, drop: Drop, datagram: Datagram, active: bool, now_ns: int) -> Iterator[Log]:
        """Say why a packet was discarded, if that is new."""
        if drop is Drop.OWN or self._last == (datagram.source, drop):
            return
        if self._told_ns is not None and now_ns - self._told_ns < NS_PER_S:
            return  # a flood of different ones does not flood the log; what goes on is told later
        self._last, self._told_ns = (datagram.source, drop), now_ns
        told = difference_told(self._configuration, drop, datagram)
        text = f"dropped an advert of {ip_address(datagram.source)}: {drop}{f' ({told})' if told else ''}"
        if active:
            yield Log(Level.ERROR, f"{self._configuration.name}: {text}; two are Active. {CURES[drop]}")
        else:
            yield Log(Level.WARNING, f"{self._configuration.name}: {text}")
