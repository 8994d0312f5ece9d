"""The frames that daemons send one another through a process group, and how long messages are cut.

A frame begins with the bytes `SF`, its kind and its protocol version; a `Hello` or `Close` is msgpack after that. Short
messages that are sent together go in one frame: their number, their lengths, and they.
Version 1 is the only one so far. `Hello` and `Close` keep their form in every version: they say which one is spoken.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import msgspec

from standfast.errors import RemoteProtocolError
from standfast.messaging import engine

VERSION_MIN = 1
VERSION_MAX = 1
FRAGMENT_BYTES = 1 << 16
LENGTH_BYTES = 4  # of one message in a pack
APART_BYTES = 2048  # messages of this length, on the average, are not worth a copy

_MAGIC = b"SF"
_HEAD = struct.Struct(">2scB")
_CUT = struct.Struct(">II")
_COUNT = struct.Struct(">I")


class Hello(msgspec.Struct, array_like=True, frozen=True, tag="hello"):
    """A daemon answers a gathering: which versions it speaks, the sequence of its last view, and whose view it has."""

    gathering: bytes
    version_min: int
    version_max: int
    sequence: int
    view_members: int


class Close(msgspec.Struct, array_like=True, frozen=True, tag="close"):
    """A gathering has waited long enough: those who have not answered are not in the view."""

    gathering: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """Messages in one frame, in order: at least one."""

    payloads: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a message: `index` from 0; `total` is the message's length in bytes."""

    index: int
    total: int
    payload: bytes


Frame = Hello | Close | Whole | Fragment
Parts = tuple[bytes, ...]
"""A frame that is to be sent, in pieces that follow each other: at most `FRAGMENT_BYTES / APART_BYTES` and one."""
Take = Callable[[int, int], bytes]
"""Return so many bytes of a frame from an offset."""

_encoder = msgspec.msgpack.Encoder()
_control = msgspec.msgpack.Decoder(Hello | Close)


def control(frame: Hello | Close) -> bytes:
    """Return the frame as bytes."""
    return _HEAD.pack(_MAGIC, b"c", VERSION_MIN) + _encoder.encode(frame)


def pack(payloads: Sequence[bytes]) -> Parts:
    """Return the frame that carries these messages, none of which is longer than `FRAGMENT_BYTES`."""
    if len(payloads) == 1:
        head = _HEAD.pack(_MAGIC, b"w", VERSION_MIN)
    else:
        lengths = struct.pack(f">{len(payloads)}I", *map(len, payloads))
        head = _HEAD.pack(_MAGIC, b"p", VERSION_MIN) + _COUNT.pack(len(payloads)) + lengths
    if sum(map(len, payloads)) >= APART_BYTES * len(payloads):
        return head, *payloads
    return (b"".join((head, *payloads)),)


def cut(payload: bytes) -> Iterator[Parts]:
    """Yield the frames that carry a long message."""
    head = _HEAD.pack(_MAGIC, b"f", VERSION_MIN)
    for index, start in enumerate(range(0, len(payload), FRAGMENT_BYTES)):
        yield head + _CUT.pack(index, len(payload)), payload[start : start + FRAGMENT_BYTES]


def decode(data: bytes) -> Frame:
    """Return what a peer sent. Raises: RemoteProtocolError."""
    return read(len(data), lambda at, length: data[at : at + length])


def read(size: int, take: Take) -> Frame:
    """Return what a peer sent in a frame of this size; of long messages only one copy is made.

    Raises: RemoteProtocolError.
    """
    head = take(0, _HEAD.size) if size >= _HEAD.size else b""
    if head[:2] != _MAGIC:
        raise RemoteProtocolError(f"no frame of ours: {take(0, min(size, 8))!r}")
    kind, version, rest = head[2:3], head[3], size - _HEAD.size
    match kind:
        case b"c":
            return _decode_control(take(_HEAD.size, rest))
        case b"w" if VERSION_MIN <= version <= VERSION_MAX:
            return Whole((take(_HEAD.size, rest),))
        case b"p" if VERSION_MIN <= version <= VERSION_MAX:
            return Whole(_unpack(size, take))
        case b"f" if VERSION_MIN <= version <= VERSION_MAX:
            return _read_fragment(rest, take)
    raise RemoteProtocolError(f"a frame of kind {kind!r}, version {version}")


def _decode_control(body: bytes) -> Hello | Close:
    try:
        frame: Hello | Close = _control.decode(body)
    except msgspec.MsgspecError as error:
        raise RemoteProtocolError(f"no hello: {error}") from None
    if isinstance(frame, Hello) and not 0 < frame.version_min <= frame.version_max:
        raise RemoteProtocolError(f"a hello with versions {frame.version_min} to {frame.version_max}")
    if isinstance(frame, Hello) and not 0 <= frame.sequence < 1 << 63:
        raise RemoteProtocolError(f"a hello with the view sequence {frame.sequence}")
    return frame


def _unpack(size: int, take: Take) -> list[bytes]:
    table = _HEAD.size + _COUNT.size
    count = _COUNT.unpack(take(_HEAD.size, _COUNT.size))[0] if size >= table else 0
    if not 0 < count <= (size - table) // LENGTH_BYTES:
        raise RemoteProtocolError(f"a pack of {count} messages in {size} bytes")
    lengths = struct.unpack(f">{count}I", take(table, count * LENGTH_BYTES))
    begin = table + count * LENGTH_BYTES
    ends = list(accumulate(lengths, initial=0))
    if begin + ends[-1] != size:
        raise RemoteProtocolError(f"a pack of {begin + ends[-1]} bytes in {size}")
    if ends[-1] >= APART_BYTES * count:
        return [take(begin + start, end - start) for start, end in pairwise(ends)]
    body = take(begin, ends[-1])
    return [body[start:end] for start, end in pairwise(ends)]


def _read_fragment(rest: int, take: Take) -> Fragment:
    if rest <= _CUT.size:
        raise RemoteProtocolError(f"a fragment of {rest} bytes")
    index, total = _CUT.unpack(take(_HEAD.size, _CUT.size))
    length = rest - _CUT.size
    if total > engine.MESSAGE_BYTES_MAX or length != min(total - index * FRAGMENT_BYTES, FRAGMENT_BYTES):
        raise RemoteProtocolError(f"fragment {index} of {length} bytes in a message of {total}")
    return Fragment(index, total, take(_HEAD.size + _CUT.size, length))


class Assembly:
    """The fragments of one sender's present message."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._total = 0

    @property
    def begun(self) -> bool:
        """Return whether there is a part of a message."""
        return bool(self._parts)

    def clear(self) -> None:
        """Forget the parts."""
        self._parts.clear()

    def add(self, fragment: Fragment) -> bytes | None:
        """Return the message if this was its last part. What does not follow on the last part is dropped."""
        if fragment.index == 0:
            self._parts, self._total = [], fragment.total
        if fragment.index != len(self._parts) or fragment.total != self._total:
            return None
        self._parts.append(fragment.payload)
        if len(self._parts) * FRAGMENT_BYTES < self._total:
            return None
        whole = b"".join(self._parts)
        self._parts = []
        return whole
