"""Logical lines, a million of them in little memory: of most there is only where they begin in the file's bytes."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

_KNOWN_MAX = 512
_BLOCK_MAX = 64
"""A block of more logical lines is hardly the same again."""
_OPEN, _CLOSE = ord("{"), ord("}")
_OPENING, _CLOSING = ["{"], ["}"]


class Source:
    """A file that was read: its name as it was given, and its bytes. A place in it is the number of a byte."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self._begins = array("I")

    def end(self, place: int) -> int:
        """Return where the line ends that a place is in."""
        end = self.data.find(b"\n", place)
        return len(self.data) if end < 0 else end

    def text(self, place: int) -> str:
        """Return a line from a place on. Bytes that are no UTF-8 stay what they are when written again."""
        return self.data[place : self.end(place)].decode("utf-8", "surrogateescape")

    def number(self, place: int) -> int:
        """Return the number of the line that a place is in, from 1; 0 before the first."""
        if not self._begins:  # few files have anything wrong, of which a number is told
            begin = 0
            while begin < len(self.data) or not begin:
                self._begins.append(begin)
                begin = self.end(begin) + 1
        return bisect_right(self._begins, place)

    def begin(self, place: int) -> int:
        """Return where the line begins that a place is in."""
        return self.data.rfind(b"\n", 0, place) + 1


class Spot:
    """Where a logical line stands."""

    def __init__(self, origin: Source, place: int) -> None:
        self.origin = origin
        self.place = place

    @property
    def number(self) -> int:
        """Return the number of the physical line, from 1."""
        return self.origin.number(self.place)

    @property
    def unended(self) -> bool:
        """Return whether that is the last line of a file, without a newline."""
        return self.origin.end(self.place) == len(self.origin.data)

    @property
    def text(self) -> str:
        """Return the physical line."""
        return self.origin.text(self.origin.begin(self.place))


class Line:
    """A logical line. `words` is not empty."""

    def __init__(self, words: list[str], text: str, spot: Spot) -> None:
        self.words = words
        self.text = text
        self.spot = spot


class Block:
    """What some bytes were read as, from the line behind a { to that of its }; places are relative to their begin."""

    def __init__(self, data: bytes, places: list[int], closes: list[int]) -> None:
        self.data = data
        self.places = places
        self.closes = closes


class Stretch:
    """Plain lines of one file that follow each other and are about to become logical lines, the first being `first`.

    `opened` are the indices of all { that are open.
    """

    def __init__(self, first: int, data: bytes, opened: list[int]) -> None:
        self.first = first
        self.places: list[int] = []
        self.closes: list[int] = []
        self._data = data
        self._opened = opened
        self._begun: list[tuple[int, int]] = []  # blocks: their first line here, and where it begins

    def add(self, place: int) -> None:
        """Add a line whose words are simply those between blanks, but for a { at its end."""
        self.places.append(place)
        self.closes.append(-1)

    def open(self, place: int, behind: int) -> None:
        """Add a { at the end of a line; the next one begins `behind` it."""
        self._opened.append(self.first + len(self.places))
        self.add(place)
        self._begun.append((len(self.places), behind))

    def close(self, place: int, behind: int, before: Lines) -> Block | None:
        """Add a } that is a line; return the block that it ends, if that is short and began here."""
        opening, index = self._opened.pop(), self.first + len(self.places)
        self.add(place)
        if opening < self.first:
            before.closes[opening] = index
        else:
            self.closes[opening - self.first] = index
        if not self._begun:
            return None
        at, begin = self._begun.pop()
        if len(self.places) - at > _BLOCK_MAX:
            return None
        base = self.first + at
        closes = [each - base if each >= 0 else -1 for each in self.closes[at:]]
        return Block(self._data[begin:behind], [each - begin for each in self.places[at:]], closes)

    def add_block(self, place: int, block: Block, begin: int) -> None:
        """Add a { at the end of a line, and behind it a block that was read before."""
        base = self.first + len(self.places) + 1
        self.places.append(place)
        self.closes.append(base + len(block.places) - 1)
        self.places += [begin + each for each in block.places]
        self.closes += [base + each if each >= 0 else -1 for each in block.closes]


class Lines:
    """All lines. `closes` holds for each line that is `{` the index of its `}`, if there is one, else -1."""

    def __init__(self) -> None:
        self.closes = array("i")
        self._places = array("I")
        self._others: dict[int, tuple[list[str], str]] = {}  # words and text of lines that are not simply the file's
        self._others_at: list[int] = []
        self._firsts: list[int] = []
        self._origins: list[Source] = []
        self._known: dict[bytes, list[str]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Line]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> Line:
        index = range(len(self))[index]
        return Line(self.words(index), self._text(index), self.spot(index))

    def spot(self, index: int) -> Spot:
        """Return where a line stands."""
        return Spot(self._origin(index), self._places[index])

    def words(self, index: int) -> list[str]:
        """Return a line's words, which are not to be changed."""
        if self._others and index in self._others:
            return self._others[index][0]
        origin, place = self._origin(index), self._places[index]
        data = origin.data
        mark = data[place]
        if mark == _OPEN:
            return _OPENING
        if mark == _CLOSE:
            return _CLOSING
        piece = data[place : origin.end(place)]
        brace = piece.find(b"{")
        if brace >= 0:  # of those with a block most stand once
            return piece[:brace].decode("ascii").split()
        words = self._known.get(piece)
        if words is None:
            words = piece.decode("ascii").split()
            if len(self._known) < _KNOWN_MAX:
                self._known[piece] = words
        return words

    def said(self, first: int, end: int) -> object:
        """Return what some lines say: where it is the same, they have the same words."""
        at = bisect_left(self._others_at, first)
        begin, origin = self._places[first], self._origin(first)
        if (at == len(self._others_at) or self._others_at[at] >= end) and self._origin(end) is origin:
            return origin.data[begin : self._places[end]]
        return tuple(self._text(index) for index in range(first, end))

    def extend(self, stretch: Stretch, origin: Source) -> None:
        """Add the lines of a stretch, which begins where these end."""
        if stretch.places:
            self._come_from(origin)
        self._places.extend(stretch.places)
        self.closes.extend(stretch.closes)

    def add_words(self, words: list[str], text: str, origin: Source, place: int) -> None:
        """Add a line with these words."""
        index = len(self)
        self._others[index] = words, text
        self._others_at.append(index)
        self._come_from(origin)
        self._places.append(place)
        self.closes.append(-1)

    def _origin(self, index: int) -> Source:
        if index >= self._firsts[-1]:
            return self._origins[-1]
        return self._origins[bisect_right(self._firsts, index) - 1]

    def _come_from(self, origin: Source) -> None:
        if not self._origins or self._origins[-1] is not origin:
            self._firsts.append(len(self))
            self._origins.append(origin)

    def _text(self, index: int) -> str:
        """Return a line without the { that it ends with, for that is the next line."""
        other = self._others.get(index)
        if other is not None:
            return other[1]
        origin, place = self._origin(index), self._places[index]
        mark = origin.data[place]
        if mark in (_OPEN, _CLOSE):
            return chr(mark)
        return _before_brace(origin.text(place))


def _before_brace(text: str) -> str:
    stripped = text.rstrip(" \t\r")
    return stripped[:-1].rstrip(" \t") if stripped.endswith("{") else text
