"""One process of its own session, watched through a pidfd, its outputs kept bounded.

Starting it is a vfork (`subprocess` chooses it when nothing is to be done between fork and exec), so the size of
this program does not matter. But a vfork returns when the child has had a processor: on a busy machine that takes tens
of milliseconds, so it is for a thread, and not for the loop's.

The end is the end of the process itself: a daemon that it leaves behind may hold the pipes for ever, nobody waits for
it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

import msgspec

from standfast.agents.command import Command
from standfast.agents.live import priority
from standfast.agents.tail import Tail

CHUNK = 65536
CHUNKS_AT_ONCE = 16  # read from one pipe before the loop gets its turn


def boottime_ms() -> int:
    """Return CLOCK_BOOTTIME in milliseconds: it goes on while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def input_file(data: bytes) -> int:
    """Return what a process reads: /dev/null, or a file in memory: nobody has to feed a pipe then."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    fd = os.memfd_create("agent-input")
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def start(argv: Sequence[str], command: Command, files: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, with these three standard files.

    What the kernel holds for no program is a script without a first line.

    Raises: OSError as execve has it. Source of the second try: execvp(3), thus Pacemaker.
    """
    try:
        return popen(argv, command, files)
    except OSError as e:
        if e.errno != errno.ENOEXEC:
            raise
        return popen(["/bin/sh", *argv], command, files)


def popen(argv: Sequence[str], command: Command, files: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start exactly this, nothing inherited but the three standard files.

    They are opened by the caller: what `subprocess` opens, Python before 3.11.4 leaves open if the next one fails.
    """
    stdin, stdout, stderr = files
    return subprocess.Popen(
        argv,
        env=command.environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        cwd="/",
        umask=0o022,
    )


def drain(fd: int, tail: Tail, chunks: int) -> bool:
    """Read what is in a pipe now, at most so many chunks; return whether it is at its end."""
    for _ in range(chunks):
        try:
            data = os.read(fd, CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        if not data:
            return True
        tail.add(data)
    return False


class Child(msgspec.Struct, frozen=True):
    """A process that was started, and our ends of its output and error pipes. Times are from before its start."""

    popen: subprocess.Popen[bytes]
    pidfd: int
    pipes: tuple[int, int]
    started_ms: int
    started_wall_ms: int


def spawn(file: str, command: Command) -> Child:
    """Start a process; it may take long. Raises: OSError when the kernel refuses; nothing is left open then."""
    started_ms, started_wall_ms = boottime_ms(), time.time_ns() // 1_000_000
    ours, theirs = contextlib.ExitStack(), contextlib.ExitStack()
    with ours, theirs:
        files = [_kept(theirs, input_file(command.stdin))]
        pipes = [_pipe(ours, theirs, files) for _ in ("output", "error")]
        child = start([file, *command.arguments], command, files)
        priority.reset(child.pid)
        made = Child(child, _pidfd(child), (pipes[0], pipes[1]), started_ms, started_wall_ms)
        ours.pop_all()
    return made


def _kept(stack: contextlib.ExitStack, fd: int) -> int:
    """Let the stack close the file descriptor; return it."""
    stack.callback(os.close, fd)
    return fd


def _pipe(ours: contextlib.ExitStack, theirs: contextlib.ExitStack, files: list[int]) -> int:
    """Open a pipe; its writing end goes to the files. Return the reading end."""
    reading, writing = os.pipe()
    files.append(_kept(theirs, writing))
    return _kept(ours, reading)


def _pidfd(child: subprocess.Popen[bytes]) -> int:
    try:
        return os.pidfd_open(child.pid)
    except OSError:  # no file descriptor is left
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise


class Process:
    """A running process. `ended(self)`, to be set by who started it, is called once, from the loop, when it is
    reaped."""

    def __init__(self, child: Child, *, keep: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.ended: Callable[[Process], None] = forget
        self.returncode: int | None = None
        self.end_group = False  # kill what is left of the group when the process itself has ended
        self.tails = (Tail(keep), Tail(keep))
        self.started_ms, self.started_wall_ms = child.started_ms, child.started_wall_ms
        self._child, self.pid, self.pidfd, self._fds = child.popen, child.popen.pid, child.pidfd, child.pipes
        self._watch()

    def _watch(self) -> None:
        for fd, tail in zip(self._fds, self.tails, strict=True):
            os.set_blocking(fd, False)
            self.loop.add_reader(fd, self._readable, fd, tail)
        self.loop.add_reader(self.pidfd, self._exited)

    def _readable(self, fd: int, tail: Tail) -> None:
        if drain(fd, tail, CHUNKS_AT_ONCE):
            self.loop.remove_reader(fd)

    def _exited(self) -> None:
        """Take what is still in the pipes, reap, and tell. Until it is reaped its number is nobody else's."""
        self.loop.remove_reader(self.pidfd)
        self._close_pipes()
        if self.end_group:
            self.signal(signal.SIGKILL, group=True)
        self.returncode = self._child.wait()  # a zombie: returns at once
        os.close(self.pidfd)
        self.ended(self)

    def _close_pipes(self) -> None:
        """Take what is there and close. Who still writes there gets EPIPE."""
        for fd, tail in zip(self._fds, self.tails, strict=True):
            self.loop.remove_reader(fd)
            drain(fd, tail, CHUNKS_AT_ONCE)
            os.close(fd)

    def abandon(self) -> None:
        """Stop waiting for one that the kernel does not end (state D); it is reaped whenever it ends after all."""
        self.ended = forget
        for fd in self._fds:
            self.loop.remove_reader(fd)

    def signal(self, number: signal.Signals, *, group: bool) -> None:
        """Send a signal to the process, or to all of its group. One that is gone is no error."""
        if self.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(self.pid, number)
            else:
                signal.pidfd_send_signal(self.pidfd, number)

    @property
    def duration_ms(self) -> int:
        """Return how long it has been running, in milliseconds of CLOCK_BOOTTIME."""
        return boottime_ms() - self.started_ms


def forget(_: Process) -> None:
    """Do nothing about the end of a process."""
