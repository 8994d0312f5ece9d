"""Notify scripts in order: one queue an object, so that what is told of it last is also what happened last."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from standfast.director.checks import Script
from standfast.director.events import Effect, Level, Log, RunScript


class ScriptQueues:
    """Runs at most one script of an object at a time. Objects do not wait for each other."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[tuple[Script, int]]] = {}
        self._running: dict[int, str] = {}
        self._last = 0

    @property
    def idle(self) -> bool:
        """Return whether nothing runs or waits."""
        return not self._running

    def add(self, name: str, script: Script | None, timeout_ms: int) -> Iterator[Effect]:
        """Run a script of this object, now or when those before it have ended; None is nothing to do."""
        if script is None:
            return
        waiting = self._waiting.get(name)
        if waiting is not None:
            waiting.append((script, timeout_ms))
            return
        self._waiting[name] = deque()
        yield self._run(name, script, timeout_ms)

    def ended(self, number: int, trouble: str) -> Iterator[Effect]:
        """Take the end of a script; the next of its object follows."""
        name = self._running.pop(number, None)
        if name is None:
            return
        if trouble:
            yield Log(Level.WARNING, f"notify script of {name}: {trouble}")
        waiting = self._waiting[name]
        if waiting:
            yield self._run(name, *waiting.popleft())
        else:
            del self._waiting[name]

    def _run(self, name: str, script: Script, timeout_ms: int) -> RunScript:
        self._last += 1
        self._running[self._last] = name
        return RunScript(self._last, name, script, script.timeout_ms or timeout_ms)
