"""What follows a failure: `on-fail` in all its forms."""

from __future__ import annotations

import pytest

FAILED = {"n1": ["a start 0", "a monitor 1 10s status=4 failed=1"]}


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        ("restart", ["Recover a n1"]),
        ("ignore", []),
        ("stop", ["Stop a n1"]),
        ("standby", ["Recover a n1 n2"]),
        ("block", []),
    ],
)
def test_policies(small, policy: str, changes: list[str]) -> None:
    """The administrator's choice of what follows a failure would not be followed."""
    plan = small.plan(small.primitive("a", f"monitor 10s on-fail={policy}"), history=FAILED)
    assert plan.changes == changes


def test_fence(small) -> None:
    """A node whose service must not fail would not be reset."""
    plan = small.plan(small.fencing, small.primitive("a", "monitor 10s on-fail=fence"), history=FAILED)
    assert "n1" in plan.outcome.fencing
    assert plan.node["a"] != "n1"
    assert plan.precedes("stonith-n1-reboot n1", f"a_start_0 {plan.node['a']}")


def test_blocked_resources_are_reported(small) -> None:
    """Nobody would learn that a resource waits for an administrator."""
    plan = small.plan(small.primitive("a", "monitor 10s on-fail=block"), history=FAILED)
    assert "scheduler.blocked" in {report.code for report in plan.outcome.reports}
    assert plan.outcome.state.blocked_instances == 1


def test_demote(small) -> None:
    """A promoted instance would be stopped where it should only be demoted."""
    inner = small.primitive("p", "monitor 10s role=Promoted on-fail=demote")
    history = {"n1": ["p promote 0", "p monitor 1 10s status=4 failed=1"], "n2": ["p start 0"], "n3": ["p start 0"]}
    plan = small.plan(
        small.clone("c", inner, promotable="true"), history=history,
        transient={n: {"master-p": 5} for n in ("n1", "n2", "n3")},
    )  # fmt: skip
    assert any("_demote_0 n1" in key for key in plan.keys)
    assert not any("_stop_0 n1" in key for key in plan.keys)


def test_a_failed_stop_fences_the_node(small) -> None:
    """A service that could not be stopped would be started a second time elsewhere."""
    plan = small.plan(small.fencing, "a", history={"n1": ["a stop 1 status=4 failed=1"]})
    assert "n1" in plan.outcome.fencing


def test_a_failed_stop_without_fencing_blocks(small) -> None:
    """A service that could not be stopped would be started a second time elsewhere."""
    plan = small.plan("a", history={"n1": ["a stop 1 status=4 failed=1"]})
    assert plan.changes == []
    assert plan.outcome.state.blocked_instances == 1


@pytest.mark.parametrize("rc", [2, 3, 4, 5, 6])
def test_errors_that_another_try_cannot_mend(small, rc: int) -> None:
    """A node without the software would be tried again and again."""
    plan = small.plan(
        "a", history={"n1": [f"a start {rc} status=4 failed=1"], "n2": ["a monitor 7"], "n3": ["a monitor 7"]}
    )
    assert plan.node["a"] != "n1"
