"""Live migration: moving a resource without stopping it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import orders
from standfast.scheduler import relations as r
from standfast.scheduler.requests import request

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.working import Node, Resource


def is_allowed(resource: Resource, current: Node | None) -> bool:
    """Return whether the resource may migrate from its current to its assigned node."""
    target = resource.assigned_node
    return (
        resource.migratable
        and resource.managed
        and not resource.failed
        and not resource.start_pending
        and current is not None
        and not current.unclean
        and target is not None
        and not target.unclean
    )


def _add_ends(action: Action, source: Node, target: Node) -> None:
    action.meta["migrate_source"] = source.name
    action.meta["migrate_target"] = target.name


def create_actions(resource: Resource, current: Node) -> None:
    """Request a migration beside the stop and start that it replaces; both can give way to the other."""
    target = resource.assigned_node
    assert target is not None, f"{resource.id} moves"
    start = request(resource, "start", target, optional=True)
    stop = request(resource, "stop", current, optional=True)
    migrate_to = None
    if resource.partial_target is None:
        migrate_to = request(resource, "migrate_to", current, optional=True)
    migrate_from = request(resource, "migrate_from", target, optional=True)
    start.flags |= a.MIGRATABLE | a.PSEUDO
    stop.flags |= a.MIGRATABLE
    migrate_from.flags |= a.MIGRATABLE
    if migrate_to is not None:
        migrate_to.flags |= a.MIGRATABLE
        migrate_to.needs = start.needs
        orders.tasks(resource, "monitor", resource, "migrate_to", r.ORDERED)
        flags = r.ORDERED | r.UNMIGRATABLE_THEN_BLOCKS
        orders.tasks(resource, "migrate_to", resource, "migrate_from", flags)
        _add_ends(migrate_to, current, target)
        if not resource.is_remote_connection:
            migrate_to.meta["record-pending"] = "true"
    else:
        migrate_from.needs = start.needs
        orders.tasks(resource, "monitor", resource, "migrate_from", r.ORDERED)
    orders.tasks(resource, "migrate_from", resource, "stop", r.ORDERED | r.UNMIGRATABLE_THEN_BLOCKS)
    flags = r.ORDERED | r.UNMIGRATABLE_THEN_BLOCKS | r.FIRST_ELSE_THEN
    orders.tasks(resource, "migrate_from", resource, "start", flags)
    _add_ends(migrate_from, current, target)
