"""Logical lines, a million of them in little memory: what is the same in many is kept once."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

_KNOWN_MAX = 4096


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
        return Line(self.words(index), self._texts[index], self.spot(index))

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
                words = text.split()
                if len(self._known) < _KNOWN_MAX:
                    self._known[text] = words
        return words

    def add(self, text: str, origin: Source, number: int) -> None:
        """Add a line whose words are simply those between blanks."""
        if not self._origins or self._origins[-1][1] is not origin:
            self._origins.append((len(self._texts), origin))
        self._texts.append(text)
        self._numbers.append(number)
        self.closes.append(-1)

    def add_words(self, words: list[str], text: str, origin: Source, number: int, unended: bool) -> None:
        """Add a line with these words."""
        index = len(self._texts)
        self._words[index] = words
        if unended:
            self._unended.add(index)
        self.add(text, origin, number)
