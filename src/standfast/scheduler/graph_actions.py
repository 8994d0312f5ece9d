"""Actions as the graph has them: by name, with all that an executor needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib, transition
from standfast.scheduler import actions as a
from standfast.scheduler import meta, remote
from standfast.scheduler.digests import meta_name, remote_name
from standfast.scheduler.working import Kind, top

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def make(action: Action, cluster: Cluster) -> transition.Action:
    """Return an action as the graph has it."""
    resource, node = action.resource, action.node
    kind = _kind(action)
    on_node = node if kind is not transition.Kind.PSEUDO or action.task == "stonith" else None
    if on_node is not None:
        action.meta["on_node"], action.meta["on_node_uuid"] = on_node.name, on_node.id
    key, internal_key = action.uuid, ""
    if resource is not None and resource.history_id is not None:
        key, internal_key = _history_key(action, resource.history_id), action.uuid
    router = remote.router(action) if on_node is not None else None
    locks = resource is not None and not action.pseudo and _locks(action, resource)
    return transition.Action(
        id=action.id,
        kind=kind,
        operation=action.task,
        operation_key=key,
        internal_operation_key=internal_key,
        on_node=on_node.name if on_node is not None else "",
        on_node_uuid=on_node.id if on_node is not None else "",
        router_node=router.name if router is not None else "",
        resource=_reference(resource) if resource is not None and not action.pseudo else None,
        attributes=_attributes(action),
        downed=_downed(action) if on_node is not None else (),
        maintenance=maintenance_changes(cluster) if action.task == "maintenance_nodes" else {},
        mode="cib" if action.task == "lrm_delete" else "",
        reason=action.reason,
        shutdown_lock_s=resource.lock_time_s if resource is not None and locks else 0,
    )


def _kind(action: Action) -> transition.Kind:
    if action.task == "stonith":
        return transition.Kind.PSEUDO if action.pseudo else transition.Kind.CLUSTER
    if action.task in ("do_shutdown", "clear_failcount", "lrm_delete"):
        return transition.Kind.CLUSTER
    return transition.Kind.PSEUDO if action.pseudo else transition.Kind.RESOURCE


def _interval(action: Action) -> int:
    return cib.values.integer(action.meta.get("interval")) or 0


def _history_key(action: Action, history_id: str) -> str:
    if action.task == "notify":
        kind, task = action.meta.get("notify_type", ""), action.meta.get("notify_operation", "")
        return a.notify_key(history_id, kind, task)
    return a.key(history_id, action.cancel_task or action.task, _interval(action))


def _locks(action: Action, resource: Resource) -> bool:
    """Return whether the action locks its resource to a node that is shutting down."""
    node = action.node
    if node is None or node is not resource.lock_node:
        return False
    return not node.shutdown or action.task == "stop"


def _reference(resource: Resource) -> transition.ResourceRef:
    standard, provider, agent = (resource.meta.get(name, "") for name in ("class", "provider", "type"))
    if resource.removed and resource.history_id is not None:
        name, long_id = resource.history_id, resource.id
    elif not resource.unique:
        name, long_id = resource.config_id, resource.id
        if resource.history_id is not None and resource.history_id != name:
            long_id = resource.history_id
    else:
        name, long_id = resource.id, ""
    return transition.ResourceRef(name, standard, agent, provider, long_id)


def _attributes(action: Action) -> dict[str, str]:
    """Return parameters and meta attributes, sorted: the operation's own, the resource's, the action's."""
    resource, node = action.resource, action.node
    found = dict(action.parameters)
    if resource is not None and (node is not None or resource.is_primitive):
        for name, value in _parameters(resource, node).items():
            found.setdefault(name, value)
    for name, value in action.meta.items():
        if "#" not in name and ":" not in name:
            found.setdefault(meta_name(name), value)
    if resource is not None:
        for outer in resource.ancestors():
            if outer.is_primitive:
                found.update(_primitive_meta(outer))
            elif outer.kind is Kind.CLONE:
                found.update(_clone_meta(outer))
        host = remote.physical_host(action)
        if host is not None:
            target = resource.meta.get("container-attribute-target")
            if target is not None:
                found.setdefault("CRM_meta_container_attribute_target", target)
            found.setdefault("CRM_meta_physical_host", host.name)
    return dict(sorted(found.items()))


