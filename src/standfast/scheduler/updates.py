"""The fixed point: what relations make of actions' flags, until nothing changes any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import relations as r
from standfast.scheduler import roles, where
from standfast.scheduler.colocation_lists import with_this
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Kind, is_within, top

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.relations import Input
    from standfast.scheduler.working import Node, Resource

UPDATED_NONE, UPDATED_FIRST, UPDATED_THEN = 0, 1, 2

_REASONS = {a.RUNNABLE: "unrunnable", a.MIGRATABLE: "unmigrateable", a.OPTIONAL: "required"}


def clear_because(action: Action, flag: int, cause: Action) -> None:
    """Clear a flag; another resource's action is the reason."""
    if action.flags & flag:
        action.flags &= ~flag
        if action.resource is not cause.resource:
            of = f" {cause.resource.id}" if cause.resource is not None else ""
            action.explain(f"{_REASONS[flag]}{of} {cause.task}")


def update(then: Action) -> None:
    """Bring an action up to date with all that is before it, and what comes after with it."""
    last_flags = then.flags
    changed = UPDATED_NONE
    if then.required_runnable:
        then.runnable_before = 0
        then.flags &= ~a.RUNNABLE
    for other in reversed(then.before):
        changed = _update_by(then, other, changed & ~UPDATED_FIRST)
    if then.required_runnable:
        changed = (changed & ~UPDATED_THEN) | (UPDATED_THEN if last_flags != then.flags else 0)
    if changed & UPDATED_THEN:
        if last_flags & a.RUNNABLE and not then.flags & a.RUNNABLE:
            block_colocation_dependents(then)
        update(then)
        for other in reversed(then.after):
            update(other.action)


def _node_for(action: Action) -> Node | None:
    """Return an action's node; a group's start is where the group will be."""
    resource = action.resource
    if resource is not None and resource.kind is Kind.GROUP and action.task == "start":
        return where.one_node(resource, assigned=True)
    return action.node


def _update_by(then: Action, other: Input, changed: int) -> int:
    """Apply one relation; return what changed, with what had changed before."""
    first = other.action
    first_node, then_node = _node_for(first), _node_for(then)
    if (
        other.flags & r.IF_ON_SAME_NODE
        and first_node is not None
        and then_node is not None
        and first_node is not then_node
    ):
        other.flags = r.NONE
        return changed
    if first.resource is not None and other.flags & r.THEN_CANCELS_FIRST and not then.flags & a.OPTIONAL:
        first.flags |= a.OPTIONAL
        if first.task == "reload-agent":
            first.resource.reload = False
    target = first
    if (
        first.resource is not None
        and then.resource is not None
        and first.resource is not then.resource
        and not is_within(then.resource, first.resource)
    ):
        target = _completion(first)
    if target is first:
        first_flags = _effective(first, then_node)
        then_flags = _effective(then, first_node)
        changed |= _apply(first, then, first_flags, then_flags, other)
    elif r.relate(target, then, other.flags):
        changed |= UPDATED_THEN
        other.flags = r.NONE
    if changed & UPDATED_FIRST:
        for after in reversed(target.after):
            update(after.action)
        update(target)
    return changed


def _effective(action: Action, node: Node | None) -> int:
    """Return an action's flags as relations see them; a clone's on one node, but runnable as a whole."""
    resource = action.resource
    if resource is None:
        return action.flags
    flags = resource.methods.action_flags(action, None)
    if node is None or resource.kind is not Kind.CLONE:
        return flags
    runnable = flags & a.RUNNABLE
    return resource.methods.action_flags(action, node) | runnable


def _completion(action: Action) -> Action:
    """Return the action that completes a collective's, for those outside that wait for it."""
    resource = action.resource
    if resource is None or resource.is_primitive:
        return action
    found = a.first_action(resource.actions, "", uuid=_completion_uuid(action.uuid, resource))
    return action if found is None else found


def _completion_uuid(uuid: str, resource: Resource) -> str:
    parts = a.split_key(uuid)
    if "notify" in uuid or parts is None or parts[2] > 0:
        return uuid
    task = a.COMPLETED.get(parts[1], parts[1] if parts[1] in a.BEGUN else "")
    if not task:
        return uuid
    if resource.notify and (resource.kind is Kind.CLONE or _is_bundled(resource)):
        return a.notify_key(parts[0], "confirmed-post", task)
    return a.key(parts[0], task)


def _is_bundled(resource: Resource) -> bool:
    return top(resource, with_bundle=True).kind is Kind.BUNDLE


def _change(
    resource: Resource, first: Action, then: Action, node: Node | None, flags: int, mask: int, kind: int
) -> int:
    return resource.methods.update_ordered(first, then, node, flags, mask, kind)


