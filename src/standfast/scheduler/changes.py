"""The summary of a transition: what happens to each resource and node, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import roles, where
from standfast.scheduler.outcome import Change
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def summarize(cluster: Cluster) -> tuple[Change, ...]:
    """Return all changes: of nodes, then of resources."""
    found = [change for action in reversed(cluster.actions) for change in _of_node(action)]
    for resource in cluster.resources:
        _add(resource, found)
    return tuple(found)


def _of_node(action: Action) -> list[Change]:
    if action.resource is not None or action.optional or action.node is None:
        return []
    node = action.node
    if action.task == "do_shutdown":
        return [Change(node.name, "Shutdown", target=node.name, reason=action.reason)]
    if action.task != "stonith":
        return []
    name = f"{node.name} (resource: {node.host().id})" if node.is_guest else node.name
    how = action.meta.get("stonith_action", "")
    return [Change(name, "Fence", target=node.name, reason=action.reason, detail=how)]


def _add(resource: Resource, found: list[Change]) -> None:
    if resource.kind is Kind.BUNDLE and resource.bundle is not None:
        for replica in resource.bundle.replicas:
            for part in (replica.ip, replica.container, replica.remote, replica.child):
                if part is not None:
                    _add(part, found)
        return
    if resource.children:
        for child in resource.children:
            _add(child, found)
        return
    current = None
    if resource.active_nodes:
        current = where.current_node(resource)
        if resource.orig_role == roles.STOPPED:
            resource.orig_role = roles.STARTED
    if current is None and resource.removed:
        return
    following = resource.assigned_node
    if resource.managed and (current is not None or following is not None):
        found += _of_resource(resource, current, following)


def _first(resource: Resource, task: str, node: Node | None) -> Action | None:
    found = a.of_task(resource, task, node)
    return found[0] if found else None


def _change(
    resource: Resource,
    name: str,
    origin: Node | None,
    destination: Node | None,
    action: Action | None,
    source: Action | None = None,
) -> Change:
    """Return a change; its reason is the source's, if there is one, else the action's."""
    source = source or action
    return Change(
        resource.id,
        name,
        source=origin.name if origin is not None else "",
        target=destination.name if destination is not None else "",
        reason=source.reason if source is not None else "",
        blocked=action is not None and not action.runnable,
        role=roles.noun(resource.orig_role),
        next_role=roles.noun(resource.next_role),
    )


class _Actions:
    """The actions of one resource that a summary is made of. Asking for them gives those without a node this one."""

    __slots__ = ("demote", "migrate", "promote", "start", "stop")

    def __init__(self, resource: Resource, current: Node | None, following: Node | None) -> None:
        self.start = _first(resource, "start", following)
        start_node = current if self.start is not None and self.start.runnable else None
        self.stop = _first(resource, "stop", start_node)
        if self.stop is None and resource.stop_unexpected:
            self.stop = _first(resource, "stop", None)
        self.promote = _first(resource, "promote", following)
        self.demote = _first(resource, "demote", following)
        same = resource.orig_role == resource.next_role and following is not None
        self.migrate = _first(resource, "migrate_from", following) if same else None


def _of_resource(resource: Resource, current: Node | None, following: Node | None) -> list[Change]:
    found = _Actions(resource, current, following)
    if resource.orig_role == resource.next_role:
        change = _same_role(resource, current, following, found) if following is not None else None
        return [] if change is None else [change]
    start = found.start
    must_stop = resource.next_role == roles.STOPPED or (start is not None and not start.runnable)
    if found.stop is not None and must_stop:
        return _stops(resource, start)
    change = _other_role(resource, current, following, found)
    return [] if change is None else [change]


def _same_role(resource: Resource, current: Node | None, following: Node | None, found: _Actions) -> Change | None:
    start, stop, migrate = found.start, found.stop, found.migrate
    if migrate is not None and current is not None and migrate.runnable:
        return _change(resource, "Migrate", current, following, start)
    if resource.reload:
        return _change(resource, "Reload", current, following, start)
    if start is None or start.optional:
        promote, demote = found.promote, found.demote
        if demote is not None and promote is not None and not demote.optional and not promote.optional:
            return _change(resource, "Re-promote", current, following, promote, demote)
        return None
    if not start.runnable:
        reason = start if stop is None or not stop.reason else stop
        return _change(resource, "Stop", current, None, stop, reason)
    if current is not None and current is not following:
        return _change(resource, "Recover" if resource.failed else "Move", current, following, stop)
    if resource.failed:
        return _change(resource, "Recover", current, None, stop)
    return _change(resource, "Restart", current, following, start)


def _stops(resource: Resource, start: Action | None) -> list[Change]:
    found = []
    for node in resource.active_nodes:
        stop = _first(resource, "stop", node)
        reason = stop if stop is not None and stop.reason else start
        found.append(_change(resource, "Stop", node, None, stop, reason))
    return found


def _other_role(resource: Resource, current: Node | None, following: Node | None, found: _Actions) -> Change | None:
    start, stop = found.start, found.stop
    if stop is not None and resource.failed and resource.stop_if_failed:
        return _change(resource, "Recover", current, following, stop, start)
    if current is not None and following is not None and current is not following:
        return _change(resource, "Move", current, following, stop)
    if resource.reload:
        return _change(resource, "Reload", current, following, start)
    if stop is not None and not stop.optional:
        return _change(resource, "Restart", current, following, start)
    if resource.orig_role == roles.PROMOTED:
        return _change(resource, "Demote", current, following, found.demote)
    if resource.next_role == roles.PROMOTED:
        return _change(resource, "Promote", current, following, found.promote)
    if resource.orig_role == roles.STOPPED and resource.next_role > roles.STOPPED:
        return _change(resource, "Start", current, following, start)
    return None
