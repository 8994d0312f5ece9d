"""What the machine itself does to a program: sleepers at ordinary and real-time priority, and how late they wake.

`python -m rig.sleepers PRIORITY`: sleep until standard input ends, then print how late, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator

from rig.vrrp_pair import environment

NAP_S = 0.004
PRIORITIES = {"ordinary": 0, "real-time": 80}
LATE_MS = 20


@contextlib.contextmanager
def sleepers() -> Iterator[dict[str, str]]:
    """Have one of each sleep; what is said of each is there afterwards."""
    found: dict[str, str] = {}
    asleep = {}
    for name, priority in PRIORITIES.items():
        words = [sys.executable, "-m", "rig.sleepers", str(priority)]
        asleep[name] = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
    try:
        yield found
    finally:
        for name, process in asleep.items():
            output, _ = process.communicate()
            said = json.loads(output)
            found[name] = f"{said['greatest_ms']:.1f} ms at most, {said['late']} times more than {LATE_MS}"


def sleep(priority: int) -> dict[str, float]:
    """Sleep until standard input ends; return how late the wakes were."""
    if priority:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    ended = select.poll()
    ended.register(sys.stdin, select.POLLIN)
    greatest_s, late, was = 0.0, 0, time.monotonic()
    while not ended.poll(NAP_S * 1000):
        now = time.monotonic()
        late_s, was = now - was - NAP_S, now
        greatest_s = max(greatest_s, late_s)
        late += late_s * 1000 > LATE_MS
    return {"greatest_ms": greatest_s * 1000, "late": late}


if __name__ == "__main__":
    print(json.dumps(sleep(int(sys.argv[1]))))
