"""Levels for a target."""

from __future__ import annotations

from standfast.fencing import Level, topology

LEVELS = (
    Level(2, ("c",), target_pattern="^web"),
    Level(1, ("b",), target_pattern="^web"),
    Level(1, ("x",), target_attribute="rack", target_value="1"),
    Level(2, ("z",), target="Web3"),
    Level(1, ("y", "w"), target="web3"),
    Level(0, ("never",), target="web3"),
    Level(3, (), target="web3"),
    Level(1, ("broken",), target_pattern="("),
)


def test_pattern_in_order_of_index() -> None:
    """The second level would be tried before the first."""
    assert topology.levels_for("web1", LEVELS, {}) == (("b",), ("c",))


def test_name_goes_before_pattern() -> None:
    """A node with a topology of its own would get the one of its group."""
    assert topology.levels_for("web3", LEVELS, {}) == (("y", "w"), ("z",))


def test_attribute() -> None:
    """The nodes of a rack would not be fenced by the rack's device."""
    assert topology.levels_for("db1", LEVELS, {"rack": "1"}) == (("x",),)
    assert topology.levels_for("db1", LEVELS, {"rack": "2"}) == ()
