"""The API's server on a Unix socket: uvicorn, told who the peer is by the kernel."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import os
import pwd
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from standfast import errors
from standfast.web.api import Api, Caller
from standfast.web.routes import application

GROUP = "haclient"


class _Protocol(H11Protocol):
    """HTTP/1.1 with the peer's credentials in the scope. Source: unix(7), SO_PEERCRED."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        raw = transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, uid, gid = struct.unpack("3i", raw)
        caller, inner = Caller(uid, gid, pid), self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})["standfast.caller"] = caller
            await inner(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_end = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for the end. uvicorn's own would wake an idle daemon ten times a second to look for it."""
        await self.on_tick(0)
        await self.told_to_end.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the daemon."""
        yield


class Server:
    """The API of one daemon on one Unix socket."""

    def __init__(self, api: Api, path: Path) -> None:
        config = uvicorn.Config(
            application(api), http=_Protocol, lifespan="off", log_level="warning", access_log=False,
            ws="none", timeout_graceful_shutdown=1, date_header=False,
        )  # fmt: skip
        self._server = _Server(config)
        self._socket = listen(path)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to serve, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """End serving; open requests get a second."""
        self._server.should_exit = True
        self._server.told_to_end.set()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task


def listen(path: Path) -> socket.socket:
    """Return a listening Unix socket at this path, for root and the group haclient. Raises: LiveError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        sock.listen(128)
    except OSError as e:
        raise errors.LiveError(f"cannot listen on {path}: {e.strerror}") from e
    # Everybody may connect, so that who may not use the API is told so; the routes decide by SO_PEERCRED.
    path.chmod(0o666)
    sock.setblocking(False)
    return sock


def may_administer(caller: Caller) -> bool:
    """Return whether the kernel says root, the daemon's own user, or a member of the group haclient."""
    if caller.uid in (0, os.geteuid()):
        return True
    try:
        group = grp.getgrnam(GROUP)
    except KeyError:
        return False
    if caller.gid == group.gr_gid:
        return True
    try:
        return group.gr_gid in os.getgrouplist(pwd.getpwuid(caller.uid).pw_name, caller.gid)
    except KeyError:
        return False
