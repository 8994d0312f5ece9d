"""Answers of a director over HTTP: on a Unix socket, and the metrics on a TCP port where that is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from standfast.errors import LiveError

HEAD_MAX_S = 5
Answer = Callable[[], Awaitable[tuple[str, str]]]
"""Return content type and content. Raises: LiveError if nobody knows now."""


class Queries:
    """Serves answers by path. A request is GET and a path; every connection is closed after its answer."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self._servers: list[asyncio.Server] = []
        self._path: Path | None = None

    async def listen(self, path: Path) -> None:
        """Serve on a Unix socket, for root alone. Raises: LiveError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            self._servers.append(await asyncio.start_unix_server(self._serve, sock=_bound(path)))
        except OSError as error:
            raise LiveError(f"{path}: {error.strerror}") from error
        self._path = path

    async def listen_tcp(self, host: str, port: int) -> int:
        """Serve on a TCP port; return it, as the kernel chose it if 0 was asked for. Raises: LiveError."""
        try:
            server = await asyncio.start_server(self._serve, host, port)
        except OSError as error:
            raise LiveError(f"{host} port {port}: {error.strerror}") from error
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """End serving."""
        for server in self._servers:
            server.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_MAX_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head))
                await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.split(None, 1)[0].decode("latin-1").partition("?")[0] if rest.strip() else ""
        answer = self._answers.get(path)
        if method not in (b"GET", b"HEAD"):
            return _response("405 Method Not Allowed", "application/json", json.dumps({"error": "only GET"}))
        if answer is None:
            known = json.dumps({"error": f"no {path}", "known": sorted(self._answers)})
            return _response("404 Not Found", "application/json", known)
        try:
            return _response("200 OK", *await answer())
        except LiveError as error:
            return _response("503 Service Unavailable", "application/json", json.dumps({"error": str(error)}))


def _response(status: str, content_type: str, content: str) -> bytes:
    body = content.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _bound(path: Path) -> socket.socket:
    """Return a socket there, for root alone. It does not wait: what is started meanwhile would have its mask."""
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    return made
