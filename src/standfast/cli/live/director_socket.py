"""Asks a director's process over its socket."""

from __future__ import annotations

import glob
import json
import os
import socket

from standfast.errors import Exit, RequestError

PATIENCE_S = 10
_READ_BYTES = 65536
_SOCKETS = ("/run/standfast/director.sock", "/run/keepalived*.sock")


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


def only_socket() -> str:
    """Return the socket of the director that runs. Raises: RequestError if it is not clear which."""
    found = [path for pattern in _SOCKETS for path in sorted(glob.glob(pattern)) if os.path.exists(path)]
    if len(found) > 1:
        raise RequestError(f"several directors run: choose one by --socket: {', '.join(found)}", Exit.USAGE)
    return found[0] if found else _SOCKETS[0]
