"""Fencing in the graph: how, and what comes before and after."""

from __future__ import annotations


def test_stops_are_implied_by_fencing(small) -> None:
    """A dead node would be told to stop its resources."""
    plan = small.plan(small.fencing, "a", "b", states={"n1": small.lost}, history={"n1": ["a start 0"]})
    assert not [k for k in plan.keys if k.startswith("a_stop_0") and plan.action(k).kind.value == "rsc_op"]
    assert plan.action("stonith-n1-reboot n1").attributes["CRM_meta_stonith_action"] == "reboot"


def test_the_action_is_the_administrators(small) -> None:
    """A node would be rebooted where it should stay off."""
    plan = small.plan(
        small.fencing, "a", states={"n1": small.lost}, history={"n1": ["a start 0"]}, stonith_action="off"
    )
    assert plan.action("stonith-n1-off n1").attributes["CRM_meta_stonith_action"] == "off"


def test_two_lost_nodes(small) -> None:
    """One dead node would be forgotten over the other."""
    lost = {"n1": small.lost, "n2": small.lost}
    plan = small.plan(small.fencing, "a", states=lost, history={"n1": ["a start 0"]})
    assert set(plan.outcome.fencing) == {"n1", "n2"}
    assert plan.outcome.graph.attributes["cluster-delay"] == "60s"


def test_one_after_the_other_where_demanded(small) -> None:
    """A power switch that can do one thing at a time would be asked for two."""
    lost = {"n1": small.lost, "n2": small.lost}
    plan = small.plan(small.fencing, "a", states=lost, concurrent_fencing="false", nodes=["n1", "n2", "n3"])
    one, other = "stonith-n1-reboot n1", "stonith-n2-reboot n2"
    assert plan.precedes(one, other) or plan.precedes(other, one)


def test_the_nodes_that_fencing_takes_down_are_named(small) -> None:
    """A DC would wait for answers from the node it has shot."""
    plan = small.plan(small.fencing, "a", states={"n1": small.lost}, history={"n1": ["a start 0"]})
    assert plan.action("stonith-n1-reboot n1").downed == ("1",)
