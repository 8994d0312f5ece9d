"""The orders and colocations that come with resources by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import colocation, orders, remote, roles, unfencing, utilization
from standfast.scheduler import relations as r
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.sorting import merge_sort, numeric_key
from standfast.scheduler.working import top

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource

_UP = r.FIRST_IMPLIES_THEN | r.UNRUNNABLE_FIRST_BLOCKS


def create(cluster: Cluster) -> None:
    """Add what comes with each resource."""
    for resource in cluster.resources:
        resource.methods.internal_constraints(resource)


def for_primitive(resource: Resource) -> None:
    """Add what comes with a primitive."""
    if not resource.managed:
        return
    cluster = resource.cluster
    orders.tasks(resource, "stop", resource, "start", r.ORDERED | r.FIRST_IMPLIES_THEN | r.INTERMEDIATE_STOP)
    if top(resource).promotable or resource.orig_role > roles.UNPROMOTED:
        orders.tasks(resource, "demote", resource, "stop", r.PROMOTED_THEN_IMPLIES_FIRST)
        orders.tasks(resource, "start", resource, "promote", r.UNRUNNABLE_FIRST_BLOCKS)
    flags = r.IF_ON_SAME_NODE | r.THEN_CANCELS_FIRST
    orders.tasks(resource, "lrm_delete", resource, "monitor", flags)
    if cluster.enable_unfencing and resource.needs_unfencing and not resource.is_fence_device:
        for node in _allowed_nodes(resource):
            unfencing.order_restart(resource, node)
    if resource.utilization and cluster.options.placement_strategy != "default":
        utilization.order_loads(resource, _allowed_nodes(resource))
    if resource.launcher is not None:
        _with_launcher(resource, resource.launcher)
    if resource.is_remote_connection or resource.is_fence_device:
        _avoid_remote_nodes(resource)


def _allowed_nodes(resource: Resource) -> list[Node]:
    return sorted((place.node for place in resource.allowed.values()), key=lambda n: numeric_key(n.name))


def _avoid_remote_nodes(resource: Resource) -> None:
    for place in resource.allowed.values():
        if place.node.remote is not None:
            place.ban("not on remote nodes")


def _with_launcher(resource: Resource, launcher: Resource) -> None:
    guest: Resource | None = None
    if resource.is_remote_connection:
        if not resource.nesting_allowed:
            _avoid_remote_nodes(launcher)
        orders.tasks(launcher, "monitor", resource, "stop", r.ORDERED)
    elif launcher.is_remote_connection:
        guest = launcher
    else:
        guest = remote.guest_in(launcher)
    if guest is not None:
        for place in resource.allowed.values():
            if place.node.remote is not guest:
                place.ban(f"only on the guest that {launcher.id} launches")
        return
    orders.tasks(launcher, "start", resource, "start", _UP)
    orders.tasks(resource, "stop", launcher, "stop", r.THEN_IMPLIES_FIRST)
    score = 10_000 if resource.nesting_allowed else INFINITY
    colocation.add("#resource-with-container", score, resource, launcher, influence=True, explicit=False)


def for_group(group: Resource) -> None:
    """Add what comes with a group and its members."""
    orders.tasks(group, "stop", group, "stopped", r.UNRUNNABLE_FIRST_BLOCKS)
    orders.tasks(group, "stopped", group, "start", r.ORDERED)
    orders.tasks(group, "start", group, "running", r.UNRUNNABLE_FIRST_BLOCKS)
    promotable = top(group).promotable
    previous: Resource | None = None
    last_active: Resource | None = None
    for member in group.children:
        member.methods.internal_constraints(member)
        if previous is not None and group.colocated:
            colocation.add("#group-members", INFINITY, member, previous, influence=member.critical, explicit=False)
        _member_with_group(group, member, previous is None and group.ordered, promotable)
        if not group.ordered:
            _unordered_member(group, member, promotable)
        elif previous is not None:
            _after_previous(member, previous, promotable)
        if member.active_nodes:
            if group.ordered and previous is not None and not previous.active_nodes and last_active is not None:
                orders.tasks(member, "stop", last_active, "stop", r.ORDERED)
            last_active = member
        previous = member


def _member_with_group(group: Resource, member: Resource, first_ordered: bool, promotable: bool) -> None:
    down = r.THEN_IMPLIES_FIRST_GRAPHED | (r.ORDERED if first_ordered else 0)
    downed = r.FIRST_IMPLIES_THEN if first_ordered else r.FIRST_IMPLIES_THEN_GRAPHED
    upped = _UP | r.FIRST_IMPLIES_THEN_GRAPHED
    if promotable:
        orders.tasks(group, "demote", member, "demote", down)
        orders.tasks(member, "demote", group, "demoted", downed)
        orders.tasks(member, "promote", group, "promoted", upped)
        orders.tasks(group, "promote", member, "promote", r.THEN_IMPLIES_FIRST_GRAPHED)
    orders.tasks(group, "stop", member, "stop", down)
    orders.tasks(member, "stop", group, "stopped", downed)
    orders.tasks(group, "start", member, "start", r.THEN_IMPLIES_FIRST_GRAPHED)
    orders.tasks(member, "start", group, "running", upped)


def _unordered_member(group: Resource, member: Resource, promotable: bool) -> None:
    flags = _UP | r.THEN_IMPLIES_FIRST_GRAPHED
    orders.tasks(group, "start", member, "start", flags)
    if promotable:
        orders.tasks(group, "promote", member, "promote", flags)


def _after_previous(member: Resource, previous: Resource, promotable: bool) -> None:
    orders.tasks(previous, "start", member, "start", _UP)
    orders.tasks(member, "stop", previous, "stop", r.ORDERED | r.INTERMEDIATE_STOP)
    if member.active_nodes and not previous.active_nodes:
        flags = r.THEN_IMPLIES_FIRST | r.UNRUNNABLE_FIRST_BLOCKS
        orders.tasks(member, "stop", previous, "start", flags)
    if promotable:
        orders.tasks(previous, "promote", member, "promote", _UP)
        orders.tasks(member, "demote", previous, "demote", r.ORDERED)


def for_clone(clone: Resource) -> None:
    """Add what comes with a clone and its instances."""
    orders.tasks(clone, "stopped", clone, "start", r.ORDERED)
    orders.tasks(clone, "start", clone, "running", r.UNRUNNABLE_FIRST_BLOCKS)
    orders.tasks(clone, "stop", clone, "stopped", r.UNRUNNABLE_FIRST_BLOCKS)
    if clone.promotable:
        orders.tasks(clone, "demoted", clone, "stop", r.ORDERED)
        orders.tasks(clone, "running", clone, "promote", r.UNRUNNABLE_FIRST_BLOCKS)
    if clone.ordered:
        clone.children = merge_sort(clone.children, _by_number)
    for index, instance in enumerate(clone.children):
        instance.methods.internal_constraints(instance)
        flags = r.UNRUNNABLE_FIRST_BLOCKS | r.THEN_IMPLIES_FIRST_GRAPHED
        orders.tasks(clone, "start", instance, "start", flags)
        orders.tasks(instance, "start", clone, "running", r.FIRST_IMPLIES_THEN_GRAPHED)
        orders.tasks(clone, "stop", instance, "stop", r.THEN_IMPLIES_FIRST_GRAPHED)
        orders.tasks(instance, "stop", clone, "stopped", r.FIRST_IMPLIES_THEN_GRAPHED)
        for later in clone.children[index + 1 :] if clone.ordered else ():
            orders.tasks(instance, "start", later, "start", r.ORDERED)
            orders.tasks(later, "stop", instance, "stop", r.ORDERED)
    if clone.promotable:
        order_promotions(clone)


def _by_number(one: Resource, other: Resource) -> int:
    return int(one.clone_number or 0) - int(other.clone_number or 0)


def order_restarts(collective: Resource) -> None:
    """Order the levels of a promotable collective one after the other."""
    for first, then in (
        ("stopped", "start"),
        ("stopped", "promote"),
        ("demoted", "stop"),
        ("demoted", "start"),
        ("demoted", "promote"),
        ("running", "promote"),
        ("demote", "demoted"),
    ):
        orders.tasks(collective, first, collective, then, r.ORDERED)


def order_promotions(clone: Resource) -> None:
    """Order the promotions and demotions of a clone's instances."""
    order_restarts(clone)
    previous: Resource | None = None
    for instance in clone.children:
        orders.tasks(instance, "demote", instance, "promote", r.ORDERED)
        orders.tasks(clone, "promote", instance, "promote", r.ORDERED)
        orders.tasks(instance, "promote", clone, "promoted", r.ORDERED)
        if previous is not None and clone.ordered:
            orders.tasks(previous, "promote", instance, "promote", r.ORDERED)
        orders.tasks(clone, "demote", instance, "demote", r.THEN_IMPLIES_FIRST_GRAPHED)
        orders.tasks(instance, "demote", clone, "demoted", r.FIRST_IMPLIES_THEN_GRAPHED)
        if previous is not None and clone.ordered:
            orders.tasks(instance, "demote", previous, "demote", r.ORDERED)
        previous = instance
