"""What operations say about a resource's state."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("entries", "role"),
    [
        (["a start 0"], "Started"),
        (["a stop 0"], "Stopped"),
        (["a monitor 7"], "Stopped"),
        (["a monitor 0"], "Started"),
        (["a promote 0"], "Promoted"),
        (["a demote 0"], "Unpromoted"),
        (["a start 0", "a monitor 8 10s"], "Promoted"),
    ],
)
def test_roles(small, entries: list[str], role: str) -> None:
    """The cluster would be wrong about what runs."""
    state = small.state(small.clone("c", "a", promotable="true"), history={"n1": entries})
    found = {one.role.value for one in state.instances if "n1" in one.nodes} or {"Stopped"}
    assert found == {role if role != "Started" else "Unpromoted"}


def test_a_failure_is_listed(small) -> None:
    """An administrator would not see what failed."""
    state = small.state("a", history={"n1": ["a start 1 status=4 failed=1"]})
    failure = state.failures[0]
    assert (failure.operation_key, failure.node, failure.exit_code, failure.task) == ("a_start_0", "n1", 1, "start")


def test_a_pending_start(small) -> None:
    """A start that is on its way would be ordered again."""
    state = small.state("a", history={"n1": ["a start 193"]})
    assert state.instances[0].pending == "start"
    plan = small.plan("a", history={"n1": ["a start 193"]})
    assert plan.node == {"a": "n1"}


def test_active_on_two_nodes_stops_both_and_starts_one(small) -> None:
    """A resource that runs twice would go on running twice."""
    plan = small.plan("a", history={"n1": ["a start 0"], "n2": ["a start 0"]})
    assert {"a_stop_0 n1", "a_stop_0 n2"} <= plan.keys
    assert len([key for key in plan.keys if "a_start_0" in key]) == 1
    assert "scheduler.multiple-active" in {report.code for report in plan.outcome.reports}
    assert plan.outcome.severity == "error"


@pytest.mark.parametrize(("policy", "stops"), [("block", 0), ("stop_only", 2), ("stop_unexpected", 1)])
def test_policies_for_that(small, policy: str, stops: int) -> None:
    """The administrator's choice would not be followed."""
    resource = small.primitive("a", meta={"multiple-active": policy})
    plan = small.plan(resource, history={"n1": ["a start 0"], "n2": ["a start 0"]})
    assert len([key for key in plan.keys if "a_stop_0" in key]) == stops
