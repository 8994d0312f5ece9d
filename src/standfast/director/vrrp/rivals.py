"""Whom a virtual router hears, and whom it does not want to hear: the last advert of each, and how many."""

from __future__ import annotations

import msgspec

from standfast.director.vrrp.packets import Datagram
from standfast.director.vrrp.reception import Advert, Drop

SENDERS_MAX = 16
"""Of so many senders it is known what they sent last: a flood with made-up sources costs no memory."""


class Heard(msgspec.Struct):
    """The adverts of one sender that were taken."""

    last: Advert
    at_ns: int
    count: int = 1


class Refused(msgspec.Struct):
    """The packets of one sender that were discarded: why the last one was, and that one."""

    reason: Drop
    last: Datagram
    at_ns: int
    count: int = 1


class Rivals:
    """What was last heard of each sender."""

    def __init__(self) -> None:
        self.heard: dict[bytes, Heard] = {}
        self.refused: dict[bytes, Refused] = {}

    def hears(self, advert: Advert, now_ns: int) -> None:
        """Note an advert that was taken."""
        known = self.heard.get(advert.source)
        if known is None:
            _make_room(self.heard)
            self.heard[advert.source] = Heard(advert, now_ns)
        else:
            known.last, known.at_ns, known.count = advert, now_ns, known.count + 1

    def refuses(self, datagram: Datagram, reason: Drop, now_ns: int) -> None:
        """Note a packet that was discarded."""
        known = self.refused.get(datagram.source)
        if known is None:
            _make_room(self.refused)
            self.refused[datagram.source] = Refused(reason, datagram, now_ns)
        else:
            known.reason, known.last, known.at_ns, known.count = reason, datagram, now_ns, known.count + 1


def _make_room(senders: dict[bytes, Heard] | dict[bytes, Refused]) -> None:
    if len(senders) >= SENDERS_MAX:
        del senders[next(iter(senders))]
