"""The nodes that the configuration names, and their attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler.working import Node

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster


def unpack(cluster: Cluster) -> None:
    """Add the configured nodes: unclean until their state says otherwise, if startup-fencing is on."""
    section = cluster.configuration.find("nodes")
    for element in section.iterchildren("node") if section is not None else ():
        node = _node(cluster, element)
        if node is not None:
            add_attributes(cluster, node, element, overwrite=False)


def _node(cluster: Cluster, element: etree._Element) -> Node | None:
    node_id, kind = element.get("id"), (element.get("type") or "member").lower()
    if node_id is None or kind not in ("member", "remote", "normal"):
        return None
    score = cib.values.score(element.get("score"))
    node = create(cluster, node_id, element.get("uname") or node_id, is_remote=kind == "remote", score=score)
    if not node.is_remote:
        node.unclean = cluster.options.startup_fencing
    return node


def create(cluster: Cluster, node_id: str, name: str, *, is_remote: bool, score: int = 0) -> Node:
    """Add a node: offline and clean."""
    node = Node(node_id, name, is_remote=is_remote, score=score)
    cluster.add_node(node)
    return node


def add_attributes(cluster: Cluster, node: Node, owner: etree._Element | None, *, overwrite: bool) -> None:
    """Give a node the attributes of an owner's sets, and those that every node has by itself."""
    attributes = node.attributes
    attributes["#uname"] = node.name
    attributes["#id"] = node.id
    if cluster.dc is None and node.id.lower() == (cluster.root.get("dc-uuid") or "").lower():
        cluster.dc = node
        attributes["#is_dc"] = "true"
    elif cluster.dc is not node:
        attributes["#is_dc"] = "false"
    cluster_name = cluster.options.cluster_name
    if cluster_name is not None:
        attributes["#cluster-name"] = cluster_name
    for name, value in cluster.sets(owner, cib.nvpairs.INSTANCE, cluster.context()).items():
        if overwrite:
            attributes[name] = value
            node.picked_of = -1
        else:
            attributes.setdefault(name, value)
    for name, value in cluster.sets(owner, cib.nvpairs.UTILIZATION, cluster.context()).items():
        node.utilization.setdefault(name, value)
    if "#site-name" not in attributes:
        site = attributes.get("site-name", cluster_name)
        if site is not None:
            attributes["#site-name"] = site