def _parameters(resource: Resource, node: Node | None) -> dict[str, str]:
    """Return the resource's parameters; a connection into a container gets that one's host as its address."""
    parameters = meta.parameters(resource, node)
    address = remote_name(resource) if parameters.get("addr") == "#uname" else None
    return parameters if address is None else {**parameters, "addr": address}


def _primitive_meta(resource: Resource) -> dict[str, str]:
    found: dict[str, str] = {}
    if "clone" in resource.meta:
        found["CRM_meta_clone"] = resource.meta["clone"]
    if "remote-node" in resource.meta:
        found["CRM_meta_remote_node"] = resource.meta["remote-node"]
    for outer in resource.ancestors():
        if outer.launcher is not None:
            found["CRM_meta_container"] = outer.launcher.id
    if "external-ip" in resource.meta:
        found["pcmk_external_ip"] = resource.meta["external-ip"]
    return found


def _clone_meta(clone: Resource) -> dict[str, str]:
    outer = top(clone)
    found = {
        "CRM_meta_globally_unique": "true" if clone.unique else "false",
        "CRM_meta_notify": "true" if clone.notify else "false",
        "CRM_meta_clone_max": str(outer.clone_max),
        "CRM_meta_clone_node_max": str(outer.clone_node_max),
    }
    if clone.promotable:
        for name in ("promoted", "master"):
            found[f"CRM_meta_{name}_max"] = str(outer.promoted_max)
            found[f"CRM_meta_{name}_node_max"] = str(outer.promoted_node_max)
    return found


def _downed(action: Action) -> tuple[str, ...]:
    """Return the ids of the nodes that are expected to be down after the action."""
    node, resource = action.node, action.resource
    if node is None:
        return ()
    if action.task == "do_shutdown":
        return (node.id,)
    if action.task == "stonith":
        if action.meta.get("stonith_action") not in ("off", "reboot"):
            return ()
        guests = [
            running.cluster.node(running.id)
            for running in node.running
            if running.is_remote_connection and running.launcher is not None
        ]
        return (node.id, *(guest.id for guest in guests if guest is not None))
    if resource is not None and resource.is_remote_connection and action.task == "stop":
        migrating = any(
            one.action.resource is not None
            and one.action.resource.id == resource.id
            and one.action.task == "migrate_from"
            for one in action.before
        )
        return () if migrating else (resource.id,)
    return ()


def maintenance_changes(cluster: Cluster) -> dict[str, bool]:
    """Return the remote nodes whose state says otherwise of their maintenance than they are."""
    return {
        node.id: node.maintenance
        for node in cluster.nodes
        if node.is_remote and node.maintenance is not node.remote_maintenance
    }


def option_ms(text: str) -> int:
    """Return an option's duration in milliseconds."""
    return cib.times.interval_ms(text, 60_000)


def graph_attributes(cluster: Cluster) -> dict[str, str]:
    """Return the attributes of the graph itself."""
    options = cluster.options
    found = {
        "cluster-delay": options.cluster_delay,
        "fencing-timeout": options.fencing_timeout,
        "failed-stop-offset": "INFINITY",
        "failed-start-offset": "INFINITY" if options.start_failure_is_fatal else "1",
        "batch-limit": options.batch_limit,
        "transition_id": "1",
    }
    if options.migration_limit > 0:
        found["migration-limit"] = str(options.migration_limit)
    if cluster.recheck_by_s:
        found["recheck-by"] = str(cluster.recheck_by_s)
    return found
