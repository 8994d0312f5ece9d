"""Locations: scores for nodes, by name, by rule, for roles and for many resources."""

from __future__ import annotations

import pytest


def test_the_highest_score_wins(small) -> None:
    """An administrator's preference would not count."""
    plan = small.plan("a", constraints=[small.location("a", "n2", 5), small.location("a", "n3", 7)])
    assert plan.node == {"a": "n3"}
    assert [(c.source, c.score) for c in plan.candidate("a", "n3").contributions] == [("a-on-n3", 7)]


def test_a_ban_leaves_no_node(small) -> None:
    """A resource would run where it must not."""
    bans = [small.location("a", node, "-INFINITY") for node in ("n1", "n2", "n3")]
    plan = small.plan("a", constraints=bans, history={"n1": ["a start 0"]})
    assert plan.changes == ["Stop a n1"]
    assert plan.candidate("a", "n2").refused == "banned by a-on-n2"


def test_an_opt_in_cluster_needs_a_positive_score(small) -> None:
    """Resources would run on nodes that nobody named for them."""
    plan = small.plan("a", "b", symmetric_cluster="false", constraints=[small.location("a", "n2", 0)])
    assert plan.node == {"a": "n2", "b": None}


def _rule(rsc: str, expressions: str, **more: str) -> str:
    fields = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in more.items())
    return f'<rsc_location id="{rsc}-rule" rsc="{rsc}"><rule id="r"{fields}>{expressions}</rule></rsc_location>'


def test_a_rule_on_node_attributes(small) -> None:
    """Resources would run on nodes without their disks."""
    rule = _rule("a", '<expression id="e" attribute="disk" operation="eq" value="ssd"/>', score="100")
    plan = small.plan("a", constraints=[rule], attributes={"n2": {"disk": "ssd"}})
    assert plan.node == {"a": "n2"}


def test_a_score_from_an_attribute(small) -> None:
    """Resources would not prefer the node that reaches more of the network."""
    rule = _rule("a", '<expression id="e" attribute="ping" operation="defined"/>', score_attribute="ping")
    plan = small.plan("a", constraints=[rule], transient={"n1": {"ping": 100}, "n3": {"ping": 300}})
    assert plan.node == {"a": "n3"}
    assert plan.candidate("a", "n1").score == 100


def test_a_pattern_names_many_resources(small) -> None:
    """One constraint for all databases would be read as one for none."""
    constraint = '<rsc_location id="l" rsc-pattern="^db([0-9])$" node="n3" score="9"/>'
    plan = small.plan("db1", "db2", "web", constraints=[constraint, small.location("web", "n1", 1)])
    assert plan.node == {"db1": "n3", "db2": "n3", "web": "n1"}


def test_a_pattern_that_must_not_match(small) -> None:
    """`!` would be read as a part of the pattern."""
    constraint = '<rsc_location id="l" rsc-pattern="!^db" node="n3" score="9"/>'
    plan = small.plan("db1", "web", constraints=[constraint])
    assert plan.candidate("web", "n3").score == 9
    assert plan.candidate("db1", "n3").score == 0


def test_an_attribute_from_the_pattern(small) -> None:
    """A rule would look at the attribute `%1` instead of the one of the matched resource."""
    constraint = (
        '<rsc_location id="l" rsc-pattern="^db(.)$"><rule id="r" score="9">'
        '<expression id="e" attribute="load-%1" operation="eq" value="low"/></rule></rsc_location>'
    )
    plan = small.plan(
        "db1", "db2", constraints=[constraint], attributes={"n2": {"load-1": "low"}, "n3": {"load-2": "low"}}
    )
    assert plan.node == {"db1": "n2", "db2": "n3"}


def test_a_location_for_the_promoted_role(small) -> None:
    """The promoted instance would be where only unpromoted ones are wanted."""
    promotable = small.clone("c", "p", promotable="true")
    wanted = small.location("c", "n2", 50, role="Promoted")
    plan = small.plan(promotable, constraints=[wanted], transient={n: {"master-p": 1} for n in ("n1", "n2", "n3")})
    assert [one for one, role in plan.role.items() if role == "Promoted" and plan.node[one] == "n2"]


@pytest.mark.parametrize(("discovery", "probed"), [("always", True), ("never", False)])
def test_where_nothing_is_looked_for(small, discovery: str, probed: bool) -> None:
    """A node without the software would be probed, and its error would count as a failure."""
    where = '<rsc_location id="l" rsc="a" node="n3" score="-INFINITY" resource-discovery="' + discovery + '"/>'
    plan = small.plan("a", constraints=[where])
    assert ("a_monitor_0 n3" in plan.keys) is probed


def test_exclusive_discovery_leaves_all_other_nodes_out(small) -> None:
    """A resource would be probed and started on nodes outside of its list."""
    where = '<rsc_location id="l" rsc="a" node="n2" score="0" resource-discovery="exclusive"/>'
    plan = small.plan("a", constraints=[where])
    assert {key for key in plan.keys if "monitor_0" in key} == {"a_monitor_0 n2"}
    assert plan.node == {"a": "n2"}


def test_a_set_of_resources(small) -> None:
    """Only the first resource of a set would prefer the node."""
    refs = '<resource_set id="s"><resource_ref id="a"/><resource_ref id="b"/></resource_set>'
    plan = small.plan("a", "b", constraints=[f'<rsc_location id="l" node="n3" score="5">{refs}</rsc_location>'])
    assert plan.node == {"a": "n3", "b": "n3"}


def test_a_constraint_for_what_is_not_there(small) -> None:
    """A leftover constraint would keep the cluster from planning at all."""
    plan = small.plan("a", constraints=[small.location("gone", "n1", 5), small.location("a", "gone", 5)])
    assert plan.changes == ["Start a n1"]
