"""Resources as configured: meta attributes, defaults, templates, groups."""

from __future__ import annotations

import pytest


def test_templates_give_what_the_primitive_does_not_say(small) -> None:
    """Resources of one template would be without agent and monitors."""
    operations = '<operations><op id="t-m" name="monitor" interval="10s"/></operations>'
    template = f'<template id="t" class="ocf" provider="pacemaker" type="Dummy">{operations}</template>'
    plan = small.plan(template, '<primitive id="a" template="t"/>')
    assert plan.node == {"a": "n1"}
    assert "a_monitor_10000 n1" in plan.keys


def test_defaults_for_all_resources(small) -> None:
    """A stickiness that was set once for all would not count."""
    defaults = (
        "<rsc_defaults>" + small.nvpairs("meta_attributes", "rd", {"resource-stickiness": 100}) + "</rsc_defaults>"
    )
    plan = small.plan("a", more=defaults, constraints=[small.location("a", "n1", 5)], history={"n2": ["a start 0"]})
    assert plan.node == {"a": "n2"}


def test_defaults_for_all_operations(small) -> None:
    """A timeout that was set once for all would not count."""
    defaults = "<op_defaults>" + small.nvpairs("meta_attributes", "od", {"timeout": "71s"}) + "</op_defaults>"
    plan = small.plan(small.primitive("a", "start 0 timeout=5s"), more=defaults)
    assert plan.attributes("a_start_0 n1")["CRM_meta_timeout"] == "5000"
    assert plan.attributes("a_monitor_0 n2")["CRM_meta_timeout"] == "71000"


@pytest.mark.parametrize(
    ("meta", "history", "changes"),
    [
        ({"target-role": "Stopped"}, {"n1": ["a start 0"]}, ["Stop a n1"]),
        ({"is-managed": "false"}, {"n1": ["a start 0"]}, []),
        ({"is-managed": "false", "target-role": "Stopped"}, {"n1": ["a start 0"]}, []),
        ({"maintenance": "true"}, {"n1": ["a start 0"]}, []),
        ({"target-role": "Started"}, {}, ["Start a n1"]),
    ],
)
def test_what_administrators_ask_of_a_resource(small, meta: dict, history: dict, changes: list[str]) -> None:
    """A stopped resource would be started, or one under repair be touched."""
    assert small.plan(small.primitive("a", meta=meta), history=history).changes == changes


def test_groups_start_in_their_order_and_stop_the_other_way(small) -> None:
    """A service would start before its address and its disk."""
    plan = small.plan(small.group("g", "a", "b", "c"))
    assert plan.precedes("a_start_0 n1", "b_start_0 n1")
    assert plan.precedes("b_start_0 n1", "c_start_0 n1")
    history = {"n1": ["a start 0", "b start 0", "c start 0"]}
    stopped = small.plan(small.group("g", "a", "b", "c", target_role="Stopped"), history=history)
    assert stopped.precedes("c_stop_0 n1", "b_stop_0 n1")
    assert stopped.precedes("b_stop_0 n1", "a_stop_0 n1")


def test_a_member_that_may_not_run_keeps_the_later_ones_down(small) -> None:
    """A service would run without its disk."""
    off = small.primitive("b", meta={"target-role": "Stopped"})
    plan = small.plan(small.group("g", "a", off, "c"))
    assert plan.changes == ["Start a n1"]


def test_a_member_that_is_not_critical(small) -> None:
    """An optional member would stop its whole group."""
    optional = small.primitive("c", meta={"critical": "false", "migration-threshold": 1})
    counts = {"n1": {"fail-count-c#start_0": "INFINITY"}}
    history = {"n1": ["a start 0", "b start 0", "c start 1 status=4 failed=1"]}
    plan = small.plan(small.group("g", "a", "b", optional), history=history, transient=counts)
    assert (plan.node["a"], plan.node["b"]) == ("n1", "n1")


def test_all_resources_stop_on_demand(small) -> None:
    """An administrator could not silence the cluster."""
    plan = small.plan("a", small.clone("c", "b"), stop_all_resources="true", history={"n1": ["a start 0", "b start 0"]})
    assert sorted(change.split()[0] for change in plan.changes) == ["Stop", "Stop"]
