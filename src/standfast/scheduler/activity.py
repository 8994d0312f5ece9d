"""Noting that a resource is active on a node, and what follows from being active there or in too many places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import roles, where
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Kind, MultipleActive

if TYPE_CHECKING:
    from standfast.scheduler.working import Node, Resource


def add_running(resource: Resource, node: Node, *, failed: bool) -> None:
    """Note that the resource is active on the node; so are the collectives around it."""
    if node in resource.active_nodes:
        return
    resource.active_nodes.append(node)
    if resource.is_primitive:
        node.running.append(resource)
        if not failed:
            _add_priority(resource, node)
        if node.maintenance:
            resource.managed = False
            resource.maintenance = True
    if not resource.managed:
        where.add_score(resource, node, INFINITY, "not managed")
        for outer in resource.ancestors():
            if outer is not resource:
                outer.active_nodes.append(node)
        return
    if _is_multiply_active(resource):
        _limit(resource)
    if resource.parent is not None:
        add_running(resource.parent, node, failed=False)


def _add_priority(resource: Resource, node: Node) -> None:
    if resource.priority == 0:
        return
    priority = resource.priority + (resource.orig_role == roles.PROMOTED)
    node.priority += priority
    if node.is_guest:
        for host in node.host().active_nodes:
            host.priority += priority


def _is_multiply_active(resource: Resource) -> bool:
    if not resource.is_primitive:
        return False
    _, every, clean = where.active_node(resource)
    return (every if resource.needs_fencing else clean) > 1


def _limit(resource: Resource) -> None:
    if resource.multiple_active is MultipleActive.STOP_ONLY:
        where.ban_everywhere(resource, "multiple-active=stop_only")
    elif resource.multiple_active is MultipleActive.BLOCK:
        parent = resource.parent
        shared = (
            parent is not None
            and parent.kind in (Kind.GROUP, Kind.BUNDLE)
            and parent.multiple_active is MultipleActive.BLOCK
        )
        for blocked in (resource, *(parent.children if shared and parent is not None else ())):
            blocked.managed = False
            blocked.blocked = True
