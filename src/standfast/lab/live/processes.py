"""Children of a single-threaded asyncio process: started by fork, also inside other namespaces, reaped in one place.

A supervisor is PID 1 of its namespace, so it reaps what nobody else does, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from standfast.errors import LiveError
from standfast.lab.live import kernel

_DESCRIPTORS_MAX = 1 << 20
_INSIDE = kernel.NEWNS | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWNET


@dataclass(frozen=True, slots=True)
class Streams:
    """The descriptors that become a child's input, output and errors."""

    stdin: int
    stdout: int
    stderr: int


class Children:
    """The children of this process. `start` before the first fork; no other part of the process may wait for any."""

    def __init__(self) -> None:
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def start(self) -> None:
        """Begin to reap, in the running loop."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                end = self._ends.pop(pid, None)
                if end is not None and not end.done():
                    end.set_result(os.waitstatus_to_exitcode(status))

    def fork(self, body: Callable[[], None], into: int | None = None, new_pids: bool = False) -> int:
        """Run `body` in a child and return its pid; the child ends with `body`.

        `into`: a node's init whose PID namespace the child is born in; `new_pids`: the child is PID 1 of a new one.
        Raises: OSError.
        """
        if into is not None:
            self._born_in(f"/proc/{into}/ns/pid")
        elif new_pids:
            kernel.unshare(kernel.NEWPID)
        try:
            pid = os.fork()  # fails in the namespace of a node that just died
            if pid == 0:
                _be_child(body)
        finally:
            if into is not None or new_pids:
                kernel.setns(self._own_pids, kernel.NEWPID)
        self._ends[pid] = asyncio.get_running_loop().create_future()
        return pid

    @staticmethod
    def _born_in(path: str) -> None:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            kernel.setns(fd, kernel.NEWPID)
        finally:
            os.close(fd)

    def end_of(self, pid: int) -> asyncio.Future[int]:
        """Return the future exit code (negative: the signal) of a child that `fork` gave and nobody reaped."""
        return self._ends[pid]

    def run(self, argv: Sequence[str], env: Mapping[str, str], streams: Streams, inside: int | None = None) -> int:
        """Start a program and return its pid; `inside`: in the namespaces of this node's init. Raises: OSError."""
        namespaces = os.pidfd_open(inside) if inside is not None else None
        try:
            return self.fork(lambda: _execute(argv, env, streams, namespaces), into=inside)
        finally:
            if namespaces is not None:
                os.close(namespaces)

    async def batch(self, text: str) -> None:
        """Have `ip` do these commands. Raises: LiveError with what it said."""
        if not text:
            return
        ends, said = os.pipe2(os.O_CLOEXEC)
        source, sink = os.pipe2(os.O_CLOEXEC)
        os.write(sink, text.encode())
        os.close(sink)
        try:
            pid = self.run(["ip", "-force", "-batch", "-"], os.environ, Streams(source, said, said))
            code = await self.end_of(pid)
        finally:
            os.close(source)
            os.close(said)
        with open(ends, "rb") as output:
            words = output.read().decode(errors="replace")
        if code:
            raise LiveError(f"ip: {' '.join(words.split())}")


def _be_child(body: Callable[[], None]) -> None:
    """Be the child's whole life: nothing of the parent's loop is touched."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        body()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _execute(argv: Sequence[str], env: Mapping[str, str], streams: Streams, namespaces: int | None) -> None:
    if namespaces is not None:
        kernel.setns(namespaces, _INSIDE)
        os.chdir("/")
    os.setsid()
    moved = [os.dup(fd) for fd in (streams.stdin, streams.stdout, streams.stderr)]
    for number, fd in enumerate(moved):
        os.dup2(fd, number)
    os.closerange(3, _DESCRIPTORS_MAX)
    try:
        os.execvpe(argv[0], list(argv), dict(env))
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)
