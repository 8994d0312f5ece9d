"""Processes as /proc shows them, and as the kernel tells of them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time

import pytest

from standfast.director.vrrp.attendant import ProcessGone, ProcessSeen
from standfast.director.vrrp.live import process_connector

LIMIT_S = 10


def test_all_processes_are_found() -> None:
    """A service that ran before would count as down."""
    found = {pid: command for pid, _, command in process_connector.look(names_only=False).found}
    assert found[os.getpid()][0].endswith("python") or "python" in found[os.getpid()][0]
    assert all(command == () for _, _, command in process_connector.look(names_only=True).found)


def test_a_zombie_is_nobody() -> None:
    """A service that died unreaped would count as running."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        end = time.monotonic() + LIMIT_S
        while (seen := process_connector.process(child.pid, True)) != ProcessSeen(child.pid, "", ()):
            assert seen is not None
            assert time.monotonic() < end
            time.sleep(0.02)
    assert process_connector.process(child.pid, True) is None


def test_the_kernel_tells_of_a_start_and_an_end() -> None:
    """A service's end would be seen a second late, or not at all."""
    try:
        connector = process_connector.Connector()
    except OSError as error:
        pytest.skip(f"the kernel does not tell of processes: {error}")
    waiting = select.poll()
    waiting.register(connector.fileno(), select.POLLIN)
    with subprocess.Popen(["sleep", "0.2"]) as child:
        found: list[ProcessSeen | ProcessGone | None] = []
        end = time.monotonic() + LIMIT_S
        while ProcessGone(child.pid) not in found and time.monotonic() < end and None not in found:
            waiting.poll(200)
            found += connector.read(names_only=False)
    connector.close()
    if None not in found:  # else the machine was too busy, and it is known that something was lost
        assert ProcessGone(child.pid) in found
        assert ProcessSeen(child.pid, "sleep", ("sleep", "0.2")) in found
