"""How a process stands among others."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from standfast.director.realtime.live import priorities, scheduling

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
    assert short in (os.SCHED_RR, scheduling.SCHED_DEADLINE)
    assert ended == os.SCHED_OTHER


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_a_real_time_process_starts_is_ordinary() -> None:
    """Every script would run before all else on the machine."""
    _, child = settled((5, SHORT_MS))
    assert "SCHED_OTHER" in child


PROMPT = """
import os, subprocess, sys
from standfast.director.realtime.live import scheduling
os.sched_setscheduler(0, os.SCHED_BATCH if sys.argv[1:] == ["batch"] else os.SCHED_OTHER, os.sched_param(0))
os.setpriority(os.PRIO_PROCESS, 0, 3)
if trouble := scheduling.be_prompt():
    sys.exit(trouble)
child = subprocess.Popen(["sleep", "100"])
for pid in (os.getpid(), child.pid):
    print(os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK, os.getpriority(os.PRIO_PROCESS, pid))
    print(*[line.split(":")[1].strip() for line in open(f"/proc/{pid}/sched") if line.startswith("se.slice")])
child.kill()
child.wait()
"""


def test_a_prompt_process_has_a_short_slice_and_is_else_as_it_was() -> None:
    """It would wait for others where it need not, be nicer than it is to be, or make everything that it starts so."""
    done = ran(PROMPT)
    assert not done.returncode, done.stderr
    ours, slice_ns, child, child_slice_ns = done.stdout.splitlines()
    assert ours == child == f"{os.SCHED_OTHER} 3"
    if slice_ns:  # the kernel tells of slices where it knows them
        assert int(slice_ns) == scheduling.SLICE_NS < int(child_slice_ns)


def test_who_runs_in_the_background_stays_there() -> None:
    """A process that is to give way would go first."""
    done = ran(PROMPT, "batch")
    assert done.stdout.splitlines()[0] == f"{os.SCHED_BATCH} 3", done.stderr


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
    assert scheduling.has_fair_server(release) is has


LIMITED = """
import logging, resource, subprocess, sys
from standfast.director.realtime.live import priorities
logging.basicConfig(level="INFO")
priorities.limit(100_000)
print(resource.getrlimit(resource.RLIMIT_RTTIME))
child = subprocess.Popen(["sleep", "100"])
priorities.release(child.pid)
print(resource.prlimit(child.pid, resource.RLIMIT_RTTIME))
child.kill()
child.wait()
if sys.argv[1:] == ["0"]:
    priorities.limit(0)
    print(resource.getrlimit(resource.RLIMIT_RTTIME))
    sys.exit()
sys.stdout.flush()
priorities.set_policy(5, 3000)
while True:
    pass
"""


def ran(text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Return how a program of ours ended: what it makes of itself stays with it."""
    return subprocess.run(
        [sys.executable, "-c", text, *words], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def may_raise_limits() -> bool:
    """Return whether this process has CAP_SYS_RESOURCE."""
    status = Path("/proc/self/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) & 1 << 24)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_limit_is_taken_given_back_and_no_child_s() -> None:
    """What scripts start would be killed for what the VRRP process may not, or a reload not lift the limit."""
    done, born = ran(LIMITED, "0"), resource.getrlimit(resource.RLIMIT_RTTIME)
    if may_raise_limits():
        assert done.stdout.splitlines() == ["(50000, 100000)", str(born), str(born)]
    else:
        assert done.stdout.splitlines() == ["(50000, 100000)"] * 3
        assert "stands as this one" in done.stderr
        assert "the limit of real-time is not what it should be" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_who_runs_in_real_time_for_too_long_is_warned_and_killed() -> None:
    """A process that went astray would keep the machine from everything else."""
    done = ran(LIMITED)
    if "PermissionError" in done.stderr:
        pytest.skip("the kernel gives no real-time priority here")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert "half of the real-time limit without waiting" in done.stderr


STANDING = """
import os, subprocess, sys
from standfast import director
from standfast.director.realtime.live import priorities
first = min(os.sched_getaffinity(0))
priorities.stand(director.Running(nice=os.getpriority(os.PRIO_PROCESS, 0) + 3, processors=(first,)), 3000)
child = subprocess.Popen(["sleep", "100"])
priorities.release(child.pid)
for pid in (os.getpid(), child.pid):
    print(os.getpriority(os.PRIO_PROCESS, pid), sorted(os.sched_getaffinity(pid)))
child.kill()
child.wait()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_child_does_not_stand_as_its_parent_was_told_to() -> None:
    """The VRRP process would be as nice as the checks are to be, or share their one processor."""
    nice, processors = os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0))
    done = ran(STANDING)
    assert done.stdout.splitlines() == [f"{nice + 3} {processors[:1]}", f"{nice} {processors}"], done.stderr
