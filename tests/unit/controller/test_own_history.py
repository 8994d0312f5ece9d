"""The mirror of this node's executor."""

from __future__ import annotations

from standfast import agents, executor
from standfast.controller.messages import Order
from standfast.controller.own_history import OwnHistory


def operation(task: str, number: int, interval_ms: int = 0) -> executor.Operation:
    agent = agents.AgentName("ocf", "Dummy", "heartbeat")
    return executor.Operation("vip", agent, task, interval_ms, 20000, f"{number}:0:0:u")


def result(wanted: executor.Operation, call: int) -> executor.Result:
    return executor.Result(wanted, call, 0, agents.ExecutionStatus.DONE)


def tasks(history: OwnHistory) -> list[str]:
    return [r.operation.key for r in history.results()]


def test_a_predecessors_recurring_operations_are_not_told() -> None:
    """The DC would believe that a resource is watched, whose monitors died with the last daemon."""
    history = OwnHistory("n1")
    history.load((result(operation("start", 1), 1), result(operation("monitor", 2, 10_000), 2)))
    assert tasks(history) == ["vip_start_0"]


def test_what_is_under_way_is_told_until_it_is_answered() -> None:
    """A new DC would order a start a second time, or elsewhere, while it is running."""
    history = OwnHistory("n1")
    start = operation("start", 1)
    history.ordered(Order("n1", "n1", start, 5))
    assert history.running() == (start,)
    assert history.finished(result(start, 1)) == "n1"
    assert history.running() == ()
    assert tasks(history) == ["vip_start_0"]


def test_a_stop_ends_the_monitors() -> None:
    """After a rejoin a stopped resource would look like one that is watched."""
    history = OwnHistory("n1")
    history.finished(result(operation("start", 1), 1))
    history.finished(result(operation("monitor", 2, 10_000), 2))
    history.finished(result(operation("stop", 3), 3))
    assert tasks(history) == ["vip_start_0", "vip_stop_0"]


def test_results_for_remote_nodes_are_theirs() -> None:
    """What runs on a remote node would be counted as running on its host."""
    history = OwnHistory("n1")
    start = operation("start", 1)
    history.ordered(Order("far", "n1", start, 5))
    assert history.finished(result(start, 1)) == "far"
    assert tasks(history) == []


def test_what_is_forgotten_is_not_told_again() -> None:
    """A cleaned-up failure would come back with the next rejoin."""
    history = OwnHistory("n1")
    history.finished(result(operation("start", 1), 1))
    history.forget("n2", "vip")
    assert tasks(history) == ["vip_start_0"]
    history.forget("n1", "vip")
    assert tasks(history) == []
