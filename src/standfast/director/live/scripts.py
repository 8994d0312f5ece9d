"""Scripts of checks and notifications: started in a group of their own, ended with it when they take too long.

Starting one is a vfork, which returns when the child has had a processor: it is done in a few threads, not in the
loop's. The end is seen through a pidfd, without a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from standfast.director.checks import Script
from standfast.director.realtime.live import priorities

KILL_AFTER_S = 2.0
_STARTERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="script-start")


class Ended:
    """How a script ended: `status` as the shell counts it (128 + signal), and what is to be said of it."""

    __slots__ = ("status", "trouble")

    def __init__(self, status: int, trouble: str = "") -> None:
        self.status = status
        self.trouble = trouble


def _start(script: Script, environment: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start it. Raises: OSError, KeyError if there is no such user or group (ValueError: none with that name)."""
    user, group, groups = _owner(script)
    child = subprocess.Popen(
        script.arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        process_group=0,
        user=user,
        group=group,
        extra_groups=groups,
    )
    priorities.release(child.pid)
    return child, os.pidfd_open(child.pid)


def _owner(script: Script) -> tuple[int | None, int | None, list[int] | None]:
    if not script.user and not script.group:
        return None, None, None
    entry = pwd.getpwnam(script.user) if script.user else pwd.getpwuid(os.geteuid())
    if entry.pw_uid == os.geteuid() and not script.group:
        return None, None, None
    import grp

    group = grp.getgrnam(script.group).gr_gid if script.group else entry.pw_gid
    return entry.pw_uid, group, [group]


async def run(script: Script, timeout_ms: int, environment: Mapping[str, str] | None = None) -> Ended:
    """Run a script to its end: SIGTERM to its group after the time-out (0: none), SIGKILL two seconds later.

    One that is cancelled is killed. A script that cannot be started is a value too: status 126 or 127.
    """
    loop = asyncio.get_running_loop()
    try:
        child, pidfd = await loop.run_in_executor(_STARTERS, _start, script, environment or os.environ)
    except FileNotFoundError:
        return Ended(127, f"{script.arguments[0]}: no such file")
    except (OSError, KeyError, ValueError) as error:
        return Ended(126, f"{script.arguments[0]}: {error}")
    over = loop.create_future()
    loop.add_reader(pidfd, _told, over)
    try:
        return await _watched(child, over, timeout_ms)
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
        if child.poll() is None:
            _signal(child, signal.SIGKILL)
            child.wait()


async def _watched(child: subprocess.Popen[bytes], over: asyncio.Future[None], timeout_ms: int) -> Ended:
    trouble = ""
    for number, wait_s in ((signal.SIGTERM, timeout_ms / 1000 or None), (signal.SIGKILL, KILL_AFTER_S)):
        try:
            await asyncio.wait_for(asyncio.shield(over), wait_s)
            break
        except TimeoutError:
            trouble = f"timed out after {timeout_ms} ms"
            _signal(child, number)
    else:
        await over
    if trouble:
        _signal(child, signal.SIGKILL)  # what it started may still run
    status = child.wait()
    if trouble:
        return Ended(128 + abs(status), trouble)
    if status < 0:
        return Ended(128 - status, f"ended by signal {-status}")
    return Ended(status, f"ended with status {status}" if status else "")


def _told(over: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
