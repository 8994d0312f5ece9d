"""Requesting actions: one is made, or the one that is there is asked for once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs, history_entries, meta, operations, roles, where
from standfast.scheduler.actions import Action
from standfast.scheduler.options import QuorumPolicy

if TYPE_CHECKING:
    from standfast.scheduler.working import Node, Resource

_RUNNING = (
    history_entries.OK, history_entries.RUNNING_PROMOTED, history_entries.DEGRADED, history_entries.DEGRADED_PROMOTED,
)  # fmt: skip


def request(
    resource: Resource, task: str, node: Node | None, *, optional: bool, interval_ms: int = 0, uuid: str = ""
) -> Action:
    """Return the resource's action of this task and node; asking for a required one makes it required.

    Whether it is runnable is decided anew at each request.
    """
    uuid = uuid or a.key(resource.id, task, interval_ms)
    found = a.matching(resource, uuid, node)
    action = found[0] if found else _new(resource, uuid, task, node, optional, interval_ms)
    _update_optional(action, resource, optional)
    if action.node is not None and action.operation is not None and not action.evaluated:
        action.parameters = meta.operation_parameters(resource.cluster, action.operation, action.node)
        action.evaluated = True
    _update_runnable(action, resource)
    return action


def pseudo(resource: Resource, task: str, *, optional: bool, runnable: bool) -> Action:
    """Return a pseudo-action of a collective."""
    action = request(resource, task, None, optional=optional)
    action.flags |= a.PSEUDO | (a.RUNNABLE if runnable else 0)
    return action


def _new(resource: Resource, uuid: str, task: str, node: Node | None, optional: bool, interval_ms: int) -> Action:
    cluster = resource.cluster
    action = Action(cluster.next_action_id, uuid, task, resource, node)
    cluster.next_action_id += 1
    action.flags |= (a.ON_DC if task == "lrm_delete" else 0) | (a.OPTIONAL if optional else 0)
    action.interval_ms = interval_ms
    action.operation = operations.find(resource, task, interval_ms)
    if action.operation is None and "_notify_" in uuid:
        action.operation = operations.find(resource, "notify", 0)
    action.meta = meta.operation_meta(resource, node, task, interval_ms, action.operation)
    action.needs = _needs(resource, task)
    cluster.actions.append(action)
    resource.actions.append(action)
    resource.by_uuid.setdefault(uuid, []).append(action)
    return action


def _needs(resource: Resource, task: str) -> int:
    if task not in ("start", "promote"):
        return a.NEEDS_NOTHING
    if resource.needs_fencing:
        return a.NEEDS_FENCING
    return a.NEEDS_QUORUM if resource.needs_quorum else a.NEEDS_NOTHING


def _update_optional(action: Action, resource: Resource, optional: bool) -> None:
    if action.node is not None and not action.pseudo and not resource.managed and "interval" not in action.meta:
        action.flags |= a.OPTIONAL
    elif not optional:
        action.flags &= ~a.OPTIONAL


def _update_runnable(action: Action, resource: Resource) -> None:
    if action.flags & a.PSEUDO:
        return
    node, on_dc = action.node, action.flags & a.ON_DC
    if node is None:
        action.flags &= ~a.RUNNABLE
    elif not on_dc and not node.online and (not node.is_guest or node.remote_reset):
        action.flags &= ~a.RUNNABLE
        if resource.managed and action.task == "stop" and not node.unclean:
            fencing_needs.fence(resource.cluster, node, "stop is unrunnable")
    elif not on_dc and node.pending:
        action.flags &= ~a.RUNNABLE
    elif action.needs == a.NEEDS_NOTHING:
        action.explain("", overwrite=True)
        if node.is_guest and not fencing_needs.can_fence(resource.cluster, node):
            action.flags &= ~a.RUNNABLE
        else:
            action.flags |= a.RUNNABLE
    else:
        _by_quorum(action, resource)


def _by_quorum(action: Action, resource: Resource) -> None:
    policy = _policy(resource)
    if policy is QuorumPolicy.STOP:
        action.flags &= ~a.RUNNABLE
        action.explain("no quorum", overwrite=True)
    elif policy is QuorumPolicy.FREEZE:
        may_go_on = where.is_active(resource, every=True) and not _only_failed_probes(resource)
        if not may_go_on or resource.next_role > resource.orig_role:
            action.flags &= ~a.RUNNABLE
            action.explain("quorum freeze", overwrite=True)
    else:
        action.flags |= a.RUNNABLE


def _only_failed_probes(resource: Resource) -> bool:
    """Return whether a resource counts as active only because probes failed.

    Deviates: Pacemaker recovers it in a partition that is frozen, though it may well run in another one.
    """
    active = {node.name for node in resource.active_nodes}
    entries = [
        entry
        for name in active
        for history in resource.cluster.histories.get(name, ())
        if history.id == resource.id
        for entry in history.entries
    ]
    return bool(entries) and all(entry.is_probe and entry.rc not in _RUNNING for entry in entries)


def _policy(resource: Resource) -> QuorumPolicy:
    cluster = resource.cluster
    if cluster.quorate:
        return QuorumPolicy.IGNORE
    if cluster.no_quorum_policy is not QuorumPolicy.DEMOTE:
        return cluster.no_quorum_policy
    if resource.orig_role not in (roles.PROMOTED, roles.UNPROMOTED):
        return QuorumPolicy.STOP
    resource.next_role = min(resource.next_role, roles.UNPROMOTED)
    return QuorumPolicy.IGNORE
