"""From the present role and node of a primitive to the next: which actions that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs, migration, recurring, relations, roles, unfencing, where
from standfast.scheduler.requests import request
from standfast.scheduler.working import MultipleActive

if TYPE_CHECKING:
    from standfast.scheduler.working import Node, Resource

# The role that follows on the way from one role (row) to another (column).
_NEXT_ROLE = (
    (roles.UNKNOWN, roles.STOPPED, roles.STOPPED, roles.STOPPED, roles.STOPPED),
    (roles.STOPPED, roles.STOPPED, roles.STARTED, roles.UNPROMOTED, roles.UNPROMOTED),
    (roles.STOPPED, roles.STOPPED, roles.STARTED, roles.UNPROMOTED, roles.PROMOTED),
    (roles.STOPPED, roles.STOPPED, roles.STOPPED, roles.UNPROMOTED, roles.PROMOTED),
    (roles.STOPPED, roles.UNPROMOTED, roles.UNPROMOTED, roles.UNPROMOTED, roles.PROMOTED),
)


def _step(role: int, target: int) -> tuple[int, str]:
    """Return the role after the next step to the target, and the task of the step; no task: the way ends."""
    following = _NEXT_ROLE[role][target]
    if following == role or role == roles.UNKNOWN or following == roles.UNKNOWN:
        return following, "stop" if role == roles.UNKNOWN and following == roles.STOPPED else ""
    if following == roles.STOPPED:
        return following, "demote" if role == roles.PROMOTED else "stop"
    if role == roles.PROMOTED:
        return following, "demote"
    if following == roles.PROMOTED:
        return following, "promote" if role != roles.STOPPED else ""
    if role == roles.STOPPED:
        return following, "start"
    return following, "stop" if role == roles.UNPROMOTED else ""


def create_actions(resource: Resource) -> None:
    """Request all actions of a primitive."""
    if resource.next_role == roles.UNKNOWN:
        resource.next_role = roles.STOPPED if resource.assigned is None else roles.STARTED
    current, every, clean = where.active_node(resource)
    for source in resource.dangling_sources:
        stop = request(resource, "stop", source, optional=False)
        stop.flags |= a.MIGRATION_ABORT
    moving = (
        current is not None
        and resource.assigned is not None
        and current is not resource.assigned_node
        and resource.next_role >= roles.STARTED
    )
    may_migrate = moving and migration.is_allowed(resource, current)
    need_stop = moving
    if _continues_migration(resource, current, every, may_migrate):
        multiple = False
    elif resource.partial_source is not None or resource.partial_target is not None:
        need_stop, may_migrate, multiple = True, False, False
        resource.partial_source = resource.partial_target = None
    else:
        multiple = (every if resource.needs_fencing else clean) > 1
    need_stop |= _multiply_active(resource, multiple)
    if resource.start_pending:
        start = request(resource, "start", resource.assigned_node, optional=True)
        start.flags |= a.IN_GRAPH
    need_promote = False
    if not moving:
        must_stop, need_promote = _needs_restart(resource, current)
        need_stop |= must_stop
    _restart(resource, current, need_stop, need_promote)
    _transition(resource)
    recurring.create(resource)
    if may_migrate:
        assert current is not None
        migration.create_actions(resource, current)


def _continues_migration(resource: Resource, current: Node | None, active: int, may_migrate: bool) -> bool:
    return (
        resource.partial_source is not None
        and resource.partial_target is not None
        and may_migrate
        and active == 2
        and current is resource.partial_source
        and resource.assigned_node is resource.partial_target
    )


def _multiply_active(resource: Resource, multiple: bool) -> bool:
    """Return whether being active too often makes the resource stop."""
    resource.stop_unexpected = False
    if not multiple:
        return False
    if resource.multiple_active is MultipleActive.STOP_UNEXPECTED:
        resource.stop_unexpected = True
    return resource.multiple_active in (MultipleActive.STOP_START, MultipleActive.STOP_UNEXPECTED)


def _needs_restart(resource: Resource, current: Node | None) -> tuple[bool, bool]:
    """Return whether a resource that stays must stop, and whether it must be promoted anew."""
    if resource.failed:
        if resource.stop_if_failed:
            return True, False
        return False, resource.next_role == roles.PROMOTED
    if resource.blocked:
        return True, False
    if resource.orig_role > roles.STARTED and current is not None and resource.assigned is not None:
        start = request(resource, "start", resource.assigned_node, optional=True)
        return not start.optional, False
    return False, False


def _restart(resource: Resource, current: Node | None, need_stop: bool, need_promote: bool) -> None:
    """Request what a restart takes: optional, unless it is needed."""
    resource.in_restart = True
    role = resource.orig_role
    while role != roles.STOPPED:
        role, task = _step(role, roles.STOPPED)
        if not task:
            break
        _perform(resource, task, current, optional=not need_stop)
    while resource.orig_role <= resource.next_role and role != resource.orig_role and not resource.blocked:
        following, task = _step(role, resource.orig_role)
        if not task:
            break
        required = need_stop or (following == roles.PROMOTED and need_promote)
        _perform(resource, task, resource.assigned_node, optional=not required)
        role = following
    resource.in_restart = False


def _transition(resource: Resource) -> None:
    role = resource.orig_role
    while role != resource.next_role:
        following, task = _step(role, resource.next_role)
        if not task:
            break
        _perform(resource, task, resource.assigned_node, optional=False)
        role = following


def _perform(resource: Resource, task: str, node: Node | None, *, optional: bool) -> None:
    match task:
        case "stop":
            _stop(resource, optional)
        case "start":
            _start(resource, node, optional)
        case "promote":
            _promote(resource, node, optional)
        case "demote":
            for active in list(resource.active_nodes):
                if not _is_expected(resource, active):
                    request(resource, "demote", active, optional=optional)


def _is_expected(resource: Resource, node: Node | None) -> bool:
    """Return whether a multiply active resource may stay on this node, where it is expected."""
    return (
        resource.stop_unexpected
        and resource.in_restart
        and resource.next_role > roles.STOPPED
        and resource.assigned_node is node
    )


def _stop(resource: Resource, optional: bool) -> None:
    for node in list(resource.active_nodes):
        if _is_expected(resource, node):
            continue
        if resource.partial_target is not None:
            if node is resource.partial_target and node is resource.assigned_node:
                continue
            optional = False
        stop = request(resource, "stop", node, optional=optional)
        if resource.assigned is None:
            stop.explain("node availability", overwrite=True)
        elif resource.in_restart and resource.stop_unexpected:
            stop.explain("being multiply active", overwrite=True)
        if not resource.managed:
            stop.flags &= ~a.RUNNABLE
        if resource.needs_unfencing:
            unfence = fencing_needs.fencing_action(resource.cluster, node, "on", optional=True)
            relations.relate(stop, unfence, relations.THEN_IMPLIES_FIRST)


def _start(resource: Resource, node: Node | None, optional: bool) -> None:
    start = request(resource, "start", node, optional=True)
    unfencing.order_after(resource, node, start, relations.FIRST_IMPLIES_THEN)
    if start.runnable and not optional:
        start.flags &= ~a.OPTIONAL
    if _is_expected(resource, node):
        start.flags |= a.PSEUDO


def _promote(resource: Resource, node: Node | None, optional: bool) -> None:
    starts = a.exactly(resource, a.key(resource.id, "start"), node)
    if all(start.runnable for start in starts):
        promote = request(resource, "promote", node, optional=optional)
        if _is_expected(resource, node):
            promote.flags |= a.PSEUDO
    else:
        for promote in a.exactly(resource, a.key(resource.id, "promote"), node):
            promote.flags &= ~a.RUNNABLE
