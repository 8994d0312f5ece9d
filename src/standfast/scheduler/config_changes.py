"""What changed in the configuration since operations ran: restarts, reloads, and operations that are no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import (
    digests,
    fail_counts,
    fencing_needs,
    operations,
    orders,
    recurring,
    where,
)
from standfast.scheduler import relations as r
from standfast.scheduler.digests import Verdict
from standfast.scheduler.requests import request
from standfast.scheduler.working import is_anonymous_clone, top

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.resource_history import ResourceHistory
    from standfast.scheduler.working import Node, Resource

_CHECKED = frozenset(("monitor", "start", "promote", "migrate_from"))


def handle(cluster: Cluster) -> None:
    """Compare every history on usable nodes with the present configuration."""
    owners = _by_history_id(cluster.resources)
    for node in cluster.nodes:
        if not (node.maintenance or where.is_available(node)):
            continue
        for history in cluster.histories.get(node.name, ()):
            if history.has_children:
                for resource in owners.get(history.id or "", ()):
                    _handle_history(resource, node, history)


def _by_history_id(resources: list[Resource]) -> dict[str, list[Resource]]:
    """Return which primitives have an id as their own or in the history, the last ones first."""
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        _note_ids(resource, found)
    return found


def _note_ids(resource: Resource, found: dict[str, list[Resource]]) -> None:
    if resource.is_primitive:
        for one in {resource.id, resource.history_id or resource.id}:
            found.setdefault(one, []).insert(0, resource)
    for child in resource.children:
        _note_ids(child, found)


def clean_up(resource: Resource, node: Node) -> None:
    """Request that a node forget the resource, after its stop and before it starts again."""
    if resource.failed or node.unclean or not node.online:
        return
    request(resource, "delete", node, optional=False)
    orders.tasks(resource, "stop", resource, "delete", r.ORDERED)
    orders.tasks(resource, "delete", resource, "start", r.ORDERED)


def _handle_history(resource: Resource, node: Node, history: ResourceHistory) -> None:
    if resource.removed:
        if not is_anonymous_clone(top(resource)):
            clean_up(resource, node)
        return
    active = node in resource.active_nodes
    if history.agent != resource.agent:
        _agent_changed(resource, node, history, active)
        clean_up(resource, node)
    if active:
        for entry in history.present:
            _handle_entry(resource, node, entry)


def _handle_entry(resource: Resource, node: Node, entry: HistoryEntry) -> None:
    if entry.interval_ms and (resource.maintenance or node.maintenance):
        reason = "maintenance mode"
        recurring.schedule_cancel(resource, entry.call_id, entry.task, entry.interval_ms, node, reason)
    elif entry.interval_ms or entry.task in _CHECKED:
        if digests.needs_remote_name(resource):
            resource.cluster.deferred_checks.append((entry, resource, node, True))
        else:
            check_active(resource, node, entry)


def check_active(resource: Resource, node: Node, entry: HistoryEntry) -> None:
    """Compare an entry with the configuration; a change clears the fail count."""
    if _changed(resource, node, entry) and fail_counts.fail_count(resource, node)[0]:
        fail_counts.clear(resource, node, "action definition changed")


def check_deferred(cluster: Cluster) -> None:
    """Make the comparisons that had to wait for the assignment."""
    for entry, resource, node, active in cluster.deferred_checks:
        if active:
            check_active(resource, node, entry)
        elif digests.compare(resource, entry, node).verdict not in (Verdict.SAME, Verdict.UNKNOWN):
            fail_counts.clear(resource, node, "resource parameters have changed")


def _agent_changed(resource: Resource, node: Node, history: ResourceHistory, active: bool) -> None:
    for recorded, configured in zip(history.agent, resource.agent, strict=True):
        if recorded != configured:
            fencing_needs.trigger_unfencing(resource.cluster, resource, node, "Device definition changed")
    if active:
        request(resource, "stop", node, optional=False)
        resource.start_pending = True


def _changed(resource: Resource, node: Node, entry: HistoryEntry) -> bool:
    """Return whether an operation is configured otherwise than when it ran; request what follows."""
    cluster, task, interval_ms = resource.cluster, entry.task, entry.interval_ms
    if interval_ms and operations.find(resource, task, interval_ms, disabled_too=False) is None:
        if cluster.options.cancel_removed_actions:
            recurring.schedule_cancel(resource, entry.call_id, task, interval_ms, node, "removed")
        return True
    found = digests.compare(resource, entry, node)
    if not interval_ms and task in ("monitor", "migrate_from", "promote"):
        task = "start"
    if _only_secrets_changed(cluster, entry, found):
        cluster.notices.append(
            f"Only 'private' parameters to {interval_text(interval_ms)}-interval {task} for {resource.id} "
            f"on {node.name} changed: {entry.magic}"
        )
        return False
    if found.verdict is Verdict.RESTART:
        _force_restart(resource, node, task, interval_ms)
    elif found.verdict in (Verdict.UNKNOWN, Verdict.CHANGED):
        if interval_ms:
            recurring.reschedule(resource, task, interval_ms, node)
        elif digests.restart_digest(cluster, entry) is not None:
            reason = "Device parameters changed (reload)"
            fencing_needs.trigger_unfencing(cluster, resource, node, reason)
            _reload(resource, node)
        else:
            _force_restart(resource, node, task, interval_ms)
    return found.verdict is not Verdict.SAME


def interval_text(interval_ms: int) -> str:
    """Return an interval as people read it."""
    if interval_ms == 0:
        return "0s"
    text = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        amount, interval_ms = divmod(interval_ms, size)
        text += f"{amount}{unit}" if amount else ""
    seconds, ms = divmod(interval_ms, 1000)
    if ms:
        return f"{text}{seconds}.{ms:03d}s" if seconds else f"{text}{ms}ms"
    return f"{text}{seconds}s" if seconds else text


def _only_secrets_changed(cluster: Cluster, entry: HistoryEntry, found: digests.Digests) -> bool:
    return (
        cluster.sanitized
        and found.verdict is not Verdict.SAME
        and entry.secure_digest is not None
        and found.secure == entry.secure_digest
    )


def _force_restart(resource: Resource, node: Node, task: str, interval_ms: int) -> None:
    required = request(resource, task, None, optional=False, interval_ms=interval_ms)
    required.explain("resource definition change", overwrite=True)
    fencing_needs.trigger_unfencing(resource.cluster, resource, node, "Device parameters changed")


def _reload(resource: Resource, node: Node) -> None:
    if not resource.managed or resource.failed:
        return
    if resource.start_pending:
        request(resource, "stop", node, optional=False)
        return
    resource.reload = True
    reload = request(resource, "reload-agent", node, optional=False)
    reload.explain("resource definition change")
    flags = r.ORDERED | r.THEN_CANCELS_FIRST
    for task in ("stop", "demote"):
        orders.add(reload, (resource, a.key(resource.id, task)), flags)
