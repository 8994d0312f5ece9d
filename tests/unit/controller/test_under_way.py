"""What is under way."""

from __future__ import annotations

import pytest

from standfast import agents, cib, executor, transition
from standfast.controller import messages
from standfast.controller.replica import Replica, pending_key
from standfast.controller.under_way import Transition, blockers


def synapse(number: int, node: str, resource: str, task: str = "monitor") -> transition.Synapse:
    ref = transition.ResourceRef(resource, "ocf", "Dummy", "pacemaker")
    action = transition.Action(number, transition.Kind.RESOURCE, task, on_node=node, resource=ref)
    return transition.Synapse(number, action)


def under_way(task: str) -> Replica:
    agent = agents.AgentName("ocf", "Dummy", "pacemaker")
    order = messages.Order("n1", "n1", executor.Operation("m:0", agent, task, 0, 20000, "1:0:0:u"), 50)
    return Replica(cib.Document.empty(), pending={pending_key("n1", order): order})


def test_probes_count_until_they_are_answered() -> None:
    """A node would leave, or a second instance be promoted, before it is known what runs."""
    walk = transition.Walk(transition.Graph((synapse(1, "n1", "m:0"), synapse(2, "n2", "p"))))
    current = Transition(0, walk)
    assert [current.is_probing(node) for node in ("n1", "n2", "n3")] == [True, True, False]
    assert [current.is_probing(resource=name) for name in ("m:1", "p", "x")] == [True, True, False]
    walk.begin(1)
    assert current.is_probing("n1")
    current.end(1, failed=False)
    assert not current.is_probing("n1")
    assert not current.is_probing(resource="m:1")


@pytest.mark.parametrize(
    ("task", "wanted", "waits"),
    [
        ("promote", ["promote"], False),  # it is taken over
        ("promote", ["stop"], True),  # the scheduler does not know of it, and would demote first
        ("promote", ["stop", "start", "promote"], True),
        ("promote", [], True),
        ("migrate_to", ["migrate_to", "stop"], False),
        ("migrate_to", ["stop"], True),
        ("start", ["stop"], False),  # known, and undone
        ("stop", ["stop", "start"], False),
        ("start", [], True),
        ("monitor", [], False),
    ],
)
def test_a_graph_waits_for_what_it_does_not_take_into_account(task: str, wanted: list[str], *, waits: bool) -> None:
    """What is being promoted would be stopped without a demotion, and its agent would refuse."""
    state = under_way(task)
    actions = (synapse(number, "n1", "m:0", one) for number, one in enumerate(wanted, 1))
    graph = transition.Graph((synapse(0, "n2", "m:0", "stop"), *actions))
    assert blockers(state, graph) == (frozenset(state.pending) if waits else frozenset())
