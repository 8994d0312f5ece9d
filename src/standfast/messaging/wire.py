"""The frames between the embedded engine's daemons and its sequencer: four bytes of length, then msgpack.

Every frame is an array whose first item is its name. A connection begins with one `Hello`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from standfast.errors import RemoteProtocolError
from standfast.messaging import engine

PROTOCOL = 1
FRAME_BYTES_MAX = engine.MESSAGE_BYTES_MAX + 1024
_LENGTH = struct.Struct(">I")


class Hello(msgspec.Struct, array_like=True, tag="hello", frozen=True):
    """Up, the first: `role` is `member`, `anchor` or `admin`."""

    protocol: int
    role: str
    node_id: int = 0
    last_sequence: int = 0
    was_quorate: bool = False


class Cast(msgspec.Struct, array_like=True, tag="cast", frozen=True):
    """Up, from a member: one message."""

    payload: bytes


class Goodbye(msgspec.Struct, array_like=True, tag="goodbye", frozen=True):
    """Up, from a member: it leaves on purpose."""


class Command(msgspec.Struct, array_like=True, tag="command", frozen=True):
    """Up, from an admin: `cut`, `heal`, `expect` or `status`."""

    name: str
    groups: list[list[int]] = []
    votes: int = 0


class Answer(msgspec.Struct, array_like=True, tag="answer", frozen=True):
    """Down, to an admin: the components after its command."""

    components: list[dict[str, object]]


class Refusal(msgspec.Struct, array_like=True, tag="refusal", frozen=True):
    """Down, the last: why the connection is closed."""

    reason: str


class Message(msgspec.Struct, array_like=True, tag="message", frozen=True):
    """Down: `engine.Delivered` of the present view."""

    position: int
    sender: int
    payload: bytes


class Transitional(msgspec.Struct, array_like=True, tag="transitional", frozen=True):
    """Down: `engine.TransitionalView`."""

    members: list[int]


class View(msgspec.Struct, array_like=True, tag="view", frozen=True):
    """Down: `engine.RegularView`."""

    id: engine.ViewId
    nodes: list[engine.Node]
    members: list[int]
    joined: list[int]
    left: list[tuple[int, engine.Why]]
    quorum: engine.Quorum


class Votes(msgspec.Struct, array_like=True, tag="votes", frozen=True):
    """Down: `engine.QuorumChanged`."""

    quorum: engine.Quorum


Up = Hello | Cast | Goodbye | Command
Down = Answer | Refusal | Message | Transitional | View | Votes

_encoder = msgspec.msgpack.Encoder()
_up = msgspec.msgpack.Decoder(Up)
_down = msgspec.msgpack.Decoder(Down)


def encode(frame: Up | Down) -> bytes:
    """Return the frame as bytes, its length first."""
    body = _encoder.encode(frame)
    return _LENGTH.pack(len(body)) + body


def decode_up(body: bytes) -> Up:
    """Return what a peer of the sequencer sent. Raises: RemoteProtocolError."""
    try:
        frame: Up = _up.decode(body)
    except msgspec.MsgspecError as error:
        raise RemoteProtocolError(f"no frame: {error}") from None
    return frame


def decode_down(body: bytes) -> Down:
    """Return what the sequencer sent. Raises: RemoteProtocolError."""
    try:
        frame: Down = _down.decode(body)
    except msgspec.MsgspecError as error:
        raise RemoteProtocolError(f"no frame: {error}") from None
    return frame


def from_event(event: engine.Event) -> Down:
    """Return the frame that carries an event of the engine."""
    match event:
        case engine.Delivered(_, position, sender, payload):
            return Message(position, sender, payload)
        case engine.TransitionalView(members):
            return Transitional(sorted(members))
        case engine.RegularView():
            return View(
                event.id,
                list(event.nodes),
                sorted(event.members),
                sorted(event.joined),
                list(event.left),
                event.quorum,
            )
        case engine.QuorumChanged(quorum):
            return Votes(quorum)
        case engine.EngineLost():
            raise AssertionError("an engine that is lost sends nothing")


def to_event(frame: Message | Transitional | View | Votes, view: engine.ViewId) -> engine.Event:
    """Return the event that a frame carries; `view` is the present view."""
    match frame:
        case Message(position, sender, payload):
            return engine.Delivered(view, position, sender, payload)
        case Transitional(members):
            return engine.TransitionalView(frozenset(members))
        case View():
            return engine.RegularView(
                frame.id,
                tuple(frame.nodes),
                frozenset(frame.members),
                frozenset(frame.joined),
                tuple(frame.left),
                frame.quorum,
            )
        case Votes(quorum):
            return engine.QuorumChanged(quorum)


class Splitter:
    """Cuts a stream of bytes into frames. Holds at most one unfinished frame."""

    def __init__(self, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        self._max = frame_bytes_max
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the bodies of the frames that are whole now. Raises: RemoteProtocolError if one is too long."""
        buffer = self._buffer
        buffer += data
        start = 0
        try:
            while len(buffer) - start >= 4:
                (length,) = _LENGTH.unpack_from(buffer, start)
                if length > self._max:
                    raise RemoteProtocolError(f"a frame of {length} bytes is longer than {self._max}")
                if len(buffer) - start - 4 < length:
                    break
                body = bytes(memoryview(buffer)[start + 4 : start + 4 + length])
                start += 4 + length
                yield body
        finally:
            del buffer[:start]
