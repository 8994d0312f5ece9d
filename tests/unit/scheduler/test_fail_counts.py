"""Failures that count: thresholds, expiry, and what clears them."""

from __future__ import annotations

RUNNING = {"n1": ["a start 0", "a monitor 1 10s status=4 failed=1"]}
KNOWN = {"n2": ["a monitor 7"], "n3": ["a monitor 7"]}


def failing(small, **meta: object) -> str:
    return small.primitive("a", "monitor 10s", meta={k.replace("_", "-"): v for k, v in meta.items()})


def test_below_the_threshold_it_recovers_in_place(small) -> None:
    """One hiccup would move a service."""
    counts = {"n1": {"fail-count-a#monitor_10000": 2}}
    plan = small.plan(failing(small, migration_threshold=3), history=RUNNING | KNOWN, transient=counts)
    assert plan.changes == ["Recover a n1"]


def test_at_the_threshold_it_moves(small) -> None:
    """A broken node would be tried for ever."""
    counts = {"n1": {"fail-count-a#monitor_10000": 3}}
    plan = small.plan(failing(small, migration_threshold=3), history=RUNNING | KNOWN, transient=counts)
    assert plan.changes == ["Recover a n1 n2"]
    assert "banned by" in plan.candidate("a", "n1").refused


def test_a_failed_start_bans_its_node(small) -> None:
    """A node on which a service cannot start would be tried again at once, for ever."""
    plan = small.plan(
        failing(small), history={"n1": ["a start 1 status=4 failed=1"], **KNOWN},
        transient={"n1": {"fail-count-a#start_0": "INFINITY"}},
    )  # fmt: skip
    assert plan.node == {"a": "n2"}


def test_old_failures_are_forgotten(small) -> None:
    """A node would stay banned for a failure of last year."""
    old = {"n1": {"fail-count-a#monitor_10000": 3, "last-failure-a#monitor_10000": small.now_s - 1000}}
    resource = failing(small, migration_threshold=3, failure_timeout="10min")
    plan = small.plan(resource, history={"n1": ["a start 0"], **KNOWN}, transient=old)
    assert plan.node == {"a": "n1"}
    assert plan.action("a_clear_failcount_0 n1").operation == "clear_failcount"


def test_when_a_failure_expires_the_plan_is_made_again(small) -> None:
    """Nothing would happen at the moment the ban ends."""
    recent = {"n1": {"fail-count-a#monitor_10000": 3, "last-failure-a#monitor_10000": small.now_s - 100}}
    resource = failing(small, migration_threshold=3, failure_timeout="10min")
    plan = small.plan(resource, history={"n2": ["a start 0"], "n3": KNOWN["n3"]}, transient=recent)
    assert plan.node == {"a": "n2"}
    assert plan.outcome.recheck_by_s is None or plan.outcome.recheck_by_s > small.now_s


def test_counts_of_a_clones_instances_are_shared(small) -> None:
    """An instance with another number would be started on the node that is banned."""
    inner = small.primitive("a", "monitor 10s", meta={"migration-threshold": 1})
    plan = small.plan(small.clone("c", inner), transient={"n1": {"fail-count-a#monitor_10000": 1}})
    assert "n1" not in plan.node.values()


def test_states_tell_the_counts(small) -> None:
    """Status commands would show no failures."""
    state = small.state(failing(small), history=RUNNING, transient={"n1": {"fail-count-a#monitor_10000": 2}})
    assert dict(state.instances[0].fail_counts) == {"n1": 2}
