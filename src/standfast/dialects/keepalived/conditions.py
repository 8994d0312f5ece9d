"""`@ID` conditions that are probably mistyped: keepalived drops their lines without a word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from standfast.dialects.keepalived.findings import Finding, Level
from standfast.errors import Place

_ALIKE = 0.7


def mistyped(conditions: Mapping[str, Place], config_id: str) -> list[Finding]:
    """Return a finding for each id that is nearly this machine's; names that differ in their digits are two names."""
    return [
        Finding("condition", f"@{name} is nearly, but not, {config_id}: the line does not count", place, Level.OURS)
        for name, place in conditions.items()
        if name != config_id and _nearly(name, config_id)
    ]


def _nearly(name: str, other: str) -> bool:
    one, two = (re.sub(r"[0-9]+", "", word).lower() for word in (name, other))
    if one == two:
        return name.lower() == other.lower()
    import difflib  # only here and in the engine: a file without mistakes needs no likeness

    return abs(len(one) - len(two)) < 2 and difflib.SequenceMatcher(None, one, two).ratio() >= _ALIKE
