"""Notifications: telling a clone's instances before and after others start, stop, are promoted or demoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import meta, roles, where
from standfast.scheduler import relations as r
from standfast.scheduler.requests import request
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.sorting import numeric_key
from standfast.scheduler.working import top

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.working import Node, Resource, Table

    Entries = list[tuple[Resource, Node | None]]

_TASKS = ("start", "stop", "promote", "demote")


class Notification:
    """What is told around one task: its pseudo-actions, and which instances it concerns."""

    __slots__ = ("allowed", "lists", "meta", "post", "post_done", "pre", "pre_done", "task")

    def __init__(self, task: str) -> None:
        self.task = task
        self.pre: Action | None = None
        self.pre_done: Action | None = None
        self.post: Action | None = None
        self.post_done: Action | None = None
        names = (*_TASKS, "active", "inactive", "promoted", "unpromoted")
        self.lists: dict[str, Entries] = {name: [] for name in names}
        self.allowed: Table | None = None
        self.meta: dict[str, str] = {}


def _pseudo(resource: Resource, around: Action, task: str, kind: str) -> Action:
    uuid = a.notify_key(resource.id, kind, around.task)
    action = request(resource, task, None, optional=around.optional, uuid=uuid)
    action.flags |= a.PSEUDO
    action.meta["notify_key_type"] = kind
    action.meta["notify_key_operation"] = around.task
    return action


def create(resource: Resource, task: str, action: Action | None, complete: Action | None) -> Notification | None:
    """Return the notification around a collective's action, None if the resource wants none."""
    if not resource.notify:
        return None
    n = Notification(task)
    if action is not None:
        n.pre = _pseudo(resource, action, "notify", "pre")
        n.pre_done = _pseudo(resource, action, "notified", "confirmed-pre")
        for one in (n.pre, n.pre_done):
            one.flags |= a.RUNNABLE
            one.meta.update(notify_type="pre", notify_operation=task)
        r.relate(n.pre, n.pre_done, r.ORDERED)
        r.relate(n.pre_done, action, r.ORDERED)
    if complete is not None:
        n.post = _pseudo(resource, complete, "notify", "post")
        n.post_done = _pseudo(resource, complete, "notified", "confirmed-post")
        for one in (n.post, n.post_done):
            one.priority = INFINITY
            one.flags = (one.flags & ~a.RUNNABLE) | (complete.flags & a.RUNNABLE)
            one.meta.update(notify_type="post", notify_operation=task)
        r.relate(complete, n.post, r.FIRST_IMPLIES_THEN)
        r.relate(n.post, n.post_done, r.FIRST_IMPLIES_THEN)
    if action is not None and complete is not None:
        r.relate(n.pre_done, n.post, r.ORDERED)
    return n


def _add(clone: Resource, task: str, action: Action, complete: Action) -> Notification | None:
    """Return the clone's notification for a task, made if need be; None if it was there, or none is wanted."""
    if task in clone.notifications:
        return None
    n = create(clone, task, action, complete)
    if n is not None:
        clone.notifications[task] = n
    return n


def _order(first: Notification | None, then: Notification | None) -> None:
    if first is not None and then is not None:
        r.relate(first.post_done, then.pre, r.ORDERED)


def prepare(clone: Resource, start: Action, running: Action, stop: Action, stopped: Action) -> None:
    """Make the notifications around starts and stops: those of stops come first."""
    _add(clone, "start", start, running)
    if _add(clone, "stop", stop, stopped) is not None:
        _order(clone.notifications.get("stop"), clone.notifications.get("start"))


def prepare_promote(clone: Resource, promote: Action, promoted: Action) -> None:
    """Make the notification around promotions."""
    _add(clone, "promote", promote, promoted)


def prepare_demote(clone: Resource, demote: Action, demoted: Action) -> None:
    """Make the notification around demotions, and order all of them."""
    known = clone.notifications
    if _add(clone, "demote", demote, demoted) is None or "promote" not in known:
        return
    for first, then in (
        ("stop", "promote"),
        ("start", "promote"),
        ("demote", "promote"),
        ("demote", "start"),
        ("demote", "stop"),
    ):
        _order(known.get(first), known.get(then))


def complete(clone: Resource) -> None:
    """Request the notifications of instances, when it is known what happens."""
    for task in ("start", "stop", "promote", "demote"):
        n = clone.notifications.get(task)
        if n is not None:
            complete_one(clone, n)


def complete_one(resource: Resource, n: Notification) -> None:
    """Request one notification of every instance that it concerns."""
    _collect(resource, n)
    _add_lists(resource, n)
    _notify(resource, n)


def _collect(resource: Resource, n: Notification) -> None:
    if n.allowed is None:
        n.allowed = resource.allowed
    if resource.children:
        for child in resource.children:
            _collect(child, n)
        return
    entry = (resource, resource.active_nodes[0] if resource.active_nodes else None)
    match resource.orig_role:
        case roles.STOPPED:
            n.lists["inactive"].append(entry)
        case roles.STARTED:
            n.lists["active"].append(entry)
        case roles.UNPROMOTED:
            n.lists["unpromoted"].append(entry)
            n.lists["active"].append(entry)
        case roles.PROMOTED:
            n.lists["promoted"].append(entry)
            n.lists["active"].append(entry)
    for action in reversed(resource.actions):
        if action.optional or action.node is None or action.task not in _TASKS:
            continue
        if action.runnable or (action.task == "stop" and action.node.unclean):
            n.lists[action.task].append((resource, action.node))


