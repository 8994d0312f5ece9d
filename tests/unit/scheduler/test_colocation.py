"""Colocations: with what, and with what not, resources share a node."""

from __future__ import annotations

import pytest


def test_together_on_the_others_node(small) -> None:
    """A filesystem's user would be started on another node than the filesystem."""
    plan = small.plan("a", "b", constraints=[small.colocation("a", "b"), small.location("b", "n3", 5)])
    assert plan.node == {"a": "n3", "b": "n3"}
    assert plan.candidate("a", "n1").refused == "banned by colocation a-with-b of a with b"


def test_never_together(small) -> None:
    """Two databases that need all memory would share a node."""
    plan = small.plan("a", "b", constraints=[small.colocation("a", "b", "-INFINITY"), small.location("b", "n1", 5)])
    assert plan.node["b"] == "n1"
    assert plan.node["a"] != "n1"


def test_without_its_mate_it_stops(small) -> None:
    """What cannot work alone would be run alone."""
    off = small.primitive("b", meta={"target-role": "Stopped"})
    plan = small.plan("a", off, constraints=[small.colocation("a", "b")], history={"n1": ["a start 0"]})
    assert plan.changes == ["Stop a n1"]


def test_an_advisory_colocation_gives_way(small) -> None:
    """A preference would be taken for a must."""
    constraints = [small.colocation("a", "b", 10), small.location("b", "n1", 5), small.location("a", "n2", 100)]
    plan = small.plan("a", "b", constraints=constraints)
    assert plan.node == {"a": "n2", "b": "n1"}


def test_a_dependents_wishes_count_for_the_primary(small) -> None:
    """The pair would be placed where one of them is forbidden, and that one would stay stopped."""
    constraints = [small.colocation("a", "b"), small.location("a", "n1", "-INFINITY")]
    plan = small.plan("a", "b", constraints=constraints)
    assert plan.node["a"] == plan.node["b"] != "n1"


def test_an_uninfluential_dependent_does_not_move_the_primary(small) -> None:
    """A monitoring helper would drag the database to another node."""
    constraints = [small.colocation("a", "b", influence="false"), small.location("a", "n3", 50)]
    plan = small.plan("a", "b", constraints=constraints, history={"n1": ["b start 0"]})
    assert plan.node == {"a": "n1", "b": "n1"}


def test_with_a_node_attribute(small) -> None:
    """Resources that need the same rack would need the same machine."""
    racks = {"n1": {"rack": 1}, "n2": {"rack": 2}, "n3": {"rack": 2}}
    constraints = [
        small.colocation("a", "b", node_attribute="rack"),
        small.location("b", "n2", 9),
        small.location("a", "n2", "-INFINITY"),
    ]
    assert small.plan("a", "b", constraints=constraints, attributes=racks).node == {"a": "n3", "b": "n2"}


def test_with_the_promoted_instance(small) -> None:
    """An address would point to a replica that cannot be written to."""
    promotable = small.clone("c", "p", promotable="true")
    with_it = small.colocation("ip", "c", with_rsc_role="Promoted")
    plan = small.plan(
        promotable, "ip", constraints=[with_it], transient={"n2": {"master-p": 10}, "n1": {"master-p": 1}}
    )
    assert plan.node["ip"] == "n2"


def test_a_set_is_a_chain(small) -> None:
    """Members of a set would be spread over nodes."""
    refs = "".join(f'<resource_ref id="{name}"/>' for name in "abc")
    constraint = f'<rsc_colocation id="c" score="INFINITY"><resource_set id="s">{refs}</resource_set></rsc_colocation>'
    plan = small.plan("a", "b", "c", constraints=[constraint, small.location("c", "n2", 3)])
    assert set(plan.node.values()) == {"n2"}


def test_a_set_without_sequence_needs_only_the_other_set(small) -> None:
    """A stopped member of an unordered set would stop the others."""
    first = '<resource_set id="s1" sequential="false"><resource_ref id="a"/><resource_ref id="b"/></resource_set>'
    second = '<resource_set id="s2"><resource_ref id="c"/></resource_set>'
    constraint = f'<rsc_colocation id="col" score="INFINITY">{first}{second}</rsc_colocation>'
    off = small.primitive("a", meta={"target-role": "Stopped"})
    plan = small.plan(off, "b", "c", constraints=[constraint, small.location("c", "n2", 3)])
    assert plan.node == {"a": None, "b": "n2", "c": "n2"}


@pytest.mark.parametrize("interleave", ["true", "false"])
def test_clones_with_clones(small, interleave: str) -> None:
    """Instances of dependent clones would not find their mates."""
    resources = [small.clone("x", "a", interleave=interleave), small.clone("y", "b", interleave=interleave)]
    plan = small.plan(*resources, constraints=[small.colocation("y", "x")])
    nodes = sorted(plan.node.items())
    assert {node for one, node in nodes if one[0] == "a"} == {node for one, node in nodes if one[0] == "b"}


def test_a_group_that_loses_a_member_moves_whole(small) -> None:
    """The members of a group would be on different nodes."""
    plan = small.plan(
        small.group("g", "a", small.primitive("b", meta={"migration-threshold": 1}), "c"),
        history={"n1": ["a start 0", "b start 0", "c start 0"]},
        transient={"n1": {"fail-count-b#monitor_10000": 1}},
    )
    assert set(plan.node.values()) == {"n2"}
    assert plan.changes == ["Move a n1 n2", "Move b n1 n2", "Move c n1 n2"]
