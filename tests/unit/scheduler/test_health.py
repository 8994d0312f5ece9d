"""Node health."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("strategy", "values", "node"),
    [
        ("none", {"#health-disk": "red"}, "n1"),
        ("migrate-on-red", {"#health-disk": "red"}, "n2"),
        ("migrate-on-red", {"#health-disk": "yellow"}, "n1"),
        ("only-green", {"#health-disk": "yellow"}, "n2"),
        ("custom", {"#health-disk": "-5"}, "n2"),
        ("progressive", {"#health-disk": "red"}, "n2"),
    ],
)
def test_strategies(small, strategy: str, values: dict, node: str) -> None:
    """Resources would stay on a node whose disk is dying, or leave a healthy one."""
    plan = small.plan("a", node_health_strategy=strategy, transient={"n1": values})
    assert plan.node == {"a": node}


def test_the_state_tells_it(small) -> None:
    """Status commands would show a sick node as healthy."""
    state = small.state("a", node_health_strategy="only-green", transient={"n1": {"#health-disk": "red"}})
    assert [node.health for node in state.nodes] == ["red", "green", "green"]
