"""Agents of a predecessor."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time

from standfast.executor.live import RunningAgent, end_agents, still_running
from standfast.executor.live.left_agents import start_ticks


def agent(child: subprocess.Popen[bytes]) -> RunningAgent:
    return RunningAgent(child.pid, start_ticks(child.pid) or 0, "r", "start")


def start(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True, stdout=subprocess.PIPE)


def test_one_that_hangs_is_ended_with_its_group() -> None:
    """An old agent would work on beside the new one: two starts of one resource at once."""
    child = start("trap '' TERM; sleep 1000 & echo $!; while :; do wait; done")
    assert child.stdout is not None
    sleeper = int(child.stdout.readline())
    assert asyncio.run(end_agents([agent(child)], wait_s=0, grace_s=0.3)) == []
    child.wait()
    child.stdout.close()
    limit = time.monotonic() + 30
    while start_ticks(sleeper) is not None and time.monotonic() < limit:
        time.sleep(0.01)
    assert start_ticks(sleeper) is None


def test_one_that_ends_in_time_is_awaited() -> None:
    """A start that is nearly done would be broken off."""
    child = start("sleep 0.2; exit 3")
    assert asyncio.run(end_agents([agent(child)], wait_s=30)) == []
    assert child.wait() == 3


def test_another_process_of_the_same_number_is_left_alone() -> None:
    """A daemon would kill whatever has the number now."""
    own = RunningAgent(os.getpid(), 1, "r", "start")
    assert still_running([own]) == []
    assert asyncio.run(end_agents([own])) == []


def test_one_that_is_gone() -> None:
    """A file that names dead agents would keep the daemon from starting."""
    child = start("exit 0")
    known = agent(child)
    child.wait()
    assert still_running([known]) == []
