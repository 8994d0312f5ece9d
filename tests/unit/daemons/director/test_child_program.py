"""The programs below a director."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from standfast.daemons.director.process import LogSettings
from standfast.director.bfd import Configuration, orders
from standfast.director.realtime.channel import pack

PROGRAM = """
import os, signal, sys
from standfast.daemons.director import child_program
from standfast.director.bfd import orders
from standfast.director.realtime.live.timers import TimerQueue
from standfast.director.realtime.live.waiting import Waiting

def be(control, begin, line):
    waiting = Waiting(TimerQueue())
    assert os.path.exists(begin.running.pid_file)
    {meanwhile}
    child_program.heed_signals(waiting, line, waiting.stop)
    control.say(orders.Begun())
    turns = 0
    while not waiting.stopping:
        waiting.call_watched(waiting.wait(None))
        turns += 1
    print(turns)

sys.exit(child_program.run(sys.argv[1:], orders.Begin, be))
"""
PATIENCE_S = 60


class Begun(msgspec.Struct):
    """A program that has begun, with both ends of the line that it reads along."""

    process: subprocess.Popen[str]
    line_in: socket.socket
    line_out: socket.socket


@contextlib.contextmanager
def begun(pid_file: Path, meanwhile: str = "pass") -> Iterator[Begun]:
    """Start the program, which does something before it heeds signals."""
    log = LogSettings(console=True, detail=False, name="test")
    (ours, theirs), (line_in, line_out) = socket.socketpair(), socket.socketpair()
    with ours, theirs, line_in, line_out:
        line_out.setblocking(False)
        ours.settimeout(PATIENCE_S)
        ours.sendall(pack(orders.Begin(Configuration(), orders.Running(pid_file=str(pid_file)), log)))
        fds = [theirs.fileno(), line_out.fileno()]
        command = [sys.executable, "-c", PROGRAM.format(meanwhile=meanwhile), *map(str, fds)]
        with subprocess.Popen(command, pass_fds=fds, stdout=subprocess.PIPE, text=True) as process:
            assert ours.recv(100)
            yield Begun(process, line_in, line_out)


def test_one_that_is_told_to_end_while_it_begins_leaves_no_pid_file(tmp_path: Path) -> None:
    """The next director would take a stranger with that number for its own process."""
    pid_file = tmp_path / "bfd.pid"
    with begun(pid_file, "os.kill(os.getpid(), signal.SIGTERM)") as program:
        assert program.process.wait(PATIENCE_S) == 0
    assert not pid_file.exists()


def test_it_ends_with_the_signal_that_the_director_has_not_read_yet(tmp_path: Path) -> None:
    """The routers would say goodbye when the director has woken up; or the director not hear of its signals at all."""
    with begun(tmp_path / "bfd.pid") as program:
        program.line_in.send(bytes([signal.SIGHUP]))
        program.line_in.send(bytes([signal.SIGTERM]))
        turns, _ = program.process.communicate(timeout=PATIENCE_S)
        assert program.line_out.recv(100) == bytes([signal.SIGHUP, signal.SIGTERM])
    assert 1 <= int(turns) <= 3


def test_it_rests_while_a_signal_waits_for_the_director(tmp_path: Path) -> None:
    """A director that is stopped would make its children run for nothing all the time."""
    with begun(tmp_path / "bfd.pid") as program:
        program.line_in.send(bytes([signal.SIGUSR1]))
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.process.wait(0.2)
        program.process.terminate()
        turns, _ = program.process.communicate(timeout=PATIENCE_S)
    assert int(turns) == 2
