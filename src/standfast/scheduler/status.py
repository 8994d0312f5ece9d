"""The status section: states of nodes, then the histories, in the passes that guests and remote nodes need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs as fencing
from standfast.scheduler import history, history_owner, node_states, resources, roles, tickets, where
from standfast.scheduler.activity import add_running
from standfast.scheduler.on_fail import OnFail
from standfast.scheduler.requests import request
from standfast.scheduler.scores import INFINITY, seconds
from standfast.scheduler.working import in_bundle

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.resource_history import ResourceHistory
    from standfast.scheduler.working import Node, Resource


def unpack(cluster: Cluster) -> None:
    """Apply the whole status section."""
    if cluster.status is None:
        return
    for element in cluster.status.iterchildren("*"):
        if element.tag == "tickets":
            tickets.unpack_states(cluster, element)
        elif element.tag == "node_state":
            node_states.unpack(cluster, element)
    _read_histories(cluster)
    while _pass(cluster, fence=False):
        pass
    _pass(cluster, fence=cluster.options.fencing_enabled)
    for container in cluster.stop_needed:
        node = where.current_node(container)
        if node is not None:
            request(container, "stop", node, optional=False)
    for node in cluster.nodes:
        if node.is_remote:
            if node.shutdown and node.remote is not None:
                node.remote.next_role = roles.STOPPED
            if not node.unpacked:
                node_states.remote_online(node)


def _read_histories(cluster: Cluster) -> None:
    assert cluster.status is not None
    for state in cluster.status.iterchildren("node_state"):
        cluster.histories.setdefault(state.get("uname") or "", []).extend(cluster.memory.histories(state))


def _pass(cluster: Cluster, *, fence: bool) -> bool:
    """Read the histories whose nodes are known well enough; return whether there was one."""
    assert cluster.status is not None
    progress = False
    for state in cluster.status.iterchildren("node_state"):
        node = cluster.node_of(state.get("id"), state.get("uname"))
        if node is None or state.get("uname") is None or node.unpacked:
            continue
        if not fence and not _is_due(cluster, node):
            continue
        if node.is_remote:
            node_states.remote_online(node)
            node_states.remote_attributes(cluster, node, state)
        node.unpacked = True
        _node_history(cluster, node, state.get("uname") or "")
        progress = True
    return progress


def _is_due(cluster: Cluster, node: Node) -> bool:
    options, connection = cluster.options, node.remote
    if node.is_guest:
        assert connection is not None
        return connection.orig_role == roles.STARTED and node.host().orig_role == roles.STARTED
    if node.is_remote:
        return connection is not None and (options.shutdown_lock or connection.orig_role == roles.STARTED)
    return options.fencing_enabled or options.shutdown_lock or node.online


def _node_history(cluster: Cluster, node: Node, name: str) -> None:
    launched_found = False
    for one in cluster.histories.get(name, ()):
        resource = _resource_history(cluster, node, one)
        launched_found |= resource is not None and resource.removed_launched
    if launched_found:
        for one in cluster.histories[name]:
            _link_removed_launched(cluster, one)


def _link_removed_launched(cluster: Cluster, known: ResourceHistory) -> None:
    launcher_id, history_id = known.container, known.id
    if launcher_id is None or history_id is None:
        return
    launcher, resource = where.find_any(cluster, launcher_id), where.find_any(cluster, history_id)
    if launcher is None or resource is None or resource.launcher is not None or not resource.removed_launched:
        return
    resource.launcher = launcher
    launcher.launched.append(resource)


def _resource_history(cluster: Cluster, node: Node, known: ResourceHistory) -> Resource | None:
    if known.id is None or (not known.entries and not cluster.options.shutdown_lock):
        return None
    resource = history_owner.owner(cluster, node, known.id)
    if resource is None:
        resource = history_owner.removed(cluster, node, known.element) if known.entries else None
    if resource is None:
        return None
    if cluster.options.shutdown_lock:
        _shutdown_lock(cluster, known, resource, node)
    saved_role, resource.orig_role = resource.orig_role, roles.UNKNOWN
    response = history.read(resource, node, known)
    if node.online:
        for entry in known.recurring:  # they need not be scheduled again
            request(resource, entry.task, node, optional=True, interval_ms=entry.interval_ms)
    _apply_state(resource, node, response)
    limit = resources.target_role(resource)
    if limit is not None and (resource.next_role == roles.UNKNOWN or limit < resource.next_role):
        resource.next_role = limit
    resource.orig_role = max(resource.orig_role, saved_role)
    return resource


def _shutdown_lock(cluster: Cluster, known: ResourceHistory, resource: Resource, node: Node) -> None:
    since = cib.values.integer(known.shutdown_lock)
    if not since:
        return
    limit_ms = cluster.options.shutdown_lock_limit_ms
    if limit_ms and cluster.now_s > since + seconds(limit_ms):
        request(resource, "lrm_delete", node, optional=False)
    else:
        resource.lock_node, resource.lock_time_s = node, since


def _apply_state(resource: Resource, node: Node, response: OnFail) -> None:
    """Apply the role that the history ended with, and what on-fail demands."""
    active = resource.orig_role > roles.STOPPED
    if resource.orig_role != roles.UNKNOWN:
        for outer in resource.ancestors():
            outer.probed.setdefault(node.id, node)
            if outer.unique:
                break
    if active and not node.online and not node.maintenance and resource.managed:
        _active_on_lost_node(resource, node)
    saved_response = response
    if node.unclean:
        response = OnFail.IGNORE
    _respond(resource, node, response, active)
    _connection_failed(resource)
    if active:
        add_running(resource, node, failed=saved_response is not OnFail.IGNORE)
        if response is not OnFail.IGNORE:
            resource.failed = True
            if response not in (OnFail.DEMOTE, OnFail.BLOCK):
                resource.stop_if_failed = True
    elif resource.history_id is not None and ":" in resource.history_id:
        resource.history_id = None
    else:
        for stop in a.of_task(resource, "stop", node):
            stop.flags |= a.OPTIONAL
    migrating = resource.partial_target is not None and resource.partial_source is node
    if resource.orig_role == roles.STOPPED and resource.active_nodes and migrating:
        resource.orig_role = roles.STARTED


def _connection_failed(resource: Resource) -> None:
    if resource.failed and resource.is_remote_connection:
        node = resource.cluster.node(resource.id)
        if node is not None and node.unclean:
            node.seen = True


def _active_on_lost_node(resource: Resource, node: Node) -> None:
    cluster = resource.cluster
    reason = f"{resource.id} is thought to be active there"
    if node.is_guest:
        resource.failed = resource.stop_if_failed = True
    elif not cluster.options.fencing_enabled:
        return
    elif node.is_plain_remote and node.remote is not None and not node.remote.failed:
        node.seen = False
        reason = (
            f"{resource.id} is active there (fencing will be revoked if remote connection can be "
            "re-established elsewhere)"
        )
    fencing.fence(cluster, node, reason)


def _respond(resource: Resource, node: Node, response: OnFail, active: bool) -> None:
    cluster = resource.cluster
    match response:
        case OnFail.DEMOTE:
            resource.failed = True
            request(resource, "demote", node, optional=False)
        case OnFail.FENCE:
            fencing.fence(cluster, node, f"{resource.id} failed there")
        case OnFail.STANDBY:
            node.standby = node.fail_standby = True
        case OnFail.BLOCK:
            resource.managed = False
            resource.blocked = True
        case OnFail.BAN:
            where.add_score(resource, node, -INFINITY, "__action_migration_auto__")
        case OnFail.STOP:
            resource.next_role = roles.STOPPED
        case OnFail.RESTART:
            if active:
                resource.failed = resource.stop_if_failed = True
                request(resource, "stop", node, optional=False)
        case OnFail.RESTART_CONTAINER:
            _restart_container(resource, node, active)
        case OnFail.RESET_REMOTE:
            _reset_remote(resource, node, active)


def _restart_container(resource: Resource, node: Node, active: bool) -> None:
    resource.failed = resource.stop_if_failed = True
    if resource.launcher is not None and in_bundle(resource):
        resource.cluster.stop_needed.insert(0, resource.launcher)
    elif resource.launcher is not None:
        request(resource.launcher, "stop", node, optional=False)
    elif active:
        request(resource, "stop", node, optional=False)


def _reset_remote(resource: Resource, node: Node, active: bool) -> None:
    cluster = resource.cluster
    resource.failed = resource.stop_if_failed = True
    remote = cluster.node(resource.id) if resource.is_remote_connection else None
    if cluster.options.fencing_enabled and remote is not None and remote.is_plain_remote and not remote.remote_fenced:
        fencing.fence(cluster, remote, "remote connection is unrecoverable")
    if active:
        request(resource, "stop", node, optional=False)
    if resource.reconnect_ms:
        resource.next_role = roles.STOPPED
