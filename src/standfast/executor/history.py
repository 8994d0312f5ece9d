"""Under which names results stand in a node's history, and which ones say that something failed.

Source: pcmk__create_history_xml of Pacemaker 3.0.
"""

from __future__ import annotations

from standfast.agents import ExecutionStatus
from standfast.executor.events import Result

RELOADS = ("reload", "reload-agent")
MIGRATIONS = ("migrate_to", "migrate_from")
UNRECORDED = ("meta-data", "validate-all")
UNDECIDED = (ExecutionStatus.CANCELLED, ExecutionStatus.PENDING)


def failed(result: Result) -> bool:
    """Return whether a result is a failure: it went wrong, or its exit code is not the expected one."""
    if result.status in UNDECIDED:
        return False
    return result.status != ExecutionStatus.DONE or result.exit_code != result.operation.target_rc


def recorded_task(result: Result) -> str:
    """Return the task that the history names: a reload that worked counts as a start, one that did not as a monitor."""
    if result.operation.task not in RELOADS:
        return result.operation.task
    return "start" if result.status == ExecutionStatus.DONE else "monitor"


def history_ids(result: Result) -> tuple[str, ...]:
    """Return the ids of the `lrm_rsc_op` elements that hold a result, the first one foremost.

    `R_last_0` is the last one-shot operation, `R_last_failure_0` the last failure of any; a recurring operation, a
    migration and a notification stand under their own names. What leaves no trace has none.
    """
    operation = result.operation
    resource = operation.resource_id
    if operation.task in UNRECORDED:
        return ()
    if operation.task == "notify":
        kind, what = operation.meta.get("notify_type", ""), operation.meta.get("notify_operation", "")
        return (f"{resource}_{kind}_notify_{what}_0",)
    if operation.task in MIGRATIONS:
        return (operation.key,)
    if failed(result):
        failure = f"{resource}_last_failure_0"
        return (failure,) if operation.interval_ms else (failure, f"{resource}_last_0")
    return (operation.key,) if operation.interval_ms else (f"{resource}_last_0",)
