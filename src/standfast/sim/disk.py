"""A node's disk: writes take time, and a power cut may lose those that were not yet said to be done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random

from standfast.cib import store
from standfast.cib.disk import ModelDisk
from standfast.errors import LiveError
from standfast.sim.clock import Clock, Timer

STEPS_OF_A_SAVE = 5


class _PowerCutError(Exception):
    """The write ends here."""


class _Interrupted(ModelDisk):
    """A model of a disk that can be told after how many changes it has no power any more."""

    def __init__(self) -> None:
        super().__init__()
        self.changes_left: int | None = None

    def _change(self) -> None:
        if self.changes_left is not None:
            if self.changes_left == 0:
                raise _PowerCutError
            self.changes_left -= 1
        super()._change()


class Disk:
    """One node's disk, with the production store on it. It outlives daemons and boots."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._model = _Interrupted()
        self._store = store.Store(self._model, keep=5)
        self.write_ms_max = 10
        self.failing = False
        self._pending: bytes | None = None
        self._timer: Timer | None = None

    def load(self) -> store.Loaded:
        """Return what a daemon that starts now finds."""
        return self._store.load()

    def put(self, packed: bytes) -> None:
        """Write at once."""
        self._store.write(packed)

    def write(self, packed: bytes, done: Callable[[bool], None]) -> None:
        """Begin to write; `done(ok)` comes when it is durable, or refused. One write at a time."""
        assert self._pending is None, "a write is under way"
        self._pending = packed
        self._timer = self._clock.after(self._random.randint(1, self.write_ms_max), lambda: self._end(packed, done))

    def interrupt(self, *, power: bool) -> None:
        """End the write that is under way somewhere: its daemon died, or the power was cut.

        With the power goes what was not synced, as chance will have it.
        """
        if self._timer is not None:
            self._timer.cancel()
        packed, self._pending = self._pending, None
        if packed is not None and not self.failing:
            self._model.trouble = ""
            self._model.changes_left = self._random.randint(0, STEPS_OF_A_SAVE)
            with contextlib.suppress(_PowerCutError):
                self._store.write(packed)
            self._model.changes_left = None
        if power:
            self._model.crash(self._random.randrange)

    def _end(self, packed: bytes, done: Callable[[bool], None]) -> None:
        self._pending = None
        self._model.trouble = "no space left on device" if self.failing else ""
        try:
            self._store.write(packed)
            done(True)
        except LiveError:
            done(False)
