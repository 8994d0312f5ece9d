"""Node health: attributes `#health…` as scores, and what the health strategy makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import location
from standfast.scheduler.scores import INFINITY, add

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node

_PREFIX = "#health"


def _strategy(cluster: Cluster) -> str:
    text = cluster.options.raw.get("node-health-strategy", "none")
    known = ("migrate-on-red", "only-green", "progressive", "custom")
    return text if text in known else "none"


def _colors(cluster: Cluster) -> dict[str, int]:
    """Return the scores of the colours."""
    strategy, raw = _strategy(cluster), cluster.options.raw
    if strategy == "none":
        return {"red": 0, "yellow": 0, "green": 0}
    if strategy in ("migrate-on-red", "only-green"):
        return {"red": -INFINITY, "yellow": 0 if strategy == "migrate-on-red" else -INFINITY, "green": 0}
    return {
        "red": cib.values.score(raw.get("node-health-red"), -INFINITY),
        "yellow": cib.values.score(raw.get("node-health-yellow")),
        "green": cib.values.score(raw.get("node-health-green")),
    }


def _values(node: Node) -> list[str]:
    return [value for name, value in node.attributes.items() if name.startswith(_PREFIX)]


def apply(cluster: Cluster) -> None:
    """Add locations by the nodes' health."""
    strategy = _strategy(cluster)
    if strategy == "none":
        return
    colors = _colors(cluster)
    base = cib.values.score(cluster.options.raw.get("node-health-base")) if strategy == "progressive" else 0
    for node in cluster.nodes:
        total = base
        for value in _values(node):
            score = colors.get(value.lower(), cib.values.parse_score(value))
            total = add(total, score) if score is not None else total
        if total:
            _locate(cluster, node, total, strategy)


def _locate(cluster: Cluster, node: Node, score: int, strategy: str) -> None:
    for resource in cluster.resources:
        tolerant = cib.values.is_true(resource.meta.get("allow-unhealthy-nodes"))
        if score > 0 or not tolerant:
            location.add(strategy, resource, None).scores.append((node, score))


def of(cluster: Cluster, node: Node) -> str:
    """Return a node's health as a colour."""
    if _strategy(cluster) == "none":
        return "green"
    colors = _colors(cluster)
    found = "green"
    for value in _values(node):
        if value.lower() in ("red", "yellow"):
            if value.lower() == "red":
                return "red"
            found = "yellow"
            continue
        score = colors.get(value.lower(), cib.values.parse_score(value))
        if score is None:
            continue
        if score <= colors["red"]:
            return "red"
        if score <= colors["yellow"] and colors["yellow"] != colors["green"]:
            found = "yellow"
    return found
