"""Shutdown locks: a resource waits for its node, when that was shut down cleanly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import where
from standfast.scheduler.requests import request
from standfast.scheduler.scores import INFINITY, seconds

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def apply(cluster: Cluster) -> None:
    """Lock what is to be locked."""
    if cluster.options.shutdown_lock:
        for resource in cluster.resources:
            resource.methods.shutdown_lock(resource)


def lock_none(resource: Resource) -> None:
    """Lock nothing: clones and bundles are not locked."""


def lock_group(group: Resource) -> None:
    """Lock a group's members."""
    for member in group.children:
        member.methods.shutdown_lock(member)


def lock_primitive(resource: Resource) -> None:
    """Lock a primitive to the node that shuts down (or did), unless it is active elsewhere."""
    if resource.is_fence_device or resource.is_remote_connection:
        return
    cluster = resource.cluster
    if resource.lock_node is not None:
        if resource.active_nodes:
            request(resource, "lrm_delete", resource.lock_node, optional=False)
            resource.lock_node, resource.lock_time_s = None, 0
    elif len(resource.active_nodes) == 1:
        node = resource.active_nodes[0]
        if node.shutdown and not node.unclean:
            resource.lock_node, resource.lock_time_s = node, _shutdown_time_s(cluster, node)
    if resource.lock_node is None:
        return
    limit_ms = cluster.options.shutdown_lock_limit_ms
    if limit_ms:
        cluster.recheck(resource.lock_time_s + seconds(limit_ms) + 1)
    for node in cluster.nodes:
        if node is not resource.lock_node:
            where.add_score(resource, node, -INFINITY, "shutdown-lock")


def _shutdown_time_s(cluster: Cluster, node: Node) -> int:
    return cib.values.integer(node.attributes.get("shutdown")) or cluster.now_s
