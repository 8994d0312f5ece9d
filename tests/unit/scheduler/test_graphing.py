"""The graph: what is in it, and limits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast import transition


def test_nothing_to_do_is_an_empty_graph(small) -> None:
    """A healthy cluster would never come to rest."""
    history = {"n1": ["a start 0"], "n2": ["a monitor 7"], "n3": ["a monitor 7"]}
    assert small.plan("a", history=history).outcome.graph.synapses == ()


def test_limits_of_the_administrator(small) -> None:
    """A hundred services would start at once."""
    graph = small.plan("a", batch_limit=7, migration_limit=2, cluster_delay="30s", stonith_timeout="90s").outcome.graph
    assert (graph.batch_limit, graph.cluster_delay_ms, graph.fencing_timeout_ms) == (7, 30_000, 90_000)
    assert graph.attributes["migration-limit"] == "2"


def test_important_resources_first(small) -> None:
    """With a batch limit, what matters most would start last."""
    plan = small.plan("a", small.primitive("b", meta={"priority": 50}), nodes=["n1"])
    priorities = {s.action.operation_key: s.priority for s in plan.outcome.graph.synapses}
    assert priorities["b_start_0"] == 50
    assert priorities["a_start_0"] == 0


def test_constraints_in_a_circle_are_reported(small) -> None:
    """A transition would wait for itself for ever."""
    constraints = [small.order("a", "b"), small.order("b", "c"), small.order("c", "a")]
    plan = small.plan("a", "b", "c", constraints=constraints)
    assert "scheduler.impossible" in {report.code for report in plan.outcome.reports}
    assert not [key for key in plan.keys if "start" in key]
    assert [key for key in plan.keys if "monitor" in key]


PAIR = st.tuples(
    st.sampled_from("abcde"), st.sampled_from("abcde"), st.sampled_from(["Mandatory", "Optional", "Serialize"])
)


@settings(max_examples=60, deadline=None)
@given(orders=st.lists(PAIR, max_size=6, unique_by=lambda p: p[:2]), running=st.sets(st.sampled_from("abcde")))
def test_every_graph_can_be_executed(small, orders: list[tuple[str, str, str]], running: set[str]) -> None:
    """The cluster would hang in the middle of a transition."""
    constraints = [small.order(first, then, kind) for first, then, kind in orders if first != then]
    history = {"n1": [f"{name} start 0" for name in sorted(running)]}
    plan = small.plan(*"abcde", constraints=constraints, history=history, attributes={"n1": {"standby": "on"}})
    assert transition.possible(plan.outcome.graph) == (plan.outcome.graph, ())
