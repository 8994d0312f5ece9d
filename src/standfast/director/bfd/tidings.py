"""What whoever follows sessions in another process is told: a datagram of lines, `up NAME` or `down NAME`.

Each change comes at once, and all states again each second: a follower that began later, or missed one, knows soon.
"""

from __future__ import annotations

from collections.abc import Iterable

REPEAT_MS = 1000
_WORDS = {True: "up", False: "down"}
_STATES = {"up": True, "down": False}


def render(states: Iterable[tuple[str, bool]]) -> bytes:
    """Return names and whether they are up as a datagram."""
    return "".join(f"{_WORDS[up]} {name}\n" for name, up in states).encode(errors="surrogateescape")


def read(datagram: bytes) -> list[tuple[str, bool]]:
    """Return what a datagram says; what is no such line is left out."""
    lines = (line.partition(" ") for line in datagram.decode(errors="surrogateescape").split("\n"))
    return [(name, _STATES[word]) for word, _, name in lines if word in _STATES and name]
