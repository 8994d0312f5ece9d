"""Probes: finding out whether a resource runs where nothing is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs, instances, orders, remote, roles, unfencing, where
from standfast.scheduler import relations as r
from standfast.scheduler.requests import request
from standfast.scheduler.sorting import merge_sort
from standfast.scheduler.working import Kind, Probing, top

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def schedule(cluster: Cluster) -> None:
    """Request probes on every node that is online and clean."""
    for node in list(cluster.nodes):
        if not node.online:
            if remote.has_failed(node):
                fencing_needs.fence(cluster, node, "the connection is unrecoverable")
        elif not node.unclean and node.probes_allowed:
            probe_all(cluster.resources, node)


def probe_all(resources: list[Resource], node: Node) -> bool:
    """Request probes of these resources on a node; return whether there was one to request."""
    made = [resource.methods.create_probe(resource, node) for resource in list(resources)]
    return any(made)


def _cannot_run_on(resource: Resource, node: Node) -> bool:
    """Return whether a remote node can never run the resource."""
    if not node.is_remote:
        return False
    if resource.is_fence_device or resource.is_remote_connection:
        return True
    return node.is_guest and remote.guest_in(resource) is not None


def probe(resource: Resource, node: Node) -> bool:
    """Request a probe of a primitive (or of a group's members) on a node, if one is needed."""
    if not resource.cluster.options.startup_probes or _cannot_run_on(resource, node):
        return False
    if resource.children:
        return probe_all(resource.children, node)
    if (resource.launcher is not None and not resource.is_remote_connection) or resource.removed:
        return False
    outer = top(resource)
    if node.id in resource.probed or not _is_to_be_discovered(resource, outer, node):
        return False
    if node.is_guest and _guest_is_down(resource, outer, node):
        return False
    action = _action(resource, node)
    then = outer if outer.kind is Kind.CLONE else resource
    blocks = not action.runnable and not then.active_nodes
    orders.add(action, (then, a.key(then.id, "start")), r.ORDERED | (r.UNRUNNABLE_FIRST_BLOCKS if blocks else 0))
    orders.add(action, (then, a.key(resource.id, "reload-agent")), r.ORDERED)
    return True


def _is_to_be_discovered(resource: Resource, outer: Resource, node: Node) -> bool:
    place = resource.allowed.get(node.id)
    if resource.exclusive_probes or outer.exclusive_probes:
        return place is not None and place.probing is Probing.EXCLUSIVE
    return (node.probing if place is None else place.probing) is not Probing.NEVER


def _guest_is_down(resource: Resource, outer: Resource, node: Node) -> bool:
    """Return whether the guest is stopped or will stop; then its probe or stop comes before the start."""
    guest = node.host()
    if guest.orig_role == roles.STOPPED:
        place = guest.assigned_node
        if place is not None and place.id not in guest.probed:
            orders.tasks(guest, "monitor", outer, "start", r.ORDERED)
        return True
    if _guest_will_stop(node, guest):
        orders.tasks(guest, "stop", outer, "start", r.ORDERED)
        return True
    return False


def _guest_will_stop(node: Node, guest: Resource) -> bool:
    target = guest.assigned_node
    return (
        node.remote_reset
        or node.unclean
        or guest.failed
        or guest.next_role == roles.STOPPED
        or (guest.orig_role > roles.STOPPED and target is not None and target not in guest.active_nodes)
    )


def _action(resource: Resource, node: Node) -> a.Action:
    action = request(resource, "monitor", node, optional=False)
    action.flags &= ~a.OPTIONAL
    unfencing.order_after(resource, node, action, r.ORDERED)
    if node not in resource.active_nodes:
        action.meta["op_target_rc"] = "7"
    elif resource.orig_role == roles.PROMOTED:
        action.meta["op_target_rc"] = "8"
    return action


def probe_clone(clone: Resource, node: Node) -> bool:
    """Request probes of a clone: of every unique instance, of one of those alike."""
    if clone.exclusive_probes:
        place = clone.allowed.get(node.id)
        if place is None or place.probing is not Probing.EXCLUSIVE:
            clone.allowed.pop(node.id, None)
            return False
    clone.children = merge_sort(clone.children, lambda x, y: instances.number(x) - instances.number(y))
    if clone.unique:
        return probe_all(clone.children, node)
    child = next((one for one in clone.children if _is_probed_on(one, node)), None)
    if child is None:
        child = next((one for one in clone.children if where.one_node(one, assigned=True) is node), clone.children[0])
    return child.methods.create_probe(child, node)


def _is_probed_on(resource: Resource, node: Node) -> bool:
    if resource.children:
        return any(_is_probed_on(child, node) for child in resource.children)
    return node.id in resource.probed
