"""Histories of what is not configured (any more), and of instances."""

from __future__ import annotations


def test_a_removed_resource_is_stopped_and_forgotten(small) -> None:
    """What was deleted from the configuration would run for ever."""
    plan = small.plan("a", history={"n1": ["old start 0"]})
    assert "Stop old n1" in plan.changes
    assert plan.precedes("old_stop_0 n1", "old_delete_0 n1")


def test_removed_resources_may_be_kept(small) -> None:
    """An administrator's wish to keep them would be ignored."""
    plan = small.plan("a", history={"n1": ["old start 0"]}, stop_orphan_resources="false")
    assert not [change for change in plan.changes if " old " in f" {change} "]


def test_an_instance_keeps_its_node_whatever_its_number(small) -> None:
    """Instances would be restarted because their numbers changed."""
    history = {node: ["a start 0"] for node in ("n3", "n1", "n2")}
    plan = small.plan(small.clone("c", "a"), history=history)
    assert plan.changes == []
    assert len(set(plan.node.values())) == 3


def test_a_primitive_that_became_a_clone(small) -> None:
    """What runs would be stopped and started to become an instance."""
    plan = small.plan(small.clone("c", "a"), history={"n2": ["a start 0"]})
    assert sorted(change.split()[0] for change in plan.changes) == ["Start", "Start"]
