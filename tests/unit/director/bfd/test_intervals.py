"""RFC 5880 §6.8.2, §6.8.4, §6.8.7: times."""

from __future__ import annotations

import pytest

from standfast.director.bfd.draws import Draws
from standfast.director.bfd.intervals import detection_time_us, jittered_ns, transmit_interval_us


def test_6_8_7_the_slower_wish_counts() -> None:
    """A neighbour would get more than it can take."""
    assert transmit_interval_us(10_000, 50_000) == 50_000
    assert transmit_interval_us(50_000, 10_000) == 50_000


def test_6_8_4_detection_time() -> None:
    """A session would flap, or a failure would be seen late."""
    assert detection_time_us(3, 15_000, 10_000) == 45_000
    assert detection_time_us(3, 15_000, 1_000_000) == 3_000_000


@pytest.mark.parametrize(("multiplier", "most"), [(1, 0.90), (2, 1.0), (5, 1.0)])
def test_6_8_7_jitter(multiplier: int, most: float) -> None:
    """Packets of many sessions would come in step; with multiplier 1 one late packet would end the session."""
    draws = Draws(3)
    waits = [jittered_ns(10_000, multiplier, draws.fraction()) for _ in range(2000)]
    assert 7_500_000 <= min(waits) < 7_600_000
    assert most * 10_000_000 - 100_000 < max(waits) <= most * 10_000_000
