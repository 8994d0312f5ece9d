"""The connection to a lab's supervisor."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from standfast.errors import Exit, LiveError, RequestError
from standfast.lab.live import folders
from standfast.lab.live.control_server import MESSAGE_BYTES_MAX


def _connect(folder: Path) -> socket.socket:
    """Return a connection. Raises: OSError."""
    place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(f"/proc/self/fd/{place}/{folders.CONTROL}")
    except OSError:
        connection.close()
        raise
    finally:
        os.close(place)
    return connection


def answers(folder: Path) -> bool:
    """Return whether a lab lives in this folder."""
    with contextlib.suppress(OSError):
        _connect(folder).close()
        return True
    return False


def _nothing_there(folder: Path) -> str:
    others = [name for name in folders.names(folder.parent) if answers(folder.parent / name)]
    hint = f"there is: {', '.join(others)} (--name)" if others else "start it: standfast lab up"
    return f"no lab {folder.name!r} is up; {hint}"


def wait_until_gone(folder: Path, limit_s: float = 20) -> None:
    """Return when a lab that was told to end has removed its folder, which is the last it does. Raises: LiveError."""
    limit = time.monotonic() + limit_s
    while folder.exists():
        if time.monotonic() > limit:
            raise LiveError(f"{folder} is still there")
        time.sleep(0.002)


class Lab:
    """A running lab, from outside. Every request has a connection of its own, so that threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        try:
            connection = _connect(self.folder)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise RequestError(_nothing_there(self.folder), Exit.NO_SUCH) from error
        except OSError as error:
            raise LiveError(f"{self.folder / folders.CONTROL}: {error.strerror}") from error
        with connection:
            yield connection

    def _ask(self, do: str, fds: Sequence[int] = (), **more: object) -> tuple[dict[str, Any], list[int]]:
        """Return the answer and descriptors. Raises: RequestError if the supervisor refuses; LiveError."""
        with self._connection() as connection:
            try:
                socket.send_fds(connection, [json.dumps({"do": do, **more}).encode()], fds)
                message, received, _, _ = socket.recv_fds(connection, MESSAGE_BYTES_MAX, 1, socket.MSG_CMSG_CLOEXEC)
            except OSError as error:
                raise LiveError(f"lab {self.folder.name!r}: {error.strerror}") from error
        if not message:
            raise LiveError(f"lab {self.folder.name!r} is gone")
        answer: dict[str, Any] = json.loads(message)
        if "error" in answer:
            raise RequestError(answer["error"], Exit(answer["exit_status"]))
        return answer, received

    def status(self) -> dict[str, Any]:
        """Return the state of the lab."""
        return self._ask("status")[0]

    def kill(self, node: str) -> None:
        """Send SIGKILL to a node's init."""
        self._ask("kill", node=node)

    def off(self, node: str) -> None:
        """End a node; return when all of it is gone."""
        self._ask("off", node=node)

    def boot(self, node: str) -> None:
        """Boot a node that is off; return when its init runs."""
        self._ask("boot", node=node)

    def start_daemon(self, node: str) -> None:
        """Start the node's daemon again if it is not running."""
        self._ask("daemon", node=node)

    def cut(self, *components: str) -> None:
        """Divide the nodes, as `n1 n2|n3` says."""
        self._ask("cut", components=list(components))

    def heal(self) -> None:
        """Let all nodes hear each other again."""
        self._ask("heal")

    def execute(self, node: str, argv: Sequence[str], stdin: int = 0, stdout: int = 1, stderr: int = 2) -> int:
        """Run a command in a node (`client`: beside the bridge) and return its exit code (negative: a signal)."""
        return int(self._ask("exec", (stdin, stdout, stderr), node=node, argv=list(argv))[0]["exit"])

    def output(self, node: str, *argv: str) -> tuple[int, str]:
        """Run a command in a node and return its exit code and what it printed."""
        with open(os.devnull, "rb") as nothing, _Gathered() as gathered:
            code = self.execute(node, argv, nothing.fileno(), gathered.fd, gathered.fd)
            return code, gathered.text()

    def open(self, node: str, path: str) -> socket.socket:
        """Return a connection to the Unix socket at `path` inside a node, as the node's root."""
        _, fds = self._ask("open", node=node, path=path)
        return socket.socket(fileno=fds[0])

    def down(self) -> None:
        """End the lab; return when nothing of it is left."""
        self._ask("down")
        wait_until_gone(self.folder)


class _Gathered:
    """A file without a name that collects a program's output."""

    def __enter__(self) -> _Gathered:
        self.fd = os.memfd_create("output")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def text(self) -> str:
        """Return what was written so far."""
        return os.pread(self.fd, os.fstat(self.fd).st_size, 0).decode(errors="replace")
