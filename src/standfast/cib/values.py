"""What a configured text means: booleans, scores, integers, versions. Source: Pacemaker Explained, "Value types"."""

from __future__ import annotations

import re
from typing import Final

INFINITY: Final = 1_000_000
"""The score that no sum exceeds."""

_TRUE = frozenset(("true", "on", "yes", "y", "1"))
_FALSE = frozenset(("false", "off", "no", "n", "0"))
_NAMED_SCORES = {"red": -INFINITY, "yellow": 0, "green": 0}
_INTEGER = re.compile(r"\s*([+-]?\d{1,30})", re.ASCII)  # int() refuses thousands of digits
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VERSION = re.compile(r"\s*(\d+(?:\.\d+)*)", re.ASCII)


def boolean(text: str | None) -> bool | None:
    """Return what the text says in any case (true, on, yes, y, 1 or their opposites); None if neither."""
    if text is None:
        return None
    lowered = text.lower()
    if lowered in _TRUE:
        return True
    return False if lowered in _FALSE else None


def is_true(text: str | None, default: bool = False) -> bool:
    """Return the boolean; `default` where the text is absent or no boolean."""
    value = boolean(text)
    return default if value is None else value


def integer(text: str | None) -> int | None:
    """Return the integer that the text begins with; decimals and what follows are cut. None if there is none."""
    if not text:
        return None
    if len(text) <= 30 and text.isdigit() and text.isascii():  # nearly all are: no need to search
        return int(text)
    match = _INTEGER.match(text)
    return int(match[1]) if match else None


def number(text: str | None) -> float | None:
    """Return the number that the text begins with; None if there is none."""
    match = _NUMBER.match(text) if text else None
    return float(match[1]) if match else None


def score(text: str | None, default: int = 0) -> int:
    """Return the score in -INFINITY..INFINITY, clipped; `default` where the text is absent or no score."""
    value = parse_score(text)
    return default if value is None else value


def parse_score(text: str | None) -> int | None:
    """Return the score; None where the text is absent or no score. The colours have node-health's default values."""
    if not text:
        return None
    lowered = text.lower()
    if lowered in ("infinity", "+infinity"):
        return INFINITY
    if lowered == "-infinity":
        return -INFINITY
    if lowered in _NAMED_SCORES:
        return _NAMED_SCORES[lowered]
    value = integer(text)
    return None if value is None else max(-INFINITY, min(INFINITY, value))


def compare_versions(left: str, right: str) -> int:
    """Return -1, 0 or 1: dotted numbers segment by segment; a missing segment is 0, what follows is ignored."""
    a, b = _segments(left), _segments(right)
    length = max(len(a), len(b))
    a += [0] * (length - len(a))
    b += [0] * (length - len(b))
    return (a > b) - (a < b)


def _segments(text: str) -> list[int]:
    match = _VERSION.match(text)
    return [int(part[:30]) for part in match[1].split(".")] if match else []


def xml_text(text: str) -> str:
    """Return the text with a question mark for each character that XML cannot hold: agents print anything."""
    return _NOT_XML.sub("?", text)
