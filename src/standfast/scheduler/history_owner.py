"""Whose history it is: the resource for an id in a node's history; instances alike are chosen by state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from standfast.scheduler import nodes, resources, where
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import in_bundle, is_anonymous_clone, top

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def owner(cluster: Cluster, node: Node, history_id: str) -> Resource | None:
    """Return the resource that a history is of; None if there is none."""
    resource = _by_id(cluster, history_id)
    parent: Resource | None = None
    if resource is None:
        zeroth = _by_id(cluster, f"{where.base_name(history_id)}:0")
        if zeroth is not None and not zeroth.unique:
            resource, parent = zeroth, top(zeroth)
    elif not resource.is_primitive:
        return None
    else:
        parent = top(resource)
    if is_anonymous_clone(parent):
        assert parent is not None
        if in_bundle(parent):
            resource = _replica_child(parent, node)
        else:
            resource = _instance_for(cluster, node, parent, where.base_name(history_id))
    if resource is not None and history_id not in (resource.id, resource.history_id):
        resource.history_id = history_id
        cluster.cache("by_history_id")[history_id] = resource
    return resource


def _by_id(cluster: Cluster, wanted: str) -> Resource | None:
    """Return the first resource of an id or history id."""
    if wanted not in cluster.by_id and wanted not in cluster.cache("by_history_id"):
        return None
    return where.find_any(cluster, wanted)


def _replica_child(clone: Resource, node: Node) -> Resource | None:
    assert clone.parent is not None
    assert clone.parent.bundle is not None
    for replica in clone.parent.bundle.replicas:
        if replica.node is node:
            return replica.child
    return None


def _instance_for(cluster: Cluster, node: Node, clone: Resource, base_id: str) -> Resource:
    """Return the instance that this node's history of an anonymous clone's member belongs to."""
    found: Resource | None = None
    inactive: Resource | None = None
    taken = False
    for child in clone.children:
        locations = where.nodes_of(child, current=True, pending=True)
        if not locations:
            if not taken and inactive is None and not child.blocked:
                inactive = where.find(child, base_id, clone_only=True)
                pending = inactive.pending_node if inactive is not None else None
                if pending is not None and pending is not node:
                    inactive = None
        elif locations[0] is node:
            found = where.find(child, base_id, clone_only=True)
            if found is not None and found.active_nodes:
                taken, found = True, None
            if found is not None:
                break
    if found is None and not taken:
        found = inactive
    if found is not None and _must_not_reuse(found, node, clone, cluster):
        found = None
    return found if found is not None else _removed_instance(clone, base_id)


def _must_not_reuse(instance: Resource, node: Node, clone: Resource, cluster: Cluster) -> bool:
    """Return whether an instance on a lost node must not take the number of one that may run elsewhere."""
    lost = (not node.online or node.unclean) and not node.is_guest
    return not instance.needs_fencing and lost and clone.clone_max != len(cluster.nodes)


def _removed_instance(clone: Resource, base_id: str) -> Resource:
    made = resources.add_instance(clone)
    assert made is not None, f"{clone.id} was unpacked before"
    set_methods(made)
    instance = where.find(made, base_id, clone_only=True)
    assert instance is not None, f"{clone.id} has no {base_id}"
    return instance


def set_methods(resource: Resource) -> None:
    """Give a resource that was made later the methods of its kind."""
    resource.methods = resource.cluster.methods[resource.kind]
    for child in resource.children:
        set_methods(child)


def removed(cluster: Cluster, node: Node, lrm_resource: etree._Element) -> Resource | None:
    """Return a resource for a history whose resource is no longer configured: it may run nowhere."""
    history_id = lrm_resource.get("id") or ""
    element = etree.Element("primitive", {str(k): str(v) for k, v in lrm_resource.attrib.items()})
    resource = resources.unpack(cluster, element)
    if resource is None:
        return None
    set_methods(resource)
    if resource.is_remote_connection:
        remote = cluster.node(history_id) or nodes.create(cluster, history_id, history_id, is_remote=True)
        resources.link_remote_node(cluster, resource)
        remote.shutdown = True
    resource.removed_launched = lrm_resource.get("container") is not None
    resource.removed = True
    cluster.resources.append(resource)
    if cluster.options.stop_removed_resources:
        where.add_score_everywhere(resource, -INFINITY, "removed")
    else:
        resource.managed = False
    return resource
