"""Asks a director's process over its socket."""

from __future__ import annotations

import glob
import json
import socket
from collections.abc import Sequence
from typing import Any

from standfast.errors import Exit, RequestError

PATIENCE_S = 10
_READ_BYTES = 65536
_SOCKETS = ("/run/standfast/director.sock", "/run/keepalived*.sock", "/run/keepalived*/keepalived*.sock")


def ask(path: str, question: str) -> str:
    """Return what a running director answers. Raises: RequestError."""
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE_S)
            asking.connect(path)
            asking.sendall(f"GET {question} HTTP/1.1\r\nHost: director\r\n\r\n".encode())
            answer = b""
            while data := asking.recv(_READ_BYTES):
                answer += data
    except OSError as error:
        raise RequestError(f"no director answers at {path}: {error}", Exit.DISCONNECTED) from error
    head, _, body = answer.partition(b"\r\n\r\n")
    content = body.decode(errors="replace")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RequestError(json.loads(content).get("error", content), Exit.DISCONNECTED)
    return content


def told(question: str, path: str = "") -> dict[str, Any]:
    """Return what a director answers as JSON: the one at this path, or the one that runs. Raises: RequestError."""
    found: dict[str, Any] = json.loads(ask(path or only_socket(), question))
    return found


def only_socket(patterns: Sequence[str] = _SOCKETS) -> str:
    """Return the socket of the director that runs. Raises: RequestError if it is not clear which."""
    there = [path for pattern in patterns for path in sorted(glob.glob(pattern))]
    found = [path for path in there if _listens(path)]
    if len(found) > 1:
        raise RequestError(f"several directors run: choose one by --socket: {', '.join(found)}", Exit.USAGE)
    return (found or there or [patterns[0]])[0]


def _listens(path: str) -> bool:
    """Return whether a director is behind a socket: one that was killed leaves it there."""
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE_S)
            asking.connect(path)
    except OSError:
        return False
    return True
