"""Histograms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from standfast.runtime.histogram import Histogram


def test_percentiles_are_bounds_and_never_beyond_the_maximum() -> None:
    """A loop that is held for a second would look healthy, or a healthy one held."""
    h = Histogram((1, 10, 100))
    for value in [0.2] * 98 + [50, 700]:
        h.add(value)
    assert (h.percentile(0.5), h.percentile(0.99), h.percentile(1)) == (1, 100, 700)
    assert h.cumulative() == [(1, 98), (10, 98), (100, 99), (float("inf"), 100)]


def test_empty() -> None:
    """The first look at a new daemon would fail."""
    assert Histogram().percentile(0.99) == 0


@given(st.lists(st.floats(-1, 1e6)), st.floats(0, 1))
def test_a_percentile_covers_its_share(values: list[float], share: float) -> None:
    """A percentile would be told that is lower than the truth."""
    h = Histogram()
    for value in values:
        h.add(value)
    covered = sum(max(v, 0) <= h.percentile(share) for v in values)
    assert covered >= share * len(values) - 1e-6
    assert h.total == len(values) == sum(h.counts)


def test_merged_histograms_count_all() -> None:
    """The worst of several daemons would be hidden behind the others."""
    one, other = Histogram((1, 10)), Histogram((1, 10))
    one.add(0.5)
    other.add(5)
    other.add(70)
    one.merge(other)
    assert (one.counts, one.total, one.sum, one.maximum) == ([1, 1, 1], 3, 75.5, 70)
