"""Flags that follow from relations: what makes another needed, impossible, or a restart."""

from __future__ import annotations

from itertools import pairwise


def chain(small, *names: str) -> list[str]:
    return [small.order(a, b) for a, b in pairwise(names)] + [small.colocation(b, a) for a, b in pairwise(names)]


def test_what_cannot_start_keeps_all_that_follow_from_starting(small) -> None:
    """The end of a chain would start without its beginning."""
    broken = small.primitive("a", meta={"requires": "quorum"})
    plan = small.plan(broken, "b", "c", constraints=[small.order("a", "b"), small.order("b", "c")], quorate=False)
    assert plan.changes == []
    assert sorted(line.split()[1] for line in plan.blocked) == ["a", "b", "c"]


def test_a_restart_runs_down_the_chain_and_up_again(small) -> None:
    """The end of a chain would keep using what was restarted."""
    history = {"n1": ["a start 0", "a monitor 7 10s", "b start 0", "c start 0"]}
    plan = small.plan(
        small.primitive("a", "monitor 10s"), "b", "c", constraints=chain(small, "a", "b", "c"), history=history
    )
    order = ["c_stop_0 n1", "b_stop_0 n1", "a_stop_0 n1", "a_start_0 n1", "b_start_0 n1", "c_start_0 n1"]
    assert all(plan.precedes(first, then) for first, then in pairwise(order))


def test_an_unmanaged_first_keeps_the_second_from_stopping_it(small) -> None:
    """Somebody's repair would be interrupted by a stop."""
    unmanaged = small.primitive("a", meta={"is-managed": "false"})
    history = {"n1": ["a start 0", "b start 0"]}
    plan = small.plan(unmanaged, "b", constraints=chain(small, "a", "b"), history=history, stop_all_resources="true")
    assert plan.changes == ["Stop b n1"]
    assert "a_stop_0 n1" not in plan.keys


def test_a_failed_probe_keeps_the_resource_from_starting(small) -> None:
    """A resource would be started on a node that cannot even be asked."""
    plan = small.plan("a", history={"n1": ["a monitor 5 status=4 failed=1"]})
    assert plan.node["a"] in ("n2", "n3")
