"""Colours by meaning; none where the output is no terminal."""

from __future__ import annotations

import enum

import msgspec


class Tone(enum.StrEnum):
    """What a piece of text means, with the sequence that colours it."""

    GOOD = "32"
    BAD = "31;1"
    CAUTION = "33"
    FAINT = "2"
    STRONG = "1"


class Style(msgspec.Struct, frozen=True):
    """Whether text is coloured."""

    colour: bool = False

    def paint(self, text: str, tone: Tone | None) -> str:
        """Return the text in the colour of its meaning."""
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self.colour and tone and text else text


PLAIN = Style()


def table(rows: list[list[str]], indent: str = "  ") -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [
        max((len(row[i]) for row in rows if i < len(row)), default=0) for i in range(max(map(len, rows), default=0))
    ]
    return [indent + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)).rstrip() for row in rows]
