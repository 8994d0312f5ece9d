"""What an administrator should hear of a run."""

from __future__ import annotations


def codes(plan) -> set[str]:
    return {report.code for report in plan.outcome.reports}


def test_a_healthy_cluster_is_no_news(small) -> None:
    """Every input would be kept as one of trouble."""
    plan = small.plan("a", history={"n1": ["a start 0"]})
    assert (codes(plan), plan.outcome.severity) == (set(), "normal")


def test_a_failure_is_a_warning(small) -> None:
    """Nobody would hear of failed operations."""
    plan = small.plan("a", history={"n1": ["a start 1 status=4 failed=1"]})
    assert "scheduler.failed-operation" in codes(plan)
    assert plan.outcome.severity == "warning"


def test_lost_nodes_and_lost_quorum(small) -> None:
    """Nobody would hear why a cluster waits."""
    plan = small.plan(small.fencing, "a", states={"n2": small.lost}, quorate=False)
    assert {"scheduler.unclean-node", "scheduler.no-quorum"} <= codes(plan)


def test_messages_name_what_they_are_about(small) -> None:
    """An administrator would have to search for the resource."""
    plan = small.plan("a", history={"n1": ["a start 1 status=4 failed=1"]})
    message = next(r.message for r in plan.outcome.reports if r.code == "scheduler.failed-operation")
    assert message == "start of a failed on n1 with exit code 1"
