"""A node's presence: a connection that is open for as long as the machine is up. Standard library only."""

from __future__ import annotations

import socket
import struct
import time

RETRY_S = 0.02


def anchor(socket_path: str, node_id: int) -> socket.socket:
    """Return the connection that says that this node is up; when it closes, the node is down. Raises: OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(socket_path)
        connection.sendall(hello(node_id))
    except OSError:
        connection.close()
        raise
    return connection


def hello(node_id: int) -> bytes:
    """Return `wire.encode(wire.Hello(1, "anchor", node_id))`, written by hand."""
    body = b"\x94\xa5hello\x01\xa6anchor\xce" + struct.pack(">I", node_id)
    return struct.pack(">I", len(body)) + body


def hold(socket_path: str, node_id: int, retry_s: float = RETRY_S) -> None:
    """Hold the presence until this process dies: connect again whenever the sequencer was away. Does not return."""
    while True:
        try:
            with anchor(socket_path, node_id) as connection:
                while connection.recv(4096):
                    pass
        except OSError:
            pass
        time.sleep(retry_s)
