"""Fail counts: how often a resource failed on a node, and when that stops to count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import requests, where
from standfast.scheduler.scores import add, seconds
from standfast.scheduler.working import in_bundle

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.operations import Operation
    from standfast.scheduler.working import Node, Resource

_COUNT, _LAST = "fail-count-", "last-failure-"
_SUFFIX = re.compile(r"(:\d+)?#.+_\d+")
_UNIQUE_SUFFIX = re.compile(r"#.+_\d+")


def _failures_of(resource: Resource, node: Node) -> tuple[int, int]:
    """Return the sum of the counts, and the newest failure's time, of one resource's attributes."""
    count = last_s = 0
    if not _attributes(node):
        return 0, 0
    name = resource.history_id or resource.id
    if not resource.unique:
        name = where.base_name(name)
    suffix = _UNIQUE_SUFFIX if resource.unique else _SUFFIX
    for attribute, value in _attributes(node):
        kind = _COUNT if attribute.startswith(_COUNT) else _LAST
        rest = attribute[len(kind) :]
        if not rest.startswith(name) or suffix.fullmatch(rest, len(name)) is None:
            continue
        if kind is _COUNT:
            count = add(count, cib.values.score(value))
        else:
            last_s = max(last_s, cib.values.integer(value) or 0)
    return count, last_s


def _attributes(node: Node) -> list[tuple[str, str]]:
    """Return the node's attributes that are about failures; they are picked once for each number of attributes."""
    if node.picked_of != len(node.attributes):
        node.picked_of = len(node.attributes)
        node.failures = [(n, v) for n, v in node.attributes.items() if n.startswith((_COUNT, _LAST))]
    return node.failures


def fail_count(
    resource: Resource, node: Node, *, effective: bool = True, launched: bool = False, entry: HistoryEntry | None = None
) -> tuple[int, int]:
    """Return a resource's fail count on a node and the time of its last failure (0: none).

    `effective`: expired failures do not count. `launched`: those of what it launches count too.
    """
    count, last_s = _failures_of(resource, node)
    if count > 0 and resource.fail_expiry_ms and _blocks(resource, node, entry):
        resource.fail_expiry_ms = 0
    expires = effective and count > 0 and last_s > 0 and resource.fail_expiry_ms > 0
    if expires and resource.cluster.now_s > last_s + seconds(resource.fail_expiry_ms):
        count = 0
    if launched and resource.launched and not in_bundle(resource):
        for other in resource.launched:
            others, others_last_s = fail_count(other, node, effective=effective, launched=launched, entry=entry)
            count += others
            last_s = max(last_s, others_last_s)
    return count, last_s if count > 0 and last_s > 0 else 0


def _blocks(resource: Resource, node: Node, entry: HistoryEntry | None) -> bool:
    """Return whether a failure of an operation with on-fail=block is in the history: it never expires."""
    name = where.base_name(resource.id)
    if name != resource.config_id:
        return False
    for operation in resource.operations:
        if operation.attributes.get("on-fail") != "block":
            continue
        if entry is not None:
            if _is_failure_of(name, operation, entry):
                return True
        elif any(_is_failure_of(name, operation, known) for known in _history(resource, node, name, operation)):
            return True
    return False


def _history(resource: Resource, node: Node, name: str, operation: Operation) -> list[HistoryEntry]:
    return [
        entry
        for history in resource.cluster.histories.get(node.name, ())
        if history.id == name
        for entry in history.entries
        if entry.task == operation.name and entry.interval_ms == operation.interval_ms
    ]


def _is_failure_of(name: str, operation: Operation, entry: HistoryEntry) -> bool:
    if operation.interval_ms != entry.interval_ms or operation.name.lower() != entry.task.lower():
        return False
    if entry.id == f"{name}_last_failure_0":
        return True
    return entry.id == f"{name}_{operation.name}_{operation.interval_ms}" and entry.rc != entry.expected_rc


def clear(resource: Resource, node: Node, reason: str) -> Action:
    """Request that the fail count be cleared."""
    action = requests.request(resource, "clear_failcount", node, optional=False)
    action.meta["op_no_wait"] = "true"
    action.explain(reason)
    return action


def reached_threshold(resource: Resource, node: Node) -> bool:
    """Return whether the resource has failed on the node as often as it may."""
    if resource.migration_threshold == 0 or resource.failure_ignored:
        return False
    count, _ = fail_count(resource, node, launched=True)
    return count > 0 and count >= resource.migration_threshold
