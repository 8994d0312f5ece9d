"""What tracked things do to a priority."""

from __future__ import annotations

import pytest

from standfast.director.vrrp import Tracked
from standfast.director.vrrp.tracking import Reading, effective_priority, is_fault, unweighted, weighed, weight

UP, DOWN = Reading(True), Reading(False)


@pytest.mark.parametrize(
    ("tracked", "reading", "expected"),
    [
        (Tracked("x", 10), UP, 10),
        (Tracked("x", 10), DOWN, 0),
        (Tracked("x", -10), UP, 0),
        (Tracked("x", -10), DOWN, -10),
        (Tracked("x", 10, reverse=True), UP, -10),
        (Tracked("x", -10, reverse=True), DOWN, 10),
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
        (Tracked("x", 5), None, False),
        (Tracked("x"), Reading(True, 1), True),
        (Tracked("x"), Reading(True, 0), False),
        (Tracked("x", 1), Reading(True, -254), True),
        (Tracked("x", reverse=True), Reading(True, 0), True),
        (Tracked("x", 1, reverse=True), Reading(True, 254), True),
    ],
)
def test_faults(tracked: Tracked, reading: Reading | None, expected: bool) -> None:
    """A router that must not be Active would be."""
    assert is_fault(tracked, reading) is expected


@pytest.mark.parametrize(("base", "weights", "expected"), [(100, 500, 254), (100, -500, 1), (255, -100, 255)])
def test_5_2_4_priorities_stay_in_range(base: int, weights: int, expected: int) -> None:
    """A Backup would claim to be the owner, or say that it stops. RFC 9568 §5.2.4."""
    assert effective_priority(base, weights) == expected


@pytest.mark.parametrize(
    ("tracked", "expected"),
    [
        (Tracked("script:a"), Tracked("script:a", 7, reverse=True)),
        (Tracked("script:a", 0), Tracked("script:a", 0)),
        (Tracked("script:a", -5), Tracked("script:a", -5)),
        (Tracked("interface:eth1"), Tracked("interface:eth1", 0)),
    ],
)
def test_a_weight_is_the_things_if_none_is_said(tracked: Tracked, expected: Tracked) -> None:
    """A router would go to FAULT for a script that only has a weight."""
    assert weighed(tracked, {"script:a": (7, True)}) == expected


@pytest.mark.parametrize(
    ("tracked", "expected"),
    [
        (Tracked("script:a", 0), [0]),
        (Tracked("script:a", -20), []),
        (Tracked("interface:eth1", -20), [0]),
        (Tracked("file:f", 1), [0]),
        (Tracked("file:f", 2), []),
        (Tracked("process:p", 1), [1]),
        (Tracked("bfd:b", 5), []),
    ],
)
def test_members_of_a_group_have_no_weights(tracked: Tracked, expected: list[int]) -> None:
    """Members of one sync group would have different priorities and be Active on different machines."""
    assert [each.weight for each in unweighted(tracked, owner=False)] == expected


def test_an_owner_has_no_weights() -> None:
    """The owner of an address would go to FAULT for an interface that only has a weight."""
    assert list(unweighted(Tracked("interface:eth1", -20), owner=True)) == []
    assert list(unweighted(Tracked("interface:eth1", 0), owner=True)) == [Tracked("interface:eth1", 0)]
