"""Asks a director's process over its socket."""

from __future__ import annotations

import json
import socket

from standfast.errors import Exit, RequestError

PATIENCE_S = 10
_READ_BYTES = 65536


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
