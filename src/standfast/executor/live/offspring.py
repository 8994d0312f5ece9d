"""Processes that an agent has left behind, a daemon's mostly: when one ends, its resource is looked at at once.

Who is orphaned goes to one of our own ancestors (the first process, or a subreaper): so what an agent left behind are
the children of our ancestors that began after the agent did. Somebody else's process may be among them; all that
comes of it is one monitor more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from standfast.executor.live import process_table
from standfast.executor.live.journal import RunningAgent

WATCHED_MAX = 16  # of one call
REAP_S, REAP_TURNS = 0.005, 40  # until its parent has taken note of it, an agent finds a process that has ended


def left_by(agent: RunningAgent) -> list[int]:
    """Return the processes that an agent, which has ended, may have left behind, lowest number first."""
    ours = set(process_table.ancestors(os.getpid()))
    return [
        process.pid
        for process in process_table.younger(agent.pid)
        if process.parent in ours and process.start_ticks >= agent.start_ticks
    ]


class Offspring:
    """Watches them. `ended` gets the resource of a process that has ended, from the loop."""

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._looks: set[asyncio.Task[None]] = set()
        self._descriptors: dict[int, int] = {}  # of process ids
        self._closed = False

    def look(self, agent: RunningAgent) -> None:
        """Watch what an agent has left behind, if anything."""
        look = self._loop.create_task(self._look(agent))
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)

    async def _look(self, agent: RunningAgent) -> None:
        left = await asyncio.to_thread(left_by, agent)
        for pid in [pid for pid in left if pid not in self._descriptors][:WATCHED_MAX]:
            with contextlib.suppress(OSError):
                descriptor = self._descriptors[pid] = os.pidfd_open(pid)
                self._loop.add_reader(descriptor, self._gone, pid, agent.resource_id)

    def watches(self, pid: int) -> bool:
        """Return whether this process is watched."""
        return pid in self._descriptors

    def _gone(self, pid: int, resource_id: str) -> None:
        self._forget(pid)
        self._tell(pid, resource_id, REAP_TURNS)

    def _tell(self, pid: int, resource_id: str, turns: int) -> None:
        if self._closed:
            return
        if turns and os.path.exists(f"/proc/{pid}"):
            self._loop.call_later(REAP_S, self._tell, pid, resource_id, turns - 1)
        else:
            self._ended(resource_id)

    def _forget(self, pid: int) -> None:
        descriptor = self._descriptors.pop(pid)
        self._loop.remove_reader(descriptor)
        os.close(descriptor)

    def close(self) -> None:
        """Watch nothing any more, and tell nothing."""
        self._closed = True
        for look in self._looks:
            look.cancel()
        for pid in list(self._descriptors):
            self._forget(pid)
