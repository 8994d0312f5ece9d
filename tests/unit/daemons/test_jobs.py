"""Answers in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from standfast import scheduler, transition
from standfast.daemons import jobs

counts = st.one_of(st.integers(0, 3), st.integers(jobs.SYNAPSES_PER_PART - 2, 3 * jobs.SYNAPSES_PER_PART + 2))


def graph(count: int) -> transition.Graph:
    several = (transition.Action(n, transition.Kind.PSEUDO, "x") for n in range(1, count + 1))
    return transition.Graph(tuple(transition.Synapse(a.id - 1, a) for a in several), {"cluster-delay": "60s"})


@given(counts, st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3))
def test_what_is_joined_is_what_was_cut(count: int, fencing: dict[str, str]) -> None:
    """A daemon would walk a graph that lacks actions, or forget whom to fence."""
    outcome = scheduler.Outcome(graph(count), scheduler.State(), fencing=fencing, severity="warning")
    sent = list(jobs.parts(7, outcome))
    assert [p.last for p in sent] == [False] * (len(sent) - 1) + [True]
    assert {p.number for p in sent} == {7}
    assert all(len(p.synapses) <= jobs.SYNAPSES_PER_PART for p in sent)
    assert jobs.joined([s for p in sent for s in p.synapses], sent[-1]) == outcome


def test_other_answers_go_whole() -> None:
    """A status would arrive as nothing."""
    (only,) = jobs.parts(1, "text")
    assert only.last
    assert jobs.joined([], only) == "text"
