"""Nodes that shut down: their resources move, or wait for them."""

from __future__ import annotations

LEAVING = {"n1": {"shutdown": 1_699_999_000}}


def test_resources_move_before_the_node_goes(small) -> None:
    """A reboot would interrupt services for as long as it takes."""
    plan = small.plan("a", history={"n1": ["a start 0"]}, transient=LEAVING)
    assert plan.changes == ["Shutdown n1 n1", "Move a n1 n2"]
    assert plan.precedes("a_stop_0 n1", "do_shutdown-n1 n1")


def test_locked_resources_wait_for_their_node(small) -> None:
    """A resource that is bound to its node by `shutdown-lock` would be started elsewhere."""
    plan = small.plan("a", history={"n1": ["a start 0"]}, transient=LEAVING, shutdown_lock="true")
    assert plan.changes == ["Shutdown n1 n1", "Stop a n1"]
    assert plan.action("a_stop_0 n1").shutdown_lock_s == 1_699_999_000
