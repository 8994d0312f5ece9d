"""The timers of one virtual router that are set. A timer that was set anew or cancelled is known by its generation."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.director.vrrp.events import CancelTimer, SetTimer, Timer


class TimerSet:
    """Moments by timer, and the effects that make them so."""

    def __init__(self, router: str) -> None:
        self._router = router
        self._generation = 0
        self._set: dict[Timer, tuple[int, int]] = {}

    @property
    def moments(self) -> dict[Timer, int]:
        """Return when each timer that is set runs out."""
        return {timer: due_ns for timer, (_, due_ns) in self._set.items()}

    def due_ns(self, timer: Timer) -> int | None:
        """Return when a timer runs out; None if it is not set."""
        found = self._set.get(timer)
        return None if found is None else found[1]

    def is_current(self, timer: Timer, generation: int) -> bool:
        """Return whether it is this setting of the timer that counts."""
        return self._set.get(timer, (0, 0))[0] == generation

    def set(self, timer: Timer, due_ns: int) -> SetTimer:
        """Set a timer, in place of what it was."""
        self._generation += 1
        self._set[timer] = self._generation, due_ns
        return SetTimer(self._router, timer, self._generation, due_ns)

    def forget(self, timer: Timer) -> None:
        """Note that a timer ran out."""
        del self._set[timer]

    def cancel_all(self) -> Iterator[CancelTimer]:
        """Cancel what is set."""
        for timer in list(self._set):
            del self._set[timer]
            yield CancelTimer(self._router, timer)

    def continue_generations(self, other: TimerSet) -> None:
        """Count on from where another one was, whose timers may still fire."""
        self._generation = other._generation
