"""Walking a graph in the right order, and no wider than allowed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast import transition


def synapse(number: int, *inputs: int, kind: transition.Kind = transition.Kind.RESOURCE, **more) -> transition.Synapse:
    action = transition.Action(number, kind, more.pop("operation", "start"), on_node=more.pop("node", "n1"), **more)
    return transition.Synapse(number - 1, action, frozenset(inputs))


def ids(synapses: list[transition.Synapse]) -> list[int]:
    return [s.action.id for s in synapses]


def test_a_start_waits_for_the_stop_before_it() -> None:
    """A resource would be started on the new node before it was stopped on the old one."""
    walk = transition.Walk(transition.Graph((synapse(1, 2), synapse(2))))
    assert ids(walk.ready()) == [2]
    walk.begin(2)
    assert walk.ready() == []
    walk.complete(2)
    assert ids(walk.ready()) == [1]


def test_nothing_follows_a_failure() -> None:
    """What needs a mounted filesystem would be started after its mount failed."""
    walk = transition.Walk(transition.Graph((synapse(1), synapse(2, 1), synapse(3, 2), synapse(4))))
    for number in (1, 4):
        walk.begin(number)
    walk.fail(1)
    assert not walk.is_over
    walk.complete(4)
    assert walk.is_over
    assert not walk.is_complete
    assert walk.counts == {"complete": 1, "pending": 0, "failed": 1, "incomplete": 2}


def test_batch_limit_bounds_what_runs_at_once() -> None:
    """A node with a hundred resources would be crushed by their simultaneous start."""
    pseudo = synapse(4, kind=transition.Kind.PSEUDO)
    walk = transition.Walk(transition.Graph((synapse(1), synapse(2), synapse(3), pseudo), batch_limit=2))
    assert ids(walk.ready()) == [1, 2, 4]
    walk.begin(1)
    assert ids(walk.ready(transition.Room(also_running=1))) == [4]
    walk.complete(1)
    assert ids(walk.ready()) == [2, 3, 4]


def test_a_full_node_holds_up_no_other() -> None:
    """A node would be crushed by the simultaneous probes of all resources; or a busy node would delay a recovery on
    another one."""
    several = (*(synapse(n) for n in range(1, 6)), synapse(6, node="n2"), synapse(7, kind=transition.Kind.PSEUDO))
    walk = transition.Walk(transition.Graph(several))
    room = transition.Room(also_at=Counter(n1=1), per_place=lambda name: 3)
    assert ids(walk.ready(room)) == [1, 2, 6, 7]
    walk.begin(1)
    assert ids(walk.ready(room)) == [2, 6, 7]
    walk.begin(2)
    assert ids(walk.ready(room)) == [6, 7]
    walk.complete(1)
    assert ids(walk.ready(room)) == [3, 6, 7]


def test_what_must_wait_keeps_nothing_else_from_beginning() -> None:
    """A promotion that waits for an absent daemon would take the place of a start on the same node."""
    walk = transition.Walk(transition.Graph(tuple(synapse(n) for n in range(1, 5))))
    room = transition.Room(per_place=lambda name: 1, may_begin=lambda action: action.id > 2, at_most=1)
    assert ids(walk.ready(room)) == [3]


def test_migration_limit_bounds_a_nodes_migrations() -> None:
    """All of a node's virtual machines would leave at once and saturate its link."""
    several = (
        synapse(1, operation="migrate_to"),
        synapse(2, operation="migrate_to"),
        synapse(3, operation="migrate_to", node="n2"),
    )
    walk = transition.Walk(transition.Graph(several, {"migration-limit": "1"}))
    assert ids(walk.ready()) == [1, 3]
    walk.begin(1)
    assert ids(walk.ready()) == [3]
    walk.complete(1)
    assert ids(walk.ready()) == [2, 3]


def test_an_action_cannot_begin_before_its_inputs() -> None:
    """A controller's mistake would start a resource beside its fencing; the process must die of it."""
    walk = transition.Walk(transition.Graph((synapse(1), synapse(2, 1))))
    with pytest.raises(AssertionError):
        walk.begin(2)


@given(st.lists(st.sets(st.integers(1, 12)), max_size=12), st.integers(0, 3))
def test_every_graph_without_circles_is_walked_to_its_end(wanted: list[set[int]], limit: int) -> None:
    """A transition would hang with actions that are never ready."""
    several = tuple(synapse(n, *(i for i in inputs if i < n)) for n, inputs in enumerate(wanted, 1))
    walk = transition.Walk(transition.Graph(several, batch_limit=limit))
    for _ in range(len(several) + 1):
        for ready in walk.ready():
            walk.begin(ready.action.id)
            assert not limit or len(walk.begun) <= limit
        for number in sorted(walk.begun)[:1]:
            walk.complete(number)
    assert walk.is_over
    assert walk.is_complete
