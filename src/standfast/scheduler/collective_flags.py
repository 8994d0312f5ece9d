"""The effective flags of collectives' actions, and relations that reach through to instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import actions as a
from standfast.scheduler import compatible, where
from standfast.scheduler import relations as r
from standfast.scheduler.assign import assign_to
from standfast.scheduler.updates import UPDATED_FIRST, UPDATED_NONE, UPDATED_THEN, update, update_pair
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.working import Node, Resource

_ALL = a.OPTIONAL | a.RUNNABLE | a.PSEUDO


def of_primitive(action: Action, node: Node | None) -> int:
    """Return a primitive's action's own flags."""
    return action.flags


def _task_for(resource: Resource, task: str) -> str:
    """Return the task that an action of a collective stands for in what it holds: a primitive has no completions."""
    return a.BEGUN.get(task, task) if resource.is_primitive and task != "notified" else task


def of_group(action: Action, node: Node | None) -> int:
    """Return the effective flags of a group's action, by its members'."""
    flags = _ALL
    assert action.resource is not None
    for member in action.resource.children:
        task = _task_for(member, action.task)
        of_member = a.first_action(member.actions, task, node)
        if of_member is None:
            if task not in ("stop", "demote"):
                flags &= ~a.RUNNABLE
            continue
        member_flags = member.methods.action_flags(of_member, node)
        if not member_flags & a.OPTIONAL:
            flags &= ~a.OPTIONAL
            action.flags &= ~a.OPTIONAL
        if task != action.task and flags & a.RUNNABLE and not member_flags & a.RUNNABLE:
            flags &= ~a.RUNNABLE
            action.flags &= ~a.RUNNABLE
    return flags


def original_task(action: Action) -> str:
    """Return the task of instances that a collective's action stands for."""
    assert action.resource is not None
    task = action.task
    if task in ("notify", "notified"):
        task = action.uuid.partition("_notify_")[2].rpartition("_")[0]
    return _task_for(action.resource.children[0], task)


def of_instances(action: Action, instances: list[Resource], node: Node | None) -> int:
    """Return the effective flags of a collective's action: runnable if any instance's is."""
    task = original_task(action)
    flags = _ALL
    any_runnable = False
    for instance in instances:
        of_instance = a.first_action(instance.actions, task, node if instance.is_primitive else None)
        if of_instance is None:
            continue
        instance_flags = instance.methods.action_flags(of_instance, node)
        if not instance_flags & a.OPTIONAL:
            flags &= ~a.OPTIONAL
            action.flags &= ~a.OPTIONAL
        any_runnable |= bool(instance_flags & a.RUNNABLE)
    if not any_runnable:
        flags &= ~a.RUNNABLE
        if node is None:
            action.flags &= ~a.RUNNABLE
    return flags


def of_clone(action: Action, node: Node | None) -> int:
    """Return the effective flags of a clone's action."""
    assert action.resource is not None
    return of_instances(action, action.resource.children, node)


def update_instances(first: Action, then: Action, node: Node | None, flags: int, mask: int, kind: int) -> int:
    """Apply a relation to a collective's action, and to its instances': pairwise, where they interleave."""
    if then.resource is None:
        return UPDATED_NONE
    if _interleave(first, then):
        return _update_interleaved(first, then, node, mask, kind)
    changed = update_pair(first, then, node, flags, mask, kind)
    for instance in compatible.of(then.resource):
        changed |= _update_instance(instance, first, then, node, flags, mask, kind)
    return changed


def _update_instance(
    instance: Resource, first: Action, then: Action, node: Node | None, flags: int, mask: int, kind: int
) -> int:
    action = a.first_action(instance.actions, then.task, node)
    if action is None or not instance.methods.action_flags(action, node) & a.RUNNABLE:
        return UPDATED_NONE
    changed = instance.methods.update_ordered(first, action, node, flags, mask, kind)
    if changed & UPDATED_THEN:
        for after in reversed(action.after):
            update(after.action)
    return changed


def _interleave(first: Action, then: Action) -> bool:
    one, other = first.resource, then.resource
    if one is None or other is None or one is other or one.kind < Kind.CLONE or other.kind < Kind.CLONE:
        return False
    decides = one if then.uuid.endswith(("_stop_0", "_demote_0")) else other
    return cib.values.is_true(decides.meta.get("interleave"))


def _update_interleaved(first: Action, then: Action, node: Node | None, mask: int, kind: int) -> int:
    changed = UPDATED_NONE
    assert first.resource is not None
    assert then.resource is not None
    task = original_task(first)
    current = first.uuid.endswith(("_stopped_0", "_demoted_0"))
    for then_instance in compatible.of(then.resource):
        first_instance = compatible.compatible(then_instance, first.resource, current=current)
        if first_instance is None:
            mandatory = kind & (r.UNRUNNABLE_FIRST_BLOCKS | r.FIRST_IMPLIES_THEN) and not current
            if mandatory and assign_to(then_instance, None, force=True, stop_if_fail=True):
                changed |= UPDATED_THEN
            continue
        first_action = _instance_action(first, first_instance, task, node, is_first=True)
        then_action = _instance_action(then, then_instance, then.task, node, is_first=False)
        if first_action is None or then_action is None:
            continue
        if r.relate(first_action, then_action, kind):
            changed |= UPDATED_FIRST | UPDATED_THEN
        first_flags = first_instance.methods.action_flags(first_action, node)
        changed |= then_instance.methods.update_ordered(first_action, then_action, node, first_flags, mask, kind)
    return changed


def _instance_action(
    action: Action, instance: Resource, task: str, node: Node | None, *, is_first: bool
) -> Action | None:
    """Return an instance's action; for a bundle's replica, of what runs in it where that decides."""
    if is_first:
        inside = action.task not in ("stop", "stopped")
    else:
        inside = action.task in ("promote", "promoted", "demote", "demoted")
    inner = where.in_container(instance) if inside else None
    if inner is not None:
        return a.first_action(inner.actions, task)
    return a.first_action(instance.actions, task, node)
