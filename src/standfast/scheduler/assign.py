"""Assigning primitives and groups to nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import colocation_scores, explain, node_choice, roles, utilization, where
from standfast.scheduler.colocation_lists import this_with, with_this
from standfast.scheduler.options import QuorumPolicy
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Place, copy_table, is_unique_clone

if TYPE_CHECKING:
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Resource


def assign_primitive(resource: Resource, prefer: Node | None, stop_if_fail: bool) -> Place | None:
    """Assign a primitive to its best node; with `stop_if_fail` it stops if there is none."""
    parent = resource.parent
    if parent is not None and not parent.assigning:
        parent.methods.assign(parent, prefer, stop_if_fail)
    if not resource.provisional:
        return resource.assigned
    if resource.assigning:
        return None
    resource.assigning = True
    _apply_colocations(resource)
    _limit_role(resource)
    explain.allocation_scores(resource, "pcmk__primitive_assign")
    cluster = resource.cluster
    if cluster.options.fencing_enabled and not cluster.have_fencing:
        resource.managed = False
    if not resource.managed:
        resource.next_role = resource.orig_role
        node = where.current_node(resource)
        assign_to(resource, where.place_of(node) if node else None, force=True, stop_if_fail=stop_if_fail)
        explain.assignment(resource, "unmanaged: it stays as it is")
    elif cluster.options.stop_all:
        assign_to(resource, None, force=True, stop_if_fail=stop_if_fail)
        explain.assignment(resource, "stop-all-resources")
    else:
        _assign_best(resource, prefer, stop_if_fail)
    resource.assigning = False
    if resource.is_remote_connection:
        _connection_assigned(resource)
    return resource.assigned


def _is_mandatory(colocation: Colocation) -> bool:
    return abs(colocation.score) >= INFINITY


def _apply_colocations(resource: Resource) -> None:
    """Apply the mandatory colocations, then the others: where it must be, then what others want of it."""
    following, followed = this_with(resource), with_this(resource)
    for mandatory in (True, False):
        for colocation in following:
            if _is_mandatory(colocation) is mandatory:
                _apply_this_with(colocation, resource)
        for colocation in followed:
            if _is_mandatory(colocation) is mandatory:
                colocation_scores.add_dependent_scores(colocation, resource)


def _apply_this_with(colocation: Colocation, resource: Resource) -> None:
    primary = colocation.primary
    may_undo = colocation.dependent_role >= roles.PROMOTED or -INFINITY < colocation.score < 0
    saved = copy_table(resource.allowed) if may_undo else None
    if primary.provisional:
        primary.methods.assign(primary, None, True)
    resource.methods.apply_colocation(resource, primary, colocation, True)
    if saved is not None and not where.any_available(resource.allowed):
        resource.allowed = saved


def _limit_role(resource: Resource) -> None:
    cluster = resource.cluster
    if resource.next_role == roles.STOPPED:
        where.add_score_everywhere(resource, -INFINITY, "next role Stopped")
    elif (
        resource.next_role > resource.orig_role
        and not cluster.quorate
        and cluster.no_quorum_policy is QuorumPolicy.FREEZE
    ):
        resource.next_role = resource.orig_role


def _assign_best(resource: Resource, prefer: Node | None, stop_if_fail: bool) -> None:
    most_capable = utilization.ban_incapable(resource)
    prefer = prefer or most_capable
    if not resource.provisional:
        return
    current = where.current_node(resource)
    places = node_choice.sort_places(resource.cluster, list(resource.allowed.values()), current)
    best = places[0] if places else None
    chosen = _preferred(resource, prefer, best)
    decided_by = "preferred node" if chosen is not None else ""
    if chosen is None and best is not None:
        chosen = _keep_current(resource, places, current)
        decided_by = "current node, which scores as high" if chosen is not best else explain.decision(resource, places)
    assign_to(resource, chosen, force=False, stop_if_fail=stop_if_fail)
    explain.assignment(resource, decided_by)


def _preferred(resource: Resource, prefer: Node | None, best: Place | None) -> Place | None:
    """Return the preferred node's place, if it is as good as the best."""
    place = resource.allowed.get(prefer.id) if prefer is not None else None
    if place is None or best is None or place.score < best.score:
        return None
    return place if place.score >= 0 and where.is_available(place.node) else None


