"""What the kernel grants by sched_setattr(2) alone: the deadline policy, and a short slice for an ordinary program.

Linux from 6.12 on lets ordinary programs go before real-time ones for 50 ms of a second where they wait for long (the
fair server, itself a deadline task). What may not be 50 ms late is a deadline task too. Source: sched(7),
SCHED_DEADLINE; Documentation/scheduler/sched-deadline.rst.
"""

from __future__ import annotations

import os
import struct

SCHED_DEADLINE = 6
FAIR_SERVER_SINCE = (6, 12)
RUNTIME_NS, PERIOD_NS = 3_000_000, 10_000_000
SLICE_NS = 100_000
"""The least that the kernel takes. Source: Documentation/scheduler/sched-eevdf.rst."""
PATIENCE_MS_SHORT = 200
"""Who has less is put in danger by 50 ms. Who has more is better off without: a deadline task that has used its runtime
waits for the next period, holding what it holds, and the take-over of a thousand routers is long."""
_RESET_ON_FORK, _RECLAIM = 1, 2
_CALLS = {"x86_64": 314, "aarch64": 274, "riscv64": 274, "ppc64le": 355, "s390x": 345}
"""sched_setattr, by machine. Source: asm/unistd.h."""
_ATTRIBUTES = struct.Struct("=IIQiIQQQ")


def has_fair_server(release: str) -> bool:
    """Return whether a kernel of this release lets ordinary programs go before real-time ones."""
    numbers = release.split("-")[0].split(".")
    try:
        return (int(numbers[0]), int(numbers[1])) >= FAIR_SERVER_SINCE
    except (IndexError, ValueError):
        return False


def be_deadline_task() -> str:
    """Have this thread scheduled so; return why not, if the kernel refuses (else nothing).

    What it starts has the ordinary policy. A thread that may not run everywhere is refused.
    """
    return _set_attributes(SCHED_DEADLINE, _RESET_ON_FORK | _RECLAIM, 0, RUNTIME_NS, PERIOD_NS)


def be_prompt() -> str:
    """Have this ordinary thread go before others as soon as it wakes, as long as it runs for little; why not, if so.

    It has no more of a processor than before: a short slice is a near deadline. Linux before 6.12 takes no notice. What
    it starts has the usual slice, and no nice below 0.
    """
    if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK != os.SCHED_OTHER:
        return ""
    return _set_attributes(os.SCHED_OTHER, _RESET_ON_FORK, os.getpriority(os.PRIO_PROCESS, 0), SLICE_NS, 0)


def _set_attributes(policy: int, flags: int, nice: int, runtime_ns: int, period_ns: int) -> str:
    machine = os.uname().machine
    call = _CALLS.get(machine)
    if call is None:
        return f"not known on {machine}"
    import ctypes  # only here: a director releases its children, and asks for nothing itself

    wanted = policy, flags, nice, 0, runtime_ns, period_ns, period_ns
    attributes = _ATTRIBUTES.pack(_ATTRIBUTES.size, *wanted)
    if ctypes.CDLL(None, use_errno=True).syscall(call, 0, ctypes.c_char_p(attributes), 0):
        return os.strerror(ctypes.get_errno())
    return ""
