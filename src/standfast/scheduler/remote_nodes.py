"""Nodes that come with resources: remote nodes with their connections, guests with what launches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from standfast import cib
from standfast.scheduler import nodes

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster


def create(cluster: Cluster) -> None:
    """Add the nodes, and for guests the elements of their connections, that the configured resources imply."""
    section = cluster.configuration.find("resources")
    if section is None:
        return
    names = {element.get("id") for element in section.iter("primitive", "group", "clone", "bundle")}
    for element in section.iterchildren("*"):
        if is_connection(element):
            _node(cluster, element.get("id"))
        elif element.tag in ("primitive", "group"):
            for primitive in (element,) if element.tag == "primitive" else element.iterchildren("primitive"):
                connection = _guest(primitive)
                if connection is not None and connection.get("id") not in names:
                    cluster.guest_connections.append(connection)
                    _node(cluster, connection.get("id"))


def is_connection(element: etree._Element) -> bool:
    """Return whether this is a remote node's connection resource."""
    parts = (element.get("class"), element.get("provider"), element.get("type"))
    return tuple((part or "").lower() for part in parts) == ("ocf", "pacemaker", "remote")


def _node(cluster: Cluster, name: str | None) -> None:
    if name and cluster.node(name) is None:
        nodes.create(cluster, name, name, is_remote=True)


def _guest(primitive: etree._Element) -> etree._Element | None:
    """Return the element of the connection to the guest that a primitive launches, if it launches one."""
    pairs = {
        pair.get("name"): pair.get("value")
        for block in primitive.iterchildren(cib.nvpairs.META)
        for pair in block.iterchildren("nvpair")
    }
    name = pairs.get("remote-node")
    if name is None:
        return None
    return connection_element(
        name,
        primitive.get("id") or "",
        meta={"allow-migrate": pairs.get("remote-allow-migrate"), "is-managed": pairs.get("is-managed")},
        parameters={"addr": pairs.get("remote-addr"), "port": pairs.get("remote-port")},
        start_timeout=pairs.get("remote-connect-timeout") or "60s",
    )


def connection_element(
    name: str,
    launcher_id: str,
    *,
    meta: dict[str, str | None] | None = None,
    parameters: dict[str, str | None] | None = None,
    start_timeout: str | None = None,
) -> etree._Element:
    """Return the element of a guest node's connection resource."""
    connection = etree.Element("primitive", {"id": name, "class": "ocf", "provider": "pacemaker", "type": "remote"})
    _pairs(connection, cib.nvpairs.META, {"internal_rsc": "true", "container": launcher_id, **(meta or {})})
    if parameters is not None and any(parameters.values()):
        _pairs(connection, cib.nvpairs.INSTANCE, parameters)
    operations = etree.SubElement(connection, "operations")
    _operation(operations, name, "monitor", "30s", "30s")
    if start_timeout is not None:
        _operation(operations, name, "start", "0", start_timeout)
    return connection


def _operation(holder: etree._Element, name: str, task: str, interval: str, timeout: str) -> None:
    operation_id = f"{name}-{task}-{interval}"
    etree.SubElement(holder, "op", {"id": operation_id, "interval": interval, "name": task, "timeout": timeout})


def _pairs(connection: etree._Element, tag: str, pairs: dict[str, str | None]) -> None:
    block = etree.SubElement(connection, tag, {"id": f"{connection.get('id')}-{tag}"})
    for name, value in pairs.items():
        if value is not None:
            etree.SubElement(block, "nvpair", {"name": name, "value": value})
