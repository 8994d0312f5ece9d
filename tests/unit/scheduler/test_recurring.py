"""Recurring operations: when they are started and cancelled."""

from __future__ import annotations


def test_monitors_follow_the_start(small) -> None:
    """A failed service would not be noticed."""
    plan = small.plan(small.primitive("a", "monitor 10s timeout=33s"))
    assert plan.inputs("a_monitor_10000 n1") == {"a_start_0 n1"}
    assert plan.attributes("a_monitor_10000 n1")["CRM_meta_timeout"] == "33000"
    assert plan.attributes("a_monitor_10000 n1")["CRM_meta_interval"] == "10000"


def test_a_running_monitor_is_left_alone(small) -> None:
    """Every transition would restart every monitor."""
    plan = small.plan(
        small.primitive("a", "monitor 10s"),
        history={"n1": ["a start 0", "a monitor 0 10s"], "n2": ["a monitor 7"], "n3": ["a monitor 7"]},
    )
    assert "a_monitor_10000 n1" not in plan.keys


def test_a_removed_monitor_is_cancelled(small) -> None:
    """A monitor that nobody configures any more would go on failing."""
    plan = small.plan("a", history={"n1": ["a start 0", "a monitor 0 10s"]})
    assert plan.action("a_monitor_10000 n1").operation == "cancel"


def test_a_disabled_monitor_does_not_run(small) -> None:
    """An operation that is switched off would run."""
    plan = small.plan(small.primitive("a", "monitor 10s enabled=false"))
    assert "a_monitor_10000 n1" not in plan.keys


def test_monitors_by_role(small) -> None:
    """The promoted instance would be judged as if it were unpromoted."""
    inner = small.primitive("p", "monitor 10s role=Promoted", "monitor 11s role=Unpromoted")
    plan = small.plan(small.clone("c", inner, promotable="true"), transient={"n2": {"master-p": 5}})
    of_promoted = [key for key in plan.keys if "monitor_10000" in key]
    assert [key.split()[1] for key in of_promoted] == ["n2"]
    assert plan.attributes(of_promoted[0])["CRM_meta_op_target_rc"] == "8"
    assert sorted(key.split()[1] for key in plan.keys if "monitor_11000" in key) == ["n1", "n3"]


def test_monitors_for_stopped_resources(small) -> None:
    """A second copy of a resource on another node would go unnoticed."""
    plan = small.plan(small.primitive("a", "monitor 20s role=Stopped"))
    keys = sorted(key for key in plan.keys if "monitor_20000" in key)
    assert keys == ["a_monitor_20000 n2", "a_monitor_20000 n3"]
    assert plan.attributes(keys[0])["CRM_meta_op_target_rc"] == "7"


def test_maintenance_cancels_monitors(small) -> None:
    """Somebody who repairs a service by hand would be called by its monitor."""
    resource = small.primitive("a", "monitor 10s", meta={"maintenance": "true"})
    plan = small.plan(resource, history={"n1": ["a start 0", "a monitor 0 10s"]})
    assert plan.action("a_monitor_10000 n1").operation == "cancel"
