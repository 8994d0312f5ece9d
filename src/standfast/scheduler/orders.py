"""Making orders, and with each its equivalents where the resources may migrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import relations as r
from standfast.scheduler.actions import Action, key
from standfast.scheduler.constraints import Order
from standfast.scheduler.working import is_within

if TYPE_CHECKING:
    from standfast.scheduler.working import Resource

    Side = Action | tuple[Resource, str]
    """One side of an order: an action, or a resource and the key of its action."""


def add(first: Side, then: Side, flags: int) -> None:
    """Put first before then."""
    first_resource, first_key, first_action = _side(first)
    then_resource, then_key, then_action = _side(then)
    order = Order(flags, first_resource, first_key, first_action, then_resource, then_key, then_action)
    known = first_resource or then_resource
    assert known is not None, "an order is of a resource"
    known.cluster.orders.append(order)
    _add_equivalents(order)


def _side(side: Side) -> tuple[Resource | None, str, Action | None]:
    if isinstance(side, Action):
        return side.resource, side.uuid, side
    return side[0], side[1], None


def tasks(first: Resource, first_task: str, then: Resource, then_task: str, flags: int) -> None:
    """Put a one-shot task of one resource before one of another."""
    add((first, key(first.id, first_task)), (then, key(then.id, then_task)), flags)


def _add_equivalents(order: Order) -> None:
    """Order the migrations as the starts and stops that they stand for."""
    a, b = order.first, order.then
    if a is None or b is None or a is b or not (a.migratable or b.migratable):
        return
    if is_within(a, b) or is_within(b, a):
        return
    both = a.migratable and b.migratable
    unless_migrating = r.ORDERED | (r.IF_FIRST_UNMIGRATABLE if a.migratable else 0)
    match (order.first_task(), order.then_task()):
        case ("start", "start"):
            if both:
                tasks(a, "migrate_from", b, "migrate_to", r.ORDERED)
            if b.migratable:
                tasks(a, "start", b, "migrate_to", unless_migrating)
        case ("stop", "stop") if b.migratable:
            tasks(a, "stop", b, "migrate_to", unless_migrating)
            if b.partial_target is not None:
                tasks(a, "stop", b, "migrate_from", unless_migrating)
        case ("promote", "start") if b.migratable:
            tasks(a, "promote", b, "migrate_to", r.ORDERED)
        case ("demote", "stop") if b.migratable:
            tasks(a, "demote", b, "migrate_to", r.ORDERED)
            if b.partial_target is not None:
                tasks(a, "demote", b, "migrate_from", r.ORDERED)
