"""Assigning bundles: the containers as instances, then what comes with each, at last what runs inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import (
    colocation,
    colocation_scores,
    compatible,
    explain,
    fail_counts,
    instances,
    node_choice,
    roles,
    where,
)
from standfast.scheduler.scores import INFINITY, add
from standfast.scheduler.sorting import merge_sort
from standfast.scheduler.working import Kind, Part

if TYPE_CHECKING:
    from standfast.scheduler.bundle_parts import BundleParts, Replica
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Place, Resource


def _parts(bundle: Resource) -> BundleParts:
    assert bundle.bundle is not None, f"{bundle.id} is no bundle"
    return bundle.bundle


def assign(bundle: Resource, prefer: Node | None, stop_if_fail: bool) -> Place | None:
    """Assign all that a bundle stands for."""
    parts = _parts(bundle)
    bundle.assigning = True
    explain.allocation_scores(bundle, "pcmk__bundle_assign")
    containers = merge_sort(compatible.of(bundle), instances.compare)
    instances.assign_instances(bundle, containers, len(parts.replicas), parts.replicas_per_host)
    for replica in parts.replicas:
        _assign_replica(replica, prefer, stop_if_fail)
    if parts.child is not None:
        own = {replica.node.id for replica in parts.replicas if replica.node is not None}
        for place in parts.child.allowed.values():
            if place.node.id in own:
                place.score, place.parts = 0, None
            else:
                place.ban("not a node of the bundle")
        parts.child.methods.assign(parts.child, prefer, stop_if_fail)
    bundle.assigning = bundle.provisional = False
    return None


def _assign_replica(replica: Replica, prefer: Node | None, stop_if_fail: bool) -> None:
    if replica.ip is not None:
        replica.ip.methods.assign(replica.ip, prefer, stop_if_fail)
    host = replica.container.assigned_node
    remote, child = replica.remote, replica.child
    if remote is not None:
        if host is not None and host.is_remote and host.remote is not None:
            name = "#replica-remote-with-host-remote"
            colocation.add(name, INFINITY, remote, host.remote, influence=True, explicit=False)
        remote.methods.assign(remote, prefer, stop_if_fail)
    if child is None or child.parent is None:
        return
    for place in child.allowed.values():
        if place.node is not replica.node:
            place.ban("only in its own container")
        elif not fail_counts.reached_threshold(child, place.node):
            place.score, place.parts = INFINITY, Part(None, "own container", INFINITY)
    child.parent.assigning = True
    child.methods.assign(child, replica.node, stop_if_fail)
    child.parent.assigning = False


def _host(node: Node | None) -> Node | None:
    """Return the node that a bundle's node will run on; another node itself."""
    if node is not None and colocation_scores.is_bundle_node(node):
        return where.one_node(node.host(), assigned=True)
    return node


def _compatible_container(dependent: Resource, bundle: Resource) -> Resource | None:
    node = _host(where.one_node(dependent, assigned=True))
    if node is not None:
        return _container_on(bundle, node)
    for place in node_choice.sort_places(dependent.cluster, list(dependent.allowed.values()), None):
        host = _host(place.node)
        found = _container_on(bundle, host) if host is not None else None
        if found is not None:
            return found
    return None


def _container_on(bundle: Resource, node: Node) -> Resource | None:
    for container in compatible.of(bundle):
        if compatible.matches(container, node, 0, current=False):
            return container
    return None


def apply_colocation(dependent: Resource, primary: Resource, constraint: Colocation, as_dependent: bool) -> int:
    """Apply a colocation with a bundle: with its containers."""
    if primary.provisional:
        return 0
    if constraint.dependent.kind > Kind.GROUP:
        return compatible.with_instance(dependent, _compatible_container(dependent, primary), constraint)
    delta = 0
    places: list[Place] = []
    for replica in _parts(primary).replicas:
        if constraint.score < INFINITY:
            container = replica.container
            delta = add(delta, container.methods.apply_colocation(dependent, container, constraint, False))
        elif _counts(replica, constraint):
            place = compatible.one_place(replica.container)
            places = places if place is None else [place, *places]
    if constraint.score >= INFINITY:
        colocation_scores.intersect(dependent, constraint, places, merge=False)
    return delta


def _counts(replica: Replica, constraint: Colocation) -> bool:
    """Return whether a replica's node is one where the dependent may be."""
    if where.any_flag(replica.container, "blocked"):
        return False
    if constraint.primary_role < roles.PROMOTED:
        return True
    return replica.child is not None and replica.child.next_role >= roles.PROMOTED


def add_utilization(bundle: Resource, original: Resource, every: list[Resource], needs: dict[str, int]) -> None:
    """Add the needs of one container."""
    if bundle.provisional:
        containers = compatible.of(bundle)
        if containers:
            containers[0].methods.add_utilization(containers[0], original, every, needs)
