"""What of a graph can ever be executed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from standfast.transition import Action, Graph, Kind, Synapse, possible


def graph(inputs: dict[int, set[int]]) -> Graph:
    return Graph(tuple(Synapse(n, Action(n, Kind.PSEUDO, "x"), frozenset(waits)) for n, waits in inputs.items()))


def test_a_circle_and_what_waits_for_it_are_left_out() -> None:
    """A transition would never end."""
    whole = graph({1: set(), 2: {1}, 3: {4}, 4: {3}, 5: {4, 1}, 6: {2}})
    kept, left_out = possible(whole)
    assert [s.action.id for s in kept.synapses] == [1, 2, 6]
    assert [action.id for action in left_out] == [3, 4, 5]


def test_what_waits_for_nothing_known_is_left_out() -> None:
    """A transition would wait for an action that nobody executes."""
    kept, left_out = possible(graph({1: {9}, 2: set()}))
    assert ([s.action.id for s in kept.synapses], [a.id for a in left_out]) == ([2], [1])


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 11), max_size=3)))
def test_what_is_kept_can_be_executed_to_its_end(inputs: dict[int, set[int]]) -> None:
    """The DC would stop in the middle."""
    kept, left_out = possible(graph(inputs))
    assert {s.action.id for s in kept.synapses} | {a.id for a in left_out} == set(inputs)
    done: set[int] = set()
    while ready := [s.action.id for s in kept.synapses if s.inputs <= done and s.action.id not in done]:
        done |= set(ready)
    assert done == {s.action.id for s in kept.synapses}
    assert not any(inputs[a.id] <= done for a in left_out)
