"""The store of documents: each saved one is a numbered file that carries its digest, its term and its members.

A save is durable when `write` returns: a temporary file is written and synced, renamed, and the folder synced. The
file's first line is a processing instruction, so that the file is XML for all tools:
`<?standfast {"digest": …, "term": …, "members": […]}?>`. The digest is SHA-256 of the header without it and the body.
The status section is not stored: it lives in the members' memory.

Invariant: after a crash at any point, `load` returns the last written document or one whose write was under way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re

import msgspec

from standfast.cib.disk import Disk
from standfast.cib.document import Document
from standfast.errors import ConfigError, LiveError

_NAME = re.compile(r"cib-(\d{10})\.xml")
_HEADER = re.compile(rb"<\?standfast (\{.*?\})\?>\n", re.DOTALL)
_TEMPORARY = "cib.tmp"


class Loaded(msgspec.Struct, frozen=True, eq=False):
    """What the disk held. `refused` says, newest first, which files were not trusted and why: if it is not empty, the
    document may be older than what this node acknowledged."""

    document: Document | None = None
    term: int = 0
    members: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    change_term: int = 0
    base: tuple[int, int] = (0, 0)


def pack(
    document: Document,
    term: int,
    members: tuple[str, ...],
    change_term: int = 0,
    base: tuple[int, int] = (0, 0),
) -> bytes:
    """Return the file's content. It is made from the document at once, so that this may change afterwards.

    `change_term` is the term in which the document was changed last, `base` the admin_epoch and epoch up to which that
    counts.
    """
    body = document.copy_configuration().render(pretty=True)
    header: dict[str, object] = {
        "term": term,
        "change_term": change_term,
        "base": list(base),
        "members": list(members),
        "version": str(document.version),
    }
    return _line({"digest": _digest(header, body), **header}) + body


def unpack(data: bytes) -> Loaded:
    """Return what a file's content holds. Raises: ValueError, saying why, if it is not just as it was written."""
    match = _HEADER.match(data)
    if match is None:
        raise ValueError("it is empty" if not data.strip(b"\0 \n") else "it does not begin as we write it")
    try:
        header = json.loads(match[1])
        digest, term, members = header.pop("digest"), int(header["term"]), tuple(map(str, header["members"]))
        change_term = int(header.get("change_term", 0))
        admin_epoch, epoch = map(int, header.get("base", (0, 0)))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("its first line cannot be read") from None
    body = data[match.end() :]
    if _digest(header, body) != digest:
        raise ValueError("its content has not the digest that it carries: it was torn or altered")
    try:
        return Loaded(Document.parse(body), term, members, change_term=change_term, base=(admin_epoch, epoch))
    except ConfigError as e:
        raise ValueError(f"it is no XML ({e})") from None


class Store:
    """Documents on a disk, the newest `keep` of them. There must be one writer."""

    def __init__(self, disk: Disk, keep: int = 50) -> None:
        assert keep >= 2, "the newest file may be damaged: there must be one before it"
        self._disk = disk
        self._keep = keep

    def save(
        self,
        document: Document,
        term: int,
        members: tuple[str, ...],
        change_term: int = 0,
        base: tuple[int, int] = (0, 0),
    ) -> None:
        """Make this durable. Raises: LiveError if the disk refuses; then it is not, and the older ones still are."""
        self.write(pack(document, term, members, change_term, base))

    def write(self, packed: bytes) -> None:
        """Make what `pack` returned durable. Raises: LiveError."""
        disk = self._disk
        numbers = self._numbers()
        disk.write(_TEMPORARY, packed)
        disk.sync(_TEMPORARY)
        disk.rename(_TEMPORARY, _file(numbers[0] + 1 if numbers else 1))
        disk.sync_folder()
        with contextlib.suppress(LiveError):  # what was to be kept is kept
            for old in numbers[self._keep - 1 :]:
                disk.remove(_file(old))

    def load(self) -> Loaded:
        """Return the newest good document, and what was refused before it. Raises: LiveError if the disk does."""
        refused = []
        for number in self._numbers():
            try:
                found = unpack(self._disk.read(_file(number)))
            except (ValueError, LiveError) as e:
                refused.append(f"{_file(number)} is not used: {e}")
                continue
            return Loaded(found.document, found.term, found.members, tuple(refused), found.change_term, found.base)
        return Loaded(refused=tuple(refused))

    def history(self) -> tuple[str, ...]:
        """Return the names of the stored files, newest first."""
        return tuple(map(_file, self._numbers()))

    def _numbers(self) -> list[int]:
        matches = (_NAME.fullmatch(name) for name in self._disk.names())
        return sorted((int(m[1]) for m in matches if m), reverse=True)


def _file(number: int) -> str:
    return f"cib-{number:010}.xml"


def _line(header: dict[str, object]) -> bytes:
    text = json.dumps(header).replace(">", "\\u003e")  # "?>" would end the instruction
    return f"<?standfast {text}?>\n".encode()


def _digest(header: dict[str, object], body: bytes) -> str:
    return hashlib.sha256(_line(header) + body).hexdigest()
