"""The roles of a resource as numbers: a higher one includes the lower."""

from __future__ import annotations

from typing import Final

from standfast.scheduler.outcome import Role

UNKNOWN: Final = 0
STOPPED: Final = 1
STARTED: Final = 2
UNPROMOTED: Final = 3
PROMOTED: Final = 4

NAMES = ("Unknown", "Stopped", "Started", "Unpromoted", "Promoted")
_ROLES = (Role.UNKNOWN, Role.STOPPED, Role.STARTED, Role.UNPROMOTED, Role.PROMOTED)
_PARSED = {name.lower(): number for number, name in enumerate(NAMES)} | {"slave": UNPROMOTED, "master": PROMOTED}


def parse(text: str | None) -> int:
    """Return the role that a text names; UNKNOWN for none and for invalid ones."""
    return _PARSED.get(text.lower(), UNKNOWN) if text else UNKNOWN


def noun(role: int) -> Role:
    """Return the role as the outcome names it."""
    return _ROLES[role]
