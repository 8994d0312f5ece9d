"""A fencing device as a resource. Its agent is asked whether the device answers; starting and stopping touch nothing.

Source: Pacemaker: a start registers the device and monitors it once, a probe knows only what was started here.
"""

from __future__ import annotations

from collections.abc import Iterable

from standfast.agents import ExecutionStatus, Invocation, Ocf, Outcome
from standfast.executor.events import Operation, Result

STANDARD = "stonith"


def answer(operation: Operation, started: bool) -> Outcome | None:
    """Return what is known without a call: a stop works, a probe says whether it was started here. None: call."""
    if operation.task == "stop":
        return Outcome(int(Ocf.OK), ExecutionStatus.DONE)
    if operation.task == "monitor" and not operation.interval_ms:
        return Outcome(int(Ocf.OK if started else Ocf.NOT_RUNNING), ExecutionStatus.DONE)
    return None


def invocation(operation: Operation) -> Invocation:
    """Return the call behind a start or a recurring monitor: the agent's monitor, or what stands in for it."""
    task = "monitor" if operation.task == "start" else operation.task
    return Invocation(
        agent=operation.agent,
        action=operation.parameters.get(f"pcmk_{task}_action", task),
        timeout_ms=operation.timeout_ms,
        resource_id=operation.resource_id,
        parameters=operation.parameters,
        meta=operation.meta,
    )


def exit_code(code: int) -> int:
    """Return a fence agent's exit code as a resource's."""
    return int(Ocf.OK if code == 0 else Ocf.UNKNOWN_ERROR)


def started(results: Iterable[Result]) -> bool:
    """Return whether a device was started here, by the newest start or stop among these results."""
    newest = max((r for r in results if r.operation.task in ("start", "stop")), key=lambda r: r.call_id, default=None)
    return newest is not None and newest.operation.task == "start" and newest.exit_code == Ocf.OK
