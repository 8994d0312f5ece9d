"""Guests: nodes inside of resources."""

from __future__ import annotations


def machine(small) -> str:
    return small.primitive("vm", "monitor 30s", meta={"remote-node": "guest"})


def test_a_guest_comes_with_its_machine(small) -> None:
    """What runs in a virtual machine would be started before it boots."""
    plan = small.plan(machine(small), "a", constraints=[small.location("a", "guest")], nodes=["n1"])
    assert plan.node == {"vm": "n1", "guest": "n1", "a": "guest"}
    assert plan.precedes("vm_start_0 n1", "guest_start_0 n1")
    assert plan.precedes("guest_start_0 n1", "a_start_0 guest")


def test_a_guest_is_a_node_of_its_kind(small) -> None:
    """Status commands would not say what it is."""
    assert {n.name: n.kind for n in small.state(machine(small)).nodes}["guest"] == "guest"


def test_a_guest_does_not_run_in_itself(small) -> None:
    """A virtual machine would be started inside of itself."""
    plan = small.plan(machine(small), "a", constraints=[small.location("vm", "guest", 500)], nodes=["n1"])
    assert plan.node["vm"] == "n1"