def _apply(first: Action, then: Action, first_flags: int, then_flags: int, order: Input) -> int:
    """Apply the parts of a relation one by one."""
    changed = UPDATED_NONE
    node = then.node
    if order.flags & r.FIRST_IMPLIES_SAME_NODE_THEN:
        order.flags = (order.flags & ~r.FIRST_IMPLIES_SAME_NODE_THEN) | r.FIRST_IMPLIES_THEN
        node = first.node
    changed |= _apply_implications(first, then, node, first_flags, order)
    changed |= _apply_runnable(first, then, node, first_flags, order)
    if then.resource is not None:
        for kind, mask in _LATE_KINDS:
            if order.flags & kind:
                changed |= _change(then.resource, first, then, node, first_flags, mask, kind)
    if first.flags & a.RUNNABLE and order.flags & r.FIRST_IMPLIES_THEN_GRAPHED and not first_flags & a.OPTIONAL:
        then.flags |= a.IN_GRAPH
    if order.flags & r.THEN_IMPLIES_FIRST_GRAPHED and not then_flags & a.OPTIONAL:
        first.flags |= a.IN_GRAPH
    if _is_unrunnable_stop(first, order) and then.flags & a.RUNNABLE:
        then.flags &= ~a.RUNNABLE
        changed |= UPDATED_THEN
    return changed


_LATE_KINDS = (
    (r.UNMIGRATABLE_THEN_BLOCKS, a.OPTIONAL),
    (r.FIRST_ELSE_THEN, a.OPTIONAL),
    (r.ORDERED, a.RUNNABLE),
    (r.ASYMMETRIC, a.RUNNABLE),
)


def _apply_implications(first: Action, then: Action, node: Node | None, first_flags: int, order: Input) -> int:
    changed = UPDATED_NONE
    optional = first_flags & a.OPTIONAL
    if order.flags & r.FIRST_IMPLIES_THEN:
        if then.resource is not None:
            changed |= _change(then.resource, first, then, node, optional, a.OPTIONAL, r.FIRST_IMPLIES_THEN)
        elif not optional and then.flags & a.OPTIONAL:
            then.flags &= ~a.OPTIONAL
            changed |= UPDATED_THEN
    if order.flags & r.INTERMEDIATE_STOP and then.resource is not None:
        restart = a.OPTIONAL | a.RUNNABLE
        changed |= _change(then.resource, first, then, node, first_flags, restart, r.INTERMEDIATE_STOP)
    if order.flags & r.THEN_IMPLIES_FIRST:
        if first.resource is not None:
            changed |= _change(first.resource, first, then, node, first_flags, a.OPTIONAL, r.THEN_IMPLIES_FIRST)
        elif not optional and first.flags & a.RUNNABLE:
            first.flags &= ~a.RUNNABLE
            changed |= UPDATED_FIRST
    if order.flags & r.PROMOTED_THEN_IMPLIES_FIRST and then.resource is not None:
        kind = r.PROMOTED_THEN_IMPLIES_FIRST
        changed |= _change(then.resource, first, then, node, optional, a.OPTIONAL, kind)
    return changed


def _apply_runnable(first: Action, then: Action, node: Node | None, first_flags: int, order: Input) -> int:
    changed = UPDATED_NONE
    blocks = r.UNRUNNABLE_FIRST_BLOCKS
    if order.flags & r.MIN_RUNNABLE:
        if then.resource is not None:
            changed |= _change(then.resource, first, then, node, first_flags, a.RUNNABLE, r.MIN_RUNNABLE)
        elif first_flags & a.RUNNABLE:
            then.runnable_before += 1
            if then.runnable_before >= then.required_runnable and not then.flags & a.RUNNABLE:
                then.flags |= a.RUNNABLE
                changed |= UPDATED_THEN
    if order.flags & r.NESTED_REMOTE_PROBE and then.resource is not None:
        if not first_flags & a.RUNNABLE and first.resource is not None and first.resource.active_nodes:
            order.flags = r.NONE
        else:
            changed |= _change(then.resource, first, then, node, first_flags, a.RUNNABLE, blocks)
    if order.flags & blocks:
        if then.resource is not None:
            changed |= _change(then.resource, first, then, node, first_flags, a.RUNNABLE, blocks)
        elif not first_flags & a.RUNNABLE and then.flags & a.RUNNABLE:
            then.flags &= ~a.RUNNABLE
            changed |= UPDATED_THEN
    return changed


def _is_unrunnable_stop(first: Action, order: Input) -> bool:
    """Return whether first is a stop that an unmanaged, blocked resource will not get."""
    resource = first.resource
    implies = order.flags & (r.FIRST_IMPLIES_THEN | r.THEN_IMPLIES_FIRST | r.INTERMEDIATE_STOP)
    return bool(implies) and (
        resource is not None
        and not resource.managed
        and resource.blocked
        and not first.flags & a.RUNNABLE
        and first.task == "stop"
    )


