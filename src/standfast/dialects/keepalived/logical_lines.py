"""Logical lines, a million of them in little memory: what is the same in many is kept once."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

_KNOWN_MAX = 512
_BLOCK_MAX = 32
"""A longer block is hardly the same again."""


class Source:
    """A file that was read: its name as it was given, and its physical lines."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name = name
        self.lines = lines


class Spot:
    """Where a logical line stands. `unended`: it is the last line of a file without a newline."""

    def __init__(self, origin: Source, number: int, unended: bool = False) -> None:
        self.origin = origin
        self.number = number
        self.unended = unended


class Line:
    """A logical line. `words` is not empty."""

    def __init__(self, words: list[str], text: str, spot: Spot) -> None:
        self.words = words
        self.text = text
        self.spot = spot


class Block:
    """What physical lines were read as, from the one behind a { to its }; numbers are relative to their beginning."""

    def __init__(self, physical: list[str], texts: list[str], numbers: list[int], closes: list[int]) -> None:
        self.physical = physical
        self.height = len(physical)
        self.texts = texts
        self.numbers = numbers
        self.closes = closes

    def stands_at(self, physical: list[str], at: int) -> bool:
        """Return whether the lines from there on are the same."""
        return physical[at : at + self.height] == self.physical


class Stretch:
    """Plain lines of one file that follow each other and are about to become logical lines, the first being `first`.

    `opened` are the indices of all { that are open.
    """

    def __init__(self, first: int, physical: list[str], opened: list[int]) -> None:
        self.first = first
        self.texts: list[str] = []
        self.numbers: list[int] = []
        self.closes: list[int] = []
        self._physical = physical
        self._opened = opened
        self._begun: list[tuple[int, int]] = []  # blocks: their first line here, and the physical one

    def add(self, text: str, number: int) -> None:
        """Add a line whose words are simply those between blanks, but for a { at its end."""
        self.texts.append(text)
        self.numbers.append(number)
        self.closes.append(-1)

    def open(self, number: int) -> None:
        """Add a { at the end of a physical line."""
        self._opened.append(self.first + len(self.texts))
        self.add("{", number)
        self._begun.append((len(self.texts), number))

    def close(self, number: int, before: Lines) -> Block | None:
        """Add a }; return the block that it ends, if that is short and began here."""
        opening, index = self._opened.pop(), self.first + len(self.texts)
        self.add("}", number)
        if opening < self.first:
            before.closes[opening] = index
        else:
            self.closes[opening - self.first] = index
        if not self._begun:
            return None
        at, line = self._begun.pop()
        if number - line > _BLOCK_MAX:
            return None
        base = self.first + at
        closes = [each - base if each >= 0 else -1 for each in self.closes[at:]]
        numbers = [each - line for each in self.numbers[at:]]
        return Block(self._physical[line:number], self.texts[at:], numbers, closes)

    def add_block(self, block: Block, number: int) -> None:
        """Add a { at the end of a physical line, and behind it a block that was read before."""
        self.add("{", number)
        base = self.first + len(self.texts)
        self.texts += block.texts
        self.numbers += [number + each for each in block.numbers]
        self.closes += [base + each if each >= 0 else -1 for each in block.closes]
        self.closes[base - self.first - 1] = self.first + len(self.texts) - 1


class Lines:
    """All lines. `closes` holds for each line that is `{` the index of its `}`, if there is one, else -1."""

    def __init__(self) -> None:
        self.closes = array("i")
        self._texts: list[str] = []
        self._numbers = array("I")
        self._words: dict[int, list[str]] = {}  # of lines that are not simply cut at blanks
        self._known: dict[str, list[str]] = {}
        self._origins: list[tuple[int, Source]] = []
        self._unended: set[int] = set()

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[Line]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Line:
        index = range(len(self))[index]
        text = self._texts[index]
        return Line(self.words(index), text if index in self._words else _before_brace(text), self.spot(index))

    def spot(self, index: int) -> Spot:
        """Return where a line stands."""
        first, origin = self._origins[-1]
        if first > index:
            origin = next(source for first, source in reversed(self._origins) if first <= index)
        return Spot(origin, self._numbers[index], index in self._unended)

    def texts(self, first: int, end: int) -> tuple[str, ...]:
        """Return the texts of some lines, of which the same have the same words."""
        return tuple(self._texts[first:end])

    def words(self, index: int) -> list[str]:
        """Return a line's words, which are not to be changed."""
        if (words := self._words.get(index)) is None:
            text = self._texts[index]
            if (words := self._known.get(text)) is None:
                words = _before_brace(text).split()
                if len(self._known) < _KNOWN_MAX:
                    self._known[text] = words
        return words

    def extend(self, stretch: Stretch, origin: Source) -> None:
        """Add the lines of a stretch, which begins where these end."""
        if stretch.texts:
            self._come_from(origin)
        self._texts += stretch.texts
        self._numbers.extend(stretch.numbers)
        self.closes.extend(stretch.closes)

    def add_words(self, words: list[str], text: str, origin: Source, number: int, unended: bool) -> None:
        """Add a line with these words."""
        index = len(self._texts)
        self._words[index] = words
        if unended:
            self._unended.add(index)
        self._come_from(origin)
        self._texts.append(text)
        self._numbers.append(number)
        self.closes.append(-1)

    def _come_from(self, origin: Source) -> None:
        if not self._origins or self._origins[-1][1] is not origin:
            self._origins.append((len(self._texts), origin))


def _before_brace(text: str) -> str:
    """Return a line without the { that it ends with, for that is the next line; the whole line is kept already."""
    if len(text) == 1:
        return text
    stripped = text.rstrip(" \t\r")
    return stripped[:-1].rstrip(" \t") if stripped.endswith("{") else text
