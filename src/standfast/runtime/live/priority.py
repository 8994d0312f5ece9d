"""Which thread gets the processor first."""

from __future__ import annotations

import os

REALTIME = 1
"""The lowest of the real-time priorities: above every ordinary thread, below what is more urgent (Corosync)."""


def prefer_this_thread() -> str:
    """Let the calling thread go before every ordinary one; return why not, if the kernel refuses (else nothing).

    What it starts, threads and processes, begins with the ordinary priority.
    Source: sched(7), SCHED_RR and SCHED_RESET_ON_FORK.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(REALTIME))
    except OSError as e:
        return e.strerror or str(e)
    return ""
