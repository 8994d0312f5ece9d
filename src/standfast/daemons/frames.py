"""Frames between the daemon and its resident worker: a length, then a pickle."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

HEADER = struct.Struct("!I")


def packed(value: object) -> bytes:
    """Return a frame."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(data)) + data


def send(sock: socket.socket, value: object) -> None:
    """Write one frame."""
    sock.sendall(packed(value))


def receive(sock: socket.socket) -> Any:
    """Return the next frame's value, None at end of file."""
    header = _exactly(sock, HEADER.size)
    data = header and _exactly(sock, HEADER.unpack(header)[0])
    return pickle.loads(data) if data else None


def _exactly(sock: socket.socket, size: int) -> bytes:
    pieces: list[bytes] = []
    while size:
        piece = sock.recv(min(size, 1 << 20))
        if not piece:
            return b""
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
