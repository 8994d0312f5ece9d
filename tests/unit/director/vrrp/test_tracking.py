"""What tracked things do to a priority."""

from __future__ import annotations

import pytest

from standfast.director.vrrp import Tracked
from standfast.director.vrrp.tracking import Reading, effective_priority, is_fault, weight

UP, DOWN = Reading(True), Reading(False)


@pytest.mark.parametrize(
    ("tracked", "reading", "expected"),
    [
        (Tracked("x", 10), UP, 10),
        (Tracked("x", 10), DOWN, 0),
        (Tracked("x", -10), UP, 0),
        (Tracked("x", -10), DOWN, -10),
        (Tracked("x", 10, reverse=True), DOWN, 10),
        (Tracked("x", -10, reverse=True), UP, -10),
        (Tracked("x", 2), Reading(True, 7), 14),
        (Tracked("x", -10), None, 0),
    ],
)
def test_weights(tracked: Tracked, reading: Reading | None, expected: int) -> None:
    """A failed check would raise a priority, or do nothing."""
    assert weight(tracked, reading) == expected


@pytest.mark.parametrize(
    ("tracked", "reading", "expected"),
    [
        (Tracked("x"), UP, False),
        (Tracked("x"), DOWN, True),
        (Tracked("x", reverse=True), UP, True),
        (Tracked("x", 5), DOWN, False),
        (Tracked("x", 5), None, True),
        (Tracked("x"), Reading(True, 1), True),
        (Tracked("x"), Reading(True, 0), False),
        (Tracked("x", 1), Reading(True, -254), True),
    ],
)
def test_faults(tracked: Tracked, reading: Reading | None, expected: bool) -> None:
    """A router that must not be Active would be."""
    assert is_fault(tracked, reading) is expected


@pytest.mark.parametrize(("base", "weights", "expected"), [(100, 500, 254), (100, -500, 1), (255, -100, 255)])
def test_5_2_4_priorities_stay_in_range(base: int, weights: int, expected: int) -> None:
    """A Backup would claim to be the owner, or say that it stops. RFC 9568 §5.2.4."""
    assert effective_priority(base, weights) == expected
