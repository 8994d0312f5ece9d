"""The pseudo-actions of groups, clones and bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import actions as a
from standfast.scheduler import notifications
from standfast.scheduler.requests import pseudo
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from standfast.scheduler.working import Resource


def create_for_group(group: Resource) -> None:
    """Request a group's actions: its members', then its own, optional until a member's is required."""
    for member in group.children:
        member.methods.create_actions(member)
    tasks = ["start", "running", "stop", "stopped"]
    if cib.values.is_true(group.meta.get("promotable")):
        tasks += ["demote", "demoted", "promote", "promoted"]
    for task in tasks:
        pseudo(group, task, optional=True, runnable=True)


class _State:
    """What instances do, all taken together."""

    __slots__ = ("active", "restarting", "starting", "stopping")

    def __init__(self) -> None:
        self.active = self.restarting = self.starting = self.stopping = False

    def add(self, resource: Resource) -> None:
        """Add what a resource, or what is in it, does."""
        if not resource.is_primitive:
            for child in resource.children:
                self.add(child)
            return
        self.active |= bool(resource.active_nodes)
        starting = any(_is_starting(action) for action in resource.actions)
        stopping = any(_is_stopping(action) for action in resource.actions)
        self.starting |= starting
        self.stopping |= stopping
        self.restarting |= starting and stopping


def _is_starting(action: a.Action) -> bool:
    return action.task == "start" and not action.optional and action.runnable


def _is_stopping(action: a.Action) -> bool:
    return action.task == "stop" and not action.optional and bool(action.flags & (a.PSEUDO | a.RUNNABLE))


def create_for_instances(collective: Resource, instances: list[Resource]) -> None:
    """Request the actions of instances, then the collective's: required if an instance's is."""
    state = _State()
    for instance in instances:
        instance.methods.create_actions(instance)
        state.add(instance)
    start = pseudo(collective, "start", optional=not state.starting, runnable=True)
    running = pseudo(collective, "running", optional=not state.starting, runnable=False)
    running.priority = INFINITY
    if state.active or state.starting:
        running.flags |= a.RUNNABLE
    stop = pseudo(collective, "stop", optional=not state.stopping, runnable=True)
    stopped = pseudo(collective, "stopped", optional=not state.stopping, runnable=True)
    stopped.priority = INFINITY
    if not state.restarting:
        stop.flags |= a.MIGRATABLE
    if collective.kind is Kind.CLONE:
        notifications.prepare(collective, start, running, stop, stopped)


def create_for_clone(clone: Resource) -> None:
    """Request a clone's actions."""
    create_for_instances(clone, clone.children)
    if clone.promotable:
        _create_promotions(clone)


def _create_promotions(clone: Resource) -> None:
    tasks: set[str] = set()
    for instance in clone.children:
        instance.methods.create_actions(instance)
        _required_tasks(instance, tasks)
    promote = pseudo(clone, "promote", optional="promote" not in tasks, runnable=True)
    promoted = pseudo(clone, "promoted", optional="promote" not in tasks, runnable=True)
    promoted.priority = INFINITY
    notifications.prepare_promote(clone, promote, promoted)
    demote = pseudo(clone, "demote", optional="demote" not in tasks, runnable=True)
    demoted = pseudo(clone, "demoted", optional="demote" not in tasks, runnable=True)
    demoted.priority = INFINITY
    notifications.prepare_demote(clone, demote, demoted)
    for instance in clone.children:
        instance.priority = clone.priority


def _required_tasks(resource: Resource, tasks: set[str]) -> None:
    for child in resource.children:
        _required_tasks(child, tasks)
    if not resource.children:
        tasks.update(action.task for action in resource.actions if not action.optional)
