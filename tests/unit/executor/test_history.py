"""Names of results in a history."""

from __future__ import annotations

import pytest

from standfast.agents import AgentName, ExecutionStatus
from standfast.executor import Operation, Result, failed, history_ids, recorded_task


def result(task: str, interval_ms: int = 0, code: int = 0, target: int = 0, **changes: object) -> Result:
    settings: dict[str, object] = {"status": ExecutionStatus.DONE, "meta": {}} | changes
    operation = Operation("r", AgentName("ocf", "x", "y"), task, interval_ms, 1, "k", target, meta=settings["meta"])  # type: ignore[arg-type]
    return Result(operation, 1, code, settings["status"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "ids"),
    [
        (result("start"), ("r_last_0",)),
        (result("start", code=1), ("r_last_failure_0", "r_last_0")),
        (result("monitor", code=7, target=7), ("r_last_0",)),
        (result("monitor", 10000), ("r_monitor_10000",)),
        (result("monitor", 10000, code=7), ("r_last_failure_0",)),
        (result("monitor", 10000, code=8, target=8), ("r_monitor_10000",)),
        (result("migrate_to", code=1), ("r_migrate_to_0",)),
        (result("notify", meta={"notify_type": "pre", "notify_operation": "start"}), ("r_pre_notify_start_0",)),
        (result("meta-data"), ()),
    ],
)
def test_ids(found: Result, ids: tuple[str, ...]) -> None:
    """The scheduler would find no failure, or a failure that hides the state."""
    assert history_ids(found) == ids


def test_what_is_a_failure() -> None:
    """A time-out whose exit code fits by chance would count as success."""
    assert failed(result("start", status=ExecutionStatus.TIMEOUT))
    assert failed(result("monitor", code=0, target=7))
    assert not failed(result("monitor", code=7, target=7))
    assert not failed(result("monitor", code=1, status=ExecutionStatus.CANCELLED))


def test_reloads_are_recorded_as_what_they_show() -> None:
    """After a reload the scheduler would compare with digests of the old start, and reload for ever."""
    assert recorded_task(result("reload-agent")) == "start"
    assert recorded_task(result("reload", status=ExecutionStatus.ERROR)) == "monitor"
    assert recorded_task(result("stop")) == "stop"
