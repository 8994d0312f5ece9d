"""Probes: looking for resources before anything is started."""

from __future__ import annotations


def test_every_node_is_asked_before_a_start(small) -> None:
    """A resource would be started although it runs elsewhere already."""
    plan = small.plan("a")
    probes = {f"a_monitor_0 {node}" for node in ("n1", "n2", "n3")}
    assert probes <= plan.keys
    assert probes <= plan.inputs("a_start_0 n1")


def test_what_is_known_is_not_asked_again(small) -> None:
    """Every transition would probe the whole cluster."""
    plan = small.plan("a", history={"n1": ["a monitor 7"], "n2": ["a monitor 7"]})
    assert {key for key in plan.keys if "monitor_0" in key} == {"a_monitor_0 n3"}


def test_a_probe_expects_to_find_nothing(small) -> None:
    """A clean probe would count as a failure."""
    assert small.plan("a").attributes("a_monitor_0 n2")["CRM_meta_op_target_rc"] == "7"


def test_offline_nodes_are_not_asked(small) -> None:
    """The transition would wait for a node that is gone."""
    plan = small.plan("a", states={"n2": small.lost})
    assert {key for key in plan.keys if "monitor_0" in key} == {"a_monitor_0 n1", "a_monitor_0 n3"}


def test_startup_probes_can_be_turned_off(small) -> None:
    """An administrator's choice to trust the nodes would be ignored."""
    plan = small.plan("a", enable_startup_probes="false")
    assert not [key for key in plan.keys if "monitor_0" in key]


def test_clones_are_asked_once_per_node(small) -> None:
    """An anonymous clone would be probed as often as it has instances."""
    plan = small.plan(small.clone("c", "a"))
    assert len([key for key in plan.keys if "monitor_0" in key]) == 3


def test_a_resource_that_was_found_active_is_used(small) -> None:
    """What runs already would be started elsewhere as well."""
    plan = small.plan("a", history={"n2": ["a monitor 0"], "n1": ["a monitor 7"], "n3": ["a monitor 7"]})
    assert plan.changes == []
    assert plan.node == {"a": "n2"}
