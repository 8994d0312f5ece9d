"""A node's disk: writes take time, and a power cut may lose those that were not yet said to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from standfast.sim.clock import Clock, Timer


@dataclass(frozen=True, slots=True)
class Contents:
    """What a node's disk holds of the cluster: the document's text, its term, and the members that it names."""

    document: bytes
    term: int
    members: tuple[str, ...]


class Disk:
    """One node's disk. It outlives daemons and boots."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self.contents: Contents | None = None
        self.write_ms_max = 10
        self.failing = False
        self._pending: Contents | None = None
        self._timer: Timer | None = None

    def write(self, contents: Contents, done: Callable[[bool], None]) -> None:
        """Begin to write; `done(ok)` comes when it is durable, or refused. One write at a time."""
        assert self._pending is None, "a write is under way"
        self._pending = contents
        self._timer = self._clock.after(self._random.randint(1, self.write_ms_max), lambda: self._end(done))

    def settle(self) -> None:
        """Let nobody wait for the write that is under way any more: the daemon died, or the power was cut.

        Whether it reached the disk is up to chance.
        """
        if self._pending is None:
            return
        if self._random.random() < 0.5 and not self.failing:
            self.contents = self._pending
        self._pending = None
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, done: Callable[[bool], None]) -> None:
        ok = not self.failing
        if ok:
            self.contents = self._pending
        self._pending = None
        done(ok)
