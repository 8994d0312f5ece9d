"""Fencing devices as resources."""

from __future__ import annotations

from standfast.agents import AgentName, ExecutionStatus, Ocf
from standfast.executor import Operation, Result, fence_device

AGENT = AgentName("stonith", "fence_lab")


def operation(task: str, interval_ms: int = 0, **parameters: str) -> Operation:
    return Operation("f", AGENT, task, interval_ms, 20000, "k", parameters=parameters)


def test_answers_without_a_call() -> None:
    """A probe would call a device that this node does not use."""
    stop = fence_device.answer(operation("stop"), started=True)
    assert stop is not None
    assert stop.exit_code == Ocf.OK
    probes = [fence_device.answer(operation("monitor"), started) for started in (False, True)]
    assert [p.exit_code for p in probes if p] == [Ocf.NOT_RUNNING, Ocf.OK]
    assert fence_device.answer(operation("monitor", 60000), started=True) is None


def test_the_call_behind_a_start() -> None:
    """The agent would be told to start, which it cannot."""
    assert fence_device.invocation(operation("start")).action == "monitor"
    assert fence_device.invocation(operation("start", pcmk_monitor_action="list")).action == "list"
    assert fence_device.invocation(operation("meta-data")).action == "meta-data"


def test_started_is_what_the_newest_start_or_stop_says() -> None:
    """After a restart of the daemon a device would seem stopped, or a stopped one started."""
    start = Result(operation("start"), 1, 0, ExecutionStatus.DONE)
    stop = Result(operation("stop"), 2, 0, ExecutionStatus.DONE)
    probe = Result(operation("monitor"), 3, 7, ExecutionStatus.DONE)
    assert fence_device.started([start, probe])
    assert not fence_device.started([start, stop])
    assert not fence_device.started([Result(operation("start"), 4, 1, ExecutionStatus.DONE), probe])
