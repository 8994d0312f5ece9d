"""The programs below a director."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from standfast.daemons.director.process import LogSettings
from standfast.director.bfd import Configuration, orders
from standfast.director.realtime.channel import pack

PROGRAM = """
import os, signal, sys
from standfast.daemons.director import child_program
from standfast.director.bfd import orders

def be(control, begin):
    assert os.path.exists(begin.running.pid_file)
    os.kill(os.getpid(), signal.SIGTERM)
    stops = []
    child_program.heed_signals(lambda: stops.append(True))
    assert stops

sys.exit(child_program.run(int(sys.argv[1]), orders.Begin, be))
"""


def test_one_that_is_told_to_end_while_it_begins_leaves_no_pid_file(tmp_path: Path) -> None:
    """The next director would take a stranger with that number for its own process."""
    pid_file = tmp_path / "bfd.pid"
    log = LogSettings(console=True, detail=False, name="test")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(pack(orders.Begin(Configuration(), orders.Running(pid_file=str(pid_file)), log)))
        command = [sys.executable, "-c", PROGRAM, str(theirs.fileno())]
        done = subprocess.run(command, pass_fds=[theirs.fileno()], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not pid_file.exists()
