"""Tickets of multi-site clusters."""

from __future__ import annotations

import pytest

RUNNING = {"n1": ["a start 0"]}


def depend(policy: str) -> str:
    return f'<rsc_ticket id="t" rsc="a" ticket="T" loss-policy="{policy}"/>'


def granted(value: str, **more: str) -> str:
    fields = "".join(f' {k}="{v}"' for k, v in more.items())
    return f'<tickets><ticket_state id="T" granted="{value}"{fields}/></tickets>'


def test_without_its_ticket_nothing_starts(small) -> None:
    """Both sites would run the same service."""
    assert small.plan("a", constraints=[depend("stop")]).node == {"a": None}
    assert small.plan("a", constraints=[depend("stop")], tickets=granted("true")).node == {"a": "n1"}


@pytest.mark.parametrize(("policy", "changes"), [("stop", ["Stop a n1"]), ("freeze", [])])
def test_a_lost_ticket(small, policy: str, changes: list[str]) -> None:
    """A site that lost its ticket would go on writing, or stop what it may keep."""
    plan = small.plan("a", constraints=[depend(policy)], tickets=granted("false"), history=RUNNING)
    assert plan.changes == changes


def test_a_lost_ticket_may_cost_the_node(small) -> None:
    """Where every second counts, the site would be waited for."""
    plan = small.plan(small.fencing, "a", constraints=[depend("fence")], tickets=granted("false"), history=RUNNING)
    assert set(plan.outcome.fencing) == {"n1"}


def test_a_ticket_on_standby(small) -> None:
    """A ticket that is about to move would start new things."""
    plan = small.plan("a", constraints=[depend("stop")], tickets=granted("true", standby="true"))
    assert plan.changes == []
