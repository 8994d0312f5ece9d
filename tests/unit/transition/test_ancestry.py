"""What a part of a graph waits for."""

from __future__ import annotations

from standfast import transition


def graph(inputs: dict[int, set[int]]) -> transition.Graph:
    synapses = (
        transition.Synapse(n, transition.Action(n, transition.Kind.PSEUDO, str(n)), frozenset(before))
        for n, before in inputs.items()
    )
    return transition.Graph(tuple(synapses))


CHAIN = graph({1: set(), 2: {1}, 3: {2}, 4: {2, 9}, 5: {3}})


def test_what_is_waited_for_through_others_counts() -> None:
    """An explanation would not name the fencing that everything waits for."""
    assert transition.ancestry(CHAIN, [3]) == {1, 2, 3}
    assert transition.ancestry(CHAIN, [4, 77]) == {1, 2, 4}


def test_steps_come_after_what_they_wait_for() -> None:
    """An explanation would tell the story backwards."""
    assert transition.depths(CHAIN) == {1: 0, 2: 1, 3: 2, 4: 2, 5: 3}
    assert transition.depths(graph({1: {2}, 2: {1}, 3: set()})) == {3: 0}
