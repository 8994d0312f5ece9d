"""Orders: what is done before what, and what is undone after what."""

from __future__ import annotations

import pytest

BOTH = {"n1": ["a start 0", "b start 0"]}


def test_starts_in_order_and_stops_the_other_way(small) -> None:
    """A database would start before its disk is mounted, or the disk be taken from under it."""
    constraints = [small.order("a", "b"), small.location("a", "n1"), small.location("b", "n1")]
    assert "a_start_0 n1" in small.plan("a", "b", constraints=constraints).inputs("b_start_0 n1")
    stopped = small.plan("a", "b", constraints=constraints, history=BOTH, stop_all_resources="true")
    assert "b_stop_0 n1" in stopped.inputs("a_stop_0 n1")


def test_a_restart_of_the_first_restarts_the_second(small) -> None:
    """A client would keep its connection to an instance that is gone."""
    history = {"n1": ["a monitor 7 10s status=0", "b start 0"]}
    failing = small.primitive("a", "monitor 10s")
    constraints = [small.order("a", "b"), small.location("a", "n1"), small.location("b", "n1")]
    plan = small.plan(failing, "b", constraints=constraints, history={"n1": ["a start 0", *history["n1"]]})
    assert plan.changes == ["Recover a n1", "Restart b n1 n1"]
    assert plan.precedes("b_stop_0 n1", "a_stop_0 n1")


def test_an_optional_order_restarts_nothing(small) -> None:
    """An advisory order would interrupt a service."""
    failing = small.primitive("a", "monitor 10s")
    constraints = [small.order("a", "b", "Optional"), small.location("a", "n1"), small.location("b", "n1")]
    plan = small.plan(
        failing, "b", constraints=constraints, history={"n1": ["a start 0", "a monitor 7 10s", "b start 0"]}
    )
    assert plan.changes == ["Recover a n1"]


def test_what_comes_after_something_stopped_does_not_start(small) -> None:
    """A client would start without its server."""
    off = small.primitive("a", meta={"target-role": "Stopped"})
    plan = small.plan(off, "b", constraints=[small.order("a", "b")])
    assert plan.changes == []
    assert len(plan.blocked) == 1


def test_an_asymmetrical_order_leaves_stops_alone(small) -> None:
    """A stop would wait for another that has nothing to do with it."""
    constraints = [small.order("a", "b", symmetrical="false"), small.location("a", "n1"), small.location("b", "n1")]
    plan = small.plan("a", "b", constraints=constraints, history=BOTH, stop_all_resources="true")
    assert "b_stop_0 n1" not in plan.inputs("a_stop_0 n1")


def test_serialized_in_any_order_but_never_at_once(small) -> None:
    """Two that load a machine heavily would start at the same time."""
    plan = small.plan("a", "b", constraints=[small.order("a", "b", "Serialize")], nodes=["n1"])
    assert plan.precedes("a_start_0 n1", "b_start_0 n1") or plan.precedes("b_start_0 n1", "a_start_0 n1")


def test_other_actions_than_starts(small) -> None:
    """A service would start before its replica is promoted."""
    promotable = small.clone("c", "p", promotable="true")
    constraint = small.order("c", "b", first_action="promote", then_action="start")
    plan = small.plan(promotable, "b", constraints=[constraint], transient={"n1": {"master-p": 5}})
    promote = next(key for key in plan.keys if "_promote_0 n1" in key)
    assert plan.precedes(promote, f"b_start_0 {plan.node['b']}")


def _set(name: str, *members: str, **more: str) -> str:
    fields = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in more.items())
    refs = "".join(f'<resource_ref id="{member}"/>' for member in members)
    return f'<resource_set id="{name}"{fields}>{refs}</resource_set>'


def _starts(plan) -> dict[str, str]:
    return {key.split("_")[0]: key for key in plan.keys if "_start_0" in key}


def test_sets_one_after_the_other(small) -> None:
    """The second tier would start before the first."""
    sets = _set("s1", "a", "b", sequential="false") + _set("s2", "c", "d")
    plan = small.plan(*"abcd", constraints=[f'<rsc_order id="o">{sets}</rsc_order>'])
    starts = _starts(plan)
    assert {starts["a"], starts["b"]} <= plan.inputs(starts["c"])
    assert starts["c"] in plan.inputs(starts["d"])
    assert starts["a"] not in plan.inputs(starts["b"])


def test_any_one_of_a_set_is_enough(small) -> None:
    """A service would wait for all of its alternative servers."""
    sets = _set("s1", "a", "b", sequential="false", require_all="false") + _set("s2", "c")
    off = small.primitive("a", meta={"target-role": "Stopped"})
    plan = small.plan(off, "b", "c", constraints=[f'<rsc_order id="o">{sets}</rsc_order>'])
    assert {change.split()[1] for change in plan.changes} == {"b", "c"}
    starts = _starts(plan)
    assert plan.precedes(starts["b"], starts["c"])


@pytest.mark.parametrize("interleave", ["true", "false"])
def test_interleaved_clones_need_only_their_neighbour(small, interleave: str) -> None:
    """A failure on one node would restart the service on all, or one node's would not be restarted at all."""
    one = small.clone("x", small.primitive("a", "monitor 10s"), interleave=interleave)
    other = small.clone("y", "b", interleave=interleave)
    history = {node: ["a start 0", "b start 0"] for node in ("n1", "n2", "n3")}
    history["n1"] = ["a start 0", "a monitor 7 10s", "b start 0"]
    plan = small.plan(one, other, constraints=[small.order("x", "y")], history=history)
    restarted = [change for change in plan.changes if change.startswith("Restart b")]
    assert len(restarted) == (1 if interleave == "true" else 3)
