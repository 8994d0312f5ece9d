"""The loop's priority."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from standfast.runtime.live.priority import prefer_this_thread

ORDINARY = "SCHED_OTHER"


def test_what_a_preferred_thread_starts_has_the_ordinary_priority() -> None:
    """Every agent, and the service it starts, would run before all else on the machine for ever."""
    found: list[object] = []

    def preferred() -> None:
        found.append(prefer_this_thread())
        found.append(os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK)
        found.append(subprocess.run(["chrt", "-p", "0"], capture_output=True, text=True, check=True).stdout)

    thread = threading.Thread(target=preferred)
    thread.start()
    thread.join()
    refused, policy, child = found
    if refused:
        pytest.skip(f"the kernel gives no real-time priority here: {refused}")
    assert policy == os.SCHED_RR
    assert ORDINARY in str(child)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
