"""Requesting fencing and shutdowns, and their order with everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import notifications, orders
from standfast.scheduler import relations as r
from standfast.scheduler.fencing_needs import can_fence, fencing_action, singleton
from standfast.scheduler.working import in_bundle, is_anonymous_clone, top

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def schedule(cluster: Cluster) -> None:
    """Fence the unclean nodes, shut down those that asked for it; the DC comes last."""
    have_managed = any(_any_managed(resource) for resource in cluster.resources)
    dc_down: Action | None = None
    fenced: list[Action] = []
    downs: list[Action] = []
    for node in list(cluster.nodes):
        if node.is_guest:
            if node.remote_reset and have_managed and can_fence(cluster, node):
                _fence_guest(cluster, node)
        elif have_managed and node.unclean and can_fence(cluster, node):
            fencing = fencing_action(cluster, node, None, optional=False, reason="node is unclean")
            order_all(cluster, fencing)
            if node is cluster.dc:
                dc_down = fencing
            else:
                if not cluster.options.concurrent_fencing and fenced:
                    r.relate(fenced[-1], fencing, r.ORDERED)
                fenced.append(fencing)
        elif not node.is_remote and node.online and node.shutdown:
            down = _shut_down(cluster, node)
            if node is cluster.dc:
                dc_down = down
            else:
                downs.append(down)
    if dc_down is not None:
        _dc_last(cluster, dc_down, downs, fenced)


def _any_managed(resource: Resource) -> bool:
    return resource.managed or any(_any_managed(child) for child in resource.children)


def _dc_last(cluster: Cluster, dc_down: Action, downs: list[Action], fenced: list[Action]) -> None:
    if dc_down.task == "do_shutdown":
        for down in reversed(downs):
            r.relate(down, dc_down, r.ORDERED)
    for fencing in reversed(fenced) if cluster.options.concurrent_fencing else fenced[-1:]:
        r.relate(fencing, dc_down, r.ORDERED)


def _fence_guest(cluster: Cluster, node: Node) -> None:
    """Let a guest count as fenced when what launches it is stopped."""
    launcher = node.host()
    stop = a.first_action(launcher.actions, "stop")
    kind = "reboot" if a.first_action(launcher.actions, "start") is not None else "off"
    fencing = fencing_action(cluster, node, kind, optional=False, reason="guest is unclean")
    fencing.flags |= a.PSEUDO | a.RUNNABLE
    flags = r.UNRUNNABLE_FIRST_BLOCKS | r.FIRST_IMPLIES_THEN
    if stop is not None and stop.pseudo:
        assert stop.node is not None
        r.relate(fencing_action(cluster, stop.node, None, optional=False), fencing, flags)
    elif stop is not None:
        r.relate(stop, fencing, flags)
    elif node.remote is not None:
        r.relate(a.first_action(node.remote.actions, "stop"), fencing, r.ORDERED)
    order_all(cluster, fencing)


def order_all(cluster: Cluster, fencing: Action) -> None:
    """Order a fencing with the actions of all resources."""
    for resource in cluster.resources:
        _order(resource, fencing)


def _order(resource: Resource, fencing: Action) -> None:
    if resource.children:
        for child in resource.children:
            _order(child, fencing)
    elif resource.managed:
        _order_starts(resource, fencing)
        _order_downs(resource, fencing)


def _is_known_on(resource: Resource, node: Node) -> bool:
    if node.id in resource.probed:
        return True
    parent = resource.parent
    return parent is not None and is_anonymous_clone(parent) and node.id in parent.probed


def _order_starts(resource: Resource, fencing: Action) -> None:
    target = fencing.node
    assert target is not None
    for action in reversed(resource.actions):
        if action.needs == a.NEEDS_FENCING:
            r.relate(fencing, action, r.ORDERED)
        elif (
            action.needs == a.NEEDS_QUORUM
            and action.task == "start"
            and target.id in resource.allowed
            and not _is_known_on(resource, target)
        ):
            r.relate(fencing, action, r.ORDERED | r.UNRUNNABLE_FIRST_BLOCKS)


def _order_downs(resource: Resource, fencing: Action) -> None:
    """Let stops and demotes on the target be implied by its fencing."""
    target = fencing.node
    assert target is not None
    stops = a.of_task(resource, "stop", target)
    implicit = resource.needs_fencing or target.is_guest
    outer = top(resource)
    outer_stop = a.first_action(outer.actions, "stop") if stops and implicit else None
    for stop in stops:
        stop.flags |= a.PSEUDO | a.RUNNABLE
        if implicit:
            if not in_bundle(resource):
                r.relate(fencing, stop, r.GUEST_ALLOWED)
            r.relate(fencing, outer_stop, r.GUEST_ALLOWED)
        if resource.notify:
            notifications.order_after_fencing(stop, resource, fencing)
    for demote in a.of_task(resource, "demote", target):
        node = demote.node
        if node is not None and node.online and not node.unclean and not resource.failed:
            continue
        demote.flags |= a.PSEUDO | a.RUNNABLE
        if implicit and not in_bundle(resource):
            r.relate(fencing, demote, r.GUEST_ALLOWED | r.ORDERED)


def _shut_down(cluster: Cluster, node: Node) -> Action:
    """Request a node's shutdown, after everything on it has stopped."""
    down = singleton(cluster, f"do_shutdown-{node.name}", "do_shutdown", node, optional=False)
    for action in reversed(list(cluster.actions)):
        resource = action.resource
        if action.node is not node or action.task != "stop" or resource is None:
            continue
        if resource.maintenance or node.maintenance or not (resource.managed or resource.blocked):
            continue
        action.flags &= ~a.OPTIONAL
        orders.add(action, down, r.ORDERED | r.UNRUNNABLE_FIRST_BLOCKS)
    down.meta["op_no_wait"] = "true"
    return down
