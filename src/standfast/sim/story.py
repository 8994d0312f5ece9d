"""What happened in a world, as lines: the last of them are shown when an invariant is broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from standfast.sim.clock import Clock

LINES = 400


class BrokenError(Exception):
    """An invariant of the world is broken."""


class Story:
    """The last lines; with `echo` each is shown at once too."""

    def __init__(self, clock: Clock, echo: Callable[[str], None] | None = None, lines: int = LINES) -> None:
        self._clock = clock
        self._echo = echo
        self._lines: deque[str] = deque(maxlen=lines)

    def tell(self, who: str, what: str) -> None:
        """Add a line."""
        line = f"{self._clock.now_ms / 1000:10.3f} {who:10} {what}"
        self._lines.append(line)
        if self._echo is not None:
            self._echo(line)

    def broken(self, what: str) -> BrokenError:
        """Return the finding, told too."""
        self.tell("INVARIANT", what)
        return BrokenError(what)

    def lines(self) -> tuple[str, ...]:
        """Return what is remembered, oldest first."""
        return tuple(self._lines)
