"""Who is late again and again rises."""

from __future__ import annotations

from standfast.director.realtime.auto_priority import AutoPriority

MS = 1_000_000


def test_who_is_late_rises_by_one_up_to_the_limit() -> None:
    """A busy machine would make two routers Active, or one process would take a processor for itself."""
    rising = AutoPriority(2, 1000)
    assert [rising.late(late_ns) for late_ns in (0, 999_999, MS, 0, MS, MS)] == [0, 0, 1, 0, 2, 0]


def test_who_has_a_priority_begins_with_it() -> None:
    """A process that was told its priority would fall when it is late."""
    assert AutoPriority(5, 1, present=3).late(MS) == 4
    assert AutoPriority(5, 1, present=9).late(MS) == 0
