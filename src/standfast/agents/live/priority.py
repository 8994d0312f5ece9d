"""What an agent must not inherit from a daemon that is more important than what it starts."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path

OOM = "oom_score_adj"


@functools.cache
def own_oom_adjustment() -> str:
    """Return this program's own adjustment, read once: a daemon sets it (or its unit does) before it serves."""
    try:
        return Path("/proc/self", OOM).read_text().strip()
    except OSError:
        return "0"


def reset(pid: int) -> None:
    """Give a process that was just started the priorities of any other: scheduling, niceness, memory shortage.

    Source: action_launch_child of Pacemaker. One that is gone already is no error.
    """
    with contextlib.suppress(OSError):
        if os.sched_getscheduler(0) != os.SCHED_OTHER:
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        if os.getpriority(os.PRIO_PROCESS, 0) < 0:
            os.setpriority(os.PRIO_PROCESS, pid, 0)
        if own_oom_adjustment() not in ("0", ""):
            Path(f"/proc/{pid}", OOM).write_text("0")
