"""What happened on this node: a bounded log of events, numbered, that clients read and follow; each also goes to the
daemon's own log."""

from __future__ import annotations

import asyncio
import collections
import logging
from collections.abc import AsyncIterator, Mapping

from standfast import controller
from standfast.web import schema

KEEP = 4096
LEVELS = {"error": 40, "warning": 30, "notice": 25, "info": 20, "debug": 10}
LOG = logging.getLogger("standfast")


class EventLog:
    """The last 4096 events of this daemon's life."""

    def __init__(self) -> None:
        self._events: collections.deque[schema.EventRecord] = collections.deque(maxlen=KEEP)
        self._changed = asyncio.Event()
        self._number = 0

    def add(self, event: controller.Publish, wall_ms: int) -> None:
        """Number an event, keep it, wake who follows, and log one line."""
        self._number += 1
        record = schema.EventRecord(self._number, wall_ms, event.kind, event.level, event.message, dict(event.fields))
        self._events.append(record)
        LOG.log(LEVELS.get(event.level, 20), "%s", line(event.kind, event.message, event.fields))
        self._changed.set()
        self._changed = asyncio.Event()

    def recent(self, count: int, *, about: str = "") -> list[schema.EventRecord]:
        """Return the last events, oldest first; `about`: only those that name it in a field."""
        found = [e for e in self._events if not about or about in e.fields.values()]
        return found[-count:]

    async def follow(self, since: int, forever: bool) -> AsyncIterator[schema.EventRecord]:
        """Yield what came after number `since`. One who is too slow misses what fell out of the log."""
        while True:
            changed = self._changed
            for event in [e for e in self._events if e.number > since]:
                since = event.number
                yield event
            if not forever:
                return
            await changed.wait()


def line(kind: str, message: str, fields: Mapping[str, str]) -> str:
    """Return a log line: what happened, then `key=value` for each field."""
    return " ".join([f"{kind}: {message}", *(f"{key}={value}" for key, value in fields.items())])
