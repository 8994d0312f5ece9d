"""Clones: how many instances, and which of them where."""

from __future__ import annotations


def test_one_on_each_node(small) -> None:
    """A service that every node needs would be missing on one."""
    plan = small.plan(small.clone("c", "a"))
    assert sorted(plan.node.values()) == ["n1", "n2", "n3"]


def test_no_more_than_wanted(small) -> None:
    """More instances would run than the licence allows."""
    plan = small.plan(small.clone("c", "a", clone_max=2))
    assert len(plan.node) == 2


def test_several_on_one_node(small) -> None:
    """With nodes lost, unique instances would not be doubled up where that is allowed."""
    plan = small.plan(small.clone("c", "a", clone_max=4, clone_node_max=2, globally_unique="true"), nodes=["n1", "n2"])
    assert sorted(plan.node.values()) == ["n1", "n1", "n2", "n2"]


def test_running_instances_stay_where_they_are(small) -> None:
    """Instances would be exchanged between nodes for nothing."""
    history = {node: ["a start 0"] for node in ("n1", "n2", "n3")}
    assert small.plan(small.clone("c", "a"), history=history).changes == []


def test_one_instance_too_many_is_stopped(small) -> None:
    """A lowered clone-max would have no effect."""
    history = {node: ["a start 0"] for node in ("n1", "n2", "n3")}
    plan = small.plan(small.clone("c", "a", clone_max=2), history=history)
    assert len(plan.changes) == 1
    assert plan.changes[0].startswith("Stop a:")


def test_cloned_groups_stay_together(small) -> None:
    """The members of one instance would be on different nodes."""
    plan = small.plan(small.clone("c", small.group("g", "a", "b")))
    assert {one: node for one, node in plan.node.items() if one.startswith("a")} == {
        one.replace("b", "a"): node for one, node in plan.node.items() if one.startswith("b")
    }


def test_required_instances_before_a_start(small) -> None:
    """Dependents of a clone would start before enough of its instances run."""
    plan = small.plan(small.clone("c", "a", clone_min=2), "b", constraints=[small.order("c", "b")], nodes=["n1", "n2"])
    starts = [key for key in plan.keys if key.startswith("a:") and "_start_0" in key]
    assert len(starts) == 2
    assert all(plan.precedes(start, f"b_start_0 {plan.node['b']}") for start in starts)


def test_too_few_instances_for_a_start(small) -> None:
    """A dependent would start although fewer instances than required can run."""
    plan = small.plan(small.clone("c", "a", clone_min=2), "b", constraints=[small.order("c", "b")], nodes=["n1"])
    assert plan.blocked == ["Start b n1"]
