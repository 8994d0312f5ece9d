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


def realms(session: Session, word: str) -> bool:
    """Return whether a word is `[FROM/]TO` of realms' names or numbers."""
    parts = word.split("/")
    if len(parts) > 2:
        return False
    return all(routing_number(session, "realm", part, 255) is not None for part in parts)


_TIME = re.compile(r"[0-9]*\.?[0-9]+(?:s|sec|secs|ms|msec|msecs)?")


def is_time(word: str) -> bool:
    """Return whether a word is a time of a route's metrics."""
    return _TIME.fullmatch(word) is not None
