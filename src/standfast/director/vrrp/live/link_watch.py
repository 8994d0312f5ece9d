"""Whether interfaces are up: as netlink tells, some time after that, or as they say when they are asked.

By the VRRP process's own timers; one interface is asked at a time, so that no advert waits for a round of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from standfast.director.vrrp import events as ev
from standfast.director.vrrp import linkbeat
from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.link_delays import LinkDelays, Waiting
from standfast.director.vrrp.linkbeat import Linkbeat
from standfast.director.vrrp.links import LinkMethod
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.link_states import LinkStates
from standfast.director.vrrp.live.timers import now_ns
from standfast.director.vrrp.rtnetlink_messages import Link

LOG = logging.getLogger("standfast.vrrp")
LINKS = "\0link:"
"""What the owner of a timer begins with that is no router's: an interface's, whose delay is over, or with no name the
turn of the next one that is asked."""


class LinkWatch:
    """Looks after links; `set_timer` is told when it wants to hear that a timer `fired`.

    `longest` returns for how long a change of an interface may wait at most, None being for ever.
    """

    def __init__(
        self,
        interfaces: Interfaces,
        set_timer: Callable[[ev.SetTimer | ev.CancelTimer], None],
        longest: Callable[[str], int | None],
    ) -> None:
        self._interfaces = interfaces
        self._set_timer = set_timer
        self._states: LinkStates | None = None
        self._beat = Linkbeat(self._ask)
        self._delays = LinkDelays(longest)

    def _ask(self, interface: str, method: LinkMethod) -> bool | None:
        if self._states is None:
            self._states = LinkStates()
        return self._states.ask(interface, method)

    def close(self) -> None:
        """Close the socket, if anything was asked."""
        if self._states is not None:
            self._states.close()

    def configure(self, configuration: Configuration) -> None:
        """Watch as this says from now on: ask all at once, then one after another."""
        self._beat.become(linkbeat.polled(configuration))
        for name in self._beat.interfaces:
            self._look(name)
        if self._beat.interfaces:
            self._next()
        else:
            self._set_timer(ev.CancelTimer(LINKS, ev.Timer.ADVER))
        for waiting in self._delays.become(configuration):
            self._wait(waiting)
        self.look_again()

    def look_again(self) -> None:
        """See what became of delayed interfaces of which news were lost."""
        for name in self._delays.interfaces:
            if link := self._interfaces.link(name):
                self._wait(self._delays.heard(link))

    def heard(self, link: Link) -> None:
        """Take netlink's news of an interface; one that is polled is asked at once if it is new."""
        if self._beat.is_new(link):
            self._look(link.name)
        self._wait(self._delays.heard(link))

    def fired(self, owner: str) -> set[str]:
        """Take a timer of ours; return the interface that may be seen otherwise now, if one is."""
        if name := owner.removeprefix(LINKS):
            self._delays.ended(name, self._interfaces.link(name))
            return {name}
        name = self._beat.next()
        if not name:
            return set()
        self._next()
        return {name} if self._look(name) else set()

    def is_up(self, link: Link) -> bool:
        """Return whether an interface is up, as it says itself if it is polled."""
        asked = self._beat.says(link)
        return self._delays.is_up(link) if asked is None else asked

    def _next(self) -> None:
        self._set_timer(ev.SetTimer(LINKS, ev.Timer.ADVER, 0, now_ns() + self._beat.pause_ns))

    def _wait(self, waiting: Waiting | None) -> None:
        if waiting is None:
            return
        owner = LINKS + waiting.interface
        if waiting.delay_ns:
            LOG.info("%s: a change of its link counts in %g s", waiting.interface, waiting.delay_ns / 1e9)
            self._set_timer(ev.SetTimer(owner, ev.Timer.ADVER, 0, now_ns() + waiting.delay_ns))
        else:
            LOG.info("%s: a change of its link is over before it counted", waiting.interface)
            self._set_timer(ev.CancelTimer(owner, ev.Timer.ADVER))

    def _look(self, name: str) -> bool:
        beat = self._beat.ask(name, self._interfaces.link(name))
        for text in beat.said:
            LOG.info("%s", text)
        return beat.changed
