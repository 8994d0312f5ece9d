"""The fencing topology."""

from __future__ import annotations

from standfast import cib
from standfast.cib import topology


def test_fencing_levels_by_name_then_pattern_then_attribute(some_of_everything: cib.Document) -> None:
    """A node would be fenced by the wrong devices, or in the wrong order."""
    levels = topology.levels(some_of_everything)
    assert [(v.index, v.devices) for v in topology.levels_for(levels, "N1", {})] == [(1, ("d1", "d2")), (2, ("d3",))]
    assert [v.devices for v in topology.levels_for(levels, "n5", {"rack": "7"})] == [("d4",)]
    assert [v.devices for v in topology.levels_for(levels, "other", {"rack": "7"})] == [("d5",)]
    assert topology.levels_for(levels, "other", {}) == ()
