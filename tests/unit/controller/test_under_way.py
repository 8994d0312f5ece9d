"""What is under way."""

from __future__ import annotations

from standfast import transition
from standfast.controller.under_way import Transition


def probe(number: int, node: str, resource: str) -> transition.Synapse:
    ref = transition.ResourceRef(resource, "ocf", "Dummy", "pacemaker")
    action = transition.Action(number, transition.Kind.RESOURCE, "monitor", on_node=node, resource=ref)
    return transition.Synapse(number, action)


def test_probes_count_until_they_are_answered() -> None:
    """A node would leave, or a second instance be promoted, before it is known what runs."""
    walk = transition.Walk(transition.Graph((probe(1, "n1", "m:0"), probe(2, "n2", "p"))))
    current = Transition(0, walk)
    assert [current.is_probing(node) for node in ("n1", "n2", "n3")] == [True, True, False]
    assert [current.is_probing(resource=name) for name in ("m:1", "p", "x")] == [True, True, False]
    walk.begin(1)
    assert current.is_probing("n1")
    walk.complete(1)
    assert not current.is_probing("n1")
    assert not current.is_probing(resource="m:1")
