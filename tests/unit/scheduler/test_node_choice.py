"""Which of several nodes: what decides between them."""

from __future__ import annotations


def test_equal_nodes_are_filled_evenly(small) -> None:
    """All resources would run on the first node."""
    plan = small.plan(*"abcdef")
    assert sorted(plan.node.values()) == ["n1", "n1", "n2", "n2", "n3", "n3"]


def test_what_decided_is_told(small) -> None:
    """An administrator could not know why this node."""
    plan = small.plan("a", "b", constraints=[small.location("a", "n3", 5)])
    reasons = {one.resource: one.decided_by for one in plan.outcome.assignments}
    assert reasons["a"] == "score"
    assert reasons["b"]
    assert reasons["b"] != "score"


def test_a_running_resource_stays(small) -> None:
    """Resources would be moved without any need."""
    plan = small.plan("a", history={"n3": ["a start 0"]})
    assert plan.changes == []


def test_stickiness_against_a_preference(small) -> None:
    """Resources would move back in the middle of the day when their node returns."""
    for stickiness, node in ((10, "n3"), (3, "n1")):
        sticky = small.primitive("a", meta={"resource-stickiness": stickiness})
        plan = small.plan(sticky, constraints=[small.location("a", "n1", 5)], history={"n3": ["a start 0"]})
        assert plan.node == {"a": node}


def test_priority_goes_first(small) -> None:
    """The less important of two that exclude each other would run."""
    low, high = small.primitive("a"), small.primitive("b", meta={"priority": 10})
    plan = small.plan(low, high, constraints=[small.colocation("a", "b", "-INFINITY")], nodes=["n1"])
    assert plan.node == {"b": "n1", "a": None}


def test_standby_and_lost_nodes_are_no_places(small) -> None:
    """Resources would be started on a node that an administrator emptied."""
    plan = small.plan(
        "a", attributes={"n1": {"standby": "on"}}, states={"n2": small.lost}, history={"n1": ["a start 0"]}
    )
    assert plan.changes == ["Move a n1 n3"]
    assert [plan.candidate("a", n).refused for n in ("n1", "n2", "n3")] == ["standby", "offline", ""]