def _words(entries: Entries, *, with_nodes: bool = True) -> tuple[str, str]:
    """Return resources and nodes of a list, by resource id, each resource once; one space if there is none."""
    entries.reverse()  # the newest first, as equal ids keep their order
    entries.sort(key=lambda e: (e[0].id, e[1] is None, e[1].id if e[1] is not None else ""))
    ids: list[str] = []
    names: list[str] = []
    last = None
    for resource, node in entries:
        if (with_nodes and node is None) or resource.id == last:
            continue
        last = resource.id
        ids.append(resource.id)
        if node is not None:
            names.append(node.name)
    return " ".join(ids) or " ", " ".join(names) or " "


def _add_lists(resource: Resource, n: Notification) -> None:
    required = False
    for task in ("stop", "start", "demote", "promote"):
        ids, names = _words(n.lists[task])
        concerned = ids != " " if task == "stop" else bool(n.lists[task])
        required = required or (concerned and n.task == task)
        n.meta[f"notify_{task}_resource"], n.meta[f"notify_{task}_uname"] = ids, names
    for state, old_name in (("active", ""), ("unpromoted", "slave"), ("promoted", "master")):
        ids, names = _words(n.lists[state])
        for name in filter(None, (state, old_name)):
            n.meta[f"notify_{name}_resource"], n.meta[f"notify_{name}_uname"] = ids, names
    n.meta["notify_inactive_resource"], _ = _words(n.lists["inactive"], with_nodes=False)
    places = sorted((n.allowed or {}).values(), key=lambda place: numeric_key(place.node.name))
    n.meta["notify_available_uname"] = " ".join(place.node.name for place in places) or " "
    nodes = resource.cluster.nodes
    if meta.wants_host(resource):
        n.meta["notify_all_hosts"] = " ".join(_host_name(node) for node in nodes) or " "
    n.meta["notify_all_uname"] = " ".join(node.name for node in nodes) or " "
    if required:
        for action in (n.pre, n.pre_done, n.post, n.post_done):
            if action is not None:
                action.flags &= ~a.OPTIONAL


def _host_name(node: Node) -> str:
    if node.is_guest and node.host().active_nodes:
        host = where.current_node(node.host())
        return host.name if host is not None else node.name
    return node.name


def _notify(resource: Resource, n: Notification) -> None:
    if resource.children:
        for child in resource.children:
            _notify(child, n)
        return
    for action in resource.actions:
        if not action.optional and action.node is not None and action.task in _TASKS:
            action.meta.update(n.meta)
    if n.task != "stop" and not n.lists[n.task]:
        return
    if n.task in ("stop", "demote"):
        if resource.orig_role != roles.STOPPED:
            _notify_going_down(resource, n)
    elif resource.next_role != roles.STOPPED:
        _notify_going_up(resource, n)


def _notify_going_down(resource: Resource, n: Notification) -> None:
    stop = a.first_action(resource.actions, "stop")
    for node in list(resource.active_nodes):
        if stop is not None and stop.pseudo and (node.unclean or node.remote_reset):
            continue
        _notify_one(resource, node, n.pre, n.pre_done, n)
        if n.task == "demote" or stop is None or stop.optional:
            _notify_after(resource, node, n)


def _notify_going_up(resource: Resource, n: Notification) -> None:
    start = a.first_action(resource.actions, "start")
    connection = start.node.remote if start is not None and start.node is not None else None
    if connection is not None:
        remote_start = a.first_action(connection.actions, "start")
        if remote_start is not None and not remote_start.runnable:
            return
    node = resource.assigned_node
    if node is None:
        return
    if n.task != "start" or start is None or start.optional:
        _notify_one(resource, node, n.pre, n.pre_done, n)
    _notify_after(resource, node, n)


def _notify_one(
    resource: Resource, node: Node, op: Action | None, done: Action | None, n: Notification
) -> Action | None:
    if op is None or done is None or not node.online or not op.runnable:
        return None
    uuid = a.notify_key(resource.id, op.meta.get("notify_type", ""), op.meta.get("notify_operation", ""))
    action = request(resource, op.task, node, optional=op.optional, uuid=uuid)
    for name, value in op.meta.items():
        action.meta.setdefault(name, value)
    action.meta.update(n.meta)
    r.relate(op, action, r.ORDERED)
    r.relate(action, done, r.ORDERED)
    return action


def _notify_after(resource: Resource, node: Node, n: Notification) -> None:
    action = _notify_one(resource, node, n.post, n.post_done, n)
    if action is not None:
        action.priority = INFINITY
    if n.post_done is None:
        return
    for monitor in reversed(list(resource.actions)):
        if monitor.meta.get("interval", "0") != "0" and monitor.task != "cancel":
            r.relate(n.post_done, monitor, r.ORDERED)


def order_after_fencing(stop: Action, resource: Resource, fencing: Action) -> None:
    """Tell the instances when one is lost with its node."""
    n = create(resource, "stop", None, fencing)
    if n is not None and stop.node is not None:
        _collect(resource, n)
        for task in _TASKS:
            n.lists[task] = []
        n.meta["notify_stop_resource"] = resource.id
        n.meta["notify_stop_uname"] = stop.node.name
        _notify(top(resource), n)
