"""Where resources are and will be: questions that collectives answer from their children."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import roles
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Kind, Part, Place, Table, top

if TYPE_CHECKING:
    from standfast.scheduler.bundle_parts import Replica
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def is_available(node: Node | None) -> bool:
    """Return whether a node may run resources: online, clean, and in no special state."""
    return node is not None and node.online and not (node.shutdown or node.unclean or node.standby or node.maintenance)


def guest_will_run(node: Node) -> bool:
    """Return whether what launches a guest node was assigned; other nodes need nothing."""
    return not node.is_guest or one_node(node.host(), assigned=True) is not None


def any_available(table: Table) -> bool:
    """Return whether some place of at least score 0 is available."""
    return any(place.score >= 0 and is_available(place.node) for place in table.values())


def is_active(resource: Resource, *, every: bool) -> bool:
    """Return whether the resource runs: a collective's children all (`every`) or some of them."""
    if resource.children:
        children = resource.children
        if resource.kind is Kind.BUNDLE:
            children = [part for replica in _replicas(resource) for part in replica.primitives()]
        return (all if every else any)([is_active(child, every=every) for child in children])
    return any(node.unclean or node.online or not resource.managed for node in resource.active_nodes)


def role(resource: Resource, *, current: bool) -> int:
    """Return the role now, or the next one: of a collective, its children's highest."""
    if resource.kind is Kind.BUNDLE:
        return roles.UNKNOWN
    if resource.children:
        return max([role(child, current=current) for child in resource.children])
    return resource.orig_role if current else resource.next_role


def _replicas(bundle: Resource) -> list[Replica]:
    assert bundle.bundle is not None, f"{bundle.id} is no bundle"
    return bundle.bundle.replicas


def _all_nodes(resource: Resource, current: bool, pending: bool, assigned: bool) -> list[Node]:
    if resource.children:
        found: list[Node] = []
        for child in resource.children:
            for node in _all_nodes(child, current, pending, assigned):
                if node not in found:
                    found.append(node)
        return found
    found = list(resource.active_nodes) if current else []
    if pending and resource.pending_node is not None and resource.pending_node not in found:
        found.append(resource.pending_node)
    if assigned and resource.assigned is not None:
        found.append(resource.assigned.node)
    return found


def nodes_of(resource: Resource, *, current: bool = False, pending: bool = False, assigned: bool = False) -> list[Node]:
    """Return the distinct nodes where the resource or its children run, begin to, or were assigned to."""
    return list(dict.fromkeys(_all_nodes(resource, current, pending, assigned)))


def one_node(resource: Resource, *, current: bool = False, assigned: bool = False) -> Node | None:
    """Return the node if there is exactly one."""
    found = _all_nodes(resource, current, False, assigned)
    return found[0] if len(found) == 1 else None


def current_node(resource: Resource) -> Node | None:
    """Return the node where the resource counts as running."""
    return active_node(resource)[0]


def active_node(resource: Resource) -> tuple[Node | None, int, int]:
    """Return that node, the number of nodes it is active on, and of the clean online ones among them."""
    chosen: Node | None = None
    clean = 0
    nodes = bundle_active_nodes(resource) if resource.kind is Kind.BUNDLE else resource.active_nodes
    for node in nodes:
        happy = node.online and not node.unclean
        clean += happy
        if resource.partial_source is not None:
            if node is resource.partial_source:
                chosen = node
        elif not resource.needs_fencing and happy and (chosen is None or not chosen.online or chosen.unclean):
            chosen = node
        if chosen is None:
            chosen = node
    return chosen, len(nodes), clean


def bundle_active_nodes(bundle: Resource) -> list[Node]:
    """Return the nodes where a bundle's containers are active."""
    found: list[Node] = []
    for replica in _replicas(bundle):
        found += [node for node in replica.container.active_nodes if node not in found]
    return found


def any_flag(resource: Resource, name: str) -> bool:
    """Return whether a flag is set on the resource or on anything in it."""
    return bool(getattr(resource, name)) or any(any_flag(child, name) for child in resource.children)


def add_score(resource: Resource, node: Node, score: int, source: str) -> None:
    """Add to the score of a resource and all it holds on one node."""
    for child in resource.children:
        add_score(child, node, score, source)
    _place(resource, node).add(score, source)


def _place(resource: Resource, node: Node) -> Place:
    place = resource.allowed.get(node.id)
    if place is None:
        place = resource.allowed[node.id] = default_place(node)
    return place


def add_score_everywhere(resource: Resource, score: int, source: str) -> None:
    """Add to the score of a resource and all it holds on every node."""
    for node in resource.cluster.nodes:
        add_score(resource, node, score, source)
    if score == -INFINITY:
        resource.assigned = None


def ban_everywhere(resource: Resource, source: str) -> None:
    """Replace the resource's table by one that bans every node."""
    resource.allowed = {
        node.id: Place(node, -INFINITY, Part(None, source, -INFINITY), node.probing) for node in resource.cluster.nodes
    }


def find(resource: Resource, wanted: str, *, clone_only: bool = False, node: Node | None = None) -> Resource | None:
    """Return the resource of an id (or history id) in this one.

    `clone_only`: instances by their own or their configured id; with `node`, one that is active there.
    """
    if _matches(resource, wanted, clone_only) and (node is None or node in resource.active_nodes):
        return resource
    for child in resource.children:
        found = find(child, wanted, clone_only=clone_only, node=node)
        if found is not None:
            return found
    return None


def _matches(resource: Resource, wanted: str, clone_only: bool) -> bool:
    if clone_only:
        return top(resource).kind is Kind.CLONE and wanted in (resource.id, resource.config_id)
    return wanted in (resource.id, resource.history_id)


def find_any(cluster: Cluster, wanted: str) -> Resource | None:
    """Return the first resource of an id or history id."""
    for resource in _tops_with(cluster, base_name(wanted)):
        found = find(resource, wanted)
        if found is not None:
            return found
    return None


def _tops_with(cluster: Cluster, base: str) -> list[Resource]:
    """Return the top level resources that hold an id of this name, in their order."""
    if cluster.indexed != len(cluster.resources):
        cluster.indexed = len(cluster.resources)
        cluster.tops_by_name = {}
        for resource in cluster.resources:
            for name in dict.fromkeys(_base_names(resource)):
                cluster.tops_by_name.setdefault(name, []).append(resource)
    return cluster.tops_by_name.get(base, [])


def _base_names(resource: Resource) -> list[str]:
    names = [base_name(resource.id), base_name(resource.history_id or resource.id)]
    for child in resource.children:
        names += _base_names(child)
    return names


def base_name(resource_id: str) -> str:
    """Return an instance's id without its number."""
    head, colon, number = resource_id.rpartition(":")
    return head if colon and head and number.isdigit() else resource_id


def place_of(node: Node) -> Place:
    """Return a node as a place that has no more than the node's own score."""
    return Place(node, node.score)


def default_place(node: Node) -> Place:
    """Return a node as a place for a resource that nothing else is said of yet."""
    if node.own_part.score != node.score:
        node.own_part = Part(None, "node score", node.score)
    return Place(node, node.score, node.own_part, node.probing)


def in_container(container: Resource) -> Resource | None:
    """Return what runs in a bundle's container: its replica's child."""
    bundle = container.parent
    if bundle is None or bundle.bundle is None or not container.replica_container:
        return None
    return next((replica.child for replica in bundle.bundle.replicas if replica.container is container), None)
