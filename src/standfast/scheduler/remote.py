"""Remote and guest nodes: what happens there depends on the connection, and for guests on what launches them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs, node_states, orders, roles, where
from standfast.scheduler import relations as r

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


class Connection(enum.Enum):
    """The state of a remote node's connection, as far as actions on the node depend on it."""

    UNKNOWN = 0
    ALIVE = 1
    RESTING = 2
    FAILED = 3
    STOPPED = 4


def guest_in(resource: Resource) -> Resource | None:
    """Return the connection to the guest node that this resource launches."""
    return next((launched for launched in resource.launched if launched.is_remote_connection), None)


def connection_state(node: Node) -> Connection:
    """Return the state of a remote node's connection."""
    connection = node.remote
    assert connection is not None, f"{node.name} has a connection"
    host = where.current_node(connection)
    if connection.next_role == roles.STOPPED or connection.assigned is None:
        if host is not None and host.unclean:
            return Connection.FAILED
        if not connection.failed:
            return Connection.STOPPED
        waits = connection.next_role == roles.STOPPED and connection.reconnect_ms and node.remote_fenced
        return Connection.UNKNOWN if waits and not node_states.wants_shutdown(node) else Connection.FAILED
    if host is None:
        return Connection.UNKNOWN
    if host.unclean or not host.online:
        return Connection.RESTING
    migrating = connection.partial_source is not None and connection.partial_target is not None
    return Connection.RESTING if len(connection.active_nodes) > 1 and migrating else Connection.ALIVE


def has_failed(node: Node) -> bool:
    """Return whether this is a remote node whose connection is lost."""
    return node.is_plain_remote and node.remote is not None and connection_state(node) is Connection.FAILED


def _start_then(first: Resource | None, then: Action, more: int = 0) -> None:
    if first is not None:
        flags = r.GUEST_ALLOWED | r.UNRUNNABLE_FIRST_BLOCKS | more
        orders.add((first, a.key(first.id, "start")), then, flags)


def _then_stop(first: Action, then: Resource | None, more: int = 0) -> None:
    if then is not None:
        orders.add(first, (then, a.key(then.id, "stop")), r.GUEST_ALLOWED | more)


def order_connections(cluster: Cluster) -> None:
    """Order the actions on remote and guest nodes with those of their connections."""
    if not cluster.have_remote_nodes:
        return
    for action in reversed(list(cluster.actions)):
        resource, node = action.resource, action.node
        if resource is None:
            continue
        if resource.is_remote_connection and action.task == "clear_failcount":
            orders.add(action, (resource, a.key(resource.id, "start")), r.ORDERED)
            continue
        if node is None or not node.is_remote or action.pseudo or node.remote is None:
            continue
        if action.task == "start":
            _stop_elsewhere_after(node.remote, resource, node)
        if node.remote.launcher is not None:
            _order_on_guest(cluster, action, resource, node, node.remote)
        else:
            _order_on_remote(cluster, action, node, node.remote)


def _stop_elsewhere_after(connection: Resource, resource: Resource, node: Node) -> None:
    for action in reversed(resource.actions):
        if action.node is not node and action.task == "stop":
            orders.add((connection, a.key(connection.id, "start")), action, r.ORDERED)


def _task(action: Action) -> str:
    return "stop" if action.task in ("migrate_to", "migrate_from") else action.task


def _order_on_remote(cluster: Cluster, action: Action, node: Node, connection: Resource) -> None:
    state = connection_state(node)
    match _task(action):
        case "start" | "promote":
            _start_then(connection, action, r.FIRST_IMPLIES_THEN if state is Connection.FAILED else 0)
        case "stop":
            if state is Connection.ALIVE:
                _then_stop(action, connection, r.THEN_IMPLIES_FIRST)
            elif state is Connection.FAILED:
                reason = "resources are active but connection is unrecoverable"
                fencing_needs.fence(cluster, node, reason)
            elif connection.next_role == roles.STOPPED:
                _then_stop(action, connection, r.THEN_IMPLIES_FIRST)
            else:
                _start_then(connection, action)
        case "demote":
            if state in (Connection.RESTING, Connection.UNKNOWN):
                _start_then(connection, action)
        case _ if _is_recurring(action):
            _start_then(connection, action, r.FIRST_IMPLIES_THEN)
        case task:
            if task == "monitor" and state is Connection.FAILED:
                reason = "resources are in unknown state and connection is unrecoverable"
                fencing_needs.fence(cluster, node, reason)
            if where.current_node(connection) is not None and state is Connection.STOPPED:
                _then_stop(action, connection, r.UNRUNNABLE_FIRST_BLOCKS)
            else:
                _start_then(connection, action)


def _is_recurring(action: Action) -> bool:
    return action.meta.get("interval", "0") != "0"


_KNOWN_TASKS = frozenset((*a.COMPLETED, *a.BEGUN, "monitor", "do_shutdown", "stonith"))


def _order_on_guest(cluster: Cluster, action: Action, resource: Resource, node: Node, connection: Resource) -> None:
    launcher = node.host()
    if launcher.failed:
        fencing_needs.fence(cluster, node, "container failed")
    match _task(action):
        case "start" | "promote":
            _start_then(launcher, action, r.FIRST_IMPLIES_THEN)
            _start_then(connection, action)
        case "stop" | "demote":
            if not launcher.failed:
                _then_stop(action, connection)
        case task if _is_recurring(action):
            if task in _KNOWN_TASKS:
                _start_then(connection, action, r.FIRST_IMPLIES_THEN)
        case _:
            _start_then(connection, action)


def router(action: Action) -> Node | None:
    """Return the cluster node through which an action on a remote node is executed."""
    node = action.node
    if action.task == "stonith" or node is None or not node.is_remote or node.remote is None:
        return None
    connection = node.remote
    began, ended = where.current_node(connection), connection.assigned_node
    if began is None or ended is None or began is ended:
        return began or ended
    task = action.meta.get("notify_operation", "") if action.task == "notify" else action.task
    partial = connection.launcher is None and connection.partial_target is not None
    before = task in ("cancel", "stop", "demote", "migrate_from", "migrate_to")
    return began if before and not partial else ended


def physical_host(action: Action) -> Node | None:
    """Return the host of the guest that an action is executed on."""
    node = action.node
    if node is None or not node.is_guest:
        return None
    launcher = node.host()
    task = action.task
    if task in ("notify", "notified"):
        task = action.meta.get("notify_operation", "")
    if task in ("stop", "stopped", "demote", "demoted"):
        return where.current_node(launcher)
    if task in ("start", "running", "monitor", "promote", "promoted"):
        return launcher.assigned_node
    return None
