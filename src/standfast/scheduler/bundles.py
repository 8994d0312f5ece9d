"""Unpacking bundles: a bundle stands for containers, addresses, connections, and a clone of what runs inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from standfast.scheduler import bundle_elements, nodes
from standfast.scheduler.bundle_parts import BundleParts, Replica
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Part, Place, Probing, Resource

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.bundle_elements import Configuration
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node

    Unpack = Callable[[Cluster, etree._Element, Resource | None], Resource | None]

_TARGET = "container-attribute-target"
_OWN_NODE_SCORE = 500


def unpack(bundle: Resource, unpack_resource: Unpack) -> bool:
    """Make all that a bundle stands for; return False if its configuration is invalid."""
    configuration = bundle_elements.read(bundle.element)
    if configuration is None:
        return False
    per_host = configuration.replicas_per_host
    bundle.bundle = parts = BundleParts(configuration.image, replicas_per_host=per_host)
    bundle.unique = per_host > 1
    element = bundle_elements.clone(configuration)
    if element is not None:
        parts.child = unpack_resource(bundle.cluster, element, bundle)
        if parts.child is None:
            return False
        _prepare_children(bundle, parts.child)
    inner = parts.child.children if parts.child is not None else [None] * configuration.replicas
    addresses = _addresses(configuration, len(inner))
    hosts = bundle_elements.host_options(configuration, [address for address in addresses if address])
    for number, (child, address) in enumerate(zip(inner, addresses, strict=True)):
        replica = _replica(bundle, configuration, unpack_resource, number, child, address, hosts)
        if replica is None:
            return False
        parts.replicas.append(replica)
    if parts.child is not None:
        bundle.children.append(parts.child)
    return True


def _prepare_children(bundle: Resource, clone: Resource) -> None:
    target = None
    for child in clone.children:
        child.exclusive_probes = True
        clone.notify = clone.notify or child.notify
        target = child.meta.get(_TARGET)
    if target is not None:
        bundle.meta[_TARGET] = clone.meta[_TARGET] = target


def _addresses(configuration: Configuration, count: int) -> list[str]:
    found: list[str] = []
    address = configuration.ip_range_start or ""
    for _ in range(count):
        found.append(address)
        address = bundle_elements.next_address(address)
    return found


def _replica(
    bundle: Resource,
    configuration: Configuration,
    unpack_resource: Unpack,
    number: int,
    child: Resource | None,
    address: str,
    hosts: str,
) -> Replica | None:
    cluster = bundle.cluster
    element = bundle_elements.container(configuration, number, address, hosts)
    container = unpack_resource(cluster, element, bundle)
    if container is None:
        return None
    container.replica_container = True
    bundle.children.append(container)
    replica = Replica(number, container, address, child=child)
    if configuration.ip_range_start is not None:
        element = bundle_elements.address_resource(configuration, number, address)
        replica.ip = unpack_resource(cluster, element, bundle)
        if replica.ip is None:
            return None
        bundle.children.append(replica.ip)
    if child is not None:
        if not _connect(bundle, configuration, unpack_resource, replica, child):
            return None
        container.utilization, child.utilization = child.utilization, container.utilization
        if address:
            child.meta["external-ip"] = address
    return replica


def _connect(
    bundle: Resource, configuration: Configuration, unpack_resource: Unpack, replica: Replica, child: Resource
) -> bool:
    """Make the node that a container is, and the connection to it; only the replica's child may run there."""
    cluster = bundle.cluster
    name = f"{bundle.id}-{replica.number}"
    if name in cluster.by_id:
        name = f"pcmk-internal-{child.id}-remote-{replica.number}"
    node = cluster.node(name) or nodes.create(cluster, name, name, is_remote=True)
    node.score = -INFINITY
    node.probing = Probing.NEVER
    for resource in cluster.resources:
        _disallow(resource, node)
    replica.node = node
    part = Part(None, "own replica", _OWN_NODE_SCORE)
    child.allowed = {node.id: Place(node, _OWN_NODE_SCORE, part, Probing.EXCLUSIVE)}
    assert child.parent is not None
    child.parent.allowed[node.id] = Place(node, -INFINITY, Part(None, "not yet", -INFINITY), Probing.EXCLUSIVE)
    element = bundle_elements.connection(configuration, name, replica.container.id, replica.ip_address)
    remote = unpack_resource(cluster, element, bundle)
    if remote is None:
        return False
    for place in remote.allowed.values():
        if place.node.is_remote:
            place.ban("not on remote nodes")
    replica.remote = node.remote = remote
    remote.launcher = replica.container
    remote.nesting_allowed = True
    node.attributes["#kind"] = "container"
    bundle.children.append(remote)
    return True


def _disallow(resource: Resource, node: Node) -> None:
    place = resource.allowed.get(node.id)
    if place is not None:
        place.ban("only the bundle runs there")
        place.probing = Probing.NEVER
    for child in resource.children:
        _disallow(child, node)
