"""Migrations in the history: where a resource is after one that ended, failed, or is half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import history_entries as h
from standfast.scheduler import roles
from standfast.scheduler.activity import add_running
from standfast.scheduler.fencing_needs import can_fence

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.working import Node, Resource

_ELSEWHERE = frozenset(("start", "stop", "migrate_to", "migrate_from"))


def _entries(cluster: Cluster, resource_id: str, node_name: str) -> list[HistoryEntry]:
    """Return what the status says of a resource on a node."""
    for history in cluster.histories.get(node_name, ()):
        if history.id == resource_id:
            return history.entries
    return []


def _find(
    resource: Resource, task: str, node_name: str, *, source: str | None = None, target: str | None = None
) -> HistoryEntry | None:
    for entry in _entries(resource.cluster, resource.id, node_name):
        if (
            entry.task == task
            and (source is None or entry.migrate_source == source)
            and (target is None or entry.migrate_target == target)
        ):
            return entry
    return None


def _is_unknown_on(resource: Resource, node_name: str) -> bool:
    """Return whether no result is recorded there but that the state is unknown."""
    return all(entry.rc == 193 for entry in _entries(resource.cluster, resource.id, node_name))


def _acted_after(resource: Resource, node_name: str, entry: HistoryEntry | None) -> bool:
    """Return whether something changed the resource there after this entry."""
    return entry is not None and any(
        other is not entry and other.task in _ELSEWHERE and h.age(other, entry) > 0
        for other in _entries(resource.cluster, resource.id, node_name)
    )


def _not_running_after(resource: Resource, node_name: str, entry: HistoryEntry) -> bool:
    monitor = _find(resource, "monitor", node_name)
    if monitor is None or monitor.rc != h.NOT_RUNNING or monitor.status != h.DONE:
        return False
    return h.age(monitor, entry) > 0


def _newer_state(
    resource: Resource, node_name: str, migrate_to: HistoryEntry | None, migrate_from: HistoryEntry | None
) -> bool:
    """Return whether the resource's state on the node was changed, or found, after the migration."""
    entry = migrate_from if migrate_from is not None else migrate_to
    if entry is None:
        return False
    on_source = (entry.migrate_source or "").lower() == node_name.lower()
    if entry is not migrate_to and migrate_to is not None and on_source:
        entry = migrate_to
    return _acted_after(resource, node_name, entry) or _not_running_after(resource, node_name, entry)


def _ends(entry: HistoryEntry, source: Node | None, target: Node | None) -> tuple[str, str] | None:
    """Return the names of source and target, if the entry has both and they agree with the nodes given."""
    if entry.migrate_source is None or entry.migrate_target is None:
        return None
    if source is not None and entry.migrate_source.lower() != source.name.lower():
        return None
    if target is not None and entry.migrate_target.lower() != target.name.lower():
        return None
    return entry.migrate_source, entry.migrate_target


def _fail_unmigratable(resource: Resource) -> None:
    resource.failed = resource.stop_if_failed = True
    resource.migratable = False


def to_success(resource: Resource, node: Node, entry: HistoryEntry) -> None:
    """Apply a migrate_to that succeeded on its source: what follows depends on the migrate_from."""
    ends = _ends(entry, node, None)
    if ends is None:
        return
    source, target = ends
    source_acted = _acted_after(resource, source, entry)
    migrate_from = _find(resource, "migrate_from", target, source=source)
    if migrate_from is not None and source_acted:
        return
    target_newer = _newer_state(resource, target, entry, migrate_from)
    if source_acted and target_newer:
        return
    rc, status = (h.OK, h.PENDING) if migrate_from is None else (migrate_from.rc, migrate_from.status)
    if rc == h.OK and status == h.DONE:  # done, but for the stop on the source
        resource.orig_role = roles.STOPPED
        resource.dangling_sources.insert(0, node)
        return
    resource.orig_role = roles.STARTED
    target_node = resource.cluster.node(target)
    on_target = target_node if target_node is not None and _may_run_on(resource.cluster, target_node) else None
    if status != h.PENDING:
        if on_target is not None and not target_newer:
            add_running(resource, on_target, failed=True)
        else:
            _fail_unmigratable(resource)
        return
    if on_target is not None and on_target.online and _is_unknown_on(resource, target):
        return
    if on_target is not None and not target_newer:
        _half_done(resource, resource.cluster.node(source), on_target)
    elif not source_acted:
        _fail_unmigratable(resource)


def _may_run_on(cluster: Cluster, target: Node) -> bool:
    """Return whether a resource that went there may run there.

    Deviates: Pacemaker asks whether the node is online. One that is lost and cannot be fenced now, in a partition that
    goes on without quorum, may be running what came to it as well.
    """
    return target.online or (target.unclean and not can_fence(cluster, target))


def _half_done(resource: Resource, source: Node | None, target: Node) -> None:
    add_running(resource, target, failed=False)
    if source is not None and source.online:
        resource.partial_target = target
        resource.partial_source = source


def to_failure(resource: Resource, node: Node, entry: HistoryEntry) -> None:
    """Apply a migrate_to that failed: the resource may be on the target as well."""
    ends = _ends(entry, node, None)
    if ends is None:
        return
    source, target = ends
    resource.orig_role = roles.STARTED
    migrate_from = _succeeded(_find(resource, "migrate_from", target, source=source))
    if not _is_unknown_on(resource, target) and not _newer_state(resource, target, entry, migrate_from):
        target_node = resource.cluster.node(target)
        if target_node is not None and target_node.online:
            add_running(resource, target_node, failed=False)
    elif not _acted_after(resource, source, entry):
        resource.dangling_sources.insert(0, node)


def from_failure(resource: Resource, node: Node, entry: HistoryEntry) -> None:
    """Apply a migrate_from that failed: the resource may be on the source still."""
    ends = _ends(entry, None, node)
    if ends is None:
        return
    source, target = ends
    resource.orig_role = roles.STARTED
    migrate_to = _succeeded(_find(resource, "migrate_to", source, target=target))
    if not _is_unknown_on(resource, source) and not _newer_state(resource, source, migrate_to, entry):
        source_node = resource.cluster.node(source)
        if source_node is not None and source_node.online:
            add_running(resource, source_node, failed=True)


def _succeeded(entry: HistoryEntry | None) -> HistoryEntry | None:
    return entry if entry is not None and entry.rc == h.OK and entry.status == h.DONE else None
