"""RFC 9568 §6.1 and RFC 3768 §6.1."""

from __future__ import annotations

import pytest

from standfast.director.vrrp import intervals

S = 1_000_000_000


@pytest.mark.parametrize(
    ("version", "priority", "interval_ns", "skew_ns"),
    [
        (3, 100, S, 609_375_000),
        (3, 255, S, 3_906_250),
        (3, 1, S // 100, 9_960_937),
        (2, 100, S, 609_375_000),
        (2, 100, 10 * S, 609_375_000),
    ],
)
def test_6_1_skew_time(version: int, priority: int, interval_ns: int, skew_ns: int) -> None:
    """Two Backups would take over at once, or one too late."""
    assert intervals.skew_time_ns(version, priority, interval_ns) == skew_ns
    assert intervals.active_down_interval_ns(version, priority, interval_ns) == 3 * interval_ns + skew_ns
