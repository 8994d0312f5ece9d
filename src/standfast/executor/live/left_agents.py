"""Agents that a predecessor of this daemon started and left running: they are awaited for a while, then ended.

Nothing is started on this node before they are gone: two agents of one resource must not run at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Iterator

from standfast.executor.live import process_table
from standfast.executor.live.journal import RunningAgent


def start_ticks(pid: int) -> int | None:
    """Return when a process began, in clock ticks since boot; None if there is none or it is only not yet reaped."""
    found = process_table.entry(pid)
    return found.start_ticks if found else None


def still_running(agents: Iterable[RunningAgent]) -> list[RunningAgent]:
    """Return those whose process lives and is the one that was started."""
    return [a for a in agents if start_ticks(a.pid) == a.start_ticks]


@contextlib.contextmanager
def watched(agent: RunningAgent) -> Iterator[asyncio.Event]:
    """Give an event that is set when the agent's process has ended. The number cannot mean another process in here."""
    ended = asyncio.Event()
    try:
        fd = os.pidfd_open(agent.pid)
    except OSError:
        ended.set()
        yield ended
        return
    loop = asyncio.get_running_loop()
    try:
        if start_ticks(agent.pid) == agent.start_ticks:
            loop.add_reader(fd, ended.set)
        else:
            ended.set()
        yield ended
    finally:
        loop.remove_reader(fd)
        os.close(fd)


async def end_agent(agent: RunningAgent, wait_s: float, grace_s: float) -> bool:
    """Wait for an agent, then end it and its group; return whether it is gone."""
    with watched(agent) as ended:
        for number, limit_s in ((None, wait_s), (signal.SIGTERM, grace_s), (signal.SIGKILL, grace_s)):
            if number is not None and not ended.is_set():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(agent.pid, number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), limit_s)
            if ended.is_set():
                return True
    return False


async def end_agents(agents: Iterable[RunningAgent], wait_s: float = 0.0, grace_s: float = 1.0) -> list[RunningAgent]:
    """Await all for `wait_s`, then end those that are left; return the ones that cannot be ended (state D)."""
    agents = still_running(agents)
    gone = await asyncio.gather(*(end_agent(a, wait_s, grace_s) for a in agents))
    return [a for a, ended in zip(agents, gone, strict=True) if not ended]
