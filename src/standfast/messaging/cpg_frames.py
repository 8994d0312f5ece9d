"""The frames that daemons send one another through a process group, and how long messages are cut.

A frame begins with the bytes `SF`, its kind and its protocol version; a `Hello` or `Close` is msgpack after that. Short
messages that are sent together go in one frame: their number, their lengths, and they.
Version 1 is the only one so far. `Hello` and `Close` keep their form in every version: they say which one is spoken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import msgspec

from standfast.errors import RemoteProtocolError
from standfast.messaging import engine

VERSION_MIN = 1
VERSION_MAX = 1
FRAGMENT_BYTES = 1 << 16
LENGTH_BYTES = 4  # of one message in a pack

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

_encoder = msgspec.msgpack.Encoder()
_control = msgspec.msgpack.Decoder(Hello | Close)


def control(frame: Hello | Close) -> bytes:
    """Return the frame as bytes."""
    return _HEAD.pack(_MAGIC, b"c", VERSION_MIN) + _encoder.encode(frame)


def pack(payloads: Sequence[bytes]) -> bytes:
    """Return the frame that carries these messages, none of which is longer than `FRAGMENT_BYTES`."""
    if len(payloads) == 1:
        return _HEAD.pack(_MAGIC, b"w", VERSION_MIN) + payloads[0]
    head = _HEAD.pack(_MAGIC, b"p", VERSION_MIN) + _COUNT.pack(len(payloads))
    return b"".join((head, struct.pack(f">{len(payloads)}I", *map(len, payloads)), *payloads))


def cut(payload: bytes) -> Iterator[bytes]:
    """Yield the frames that carry a long message."""
    head, view = _HEAD.pack(_MAGIC, b"f", VERSION_MIN), memoryview(payload)
    for index, start in enumerate(range(0, len(payload), FRAGMENT_BYTES)):
        yield b"".join((head, _CUT.pack(index, len(payload)), view[start : start + FRAGMENT_BYTES]))


def decode(data: bytes) -> Frame:
    """Return what a peer sent. Raises: RemoteProtocolError."""
    if len(data) < _HEAD.size or data[:2] != _MAGIC:
        raise RemoteProtocolError(f"no frame of ours: {data[:8]!r}")
    kind = data[2:3]
    match kind:
        case b"c":
            return _decode_control(data[_HEAD.size :])
        case b"w" if VERSION_MIN <= data[3] <= VERSION_MAX:
            return Whole((data[_HEAD.size :],))
        case b"p" if VERSION_MIN <= data[3] <= VERSION_MAX:
            return Whole(_unpack(data))
        case b"f" if VERSION_MIN <= data[3] <= VERSION_MAX:
            return _decode_fragment(data[_HEAD.size :])
    raise RemoteProtocolError(f"a frame of kind {kind!r}, version {data[3]}")


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


def _unpack(data: bytes) -> list[bytes]:
    table = _HEAD.size + _COUNT.size
    count = _COUNT.unpack_from(data, _HEAD.size)[0] if len(data) >= table else 0
    if not 0 < count <= (len(data) - table) // LENGTH_BYTES:
        raise RemoteProtocolError(f"a pack of {count} messages in {len(data)} bytes")
    lengths = struct.unpack_from(f">{count}I", data, table)
    ends = list(accumulate(lengths, initial=table + count * LENGTH_BYTES))
    if ends[-1] != len(data):
        raise RemoteProtocolError(f"a pack of {ends[-1]} bytes in {len(data)}")
    return [data[start:end] for start, end in pairwise(ends)]


def _decode_fragment(body: bytes) -> Fragment:
    if len(body) <= _CUT.size:
        raise RemoteProtocolError(f"a fragment of {len(body)} bytes")
    index, total = _CUT.unpack_from(body)
    payload = body[_CUT.size :]
    room = total - index * FRAGMENT_BYTES
    if total > engine.MESSAGE_BYTES_MAX or len(payload) != min(room, FRAGMENT_BYTES):
        raise RemoteProtocolError(f"fragment {index} of {len(payload)} bytes in a message of {total}")
    return Fragment(index, total, payload)


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
