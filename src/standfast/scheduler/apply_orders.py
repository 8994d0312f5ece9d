"""From orders to relations: finding the actions that orders name, then bringing all actions up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import graphing, probe_orders, roles, updates, where
from standfast.scheduler import relations as r
from standfast.scheduler.requests import request

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.constraints import Order
    from standfast.scheduler.working import Resource


def apply_all(cluster: Cluster) -> None:
    """Apply all orders in the order in which they were made."""
    for order in cluster.orders:
        if order.first is not None:
            _apply_first(order.first, order)
        elif order.then is not None:
            _apply_then(order.first_action, order.then, order)
        else:
            r.relate(order.first_action, order.then_action, order.flags)
    for action in reversed(list(cluster.actions)):
        if action.resource is not None:
            updates.block_colocation_dependents(action)
    probe_orders.add_all(cluster)
    for action in reversed(list(cluster.actions)):
        updates.update(action)
    graphing.void_invalid(cluster)


def _find(resource: Resource, uuid: str) -> list[Action]:
    """Return the actions of a key; the key may be that of another instance of the same task."""
    found = a.matching(resource, uuid)
    if not found:
        parts = a.split_key(uuid)
        if parts is not None:
            found = a.matching(resource, a.key(resource.id, parts[1], parts[2]))
    return found


def _apply_first(resource: Resource, order: Order) -> None:
    if order.first_action is not None:
        firsts = [order.first_action]
    else:
        firsts = _find(resource, order.first_key)
    then_resource = order.then
    if not firsts and resource is not then_resource:
        placeholder = _placeholder(resource, order.first_key)
        firsts = [placeholder] if placeholder is not None else []
    if then_resource is None:
        if order.then_action is None:
            return
        then_resource = order.then_action.resource
    for first in firsts:
        if then_resource is None:
            r.relate(first, order.then_action, order.flags)
        else:
            _apply_then(first, then_resource, order)


def _placeholder(resource: Resource, uuid: str) -> Action | None:
    """Return an action that stands for one that is not there; None if it would be pointless."""
    parts = a.split_key(uuid)
    if parts is None:
        return None
    _, task, interval_ms = parts
    role = where.role(resource, current=True)
    if (role == roles.STOPPED and task == "stop") or (role == roles.UNPROMOTED and task == "demote"):
        return None
    return request(resource, task, None, optional=True, interval_ms=interval_ms)


def _apply_then(first: Action | None, resource: Resource, order: Order) -> None:
    thens = [order.then_action] if order.then_action is not None else _find(resource, order.then_key)
    flags = order.flags
    if first is not None and first.resource is resource and first.flags & a.MIGRATION_ABORT:
        flags &= ~r.FIRST_IMPLIES_THEN
    if first is None and not flags & r.FIRST_IMPLIES_THEN:
        return
    for then in thens:
        if first is not None:
            r.relate(first, then, flags)
        else:
            then.flags &= ~a.RUNNABLE
