"""The steps that a node does."""

from __future__ import annotations

import itertools

import pytest

from standfast.agents import ExecutionStatus, Outcome
from standfast.fencing import Device, RunAgent
from standfast.fencing.calls import RETRY_PAUSE_MS, Calls, Ended, Work
from standfast.fencing.capabilities import ASSUMED
from standfast.runtime import CancelTimer, SetTimer

OK = Outcome(0, ExecutionStatus.DONE)
FAILED = Outcome(1, ExecutionStatus.DONE, stderr="first\nFailed: no answer\n")


def calls() -> Calls:
    return Calls(itertools.count(1).__next__)


def work(action: str = "off", limit_ms: int = 60_000, **parameters: str) -> Work:
    return Work(("r1", 1), Device("d", "fence_x", parameters), ASSUMED, action, "n3", 3, limit_ms)


def test_second_try_within_the_limit() -> None:
    """A device that is busy for a moment would count as broken."""
    c = calls()
    (first,) = c.begin(work(), 0, 0)
    assert isinstance(first, RunAgent)
    assert first.invocation.parameters == {"nodename": "n3", "nodeid": "3", "port": "n3"}
    (pause,) = c.exited(first.call, FAILED, 5000)
    assert isinstance(pause, SetTimer)
    assert pause.delay_ms == RETRY_PAUSE_MS
    (second,) = c.fired(pause.name, pause.generation, 6000)
    assert second.invocation.timeout_ms == 54_000
    assert c.exited(second.call, FAILED, 7000) == Ended(("r1", 1), False, "Failed: no answer")


@pytest.mark.parametrize(
    ("outcome", "at_ms", "retries"),
    [
        (Outcome(1, ExecutionStatus.TIMEOUT), 5000, "5"),
        (Outcome(5, ExecutionStatus.NOT_INSTALLED), 100, "5"),
        (FAILED, 50_000, "5"),
        (FAILED, 100, "1"),
        (FAILED, 100, "0"),
    ],
)
def test_no_second_try(outcome: Outcome, at_ms: int, retries: str) -> None:
    """A node would wait for tries that cannot end in time, while another node could do it."""
    c = calls()
    (first,) = c.begin(work(pcmk_off_retries=retries), 0, 0)
    ended = c.exited(first.call, outcome, at_ms)
    assert isinstance(ended, Ended)
    assert not ended.ok


@pytest.mark.parametrize(
    "outcome",
    [Outcome(2, ExecutionStatus.DONE), Outcome(0, ExecutionStatus.TIMEOUT), Outcome(0, ExecutionStatus.ERROR)],
)
def test_nothing_but_exit_0_is_a_success(outcome: Outcome) -> None:
    """A killed agent would confirm that a node is off."""
    c = calls()
    (first,) = c.begin(work(pcmk_off_retries="1"), 0, 0)
    ended = c.exited(first.call, outcome, 100)
    assert isinstance(ended, Ended)
    assert not ended.ok


def test_waiting_steps_can_be_dropped() -> None:
    """A delayed fencing would be done though it is not wanted any more."""
    c = calls()
    (timer,) = c.begin(work(), 5000, 0)
    assert c.drop("other") == []
    assert c.drop("r1") == [CancelTimer(timer.name)]
    assert c.fired(timer.name, timer.generation, 5000) == []
    (timer,) = c.begin(work(), 5000, 0)
    assert c.drop_waiting(["other"], "it is back") == ([], [])
    effects, ended = c.drop_waiting(["r1"], "it is back")
    assert effects == [CancelTimer(timer.name)]
    assert [e.ok for e in ended] == [False]


def test_timer_of_another_generation_and_strange_exits() -> None:
    """A timer that fired late would run the agent twice."""
    c = calls()
    (timer,) = c.begin(work(), 5000, 0)
    assert c.fired(timer.name, timer.generation + 7, 5000) == []
    assert len(c.fired(timer.name, timer.generation, 5000)) == 1
    assert c.fired(timer.name, timer.generation, 5001) == []
    assert c.exited(99, OK, 5002) == []


def test_verification() -> None:
    """A device that lies would confirm a node that runs."""
    c = calls()
    (off,) = c.begin(work(standfast_verify="true"), 0, 0)
    (status,) = c.exited(off.call, OK, 100)
    assert status.invocation.action == "status"
    assert c.exited(status.call, Outcome(2, ExecutionStatus.DONE), 200) == Ended(("r1", 1), True)
    (off,) = c.begin(work(standfast_verify="true"), 0, 0)
    (status,) = c.exited(off.call, OK, 100)
    ended = c.exited(status.call, OK, 200)
    assert isinstance(ended, Ended)
    assert not ended.ok
