"""Messages between a process and the one that started it, to bytes and back. Both are programs of one version."""

from __future__ import annotations

import pickle
import struct
from typing import Any

from standfast.errors import RemoteProtocolError

_LENGTH = struct.Struct("=I")
MESSAGE_BYTES_MAX = 1 << 28


def pack(message: object) -> bytes:
    """Return a message as bytes."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


class Inbox:
    """Makes messages of bytes that come in pieces."""

    def __init__(self) -> None:
        self._held = bytearray()

    def take(self, data: bytes) -> list[Any]:
        """Return the messages that are whole now. Raises: RemoteProtocolError."""
        self._held += data
        found: list[Any] = []
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > MESSAGE_BYTES_MAX:
                raise RemoteProtocolError(f"a message of {length} bytes")
            if len(self._held) < _LENGTH.size + length:
                break
            found.append(pickle.loads(bytes(self._held[_LENGTH.size : _LENGTH.size + length])))
            del self._held[: _LENGTH.size + length]
        return found
