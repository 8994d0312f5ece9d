"""The supervisor's control socket: one JSON request a message, descriptors beside it.

====== ====================== ======================================================================
do     with                   answer
====== ====================== ======================================================================
status                        the state of the lab
kill   node                   SIGKILL was sent to its init (`sequencer`: to that process)
off    node                   it is off, all of it
boot   node                   it is up (`sequencer`: it listens)
daemon node                   its init was told to start the daemon again
cut    components                  parted (`n1 n2|n3`)
heal                          one network again
exec   node, argv + 3 fds     `exit` when it ended; it is ended if the asker goes. Node `client`: beside the bridge
open   node, path             + 1 fd: a connection to the Unix socket at `path` inside the node, made as its root
down                          all is ended; the supervisor follows
====== ====================== ======================================================================

Errors are answered with `error` and `exit_status`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standfast.errors import Exit, LiveError, RequestError
from standfast.lab import topology
from standfast.lab.live import processes

if TYPE_CHECKING:
    from standfast.lab.live.supervisor import Supervisor

MESSAGE_BYTES_MAX = 1 << 17
SEQUENCER = "sequencer"


def peer_pid(connection: socket.socket) -> int:
    """Return the pid of who connected, as this namespace sees it; 0 if it is outside."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[0])


def listen(lab: Supervisor, path: Path) -> None:
    """Serve requests at this path in the running loop."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.setblocking(False)
    server.bind(str(path))
    path.chmod(0o600)
    server.listen(16)
    asyncio.get_running_loop().add_reader(server, lambda: _accept(lab, server))


def _accept(lab: Supervisor, server: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        connection, _ = server.accept()
        connection.setblocking(False)
        _Client(lab, connection).start()


class _Client:
    """One connection: a request at a time."""

    def __init__(self, lab: Supervisor, connection: socket.socket) -> None:
        self._lab = lab
        self._connection = connection
        self._running = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._connection, self._readable)

    def _readable(self) -> None:
        try:
            message, fds, _, _ = socket.recv_fds(self._connection, MESSAGE_BYTES_MAX, 3, socket.MSG_CMSG_CLOEXEC)
        except OSError:
            message, fds = b"", []
        if not message:
            self._close()
            return
        self._task = asyncio.get_running_loop().create_task(self._handle(message, fds))

    def _close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._connection)
        self._connection.close()
        if self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._running, signal.SIGKILL)

    async def _handle(self, message: bytes, fds: list[int]) -> None:
        sent: list[int] = []
        try:
            answer = await self._do(json.loads(message), fds, sent)
        except RequestError as error:
            answer = {"error": str(error), "exit_status": int(error.exit_status)}
        except (LiveError, OSError, ValueError, KeyError, TypeError) as error:
            answer = {"error": str(error) or repr(error), "exit_status": int(Exit.ERROR)}
        finally:
            for fd in fds:
                os.close(fd)
        with contextlib.suppress(OSError):
            socket.send_fds(self._connection, [json.dumps(answer).encode()], sent)
        for fd in sent:
            os.close(fd)
        if "down" in answer:
            self._lab.ended.set()

    async def _do(self, request: dict[str, Any], fds: list[int], sent: list[int]) -> dict[str, Any]:
        lab, name = self._lab, str(request.get("node", ""))
        match request["do"]:
            case "status":
                return status(lab)
            case "kill":
                lab.kill_sequencer() if name == SEQUENCER else lab.kill(name)
            case "off":
                await lab.power_off(name)
            case "boot":
                await (lab.start_sequencer() if name == SEQUENCER else lab.boot(name))
            case "daemon":
                lab.start_daemon(name)
            case "cut":
                await lab.cut(request["components"])
            case "heal":
                await lab.heal()
            case "exec":
                return {"exit": await self._execute(name, request["argv"], fds)}
            case "open":
                sent.append(self._open(name, request["path"]))
            case "down":
                await lab.stop()
                return {"down": True}
            case other:
                raise RequestError(f"unknown request {other!r}", Exit.PROTOCOL)
        return {}

    def _init_of(self, name: str) -> int:
        pid = self._lab.machine(name).pid
        if not pid:
            raise RequestError(f"{name} is off", Exit.UNAVAILABLE)
        return pid

    async def _execute(self, name: str, argv: list[str], fds: list[int]) -> int:
        if len(fds) != 3 or not argv:
            raise RequestError("exec wants a command and three descriptors", Exit.PROTOCOL)
        inside = None if name == topology.CLIENT else self._init_of(name)
        pid = self._lab.children.run(argv, self._lab.settings.environment, processes.Streams(*fds), inside)
        self._running = pid
        for fd in fds:
            os.close(fd)
        fds.clear()
        code = await self._lab.children.end_of(pid)
        self._running = 0
        return code

    def _open(self, name: str, path: str) -> int:
        folder = os.open(f"/proc/{self._init_of(name)}/root{os.path.dirname(path)}", os.O_PATH | os.O_CLOEXEC)
        inside = socket.socket(socket.AF_UNIX)
        try:
            inside.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
            return inside.detach()
        finally:
            inside.close()
            os.close(folder)


def status(lab: Supervisor) -> dict[str, Any]:
    """Return the state of the lab as plain data."""
    return {
        "name": lab.settings.name,
        "folder": lab.settings.folder,
        "root": lab.settings.rootful,
        "sequencer": lab.sequencer_pid,
        "components": lab.components,
        "nodes": [
            {
                "name": name,
                "id": machine.node.id,
                "address": machine.node.address,
                "state": "on" if machine.pid else "off",
                "pid": machine.pid,
                "lives": machine.lives,
                "booted_ms": machine.booted_ms,
            }
            for name, machine in lab.machines.items()
        ],
        "fencings": [dataclasses.asdict(fencing) for fencing in lab.fencings],
    }
