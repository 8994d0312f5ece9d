"""Which of the nodes is the best for a resource."""

from __future__ import annotations

from functools import cmp_to_key, partial
from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import where
from standfast.scheduler.scores import INFINITY

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Place


def compare_capacity(a: Node, b: Node) -> int:
    """Return below 0 if node a has more of more attributes than node b, above 0 if less."""
    result = 0
    for name in a.utilization | b.utilization:
        one = cib.values.integer(a.utilization.get(name)) or 0
        other = cib.values.integer(b.utilization.get(name)) or 0
        result += (one < other) - (one > other)
    return result


def compare(a: Place, b: Place, strategy: str, preferred: Node | None) -> tuple[int, str]:
    """Return which place is better (below 0: the first) and what decided."""
    score_a = a.score if where.is_available(a.node) else -INFINITY
    score_b = b.score if where.is_available(b.node) else -INFINITY
    if score_a != score_b:
        return (-1 if score_a > score_b else 1), "score"
    if strategy != "minimal":
        if strategy == "balanced":
            capacity = compare_capacity(a.node, b.node)
            if capacity:
                return capacity, "free capacity"
        load = len(a.node.assigned) - len(b.node.assigned)
        if load:
            return load, "fewer assigned resources"
        if preferred is not None and preferred in (a.node, b.node):
            return (-1 if preferred is a.node else 1), "current node"
    return (-1 if a.node.name < b.node.name else int(a.node.name > b.node.name)), "name"


def sort_places(cluster: Cluster, places: list[Place], preferred: Node | None) -> list[Place]:
    """Return the places, the best first."""
    strategy = cluster.options.placement_strategy
    if strategy == "default":
        return sorted(places, key=lambda place: _key(place, preferred))
    return sorted(places, key=cmp_to_key(partial(_order, strategy=strategy, preferred=preferred)))


def _order(a: Place, b: Place, *, strategy: str, preferred: Node | None) -> int:
    return compare(a, b, strategy, preferred)[0]


def _key(place: Place, preferred: Node | None) -> tuple[int, int, bool, str]:
    node = place.node
    score = place.score if where.is_available(node) else -INFINITY
    return -score, len(node.assigned), node is not preferred, node.name


def sort(cluster: Cluster, nodes: list[Node], preferred: Node | None) -> list[Node]:
    """Return nodes, the best by their own scores first."""
    places = [where.place_of(node) for node in nodes]
    return [place.node for place in sort_places(cluster, places, preferred)]
