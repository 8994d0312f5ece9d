"""How a process stands among others: real-time priority and its limit, nice, processors, memory that stays."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
from types import FrameType
from typing import Protocol

from standfast.director.realtime.live import scheduling

LOG = logging.getLogger("standfast.realtime")
_LOCK_NOW_AND_LATER = 3
_COLLECT_RARELY = (50_000, 50, 50)
_BORN_LIMITS = resource.getrlimit(resource.RLIMIT_RTTIME)
_BORN_NICE = os.getpriority(os.PRIO_PROCESS, 0)
_BORN_PROCESSORS = os.sched_getaffinity(0)


class Standing(Protocol):
    """What a process is told of it. `rt_priority` 1..99 is SCHED_RR, or where that is not enough SCHED_DEADLINE, and
    locks memory, as `no_swap` alone does. `rttime_limit_us`: for how long it may run as SCHED_RR without waiting for
    anything before the kernel kills it, 0 for ever; from half of it on it says so."""

    @property
    def rt_priority(self) -> int: ...
    @property
    def rttime_limit_us(self) -> int: ...
    @property
    def nice(self) -> int: ...
    @property
    def no_swap(self) -> bool: ...
    @property
    def processors(self) -> tuple[int, ...]: ...


def settle(running: Standing, patience_ms: float) -> None:
    """Have this process run as it is told to, go first when it wakes, and the collector leave it alone; as `stand`."""
    stand(running, patience_ms)
    if not running.rt_priority and (refused := scheduling.be_prompt()):
        LOG.info("others may go first for some milliseconds: no short slice: %s", refused)
    keep_objects()


def stand(running: Standing, patience_ms: float) -> None:
    """Have this process run as it is told to.

    `patience_ms` is how late it may be at most before it or another is taken for dead.
    """
    try:
        if running.processors:
            os.sched_setaffinity(0, running.processors)
        if running.nice:
            os.setpriority(os.PRIO_PROCESS, 0, running.nice)
        set_policy(running.rt_priority, patience_ms)
    except OSError as e:
        LOG.warning("the process's priority is not what it should be: %s", e.strerror)
    limit(running.rttime_limit_us)
    if running.rt_priority or running.no_swap:
        _lock_memory()


def _lock_memory() -> None:
    import ctypes  # only here: a director only releases its children

    if ctypes.CDLL(None, use_errno=True).mlockall(_LOCK_NOW_AND_LATER):
        LOG.warning("memory is not locked: %s", os.strerror(ctypes.get_errno()))


def set_policy(rt_priority: int, patience_ms: float) -> None:
    """Be real-time, or not any more; a deadline task if else ordinary programs could exhaust the patience.

    Raises: OSError.
    """
    policy = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
    if not rt_priority:
        if policy in (os.SCHED_RR, scheduling.SCHED_DEADLINE):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return
    if patience_ms < scheduling.PATIENCE_MS_SHORT and scheduling.has_fair_server(os.uname().release):
        if not (refused := scheduling.be_deadline_task()):
            return
        LOG.info("real-time, but ordinary programs may go first for 50 ms: no deadline policy: %s", refused)
    os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(rt_priority))


def limit(rttime_us: int) -> None:
    """Have the kernel end this process when it ran for so long in real time without waiting; 0: what it was born with.

    It counts whenever the process is real-time, also if it rose to it. Source: getrlimit(2), RLIMIT_RTTIME.
    """
    # "rlim_cur = rlimit_rt / 2": a warning comes before the end. Source: keepalived 2.2.7, lib/process.c
    wanted = (max(rttime_us // 2, 1), max(rttime_us, 2)) if rttime_us else _BORN_LIMITS
    if wanted == resource.getrlimit(resource.RLIMIT_RTTIME):
        return
    try:
        signal.signal(signal.SIGXCPU, _warn if rttime_us else signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_RTTIME, wanted)
    except (OSError, ValueError) as e:
        LOG.warning("the limit of real-time is not what it should be: %s", e)


def release(pid: int) -> None:
    """Have a child of this process, which inherits all that, stand as this process stood when it was born.

    What is real-time is not inherited.
    """
    try:
        if os.sched_getaffinity(pid) != _BORN_PROCESSORS:
            os.sched_setaffinity(pid, _BORN_PROCESSORS)
        if os.getpriority(os.PRIO_PROCESS, pid) != _BORN_NICE:
            os.setpriority(os.PRIO_PROCESS, pid, _BORN_NICE)
        if resource.prlimit(pid, resource.RLIMIT_RTTIME) != _BORN_LIMITS:
            resource.prlimit(pid, resource.RLIMIT_RTTIME, _BORN_LIMITS)
    except ProcessLookupError:
        return
    except (OSError, ValueError) as e:
        LOG.info("process %d stands as this one: %s", pid, e)


def _warn(_number: int, _frame: FrameType | None) -> None:
    LOG.warning("half of the real-time limit without waiting: a larger rlimit_rttime may be needed, else it is killed")


def rise(priority: int, patience_ms: float) -> None:
    """Have this process this real-time priority from now on, and say so."""
    try:
        set_policy(priority, patience_ms)
    except OSError as e:
        LOG.warning("late, and real-time priority %d is refused: %s", priority, e.strerror)
    else:
        LOG.warning("late: real-time priority %d from now on", priority)


def keep_objects() -> None:
    """Have the collector look neither at what is there now, nor often at what comes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_RARELY)
