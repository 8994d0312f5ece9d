"""`~SEQ(…)` and `~LST(…)`: one line that stands for many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from standfast.dialects.keepalived.definitions import Definitions

# compiled when they are first used: few configurations have sequences
_SEQ = r"(?s)~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*,([^)]*)\)[ \t]*(.*)"
_NUMBER = r"[ \t]*([+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+))?[ \t]*"


class SequenceError(ValueError):
    """It is written wrongly."""


class Sequence:
    """What is still to come: for each turn the values of `names`, in a copy of `text`. There may be very many."""

    def __init__(self, names: list[str], turns: Iterator[list[str]], text: str) -> None:
        self.names = names
        self.turns = turns
        self.text = text
        self.ahead = next(turns, None)

    def next(self, definitions: Definitions) -> str:
        """Return the line of the next turn, after setting its names."""
        for name, value in zip(self.names, self.ahead or (), strict=False):
            definitions.set(name, value)
        self.ahead = next(self.turns, None)
        return self.text

    @property
    def ended(self) -> bool:
        """Return whether no turn is left."""
        return self.ahead is None


def sequence_of(line: str, definitions: Definitions) -> Sequence:
    """Return what a line that begins with ~SEQ or ~LST stands for. Raises: SequenceError."""
    return _counted(line, definitions) if line.startswith("~SEQ") else _listed(line)


def _counted(line: str, definitions: Definitions) -> Sequence:
    found = re.fullmatch(_SEQ, line)
    if found is None:
        raise SequenceError("~SEQ wants (NAME, [[START, [STEP,]] END)")
    hexadecimal, name, numbers, text = found.groups()
    replaced = definitions.replaced(numbers)
    if replaced and replaced[1]:
        raise SequenceError("a number of ~SEQ has several lines")
    start, step, end = _bounds(replaced[0] if replaced else numbers)
    if hexadecimal and (start < 0 or end < 0):
        raise SequenceError("~SEQx counts no negative numbers")
    form = "x" if hexadecimal else "d"
    counted = range(start, end + (1 if step > 0 else -1), step) or [start]
    return Sequence([name], ([format(number, form)] for number in counted), text)


def _bounds(numbers: str) -> tuple[int, int, int]:
    """Return start, step and end of the one to three numbers."""
    values = [_integer(piece) for piece in numbers.split(",")]
    if len(values) == 1:
        end = values[0]
        return (-1 if end < 0 else 1), (-1 if end < 1 else 1), end
    if len(values) == 2:
        return values[0], (1 if values[0] <= values[1] else -1), values[1]
    if len(values) != 3:
        raise SequenceError("~SEQ wants one to three numbers")
    start, step, end = values
    if not step or (start < end and step < 0) or (start > end and step > 0):
        raise SequenceError(f"counting by {step} never leads from {start} to {end}")
    return start, step, end


def _integer(piece: str) -> int:
    found = re.fullmatch(_NUMBER, piece)
    if found is None:
        raise SequenceError(f"{piece.strip()!r} is no whole number")
    digits = found.group(1) or "0"
    plain = digits.lstrip("+-")
    base = 16 if plain[:2] in ("0x", "0X") else 8 if plain[:1] == "0" and len(plain) > 1 else 10
    try:
        return int(plain, base) * (-1 if digits[:1] == "-" else 1)
    except ValueError:
        raise SequenceError(f"{piece.strip()!r} is no whole number") from None


class _Cursor:
    """A place in the text of a ~LST."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.skip()

    def skip(self) -> None:
        """Go to the next character that is no blank."""
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def takes(self, mark: str) -> bool:
        """Return whether this mark stood here; then go behind it."""
        if self.text[self.at : self.at + 1] != mark:
            return False
        self.at += 1
        self.skip()
        return True

    @property
    def mark(self) -> str:
        """Return the character here."""
        return self.text[self.at : self.at + 1]

    def word(self, ends: str) -> str:
        """Return the text up to a blank or one of these."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ends and self.text[self.at] not in " \t":
            self.at += 1
        word = self.text[start : self.at]
        self.skip()
        return word


def _listed(line: str) -> Sequence:
    cursor = _Cursor(line, 4)
    if not cursor.takes("("):
        raise SequenceError("~LST wants a bracket")
    names = _tuple(cursor, ",}")
    if not cursor.takes(","):
        raise SequenceError("~LST wants values after its names")
    turns: list[list[str]] = []
    while True:
        values = _tuple(cursor, ",})")
        if len(values) > len(names):
            raise SequenceError(f"~LST has {len(values)} values for {len(names)} names")
        turns.append(values + [""] * (len(names) - len(values)))
        if cursor.mark == ")":
            break
        if not cursor.takes(","):
            raise SequenceError("~LST wants a comma or its closing bracket")
    cursor.takes(")")
    return Sequence(names, iter(turns), line[cursor.at :])


def _tuple(cursor: _Cursor, ends: str) -> list[str]:
    """Return `{a, b}` or one word."""
    if not cursor.takes("{"):
        return [cursor.word(ends)]
    words = [cursor.word(ends)]
    while cursor.takes(","):
        words.append(cursor.word(ends))
    if not cursor.takes("}"):
        raise SequenceError("~LST: a brace stays open")
    return words
