"""Scores: integers with two infinities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.scheduler import scores
from standfast.scheduler.scores import INFINITY

SCORE = st.integers(-INFINITY, INFINITY)


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [
        (1, 2, 3),
        (INFINITY, -1, INFINITY),
        (-INFINITY, 1, -INFINITY),
        (INFINITY, -INFINITY, -INFINITY),
        (999_999, 999_999, INFINITY),
        (-999_999, -999_999, -INFINITY),
    ],
)
def test_sums_are_clipped_and_a_ban_wins(one: int, other: int, total: int) -> None:
    """A resource would run on a node that a constraint forbids, because something else prefers it strongly."""
    assert scores.add(one, other) == scores.add(other, one) == total


@given(SCORE, SCORE)
def test_a_sum_is_a_score(one: int, other: int) -> None:
    """Scores beyond INFINITY would defeat bans."""
    assert -INFINITY <= scores.add(one, other) <= INFINITY


@pytest.mark.parametrize(("ms", "s"), [(0, 0), (1, 1), (499, 1), (1499, 1), (1500, 2), (60_000, 60)])
def test_milliseconds_round_to_seconds_and_never_to_nothing(ms: int, s: int) -> None:
    """A failure-timeout of 400 ms would be taken for none at all."""
    assert scores.seconds(ms) == s


def test_infinities_have_a_name() -> None:
    """Operators would read 1000000 where the configuration says INFINITY."""
    assert [scores.render(n) for n in (INFINITY, -INFINITY, 5)] == ["INFINITY", "-INFINITY", "5"]
