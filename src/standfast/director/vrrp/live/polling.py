"""Linkbeat by the VRRP process's own timers: one interface at a time, so that no advert waits for a round of them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from standfast.director.vrrp import events as ev
from standfast.director.vrrp import linkbeat
from standfast.director.vrrp.configuration import Configuration, LinkMethod
from standfast.director.vrrp.linkbeat import Linkbeat
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.link_states import LinkStates
from standfast.director.vrrp.live.timers import now_ns
from standfast.director.vrrp.rtnetlink_messages import Link

LOG = logging.getLogger("standfast.vrrp")
POLLING = "\0linkbeat"
"""Whose timer it is that is no router's: the next interface has its turn then."""


class Polling:
    """Asks interfaces for their link; `set_timer` is told when it wants to be asked to `go_on`."""

    def __init__(self, interfaces: Interfaces, set_timer: Callable[[ev.SetTimer | ev.CancelTimer], None]) -> None:
        self._interfaces = interfaces
        self._set_timer = set_timer
        self._states: LinkStates | None = None
        self._beat = Linkbeat(self._ask)

    def _ask(self, interface: str, method: LinkMethod) -> bool | None:
        if self._states is None:
            self._states = LinkStates()
        return self._states.ask(interface, method)

    def close(self) -> None:
        """Close the socket, if anything was asked."""
        if self._states is not None:
            self._states.close()

    def configure(self, configuration: Configuration) -> None:
        """Poll what this says from now on: all of it at once, then one after another."""
        self._beat.become(linkbeat.polled(configuration))
        for name in self._beat.interfaces:
            self._look(name)
        if self._beat.interfaces:
            self._wait()
        else:
            self._set_timer(ev.CancelTimer(POLLING, ev.Timer.ADVER))

    def _wait(self) -> None:
        self._set_timer(ev.SetTimer(POLLING, ev.Timer.ADVER, 0, now_ns() + self._beat.pause_ns))

    def go_on(self) -> set[str]:
        """Ask whose turn it is; return the interface's name if it is seen otherwise than before."""
        name = self._beat.next()
        if not name:
            return set()
        self._wait()
        return {name} if self._look(name) else set()

    def heard(self, link: Link) -> None:
        """Ask an interface at once that netlink tells of the first time."""
        if self._beat.is_new(link):
            self._look(link.name)

    def is_up(self, link: Link) -> bool:
        """Return whether an interface is up, as it says itself if it is polled."""
        return self._beat.is_up(link)

    def _look(self, name: str) -> bool:
        beat = self._beat.ask(name, self._interfaces.link(name))
        for text in beat.said:
            LOG.info("%s", text)
        return beat.changed
