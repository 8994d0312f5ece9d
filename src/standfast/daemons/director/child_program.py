"""What the programs below a director have in common: the channel, the log, the pid file, the end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from standfast.daemons.director import process
from standfast.daemons.director.process import LogSettings
from standfast.director.realtime.live.control import Control
from standfast.errors import Exit, LiveError

LOG = logging.getLogger("standfast.director")


class Running(Protocol):
    """How a program runs."""

    @property
    def pid_file(self) -> str: ...


class Runner(Protocol):
    """What runs until it is stopped, and watches descriptors."""

    def stop(self) -> None: ...
    def watch(self, fd: int, read: Callable[[], None], *, once: bool = False) -> None: ...


class Begin(Protocol):
    """The first order."""

    @property
    def running(self) -> Running: ...
    @property
    def log(self) -> Any: ...


First = TypeVar("First", bound=Begin)
_ENDING = (signal.SIGTERM, signal.SIGINT)
_SIGNALS = 4096


def run(
    argv: list[str], begin: type[First], be: Callable[[Control[First, Any, Any], First, socket.socket], None]
) -> int:
    """Take the first order from the channel and be what it says, until that returns; return the exit status.

    `argv` are the numbers of the channel and of the director's line of signals.
    """
    channel, line = (socket.socket(fileno=int(number)) for number in argv)
    control: Control[First, Any, Any] = Control(channel, begin)
    try:
        first = control.begin()
    except LiveError as error:
        sys.stderr.write(f"standfast-director: {error}\n")
        return Exit.UNAVAILABLE
    log: LogSettings = first.log
    process.log_to(log)
    pid_files = process.PidFiles([first.running.pid_file])
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # one that comes too early is heeded later: nothing stays behind
    try:
        pid_files.write()
        be(control, first, line)
    except (LiveError, OSError) as error:
        LOG.error("%s", error)
        return Exit.UNAVAILABLE
    finally:
        pid_files.remove()
        control.close()
    return Exit.OK


def heed_signals(runner: Runner, line: socket.socket, leave: Callable[[], None]) -> None:
    """Have those signals stop it that end the director; the others are for that alone.

    If it is the director's, `leave` is called instead, with as little before it as can be: what has not run for long
    takes milliseconds.
    """

    def read_along() -> None:
        try:
            heard = line.recv(_SIGNALS, socket.MSG_PEEK)
        except BlockingIOError:
            return  # the director has read it: it will say so itself
        if signal.SIGTERM in heard or signal.SIGINT in heard:
            leave()

    runner.watch(line.fileno(), read_along, once=True)
    for number in _ENDING:
        signal.signal(number, lambda *_: runner.stop())
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def leave(status: int) -> None:
    """End the process: nothing that is left is worth the time."""
    logging.shutdown()
    os._exit(status)