def update_pair(first: Action, then: Action, node: Node | None, flags: int, mask: int, kind: int) -> int:
    """Apply one kind of relation to two actions; return which of them changed."""
    first_flags, then_flags = first.flags, then.flags
    required = not then_flags & a.OPTIONAL
    match kind:
        case r.ASYMMETRIC:
            _asymmetric(first, then)
        case r.THEN_IMPLIES_FIRST if required:
            if mask & a.OPTIONAL and not flags & a.OPTIONAL and first_flags & a.OPTIONAL:
                clear_because(first, a.OPTIONAL, then)
            if flags & a.MIGRATABLE and not then.flags & a.MIGRATABLE:
                clear_because(first, a.MIGRATABLE, then)
        case r.PROMOTED_THEN_IMPLIES_FIRST if mask & a.OPTIONAL and required and _is_promoted(then):
            clear_because(first, a.OPTIONAL, then)
            if first.flags & a.MIGRATABLE and not then.flags & a.MIGRATABLE:
                clear_because(first, a.MIGRATABLE, then)
        case r.UNMIGRATABLE_THEN_BLOCKS if mask & a.OPTIONAL:
            if then.flags & (a.MIGRATABLE | a.RUNNABLE) != a.MIGRATABLE | a.RUNNABLE:
                clear_because(first, a.RUNNABLE, then)
            if required:
                clear_because(first, a.OPTIONAL, then)
        case r.FIRST_ELSE_THEN if mask & a.OPTIONAL and not first_flags & a.RUNNABLE:
            clear_because(then, a.MIGRATABLE, first)
            then.flags &= ~a.PSEUDO
        case r.UNRUNNABLE_FIRST_BLOCKS if mask & a.RUNNABLE and then_flags & a.RUNNABLE and not flags & a.RUNNABLE:
            clear_because(then, a.RUNNABLE, first)
            clear_because(then, a.MIGRATABLE, first)
        case r.FIRST_IMPLIES_THEN if (
            mask & a.OPTIONAL and not required and not flags & a.OPTIONAL and not first_flags & a.MIGRATABLE
        ):
            clear_because(then, a.OPTIONAL, first)
        case r.INTERMEDIATE_STOP:
            _intermediate_stop(first, then, mask)
    changed = UPDATED_NONE
    if then_flags != then.flags:
        changed |= UPDATED_THEN
        if then.resource is not None and then.resource.parent is not None:
            update(then)
    if first_flags != first.flags:
        changed |= UPDATED_FIRST
    return changed


def _is_promoted(action: Action) -> bool:
    return action.resource is not None and action.resource.orig_role == roles.PROMOTED


def _asymmetric(first: Action, then: Action) -> None:
    resource = then.resource
    if resource is None or first.flags & a.RUNNABLE:
        return
    if then.flags & a.OPTIONAL:
        role = where.role(resource, current=True)
        if role == roles.STOPPED and then.task == "stop":
            return
        if role >= roles.STARTED and then.task == "start" and resource.active_nodes == [then.node]:
            return
    clear_because(then, a.OPTIONAL, first)
    clear_because(then, a.RUNNABLE, first)


def _intermediate_stop(first: Action, then: Action, mask: int) -> None:
    """Let a restart's stop be done, if the start is, or cannot be."""
    restart = mask & a.OPTIONAL and not then.flags & a.OPTIONAL
    stop = (
        mask & a.RUNNABLE
        and not then.flags & a.RUNNABLE
        and then.resource is not None
        and then.resource.managed
        and first.resource is then.resource
    )
    if not restart and not stop:
        return
    if first.flags & a.RUNNABLE:
        clear_because(first, a.OPTIONAL, then)
    if not then.flags & a.OPTIONAL:
        clear_because(first, a.OPTIONAL, then)
    if not then.flags & a.MIGRATABLE:
        clear_because(first, a.MIGRATABLE, then)
    if not first.flags & (a.OPTIONAL | a.RUNNABLE):
        clear_because(then, a.RUNNABLE, first)


def update_group(first: Action, then: Action, node: Node | None, flags: int, mask: int, kind: int) -> int:
    """Apply a relation whose then (or first) is a group's: to it, and to the members' actions."""
    changed = update_pair(first, then, node, flags, mask, kind)
    assert then.resource is not None
    for member in then.resource.children:
        action = a.first_action(member.actions, then.task, node)
        if action is not None:
            changed |= member.methods.update_ordered(first, action, node, flags, mask, kind)
    return changed


def block_colocation_dependents(action: Action) -> None:
    """Let what must be with a resource that cannot start (or be promoted) not start either."""
    if action.flags & a.RUNNABLE or action.resource is None or action.task not in ("start", "promote"):
        return
    resource = top(action.resource)
    if resource.parent is not None:
        resource = resource.parent
    for child in resource.children:
        of_child = a.first_action(child.actions, action.task)
        if of_child is None or of_child.flags & a.RUNNABLE:
            return
    is_start = action.task == "start"
    for colocation in with_this(resource):
        if colocation.score < INFINITY or (not is_start and colocation.primary_role != roles.PROMOTED):
            continue
        task = "promote" if colocation.dependent_role == roles.PROMOTED else "start"
        _block(colocation.dependent, task, action.resource)


def _block(resource: Resource, task: str, cause: Resource) -> None:
    for action in reversed(list(resource.actions)):
        if action.flags & a.RUNNABLE and action.task == task:
            action.flags &= ~a.RUNNABLE
            action.explain(f"colocation with {cause.id}")
            block_colocation_dependents(action)
            update(action)
    for child in resource.children:
        _block(child, task, cause)
