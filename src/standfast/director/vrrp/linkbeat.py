"""Interfaces that are asked for their link once a second, instead of believed when netlink tells of it: linkbeat.

Source: keepalived.conf(5), Linkbeat interfaces; keepalived 2.2.7 asks once a second, and by the same methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.links import LinkMethod, LinkPoll
from standfast.director.vrrp.rtnetlink_messages import Link
from standfast.director.vrrp.tracking import tracked_interfaces

PERIOD_NS = 1_000_000_000
_ORDERS = {
    None: (LinkMethod.MII, LinkMethod.ETHTOOL, LinkMethod.IOCTL),
    LinkMethod.MII: (LinkMethod.MII, LinkMethod.ETHTOOL, LinkMethod.IOCTL),
    LinkMethod.ETHTOOL: (LinkMethod.ETHTOOL, LinkMethod.MII, LinkMethod.IOCTL),
    LinkMethod.IOCTL: (LinkMethod.IOCTL,),
}
_VIRTUAL = ("macvlan", "ipvlan")
"""What has no link of its own, and of which netlink tells well. Source: keepalived 2.2.7, vrrp_if.c."""
_MII_LINK = 4
"""BMSR_LSTATUS. Source: linux/mii.h."""
_MII_NOBODY = 0xFFFF
"""What a bus reads as where no transceiver answers."""

Ask = Callable[[str, LinkMethod], bool | None]
"""Whether an interface has a link, by a method; None: it cannot say. IOCTL: whether its flags are up and running."""


def polled(configuration: Configuration) -> tuple[LinkPoll, ...]:
    """Return the polls of interfaces that a router is on or that are tracked; nobody asks for others."""
    looked_at = {router.interface for router in configuration.routers} | tracked_interfaces(configuration)
    return tuple(poll for poll in configuration.polls if poll.interface in looked_at)


def mii_link(control: int, first: int, second: int) -> bool | None:
    """Return whether the status register tells of a link, in either of two readings; None: nobody answers.

    The bit stays off from a loss on until it was read. Source: IEEE 802.3 §22.2.4.2.13; linux/mii.h.
    """
    if control == _MII_NOBODY or not first:
        return None
    return bool((first | second) & _MII_LINK)


class Beat(msgspec.Struct, frozen=True):
    """What came of asking once: whether an interface is seen otherwise now, and what is to be said."""

    interface: str
    changed: bool
    said: tuple[str, ...] = ()


class Linkbeat:
    """What the interfaces said last, and by which method each is asked.

    Once a method answered it is stayed with, also if it does not answer some time: then the flags alone decide.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._polls: dict[str, LinkPoll] = {}
        self._methods: dict[str, tuple[int, LinkMethod]] = {}
        self._up: dict[str, bool] = {}
        self._turn: Iterator[str] = iter(())

    def become(self, polls: tuple[LinkPoll, ...]) -> None:
        """Poll these from now on; what is known of those that are polled as before stays."""
        before = self._polls
        self._polls = {poll.interface: poll for poll in polls}
        for name in before.keys() - {name for name, poll in self._polls.items() if before.get(name) == poll}:
            self._forget(name)
        self._turn = iter(())

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Return what is polled, each once."""
        return tuple(self._polls)

    @property
    def pause_ns(self) -> int:
        """Return how long after an interface the next one is asked: each has its turn once a second, alone."""
        return PERIOD_NS // max(len(self._polls), 1)

    def says(self, link: Link) -> bool | None:
        """Return whether an interface said that it is up; None: nobody asks it."""
        return self._up.get(link.name)

    def next(self) -> str:
        """Return whose turn it is, or nothing."""
        name = next(self._turn, "")
        if not name:
            self._turn = iter(self.interfaces)
            name = next(self._turn, "")
        return name

    def is_new(self, link: Link) -> bool:
        """Return whether this is an interface that is polled, and was never asked."""
        return link.name in self._polls and self._methods.get(link.name, (0,))[0] != link.index

    def ask(self, name: str, link: Link | None) -> Beat:
        """Ask an interface that netlink knows as this, and note what it says."""
        poll, before = self._polls[name], self._up.get(name)
        if link is None or link.kind in _VIRTUAL:
            self._forget(name)
            return Beat(name, before is not None)
        index, method = self._methods.get(name, (0, None))
        said: tuple[str, ...] = ()
        carrier: bool | None = True
        if method is None or index != link.index:
            method, carrier = self._method(poll)
            self._methods[name] = link.index, method
            if poll.method not in (None, method):
                said = (f"({name}): Configured linkbeat type {poll.method} not supported, using {method}",)
        elif method is not LinkMethod.IOCTL:
            carrier = self._ask(name, method)
        up = carrier is not False and self._ask(name, LinkMethod.IOCTL) is not False
        self._up[name] = up
        changed = up != (link.is_up if before is None else before)
        if changed:
            said = (*said, f"Linkbeat reports {name} {'up' if up else 'down'}")
        return Beat(name, changed, said)

    def _method(self, poll: LinkPoll) -> tuple[LinkMethod, bool | None]:
        """Return the first method by which it answers, and what it answers; its flags are always there."""
        for method in _ORDERS[poll.method]:
            carrier = True if method is LinkMethod.IOCTL else self._ask(poll.interface, method)
            if carrier is not None:
                return method, carrier
        raise AssertionError("the last method answers always")

    def _forget(self, name: str) -> None:
        self._methods.pop(name, None)
        self._up.pop(name, None)
