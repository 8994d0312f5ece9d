"""Capacity: what nodes have and resources need."""

from __future__ import annotations

from lxml import etree

from standfast import cib


def sized(small, strategy: str, needs: dict[str, int], has: dict[str, int]) -> cib.Document:
    document = small.document(*needs, placement_strategy=strategy, nodes=list(has))
    numbers = needs | has
    for element in document.root.iter("primitive", "node"):
        name = element.get("uname") or element.get("id", "")
        element.insert(0, etree.fromstring(small.nvpairs("utilization", name, {"memory": numbers[name]})))
    return document


def test_a_node_is_not_overloaded(small) -> None:
    """Virtual machines would be started where there is no memory for them."""
    plan = small.of(sized(small, "utilization", {"a": 6, "b": 6}, {"n1": 10, "n2": 10}))
    assert {plan.node["a"], plan.node["b"]} == {"n1", "n2"}


def test_what_fits_nowhere_does_not_start(small) -> None:
    """Starting it would make others fail."""
    plan = small.of(sized(small, "utilization", {"a": 60}, {"n1": 10, "n2": 20}))
    assert plan.node == {"a": None}


def test_the_default_strategy_does_not_look(small) -> None:
    """Numbers that somebody wrote for another purpose would stop resources."""
    plan = small.of(sized(small, "default", {"a": 60}, {"n1": 10, "n2": 20}))
    assert plan.node["a"] is not None


def test_balanced_takes_the_emptier_node(small) -> None:
    """One node would be full while the other idles."""
    plan = small.of(sized(small, "balanced", {"a": 5}, {"n1": 10, "n2": 20}))
    assert plan.node == {"a": "n2"}
