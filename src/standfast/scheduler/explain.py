"""Why: scores with their parts as the assignment saw them, and what decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from standfast.scheduler import colocation_scores, node_choice, roles, where
from standfast.scheduler.outcome import Assignment, Candidate, Contribution, Promotion, ScoreLine, ScoreLineKind
from standfast.scheduler.scores import INFINITY, add, render
from standfast.scheduler.sorting import numeric_key

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Part, Place, Resource


_NOWHERE = ("stop-all-resources", "unmanaged: it stays as it is")
"""What decides that an instance is nowhere, whatever the nodes are."""


def allocation_scores(resource: Resource, function: str) -> None:
    """Note the scores that a resource and all in it have, node by node."""
    if resource.removed or not resource.cluster.explained:
        return
    lines = resource.cluster.score_lines
    for place in sorted(resource.allowed.values(), key=lambda p: numeric_key(p.node.name)):
        lines.append(ScoreLine(ScoreLineKind.ALLOCATION, resource.id, place.node.name, render(place.score), function))
    for child in resource.children:
        allocation_scores(child, function)


def promotion_score(instance: Resource) -> None:
    """Note an instance's promotion score where it was assigned to."""
    node = where.one_node(instance, assigned=True)
    name = node.name if node is not None else ""
    instance.cluster.score_lines.append(
        ScoreLine(ScoreLineKind.PROMOTION, instance.id, name, render(instance.promotion_priority))
    )


def promotion(instance: Resource, clone: Resource, why_not: str) -> None:
    """Note whether an instance is promoted; a later note of the same replaces it."""
    node = where.one_node(instance, assigned=True)
    place = clone.allowed.get(node.id) if node is not None else None
    parts = contributions(place.parts) if place is not None else ()
    score = instance.promotion_priority
    if total(parts) != score:  # decided without the table, or lowered to 1 from INFINITY, which no sum can be
        parts = (Contribution("promotion score", score),)
    instance.cluster.promotions[instance.id] = Promotion(
        instance.id, node.name if node is not None else "", score, parts, not why_not, why_not
    )


def utilization(resource: Resource, node: Node) -> None:
    """Note what an assigned resource needs on its node."""
    resource.cluster.score_lines.append(
        ScoreLine(
            ScoreLineKind.UTILIZATION, resource.id, node.name, _pairs(resource.utilization), "pcmk__assign_resource"
        )
    )


def capacities(cluster: Cluster, label: str) -> None:
    """Note what nodes have left."""
    if not cluster.explained:
        return
    for node in cluster.nodes:
        if not colocation_scores.is_bundle_node(node):
            cluster.score_lines.append(
                ScoreLine(ScoreLineKind.CAPACITY, "", node.name, _pairs(node.utilization), label)
            )


def _pairs(values: dict[str, str]) -> str:
    return "".join(f" {name}={value}" for name, value in sorted(values.items()))


def decision(resource: Resource, places: list[Place]) -> str:
    """Return what decided between the best place and the next; nothing where nobody asks."""
    if not resource.cluster.explained:
        return ""
    if len(places) < 2:
        return "only node"
    strategy = resource.cluster.options.placement_strategy
    return node_choice.compare(places[0], places[1], strategy, where.current_node(resource))[1]


def assignment(resource: Resource, decided_by: str) -> None:
    """Note where a primitive was assigned, with every candidate; a later note of the same replaces it."""
    if not resource.cluster.explained:
        return
    places = sorted(resource.allowed.values(), key=lambda p: numeric_key(p.node.name))
    resource.cluster.noted[resource.id] = (resource, [(p.node, p.score, p.parts) for p in places], decided_by)


def assignments(noted: list[tuple[Resource, list[tuple[Node, int, Part | None]], str]]) -> tuple[Assignment, ...]:
    """Return the notes as values."""
    return tuple(_assignment(*note) for note in noted)


def _assignment(resource: Resource, places: list[tuple[Node, int, Part | None]], decided_by: str) -> Assignment:
    node = resource.assigned_node
    return Assignment(
        resource.id,
        node.name if node is not None else None,
        roles.noun(resource.next_role),
        tuple(_candidate(*place) for place in places),
        decided_by if node is not None or decided_by in _NOWHERE else "no node may run it",
    )


def _candidate(node: Node, score: int, part: Part | None) -> Candidate:
    found = contributions(part)
    return Candidate(node.name, score, found, _refused(node, score, found))


def contributions(part: Part | None) -> tuple[Contribution, ...]:
    """Return a score's parts up to this one, the oldest first, those that add nothing left out."""
    found: list[Contribution] = []
    while part is not None:
        if part.score:
            found.append(Contribution(part.source, part.score))
        part = part.before
    found.reverse()
    return tuple(found)


def total(parts: Iterable[Contribution]) -> int:
    """Return what parts add up to, as scores do."""
    found = 0
    for part in parts:
        found = add(found, part.score)
    return found


def _refused(node: Node, score: int, parts: tuple[Contribution, ...]) -> str:
    """Return why a node cannot be used."""
    if node.unclean:
        return "unclean"
    if not node.online:
        return "offline"
    if node.shutdown:
        return "shutting down"
    if node.pending:
        return "pending: it joins"
    if node.standby:
        return "standby"
    if node.maintenance:
        return "in maintenance"
    if score <= -INFINITY:
        by = next((part.source for part in parts if part.score <= -INFINITY), "")
        return f"banned by {by}" if by else "banned"
    return "negative score" if score < 0 else ""
