"""How a process stands among others."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from standfast.director.realtime.live import deadline, priorities

SHORT_MS, LONG_MS = 30, 3000


def settled(*standings: tuple[int, float]) -> tuple[list[int], str]:
    """Return the policies of a thread that stands so, one after another, and what `chrt` says of a child of it."""
    policies: list[int] = []
    said: list[str] = []

    def stand() -> None:
        for standing in standings:
            priorities.set_policy(*standing)
            policies.append(os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK)
        said.append(subprocess.run(["chrt", "-p", "0"], capture_output=True, text=True, check=True).stdout)

    thread = threading.Thread(target=stand)
    thread.start()
    thread.join()
    if not said:
        pytest.skip("the kernel gives no real-time priority here")
    return policies, said[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_real_time_is_taken_and_given_back() -> None:
    """Adverts would be late on a busy machine; or the process stay in front of all after a reload that ends it."""
    (long, short, ended), _ = settled((5, LONG_MS), (5, SHORT_MS), (0, SHORT_MS))
    assert long == os.SCHED_RR
    assert short in (os.SCHED_RR, deadline.SCHED_DEADLINE)
    assert ended == os.SCHED_OTHER


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_a_real_time_process_starts_is_ordinary() -> None:
    """Every script would run before all else on the machine."""
    _, child = settled((5, SHORT_MS))
    assert "SCHED_OTHER" in child


@pytest.mark.parametrize(
    ("release", "has"),
    [
        ("6.1.0-49-amd64", False),
        ("6.11.9", False),
        ("6.12.0", True),
        ("6.18.44-fc", True),
        ("7.0", True),
        ("odd", False),
    ],
)
def test_kernels_with_a_fair_server(release: str, has: bool) -> None:
    """On new kernels real-time processes would be 50 ms late; on old ones a policy be taken that nobody asked for."""
    assert deadline.has_fair_server(release) is has
