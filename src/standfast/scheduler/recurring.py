"""Recurring operations: which are scheduled, which go on, and which are cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs, operations, orders, roles
from standfast.scheduler import relations as r
from standfast.scheduler.requests import request

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.operations import Operation
    from standfast.scheduler.working import Node, Resource

_ONCE = frozenset(("stop", "start", "demote", "promote", "reload-agent", "migrate_to", "migrate_from"))


def create(resource: Resource) -> None:
    """Request the recurring operations of a primitive."""
    if resource.blocked or resource.maintenance:
        return
    node = resource.assigned_node
    start = None
    if node is not None and not node.maintenance and (resource.next_role != roles.STOPPED or not resource.managed):
        start = request(resource, "start", node, optional=True)
    for operation in resource.operations:
        role = _role(resource, operation)
        if role is None:
            continue
        if start is not None:
            _while_active(resource, operation, role, start, node)
        _while_inactive(resource, operation, role, node)


def _role(resource: Resource, operation: Operation) -> int | None:
    """Return the role that a recurring operation is for (UNKNOWN: none is named); None if it is not to run."""
    if not operation.interval_ms or not operation.id or operation.name in _ONCE:
        return None
    same = [o for o in resource.operations if o.name == operation.name and o.interval_ms == operation.interval_ms]
    if sum(bool(o.id) for o in same) > 1:
        return None
    role = roles.parse(operation.role)
    if operation.role is not None and role == roles.UNKNOWN:
        return None
    enabled = operations.find(resource, operation.name, operation.interval_ms, disabled_too=False)
    return role if enabled is not None else None


def _goes_on(resource: Resource, node: Node | None, uuid: str, start: Action) -> bool:
    """Return whether the operation runs already, and need not be scheduled again."""
    if node is None or not start.optional:
        return False
    known = a.exactly(resource, uuid, node)
    return bool(known) and not any(action.flags & a.RESCHEDULE for action in known)


def _while_active(resource: Resource, operation: Operation, role: int, start: Action, node: Node | None) -> None:
    if role == roles.STOPPED:
        return
    uuid = a.key(resource.id, operation.name, operation.interval_ms)
    optional = _goes_on(resource, node, uuid, start)
    next_role = resource.next_role
    fits = next_role != roles.PROMOTED if role == roles.UNKNOWN else next_role == role
    if not fits:
        if optional:
            _cancel_before_change(resource, operation, node)
        return
    monitor = request(resource, operation.name, node, optional=optional, interval_ms=operation.interval_ms, uuid=uuid)
    if not start.runnable or node is None or not node.online or node.unclean:
        monitor.flags &= ~a.RUNNABLE
    if next_role == roles.PROMOTED:
        monitor.meta["op_target_rc"] = "8"
    if node is None or resource.managed:
        _order_monitor(resource, monitor)


def _order_monitor(resource: Resource, monitor: Action) -> None:
    implied = r.FIRST_IMPLIES_THEN | r.UNRUNNABLE_FIRST_BLOCKS
    orders.add((resource, a.key(resource.id, "start")), monitor, implied)
    orders.add((resource, a.key(resource.id, "reload-agent")), monitor, implied)
    blocked = r.ORDERED | r.UNRUNNABLE_FIRST_BLOCKS
    if resource.next_role == roles.PROMOTED:
        orders.add((resource, a.key(resource.id, "promote")), monitor, blocked)
    elif resource.orig_role == roles.PROMOTED:
        orders.add((resource, a.key(resource.id, "demote")), monitor, blocked)


def _cancel_before_change(resource: Resource, operation: Operation, node: Node | None) -> None:
    """Cancel an operation of the present role before that changes."""
    cancel = cancel_action(resource, operation.name, operation.interval_ms, node)
    task = ""
    if resource.orig_role in (roles.STARTED, roles.UNPROMOTED):
        task = {roles.PROMOTED: "promote", roles.STOPPED: "stop"}.get(resource.next_role, "")
    elif resource.orig_role == roles.PROMOTED:
        task = "demote"
    if task:
        orders.add(cancel, (resource, a.key(resource.id, task)), r.UNRUNNABLE_FIRST_BLOCKS)


def _while_inactive(resource: Resource, operation: Operation, role: int, node: Node | None) -> None:
    """Check that a resource does not run where it should not."""
    if role != roles.STOPPED or not resource.unique:
        return
    uuid = a.key(resource.id, operation.name, operation.interval_ms)
    for other in resource.cluster.nodes:
        if other is node:
            _cancel_where_active(resource, operation, uuid, node)
            continue
        optional = bool(a.exactly(resource, uuid, other))
        monitor = request(
            resource, operation.name, other, optional=optional, interval_ms=operation.interval_ms, uuid=uuid
        )
        monitor.meta["op_target_rc"] = "7"
        if resource.managed:
            for probe in a.of_task(resource, "monitor", other):
                r.relate(probe, monitor, r.UNRUNNABLE_FIRST_BLOCKS)
        _after_stops(resource, other, monitor)
        if not other.online or other.unclean:
            monitor.flags &= ~a.RUNNABLE


def _cancel_where_active(resource: Resource, operation: Operation, uuid: str, node: Node | None) -> None:
    if not a.exactly(resource, uuid, node):
        return
    cancel = cancel_action(resource, operation.name, operation.interval_ms, node)
    if resource.next_role in (roles.STARTED, roles.UNPROMOTED):
        orders.add(cancel, (resource, a.key(resource.id, "start")), r.UNRUNNABLE_FIRST_BLOCKS)


def _after_stops(resource: Resource, node: Node, monitor: Action) -> None:
    for stop in a.exactly(resource, a.key(resource.id, "stop"), node):
        if not stop.optional and not monitor.optional and not resource.managed:
            monitor.flags |= a.OPTIONAL
        if not stop.runnable:
            monitor.flags &= ~a.RUNNABLE
        if resource.managed:
            orders.add(stop, monitor, r.FIRST_IMPLIES_THEN | r.UNRUNNABLE_FIRST_BLOCKS)


def cancel_action(resource: Resource, task: str, interval_ms: int, node: Node | None) -> Action:
    """Request that a recurring operation be cancelled."""
    uuid = a.key(resource.id, task, interval_ms)
    cancel = request(resource, "cancel", node, optional=False, interval_ms=interval_ms, uuid=uuid)
    cancel.task = "cancel"
    cancel.cancel_task = task
    cancel.meta["operation"] = task
    cancel.meta["interval"] = str(interval_ms)
    return cancel


def schedule_cancel(resource: Resource, call_id: int, task: str, interval_ms: int, node: Node, reason: str) -> None:
    """Request that an operation of the history be cancelled."""
    cancel = cancel_action(resource, task, interval_ms, node)
    cancel.meta["call-id"] = str(call_id)
    cancel.explain(reason)
    orders.add((resource, a.key(resource.id, "stop")), cancel, r.ORDERED)


def reschedule(resource: Resource, task: str, interval_ms: int, node: Node) -> None:
    """Let a recurring operation be scheduled anew, with its present parameters."""
    fencing_needs.trigger_unfencing(resource.cluster, resource, node, "Device parameters changed (reschedule)")
    action = request(resource, task, node, optional=True, interval_ms=interval_ms)
    action.flags |= a.RESCHEDULE
