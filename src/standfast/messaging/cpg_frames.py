"""The frames that daemons send one another through a process group, and how long messages are cut.

A frame begins with the bytes `SF`, its kind and its protocol version; a `Hello` or `Close` is msgpack after that. Short
messages that are sent together go in one frame: their number, their lengths, and they.
Version 1 is the only one so far. `Hello` and `Close` keep their form in every version: they say which one is spoken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec

from standfast.errors import RemoteProtocolError
from standfast.messaging import engine
from standfast.messaging.cpg_nouns import Close, Fragment, Frame, Hello, Parts, Whole

VERSION_MIN = 1
VERSION_MAX = 1
FRAGMENT_BYTES = 1 << 18  # Corosync has little to do for a frame of this size, and so have we
LENGTH_BYTES = 4  # of one message in a pack
APART_BYTES = 4608  # messages of this length, on the average, are not worth a copy

_MAGIC = b"SF"
_HEAD = struct.Struct(">2scB")
_CUT = struct.Struct(">II")
_COUNT = struct.Struct(">I")

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


def decode(frame: bytes | memoryview) -> Frame:
    """Return what a peer sent: copies, nothing of the frame is kept. Raises: RemoteProtocolError."""
    magic, kind, version = _HEAD.unpack_from(frame) if len(frame) >= _HEAD.size else (b"", b"", 0)
    if magic != _MAGIC:
        raise RemoteProtocolError(f"no frame of ours: {bytes(frame[:8])!r}")
    match kind:
        case b"c":
            return _decode_control(frame[_HEAD.size :])
        case b"w" if VERSION_MIN <= version <= VERSION_MAX:
            return Whole((bytes(frame[_HEAD.size :]),))
        case b"p" if VERSION_MIN <= version <= VERSION_MAX:
            return Whole(_unpack(frame))
        case b"f" if VERSION_MIN <= version <= VERSION_MAX:
            return _decode_fragment(frame)
    raise RemoteProtocolError(f"a frame of kind {kind!r}, version {version}")


def _decode_control(body: bytes | memoryview) -> Hello | Close:
    try:
        frame: Hello | Close = _control.decode(body)
    except msgspec.MsgspecError as error:
        raise RemoteProtocolError(f"no hello: {error}") from None
    if isinstance(frame, Hello) and not 0 < frame.version_min <= frame.version_max:
        raise RemoteProtocolError(f"a hello with versions {frame.version_min} to {frame.version_max}")
    if isinstance(frame, Hello) and not 0 <= frame.sequence < 1 << 63:
        raise RemoteProtocolError(f"a hello with the view sequence {frame.sequence}")
    return frame


def _unpack(frame: bytes | memoryview) -> list[bytes]:
    size, table = len(frame), _HEAD.size + _COUNT.size
    count = _COUNT.unpack_from(frame, _HEAD.size)[0] if size >= table else 0
    if not 0 < count <= (size - table) // LENGTH_BYTES:
        raise RemoteProtocolError(f"a pack of {count} messages in {size} bytes")
    begin = table + count * LENGTH_BYTES
    ends = list(accumulate(struct.unpack_from(f">{count}I", frame, table), initial=begin))
    if ends[-1] != size:
        raise RemoteProtocolError(f"a pack of {ends[-1]} bytes in {size}")
    if size - begin < APART_BYTES * count:  # one copy, from which those of all are made
        frame = bytes(frame)
    return [bytes(frame[start:end]) for start, end in pairwise(ends)]


def _decode_fragment(frame: bytes | memoryview) -> Fragment:
    length = len(frame) - _HEAD.size - _CUT.size
    if length <= 0:
        raise RemoteProtocolError(f"a fragment of {len(frame)} bytes")
    index, total = _CUT.unpack_from(frame, _HEAD.size)
    if total > engine.MESSAGE_BYTES_MAX or length != min(total - index * FRAGMENT_BYTES, FRAGMENT_BYTES):
        raise RemoteProtocolError(f"fragment {index} of {length} bytes in a message of {total}")
    return Fragment(index, total, bytes(frame[_HEAD.size + _CUT.size :]))


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
