"""Capacity: what nodes have, what resources need, and where that rules a node out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import fencing_needs, node_choice, orders, where
from standfast.scheduler.actions import OPTIONAL, key
from standfast.scheduler.colocation_lists import this_with, with_this
from standfast.scheduler.colocation_scores import Affects, add_dependents, affects
from standfast.scheduler.relations import IF_ON_SAME_NODE_OR_TARGET
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.sorting import merge_sort
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Resource, Table

_SOURCE = "not enough capacity"


def add_needs(resource: Resource, needs: dict[str, int]) -> None:
    """Add what one primitive needs."""
    for name, value in resource.utilization.items():
        needs[name] = needs.get(name, 0) + (cib.values.integer(value) or 0)


def capacity(node: Node, name: str) -> int:
    """Return what a node has left of a utilization attribute."""
    return cib.values.integer(node.utilization.get(name)) or 0


def _has_capacity(node: Node, needs: Mapping[str, int]) -> bool:
    return all(need <= capacity(node, name) for name, need in needs.items())


def colocated(resource: Resource, original: Resource, found: list[Resource]) -> list[Resource]:
    """Return the resource and all that must be with it, the newest first."""
    if resource.kind is Kind.GROUP:
        return _group_colocated(resource, original, found)
    if any(resource is other for other in found):
        return found
    found = [resource, *found]
    for colocation in this_with(resource):
        other = colocation.primary
        if other is not original and _is_mandatory(colocation, resource, other):
            found = colocated(other, original, found)
    for colocation in with_this(resource):
        other = colocation.dependent
        if other is original or (resource.kind is Kind.CLONE and other.kind is not Kind.CLONE):
            continue
        if _is_mandatory(colocation, other, resource):
            found = colocated(other, original, found)
    return found


def _is_mandatory(colocation: Colocation, dependent: Resource, primary: Resource) -> bool:
    return colocation.score == INFINITY and affects(dependent, primary, colocation, preview=True) is Affects.LOCATION


def _group_colocated(group: Resource, original: Resource, found: list[Resource]) -> list[Resource]:
    if not (group.colocated or (group.parent is not None and group.parent.kind is Kind.CLONE)):
        return found
    found = [group, *found]
    for member in group.children:
        found = colocated(member, original, found)
    return found


def ban_incapable(resource: Resource) -> Node | None:
    """Ban the nodes that cannot hold the resource and what must be with it; return the most capable if none can."""
    if resource.cluster.options.placement_strategy == "default":
        return None
    together = colocated(resource, resource, [])
    if not together:
        return None
    if not any(resource is other for other in together):
        together.append(resource)
    needs: dict[str, int] = {}
    for one in together:
        one.methods.add_utilization(one, resource, together, needs)
    alone: dict[str, int] = {}
    add_needs(resource, alone)
    usable = [p.node for p in resource.allowed.values() if p.score >= 0 and where.is_available(p.node)]
    any_capable = any(_has_capacity(node, needs) for node in usable)
    limit = needs if any_capable else alone
    most_capable = None if any_capable else _most_capable(usable)
    for node in usable:
        if not _has_capacity(node, limit):
            where.add_score(resource, node, -INFINITY, _SOURCE)
    return most_capable


def _most_capable(nodes: Iterable[Node]) -> Node | None:
    best: Node | None = None
    for node in nodes:
        if best is None or node_choice.compare_capacity(node, best) < 0:
            best = node
    return best


def primitive_needs(resource: Resource, original: Resource, every: list[Resource], needs: dict[str, int]) -> None:
    """Add an unassigned primitive's needs."""
    if resource.provisional:
        add_needs(resource, needs)


def group_needs(group: Resource, original: Resource, every: list[Resource], needs: dict[str, int]) -> None:
    """Add the needs of a group's members that are not counted by themselves."""
    if not group.provisional:
        return
    together = group.colocated or (group.parent is not None and group.parent.kind is Kind.CLONE)
    for member in group.children if together else group.children[:1]:
        if member.provisional and not any(member is other for other in every):
            member.methods.add_utilization(member, original, every, needs)


def clone_needs(clone: Resource, original: Resource, every: list[Resource], needs: dict[str, int]) -> None:
    """Add the needs of one instance, if none is counted by itself."""
    if not clone.provisional:
        return
    existing = False
    for child in clone.children:
        if any(child is other for other in every):
            existing = True
        elif any(member is other for member in child.children for other in every):
            child.methods.add_utilization(child, original, every, needs)
            existing = True
    if not existing and clone.children:
        first = clone.children[0]
        first.methods.add_utilization(first, original, every, needs)


def _load_stopped(cluster: Cluster, node: Node) -> Action:
    action = fencing_needs.pseudo(cluster, f"load_stopped_{node.name}")
    if action.node is None:
        action.node = node
        action.flags &= ~OPTIONAL
    return action


def order_loads(resource: Resource, nodes: list[Node]) -> None:
    """Order what leaves a node before what enters it."""
    cluster = resource.cluster
    for node in resource.active_nodes:
        action = _load_stopped(cluster, node)
        orders.add((resource, key(resource.id, "stop")), action, IF_ON_SAME_NODE_OR_TARGET)
    for node in nodes:
        action = _load_stopped(cluster, node)
        orders.add(action, (resource, key(resource.id, "start")), IF_ON_SAME_NODE_OR_TARGET)
        orders.add(action, (resource, key(resource.id, "migrate_to")), IF_ON_SAME_NODE_OR_TARGET)


def sort_resources(cluster: Cluster) -> None:
    """Sort the resources by how much they want to be where they are, and then by their scores."""
    nodes = node_choice.sort(cluster, list(cluster.nodes), None)
    cluster.resources = merge_sort(cluster.resources, lambda a, b: _compare(a, b, nodes))


def _compare(a: Resource, b: Resource, nodes: list[Node]) -> int:
    if a.priority != b.priority:
        return -1 if a.priority > b.priority else 1
    tables = [add_dependents(one, None, None, None, 1.0, following=True) or {} for one in (a, b)]
    current = [where.current_node(one) for one in (a, b)]
    own = [_score(table, node) for table, node in zip(tables, current, strict=True)]
    if own[0] != own[1]:
        return -1 if own[0] > own[1] else 1
    for node in nodes:
        one, other = (_score(table, node) for table in tables)
        if one != other:
            return -1 if one > other else 1
    return 0


def _score(table: Table, node: Node | None) -> int:
    place = table.get(node.id) if node is not None else None
    return -INFINITY if place is None else place.score
