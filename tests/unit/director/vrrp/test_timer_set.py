"""Which setting of a timer counts."""

from __future__ import annotations

from standfast.director.vrrp.events import CancelTimer, Timer
from standfast.director.vrrp.timer_set import TimerSet


def test_a_timer_that_was_set_anew_counts_by_its_last_setting() -> None:
    """An advert that came in time would be followed by a take-over all the same."""
    timers = TimerSet("V")
    first, second = timers.set(Timer.ACTIVE_DOWN, 5), timers.set(Timer.ACTIVE_DOWN, 9)
    assert not timers.is_current(Timer.ACTIVE_DOWN, first.generation)
    assert timers.is_current(Timer.ACTIVE_DOWN, second.generation)
    assert timers.due_ns(Timer.ACTIVE_DOWN) == 9
    assert timers.due_ns(Timer.ADVER) is None


def test_what_was_cancelled_or_forgotten_does_not_count() -> None:
    """A router that left would be pulled back by an old timer."""
    timers = TimerSet("V")
    ran_out, cancelled = timers.set(Timer.ADVER, 5), timers.set(Timer.GARP_DELAY, 9)
    timers.forget(Timer.ADVER)
    assert list(timers.cancel_all()) == [CancelTimer("V", Timer.GARP_DELAY)]
    assert not timers.moments
    for each in (ran_out, cancelled):
        assert not timers.is_current(each.timer, each.generation)


def test_generations_go_on_after_a_reload() -> None:
    """A timer of the old configuration that fires late would be taken for one of the new."""
    before, after = TimerSet("old"), TimerSet("new")
    old = before.set(Timer.ADVER, 5)
    after.continue_generations(before)
    after.set(Timer.ADVER, 7)
    assert not after.is_current(Timer.ADVER, old.generation)
