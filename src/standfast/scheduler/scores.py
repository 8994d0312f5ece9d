"""The arithmetic of scores: integers clipped to plus and minus INFINITY."""

from __future__ import annotations

import struct
from typing import Final

from standfast import cib

INFINITY: Final = cib.values.INFINITY
_FLOAT = struct.Struct("f")


def add(one: int, other: int) -> int:
    """Return the sum: minus INFINITY wins over plus INFINITY, and that over any number."""
    if one <= -INFINITY or other <= -INFINITY:
        return -INFINITY
    if one >= INFINITY or other >= INFINITY:
        return INFINITY
    return max(-INFINITY, min(INFINITY, one + other))


def render(score: int) -> str:
    """Return the score as status commands print it."""
    if score >= INFINITY:
        return "INFINITY"
    if score <= -INFINITY:
        return "-INFINITY"
    return str(score)


def seconds(ms: int) -> int:
    """Return milliseconds as seconds: halves round up, and whatever is positive is at least 1."""
    return max(1, (ms + 500) // 1000) if ms > 0 else 0


def single(number: float) -> float:
    """Return the number in single precision, as factors are kept."""
    return float(_FLOAT.unpack(_FLOAT.pack(number))[0])


def single_factor(score: int) -> float:
    """Return a colocation's score as the factor that it scales with."""
    return single(score / INFINITY)