def _keep_current(resource: Resource, places: list[Place], current: Node | None) -> Place:
    """Return the best place, or that of the current node if its score is the same."""
    best = places[0]
    if is_unique_clone(resource.parent) or best.score <= 0 or not where.is_available(best.node):
        return best
    if current is None or current.score < 0 or not where.is_available(current):
        return best
    for place in places[1:]:
        if place.score != best.score:
            break
        if place.node is current:
            return place
    return best


def assign_to(resource: Resource, place: Place | None, *, force: bool, stop_if_fail: bool) -> bool:
    """Assign a resource (and all it holds) to a place; return whether that is a change."""
    if resource.children:
        changes = [assign_to(child, place, force=force, stop_if_fail=stop_if_fail) for child in resource.children]
        return any(changes)
    if not force and place is not None and not _may_assign(place):
        if stop_if_fail:
            resource.next_role = roles.STOPPED
        place = None
    before = resource.assigned_node
    changed = before is not (place.node if place is not None else None)
    unassign(resource)
    resource.provisional = False
    if place is None:
        if stop_if_fail:
            _stop(resource)
        return changed
    resource.assigned = place.copy()
    place.node.assigned.append(resource)
    place.count += 1
    _change_capacity(place.node, resource, -1)
    explain.utilization(resource, place.node)
    return changed


def _may_assign(place: Place) -> bool:
    return place.score >= 0 and (where.is_available(place.node) or place.node.is_guest)


def _stop(resource: Resource) -> None:
    """Let a resource without a node stop, and what was requested for it with it."""
    resource.next_role = roles.STOPPED
    for action in resource.actions:
        if action.task == "stop":
            action.flags &= ~a.OPTIONAL
        elif action.task == "start" or (
            action.meta.get("interval", "0") != "0" and action.meta.get("op_target_rc") != "7"
        ):
            action.flags &= ~a.RUNNABLE


def unassign(resource: Resource) -> None:
    """Take an assignment back."""
    resource.provisional = True
    for child in resource.children:
        unassign(child)
    if not resource.children and resource.assigned is not None:
        node = resource.assigned.node
        node.assigned.remove(resource)
        _change_capacity(node, resource, 1)
        resource.assigned = None


def _change_capacity(node: Node, resource: Resource, sign: int) -> None:
    if resource.utilization:
        needs: dict[str, int] = {}
        utilization.add_needs(resource, needs)
        for name, need in needs.items():
            node.utilization[name] = str(utilization.capacity(node, name) + sign * need)


def _connection_assigned(connection: Resource) -> None:
    """Take a remote node for online (or going down) as soon as its connection is assigned."""
    node = connection.cluster.node(connection.id)
    if node is None:
        return
    if connection.assigned is not None and connection.next_role != roles.STOPPED:
        node.online = True
        if not node.seen:
            node.unclean = False
    else:
        node.shutdown = True


def assign_group(group: Resource, prefer: Node | None, stop_if_fail: bool) -> Place | None:
    """Assign a group's members one after the other; return where the first went."""
    if not group.provisional:
        return group.assigned
    if group.assigning:
        return None
    group.assigning = True
    first = group.children[0]
    group.orig_role = first.orig_role
    explain.allocation_scores(group, "pcmk__group_assign")
    assigned: Place | None = None
    for member in group.children:
        place = member.methods.assign(member, prefer, stop_if_fail)
        assigned = assigned if assigned is not None else place
    group.next_role = first.next_role
    group.assigning = group.provisional = False
    return assigned if group.colocated else None
