"""Orders of a resource's actions with the unfencing of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import orders
from standfast.scheduler import relations as r
from standfast.scheduler.actions import key
from standfast.scheduler.fencing_needs import fencing_action, is_unfenced, trigger_unfencing

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.working import Node, Resource


def order_after(resource: Resource, node: Node | None, action: Action, flags: int) -> None:
    """Put an action after the unfencing of its node, if the resource needs that."""
    cluster = resource.cluster
    is_device = resource.is_fence_device and cluster.enable_unfencing
    if node is None or not (is_device or resource.needs_unfencing):
        return
    unfence = fencing_action(cluster, node, "on", optional=True)
    r.relate(unfence, action, flags)
    if not is_unfenced(node):
        trigger_unfencing(cluster, None, node, f"required by {resource.id} {action.task}")


def order_restart(resource: Resource, node: Node) -> None:
    """Put the unfencing of a node between a resource's stop and start there."""
    unfence = fencing_action(resource.cluster, node, "on", optional=True)
    orders.add((resource, key(resource.id, "stop")), unfence, r.ORDERED | r.IF_ON_SAME_NODE)
    flags = r.FIRST_IMPLIES_SAME_NODE_THEN | r.IF_ON_SAME_NODE
    orders.add(unfence, (resource, key(resource.id, "start")), flags)
