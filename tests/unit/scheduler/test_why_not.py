"""Why an instance is not on a node."""

from __future__ import annotations

import pytest

from standfast import cib, scheduler


def ask(plan, node: str, resource: str = "a") -> str:
    assignment = next(one for one in plan.outcome.assignments if one.resource == resource)
    return scheduler.why_not(plan.outcome, assignment, node)


STANDBY = {"n2": {"standby": "on"}}
FAILED = {"n2": {"fail-count-a#monitor_10000": 3, "last-failure-a#monitor_10000": 1_699_999_990}}


def test_where_it_is(small) -> None:
    """The question itself would be wrong, and the answer would not say so."""
    assert ask(small.plan("a", constraints=[small.location("a", "n1", 5)]), "n1") == "a is on n1: score."


def test_no_such_node(small) -> None:
    """A misspelt node would be answered by a reason that is none."""
    assert ask(small.plan("a"), "n9") == "a is not on n9: there is no such node."


def test_an_opt_in_cluster(small) -> None:
    """An operator would look for a ban where only a permission is missing."""
    plan = small.plan("a", constraints=[small.location("a", "n1", 5)], symmetric_cluster="false")
    assert "symmetric-cluster is false, and no location allows it there" in ask(plan, "n2")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"attributes": STANDBY}, "n2 is in standby. What would change it: `standfast node online n2`."),
        ({"attributes": {"n2": {"maintenance": "true"}}}, "n2 is in maintenance: nothing is started on it."),
        (
            {"states": {"n2": {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}}},
            "n2 is offline.",
        ),
        ({"transient": FAILED}, "it has failed on n2 as often as migration-threshold allows (fail count 3)."),
    ],
    ids=["standby", "maintenance", "offline", "failed"],
)
def test_the_node_cannot(small, more: dict, expected: str) -> None:
    """An operator would change scores, and nothing would help."""
    failing = small.primitive("a", "monitor 10s", meta={"migration-threshold": 3})
    assert f"a is not on n2: {expected}" in ask(small.plan(failing, history={"n1": ["a start 0"]}, **more), "n2")


def test_a_lost_node_is_unclean(small) -> None:
    """Nobody would know that fencing is what is waited for."""
    plan = small.plan(small.fencing, "a", states={"n2": small.lost}, stonith_enabled="true")
    assert "n2 is unclean: what runs on it is not known" in ask(plan, "n2")


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("a-on-n2", "a-on-n2 bans it there. What would change it: change or delete a-on-n2."),
        (
            "cli-ban-a-on-n2",
            "an operator's order, cli-ban-a-on-n2, keeps it away. What would change it: `standfast resource clear a`.",
        ),
    ],
)
def test_a_ban_is_named(small, constraint: str, expected: str) -> None:
    """An operator would not find which constraint it is."""
    ban = small.location("a", "n2", "-INFINITY").replace('id="a-on-n2"', f'id="{constraint}"')
    assert ask(small.plan("a", constraints=[ban]), "n2") == f"a is not on n2: {expected}"


def test_a_negative_score_is_taken_apart(small) -> None:
    """An operator would not see what pushes it away."""
    text = ask(small.plan("a", constraints=[small.location("a", "n2", -7)]), "n2")
    assert "its score there is -7, below zero (a-on-n2 -7)" in text


def test_a_higher_score_says_by_how_much(small) -> None:
    """An operator would not know how much a location must weigh."""
    text = ask(small.plan("a", constraints=[small.location("a", "n1", 30), small.location("a", "n2", 10)]), "n2")
    assert text == (
        "a is not on n2: n1 has the higher score by 20, 30 against 10 (a-on-n1 30). "
        "What would change it: 21 more for n2 (a location), or as much less for n1."
    )


def test_between_equals_the_rule_is_named(small) -> None:
    """A choice by name or load would look like a preference."""
    plan = small.plan("a", history={"n1": ["a start 0"]})
    assert "n1 scores the same (0), and between equals decided: current node" in ask(plan, "n2")


def test_who_follows_another_says_whom(small) -> None:
    """An operator would look at the wrong resource."""
    constraints = [small.location("b", "n1"), small.colocation("a", "b")]
    text = ask(small.plan("a", "b", constraints=constraints), "n2")
    assert text == (
        "a is not on n2: it has to be with b (a-with-b), which is on n1. "
        "What would change it: move b, or change a-with-b."
    )


def test_who_avoids_another_says_whom(small) -> None:
    """A resource that runs nowhere near another would look as if it had to."""
    constraints = [small.location("b", "n1"), small.colocation("a", "b", "-INFINITY")]
    assert "it is kept apart from b (a-with-b), which is on n1" in ask(
        small.plan("a", "b", constraints=constraints), "n1"
    )


def test_a_missing_dependency_is_named(small) -> None:
    """An operator would look for a ban that does not exist."""
    stopped = small.primitive("b", meta={"target-role": "Stopped"})
    text = ask(small.plan("a", stopped, constraints=[small.colocation("a", "b")]), "n2")
    assert (
        "it has to be with b (a-with-b), which is placed nowhere. What would change it: see `standfast explain b`."
        in text
    )


def test_the_promoted_instance_is_named(small) -> None:
    """An instance runs on every node, and only the promoted one counts."""
    constraints = [small.colocation("a", "m", **{"with-rsc-role": "Promoted"})]
    plan = small.plan(
        "a", small.clone("m", "p", promotable="true"), constraints=constraints,
        transient={"n1": {"master-p": 10}}, history={n: ["p monitor 0"] for n in ("n1", "n2")},
    )  # fmt: skip
    assert "it has to be with the promoted instance of m (a-with-m), which is on n1" in ask(plan, "n2")


def test_what_is_stopped_on_purpose_says_so(small) -> None:
    """An operator would look for a reason on each node."""
    text = ask(small.plan(small.primitive("a", meta={"target-role": "Stopped"})), "n2")
    assert "it is to be stopped (target-role). What would change it: `standfast resource start a`." in text


def test_what_does_not_fit_says_so(small) -> None:
    """An operator would not see that the node is full."""
    heavy = small.primitive("a").replace(
        "<operations>", f"{small.nvpairs('utilization', 'a', {'memory': 8})}<operations>"
    )
    document = small.document(heavy, placement_strategy="utilization")
    for node, memory in zip(document.root.iter("node"), (9, 4, 9), strict=False):
        node.append(cib.Document.parse(small.nvpairs("utilization", node.get("id"), {"memory": memory})).root)
    assert "n2 has not enough left of what it needs (memory=8)" in ask(small.of(document), "n2")


def test_a_ticket_is_named(small) -> None:
    """An operator of two sites would not see that the other one has the ticket."""
    constraint = '<rsc_ticket id="a-needs-t" rsc="a" ticket="t" loss-policy="stop"/>'
    text = ask(small.plan("a", constraints=[constraint]), "n2")
    assert "the ticket t is" in text
    assert "grant t" in text
