"""When nodes must be fenced, and when they can be."""

from __future__ import annotations

import pytest

from standfast.scheduler import fencing_needs


def test_a_lost_node_is_fenced_before_its_resources_start_elsewhere(small) -> None:
    """Two nodes would write to one disk."""
    plan = small.plan(small.fencing, "a", states={"n1": small.lost}, history={"n1": ["a start 0"]})
    assert set(plan.outcome.fencing) == {"n1"}
    assert plan.precedes("stonith-n1-reboot n1", f"a_start_0 {plan.node['a']}")
    assert plan.candidate("a", "n1").refused == "unclean"


def test_a_node_that_left_in_order_is_not_fenced(small) -> None:
    """A machine that was switched off for repair would be switched on again."""
    gone = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}
    plan = small.plan(small.fencing, "a", states={"n1": gone})
    assert plan.outcome.fencing == {}


def test_without_a_device_nothing_is_fenced(small) -> None:
    """A transition would wait for a fencing that nobody can do."""
    plan = small.plan("a", stonith_enabled="true", states={"n1": small.lost}, history={"n1": ["a start 0"]})
    assert plan.outcome.fencing == {}
    assert plan.changes == []
    assert "scheduler.no-fencing" in {report.code for report in plan.outcome.reports}


def test_without_quorum_the_lost_are_not_fenced(small) -> None:
    """Each half of a split cluster would shoot the other."""
    plan = small.plan(small.fencing, "a", states={"n1": small.lost}, history={"n1": ["a start 0"]}, quorate=False)
    assert plan.outcome.fencing == {}


def test_a_node_that_was_never_seen_is_fenced_at_startup(small) -> None:
    """A node that runs resources unseen would be taken for off."""
    for option, fenced in (("true", {"n3"}), ("false", set())):
        document = small.document(small.fencing, "a", startup_fencing=option)
        for state in document.root.findall("status/node_state"):
            if state.get("uname") == "n3":
                state.getparent().remove(state)
        assert set(small.of(document).outcome.fencing) == fenced


@pytest.mark.parametrize("requires", ["nothing", "fencing"])
def test_resources_that_need_no_fencing_do_not_wait(small, requires: str) -> None:
    """A resource that may run twice would wait for a fencing that takes minutes, or one that may not would not."""
    free = small.primitive("b", meta={"requires": requires})
    plan = small.plan(small.fencing, "a", free, states={"n1": small.lost}, history={"n1": ["a start 0"]})
    start = f"b_start_0 {plan.node['b']}"
    assert plan.precedes("stonith-n1-reboot n1", start) is (requires == "fencing")


def test_fencing_that_is_possible(small) -> None:
    """The DC would plan for fencing without a device."""
    cluster = small.unpacked(small.fencing, "a")
    assert all(fencing_needs.can_fence(cluster, node) for node in cluster.nodes)
    assert not fencing_needs.can_fence(small.unpacked("a"), None)
