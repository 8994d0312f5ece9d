"""Failure counts: how often an operation failed on a node, and when last, as transient attributes.

Source: Pacemaker Administration, "Handling Resource Failure"; names `fail-count-RESOURCE#TASK_INTERVAL`.
"""

from __future__ import annotations

from standfast import cib, executor
from standfast.cib import status, values
from standfast.controller import properties

_COUNTED = ("promote", "demote", "asyncmon")


def names(resource_id: str, task: str, interval_ms: int) -> tuple[str, str]:
    """Return the names of the count and of the time of the last failure."""
    suffix = f"{resource_id}#{task}_{interval_ms}"
    return f"fail-count-{suffix}", f"last-failure-{suffix}"


def count(document: cib.Document, node_id: str, uname: str, result: executor.Result, wall_s: int) -> bool:
    """Count a failed result on the document; return whether it is one that counts (a failed probe does not)."""
    operation = result.operation
    value = _increment(document, operation)
    if value is None:
        return False
    counter, moment = names(operation.resource_id, operation.task, operation.interval_ms)
    if operation.meta.get("on_fail") != "ignore":
        old = status.attribute(document, node_id, counter)
        total = min(values.score(old) + value, cib.INFINITY)
        text = "INFINITY" if total >= cib.INFINITY else str(total)
        status.set_attribute(document, node_id, uname, counter, text)
    status.set_attribute(document, node_id, uname, moment, str(wall_s))
    return True


def clear(document: cib.Document, node_id: str, resource_id: str, task: str = "", interval_ms: int = 0) -> bool:
    """Drop a resource's counts on a node (an empty id: all resources'; with `task`: that operation's alone)."""
    dropped = False
    for name in status.attributes(document, node_id):
        if _is_of(name, resource_id, task, interval_ms):
            dropped |= status.delete_attribute(document, node_id, name)
    return dropped


def _increment(document: cib.Document, operation: executor.Operation) -> int | None:
    if operation.task == "stop":
        return cib.INFINITY
    if operation.task == "start":
        return cib.INFINITY if properties.read(document).start_failure_is_fatal else 1
    return 1 if operation.interval_ms > 0 or operation.task in _COUNTED else None


def _is_of(name: str, resource_id: str, task: str, interval_ms: int) -> bool:
    for prefix in ("fail-count-", "last-failure-"):
        if name.startswith(prefix):
            owner, _, operation = name.removeprefix(prefix).partition("#")
            wanted = f"{task}_{interval_ms}" if task else operation
            return (not resource_id or owner == resource_id) and operation == wanted
    return False
