"""The model: plain values that actions are applied to."""

from __future__ import annotations

from standfast import scheduler
from standfast.dialects import crm_simulate

NOW_S = 1_700_000_000


def test_nodes_come_and_go(document) -> None:
    """Simulated nodes would not fail."""
    model = crm_simulate.Model(document, NOW_S)
    model.node("n1").take_down()
    assert {n.name: n.online for n in scheduler.state(model.written(), NOW_S).nodes} == {"n1": False, "n2": True}
    model.node("n1").set(up=True)
    model.configure_node("n9")
    model.node("n9").set(up=True)
    assert {n.name: n.online for n in scheduler.state(model.written(), NOW_S).nodes} == {
        "n1": True, "n2": True, "n9": True,
    }  # fmt: skip


def test_a_result_is_recorded_as_an_executor_records_it(document) -> None:
    """The next plan would restart what just started, for the digest would be another."""
    model = crm_simulate.Model(document, NOW_S)
    outcome = scheduler.schedule(document, NOW_S)
    assert crm_simulate.execute(outcome.graph, model, frozenset({"a"}), {}).complete
    assert scheduler.schedule(model.written(), NOW_S).graph.synapses == ()
    entry = next(
        e for e in model.written().root.iter("lrm_rsc_op") if e.get("id") == "a_last_0" and e.get("on_node") == "n1"
    )
    assert (entry.get("operation"), entry.get("rc-code")) == ("start", "0")
    assert entry.get("op-digest") == scheduler.digest({})


def test_what_follows_a_failure_is_not_done(document) -> None:
    """A simulated failure would have no consequences."""
    model = crm_simulate.Model(document, NOW_S)
    outcome = scheduler.schedule(document, NOW_S)
    execution = crm_simulate.execute(outcome.graph, model, frozenset({"a"}), {"a_start_0@n1": 1})
    assert execution.aborted
    assert not [line for line in execution.lines if "monitor=10000" in line]
    assert scheduler.state(model.written(), NOW_S).failures[0].exit_code == 1
