"""Words that routes and rules share."""

from __future__ import annotations

import re

from standfast.dialects.keepalived.address_lines import parsed, routing_number
from standfast.dialects.keepalived.engine import Session

TYPES = {
    "local": 2, "nat": 11, "broadcast": 3, "brd": 3, "anycast": 4, "multicast": 5, "prohibit": 8, "unreachable": 7,
    "blackhole": 6, "xresolve": 12, "unicast": 1, "throw": 9,
}  # fmt: skip


def prefix(session: Session, word: str) -> tuple[int, str] | None:
    """Return the family (0: any) and the text of an address with prefix length, or None after a complaint."""
    if word in ("default", "any", "all"):
        return 0, word
    if word == "default6":
        return 6, word
    found = parsed(session, word)
    return None if found is None else (found[0].version, word)


def realms(session: Session, word: str) -> int | None:
    """Return `[FROM/]TO` of realms' names or numbers as the kernel has it, or None."""
    parts = word.split("/")
    if len(parts) > 2:
        return None
    value = 0
    for part in parts:
        number = routing_number(session, "realm", part, 255)
        if number is None:
            return None
        value = value << 16 | number
    return value


_TIME = re.compile(r"([0-9]*\.?[0-9]+)(s|sec|secs|ms|msec|msecs)?")
_TIME_MS_MIN, _TIME_MS_MAX = 200, 120_000
TIME_UNITS = {"rtt": 8, "rttvar": 4, "rto_min": 1}
"""How many of the kernel's units are a millisecond."""


def route_time(name: str, word: str) -> int | None:
    """Return a time of a route's metrics in the kernel's units, or None; a bare number is in these already.

    It is put between 200 ms and 120 s. Source: keepalived 2.2.7, ip-route(8).
    """
    from decimal import Decimal  # only here: few routes have times

    found = _TIME.fullmatch(word)
    if found is None:
        return None
    number, unit = found.groups()
    units = TIME_UNITS[name]
    factor = 1 if unit is None else units if unit.startswith("m") else 1000 * units
    return min(max(int(Decimal(number) * factor), _TIME_MS_MIN * units), _TIME_MS_MAX * units)
