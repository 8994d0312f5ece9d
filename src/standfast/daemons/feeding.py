"""A document's way to the worker: what has not changed since the last one is neither sent nor read again.

The text is cut before each node's state, because what changes is mostly one node's.
"""

from __future__ import annotations

import msgspec
from lxml import etree

from standfast import cib, errors

_SCHEMA = "validate-with"
_STATUS, _STATE, _END = b"<status", b"<node_state ", b"</status>"


class Difference(msgspec.Struct, frozen=True):
    """A document by what changed: of so many pieces those that are not the same as in the last one, by number.

    The first piece is the root's start tag, the second what comes before the first node's state, the last what comes
    after all of them.
    """

    count: int
    changed: tuple[tuple[int, bytes], ...]

    @property
    def is_whole(self) -> bool:
        """Return whether nothing must be known before."""
        return len(self.changed) == self.count


def pieces(text: bytes) -> list[bytes]:
    """Return the text cut into its pieces. Invariant: joined they are the text."""
    opened = text.find(b">", text.find(b"<cib")) + 1
    start, end = text.find(_STATE, text.rfind(_STATUS)), text.rfind(_END)
    if not 0 < opened < start < end:
        return [text]
    states = text[start:end].split(_STATE)[1:]
    return [text[:opened], text[opened:start], *(_STATE + state for state in states), text[end:]]


class Sender:
    """Remembers what the receiver has."""

    def __init__(self) -> None:
        self._sent: list[bytes] = []

    def difference(self, text: bytes) -> Difference:
        """Return what the receiver has to get; it is taken for having it afterwards."""
        cut, before = pieces(text), self._sent
        self._sent = cut
        if len(cut) != len(before):
            return Difference(len(cut), tuple(enumerate(cut)))
        return Difference(len(cut), tuple((n, piece) for n, piece in enumerate(cut) if piece != before[n]))

    def forget(self) -> None:
        """Take it that the receiver has nothing."""
        self._sent = []


class Receiver:
    """Has the last document, in the newest schema. Whoever gets it changes nothing in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._schema: str | None = None  # the one that it came in
        self._document: cib.Document | None = None

    def take(self, difference: Difference) -> cib.Document:
        """Return the document. Raises: LiveError if the last one is not here, ConfigError if the text is no XML."""
        document, self._document = self._document, None
        if not difference.is_whole and (document is None or difference.count != len(self._pieces)):
            raise errors.LiveError("the worker has no document to which this could be a change")
        if difference.is_whole:
            self._pieces = [b""] * difference.count
        for number, piece in difference.changed:
            self._pieces[number] = piece
        if document is None or not _mend(document.root, difference, self._schema):
            document = cib.Document.parse(b"".join(self._pieces))
            self._schema = document.root.get(_SCHEMA)
            document, _ = cib.upgrade.upgrade(document, in_place=True)
        self._document = document
        return document


def _mend(root: etree._Element, difference: Difference, schema: str | None) -> bool:
    """Change what is different in place; return whether that was possible. An upgrade of the schema leaves states as
    they are."""
    status = root.find("status")
    states = [] if status is None else list(status)
    if difference.is_whole or status is None or len(states) != difference.count - 3:
        return False
    for number, piece in difference.changed:
        if number in (1, difference.count - 1):
            return False
        try:
            new = etree.fromstring(piece[:-1] + b"/>" if number == 0 else piece, cib.Document.parser())
        except etree.XMLSyntaxError:
            return False
        if number == 0:
            if new.get(_SCHEMA) != schema:
                return False
            new.set(_SCHEMA, root.get(_SCHEMA, ""))
            root.attrib.clear()
            root.attrib.update(new.attrib)
        else:
            status.replace(states[number - 2], new)
    return True
