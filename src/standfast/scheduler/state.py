"""The cluster as the status section says it is, as values: what status commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import fail_counts, health, resources, roles, where
from standfast.scheduler.outcome import (
    Failure,
    InstanceState,
    NodeState,
    ReplicaState,
    ResourceState,
    State,
)
from standfast.scheduler.sorting import numeric_key
from standfast.scheduler.working import Kind, top

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.working import Node, Resource

_STATUS_TEXTS = {
    -2: "unknown", -1: "pending", 0: "complete", 1: "cancelled", 2: "Timed Out", 3: "NOT SUPPORTED", 4: "Error",
    5: "Hard error", 6: "Fatal error", 7: "Not installed", 8: "No executor connection", 9: "Cannot execute now",
    10: "No fence device", 11: "CIB secrets unavailable",
}  # fmt: skip


def take(cluster: Cluster) -> State:
    """Return the state of the cluster as it was unpacked."""
    instances = [one for resource in cluster.resources for one in _primitives(resource)]
    counted = [one for one in instances if not one.removed or one.orig_role > roles.STOPPED]
    masked = _masked(cluster)
    return State(
        nodes=tuple(_node(cluster, node) for node in cluster.nodes),
        instances=tuple(_instance(one) for one in instances if _is_shown(one)),
        failures=tuple(_failure(*found) for found in cluster.failures),
        quorate=cluster.quorate,
        dc=cluster.dc.name if cluster.dc is not None else "",
        counted_instances=len(counted),
        disabled_instances=sum(resources.is_disabled(one) for one in counted),
        blocked_instances=sum(one.blocked for one in counted),
        resources=tuple(_resource(one, masked) for one in cluster.resources),
        maintenance_mode=cluster.options.maintenance,
        stop_all=cluster.options.stop_all,
    )


def _primitives(resource: Resource) -> Iterator[Resource]:
    if not resource.children:
        yield resource
    for child in resource.children:
        yield from _primitives(child)


def _is_shown(resource: Resource) -> bool:
    return not resource.removed or resource.orig_role != roles.STOPPED


def _node(cluster: Cluster, node: Node) -> NodeState:
    kind = "guest" if node.is_guest else "remote" if node.is_remote else "member"
    return NodeState(
        id=node.id,
        name=node.name,
        online=node.online,
        unclean=node.unclean,
        pending=node.pending,
        standby=node.standby,
        standby_on_fail=node.fail_standby,
        maintenance=node.maintenance,
        shutdown=node.shutdown,
        is_dc=node is cluster.dc,
        kind=kind,
        host=node.host().id if node.is_guest else "",
        health=health.of(cluster, node),
        attributes=dict(node.attributes),
        resources=tuple(resource.id for resource in node.running),
    )


def _display_role(resource: Resource) -> int:
    role = resource.orig_role
    return roles.UNPROMOTED if role == roles.STARTED and top(resource).promotable else role


def _agent(resource: Resource) -> str:
    standard, provider, agent = resource.agent
    parts = (standard, provider if standard == "ocf" else None, agent)
    return ":".join(part for part in parts if part)


def _instance(resource: Resource) -> InstanceState:
    parents = [(r.kind.name.lower(), r.id) for r in resource.ancestors() if r is not resource]
    counts = {
        node.name: count
        for node in resource.cluster.nodes
        if (count := fail_counts.fail_count(resource, node, effective=False)[0])
    }
    return InstanceState(
        id=resource.id,
        agent=_agent(resource),
        role=roles.noun(_display_role(resource)),
        nodes=tuple(node.name for node in resource.active_nodes),
        managed=resource.managed,
        failed=resource.failed,
        blocked=resource.blocked,
        orphaned=resource.removed,
        maintenance=resource.maintenance,
        target_role=resource.meta.get("target-role", ""),
        pending=resource.pending_action,
        fail_counts=counts,
        parents=tuple(reversed(parents)),
    )


def _failure(entry: HistoryEntry, node_name: str, resource_id: str) -> Failure:
    return Failure(
        operation_key=entry.key,
        node=node_name,
        exit_code=entry.rc or 0,
        status=_STATUS_TEXTS.get(entry.status if entry.status is not None else -2, "unknown"),
        exit_reason=entry.exit_reason,
        call_id=entry.call_id,
        last_change_s=entry.last_change_s or 0,
        exec_ms=entry.exec_time_ms,
        queue_ms=entry.queue_time_ms,
        interval_ms=entry.interval_ms,
        task=entry.task,
    )


def _masked(cluster: Cluster) -> dict[tuple[str, str], int]:
    """Return exit codes of probes that say that a resource cannot run somewhere, by id and node."""
    found: dict[tuple[str, str], int] = {}
    for entry, _, _ in cluster.failures:
        if entry.is_masked and entry.on_node is not None:
            name = entry.key.rsplit("_", 2)[0]
            found.setdefault((name, entry.on_node.lower()), entry.rc or 0)
    return found


def _probe_name(resource: Resource) -> str:
    outer = top(resource)
    if outer.kind is Kind.CLONE and outer.instance_element is not None:
        return outer.instance_element.get("id") or ""
    return resource.id


def _probe_rc(resource: Resource, masked: dict[tuple[str, str], int], node_name: str | None) -> int | None:
    name = _probe_name(resource)
    if node_name is not None:
        return masked.get((name, node_name.lower()))
    return next((rc for (one, _), rc in masked.items() if one == name), None)


def _resource(resource: Resource, masked: dict[tuple[str, str], int]) -> ResourceState:
    current = where.current_node(resource)
    shown = current or resource.pending_node or resource.lock_node
    multiple = len(resource.active_nodes) > 1
    probe_node = shown.name if shown is not None and not multiple else None
    stopped = resource.is_primitive and _display_role(resource) == roles.STOPPED
    role = _display_role(resource) if resource.is_primitive else where.role(resource, current=True)
    return ResourceState(
        kind=resource.kind.name.lower(),
        id=resource.id,
        config_id=resource.config_id,
        agent=_agent(resource),
        description=resource.element.get("description") or "",
        role=roles.noun(role),
        nodes=tuple(node.name for node in resource.active_nodes),
        current=current.name if current is not None else "",
        active=where.is_active(resource, every=False),
        whole=where.is_active(resource, every=True),
        managed=resource.managed,
        maintenance=resource.maintenance,
        blocked=resource.blocked,
        failed=resource.failed,
        failure_ignored=resource.failure_ignored,
        orphaned=resource.removed,
        unique=resource.unique,
        promotable=resource.promotable,
        disabled=resources.is_disabled(resource),
        internal=resource.meta.get("internal_rsc", "").lower() == "true",
        target_role=resource.meta.get("target-role", ""),
        pending=resource.pending_action,
        pending_node=resource.pending_node.name if resource.pending_node is not None else "",
        lock_node=resource.lock_node.name if resource.lock_node is not None else "",
        probe_rc=_probe_rc(resource, masked, probe_node) if stopped else None,
        history_id=resource.history_id or "",
        clone_max=resource.clone_max,
        idle=_idle(resource, masked) if resource.kind is Kind.CLONE else {},
        children=tuple(_resource(child, masked) for child in resource.children),
        replicas=_replicas(resource, masked),
        image=resource.bundle.image if resource.bundle is not None else "",
    )


def _idle(clone: Resource, masked: dict[tuple[str, str], int]) -> dict[str, int | None]:
    nodes = [place.node for place in clone.allowed.values()] or list(clone.probed.values())
    active = {node.name for node in clone.active_nodes}
    return {
        node.name: _probe_rc(clone, masked, node.name)
        for node in sorted(nodes, key=lambda n: numeric_key(n.name))
        if node.name not in active
    }


def _replicas(resource: Resource, masked: dict[tuple[str, str], int]) -> tuple[ReplicaState, ...]:
    if resource.bundle is None:
        return ()

    def part(one: Resource | None) -> ResourceState | None:
        return None if one is None else _resource(one, masked)

    return tuple(
        ReplicaState(
            _resource(replica.container, masked),
            part(replica.ip),
            part(replica.remote),
            part(replica.child),
            replica.ip_address,
        )
        for replica in resource.bundle.replicas
    )
