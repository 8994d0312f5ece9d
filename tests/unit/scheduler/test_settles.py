"""Worlds in small: after a transition was executed, nothing is left to do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast import cib, scheduler, transition
from standfast.dialects import crm_simulate

NODES = ("n1", "n2", "n3")
NAMES = ("a", "b", "g", "c", "m")
SCORE = st.sampled_from([-50, 10, 100, "INFINITY", "-INFINITY"])
HISTORY = st.sampled_from(["start 0", "stop 0", "monitor 7", "monitor 0", "start 1 status=4 failed=1"])
ROUNDS_MAX = 3


@st.composite
def constraints(draw, small) -> list[str]:
    """Draw a few constraints, each pair once."""
    found = []
    pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda p: p[0] < p[1])
    for one, other in draw(st.lists(pairs, max_size=2, unique=True)):
        found.append(small.colocation(one, other, draw(SCORE)))
    for one, other in draw(st.lists(pairs, max_size=2, unique=True)):
        found.append(small.order(one, other, draw(st.sampled_from(["Mandatory", "Optional"]))))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)):
        found.append(small.location(name, draw(st.sampled_from(NODES)), draw(SCORE)))
    return found


@st.composite
def documents(draw, small) -> cib.Document:
    """Draw a cluster of primitives, a group, a clone and a promotable clone, some of them active."""
    history = {
        node: [f"{name} {draw(HISTORY)}" for name in draw(st.lists(st.sampled_from("abxyz"), max_size=3, unique=True))]
        for node in NODES
    }
    lost = draw(st.sampled_from([{}, {"n3": small.lost}, {"n2": small.leaves}]))
    return small.document(
        small.fencing, small.primitive("a", "monitor 10s"), "b", small.group("g", "x", "y"), small.clone("c", "z"),
        small.clone("m", "p", promotable="true", notify=draw(st.sampled_from(["true", "false"]))),
        constraints=draw(constraints(small)), history=history, states=lost,
        transient={"n1": {"master-p": draw(st.sampled_from([0, 5]))}},
        stonith_enabled="true",
    )  # fmt: skip


def is_left_to_do(action: transition.Action) -> bool:
    """Return whether an action changes something; the model does not remember what was cancelled."""
    return action.kind is not transition.Kind.PSEUDO and action.operation not in ("cancel", "do_shutdown")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_executed_transition_leaves_nothing_to_do(small, data: st.DataObject) -> None:
    """A cluster would start, stop or move its resources for ever."""
    document = data.draw(documents(small))
    rounds = 0
    while True:
        outcome = scheduler.schedule(document, small.now_s)
        assert transition.possible(outcome.graph)[1] == ()
        if not any(map(is_left_to_do, outcome.graph.actions())):
            return
        rounds += 1
        assert rounds <= ROUNDS_MAX, outcome.changes
        model = crm_simulate.Model(document, small.now_s)
        assert crm_simulate.execute(outcome.graph, model, frozenset(), {}).complete
        document = model.document
