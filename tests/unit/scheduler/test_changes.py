"""The summary of a transition: one line per instance and node."""

from __future__ import annotations

import pytest

DISABLED = {"target-role": "Stopped"}


@pytest.mark.parametrize(
    ("meta", "history", "constraints", "lines"),
    [
        ({}, {}, (), ["Start a n1"]),
        (DISABLED, {"n1": ["a start 0"]}, (), ["Stop a n1"]),
        ({}, {"n1": ["a start 0"]}, ("n2",), ["Move a n1 n2"]),
        ({}, {"n1": ["a start 0"]}, (), []),
        ({}, {"n1": ["a start 0", "a monitor 7 10s"]}, (), ["Recover a n1"]),
    ],
)
def test_what_happens_to_a_resource(small, meta: dict, history: dict, constraints: tuple, lines: list[str]) -> None:
    """An administrator would be told the wrong thing before saying yes."""
    resource = small.primitive("a", "monitor 10s", meta=meta)
    plan = small.plan(resource, history=history, constraints=[small.location("a", node) for node in constraints])
    assert plan.changes == lines


def test_roles(small) -> None:
    """A demotion of the primary would look like nothing."""
    clone = small.clone("k", "d", promotable="true")
    history = {"n1": ["d promote 0"], "n2": ["d start 0"], "n3": ["d start 0"]}
    plan = small.plan(clone, history=history, transient={"n2": {"master-d": 50}, "n1": {"master-d": 5}})
    found = {(c.action, c.source, c.role.value, c.next_role.value) for c in plan.outcome.changes}
    assert found == {("Demote", "n1", "Promoted", "Unpromoted"), ("Promote", "n2", "Unpromoted", "Promoted")}


def test_what_is_blocked_is_said_to_be(small) -> None:
    """An administrator would wait for a start that never comes."""
    off = small.primitive("a", meta=DISABLED)
    plan = small.plan(off, "b", constraints=[small.order("a", "b")])
    assert plan.blocked == ["Start b n1"]
    assert [c.reason for c in plan.outcome.changes] == ["unrunnable a start"]


def test_nodes_are_in_it(small) -> None:
    """A fencing would come unannounced."""
    plan = small.plan(small.fencing, "a", states={"n1": small.lost}, history={"n1": ["a start 0"]})
    fence = next(change for change in plan.outcome.changes if change.action == "Fence")
    assert (fence.source or fence.target, fence.detail) == ("n1", "reboot")
    assert fence.reason == "peer is no longer part of the cluster"
