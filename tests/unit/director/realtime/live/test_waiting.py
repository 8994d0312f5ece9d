"""What a process waits for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from standfast.director.realtime.live.timers import TimerQueue, now_ns
from standfast.director.realtime.live.waiting import Waiting

PATIENCE_S = 20
Both = tuple[Waiting, "TimerQueue[str]"]


@pytest.fixture
def both() -> Iterator[Both]:
    """Return what waits, and its timers."""
    timers: TimerQueue[str] = TimerQueue()
    waiting = Waiting(timers)
    yield waiting, timers
    waiting.close()
    timers.close()


def test_a_timer_wakes_it_once(both: Both) -> None:
    """A process would sleep through what is due, or never sleep again."""
    waiting, timers = both
    timers.set("a", now_ns() + 1_000_000, "a")
    timers.arm()
    assert waiting.wait(PATIENCE_S) == {timers.fileno()}
    assert list(timers.due()) == ["a"]
    timers.arm()
    assert waiting.wait(0) == set()


def test_who_watches_is_called(both: Both) -> None:
    """An order would not be heard."""
    waiting, _ = both
    reading, writing = os.pipe()
    heard: list[bytes] = []
    waiting.watch(reading, lambda: heard.append(os.read(reading, 10)))
    waiting.call_watched(waiting.wait(0))
    os.write(writing, b"x")
    waiting.call_watched(waiting.wait(PATIENCE_S))
    os.close(writing)
    os.close(reading)
    assert heard == [b"x"]


def test_what_is_left_there_wakes_once(both: Both) -> None:
    """A process would run all the time because of what is not for it."""
    waiting, _ = both
    reading, writing = os.pipe()
    calls: list[int] = []
    waiting.watch(reading, lambda: calls.append(1), once=True)
    for word in (b"x", b"", b"y"):
        os.write(writing, word)
        waiting.call_watched(waiting.wait(0.05))
    os.close(writing)
    os.close(reading)
    assert len(calls) == 2


def test_a_word_to_stop(both: Both) -> None:
    """A process that waits would not end."""
    waiting, _ = both
    assert not waiting.stopping
    waiting.stop()
    waiting.wait(PATIENCE_S)
    assert waiting.stopping


def test_a_word_to_stop_that_comes_again() -> None:
    """A second SIGTERM, while it gives its addresses back, would leave them on the machine."""
    timers: TimerQueue[str] = TimerQueue()
    waiting = Waiting(timers)
    waiting.stop()
    waiting.close()
    waiting.stop()
    assert waiting.stopping
    timers.close()
