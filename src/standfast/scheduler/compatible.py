"""Instances that belong together: finding them, and colocating with collectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import colocation_scores, node_choice, roles, where
from standfast.scheduler.assign import assign_to
from standfast.scheduler.colocation_scores import attribute_of
from standfast.scheduler.scores import INFINITY, add
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Place, Resource


def of(collective: Resource) -> list[Resource]:
    """Return a collective's instances: a bundle's are its containers."""
    if collective.kind is Kind.BUNDLE:
        assert collective.bundle is not None
        return [replica.container for replica in collective.bundle.replicas]
    return collective.children


def matches(instance: Resource, node: Node, role: int, *, current: bool, attribute: str | None = None) -> bool:
    """Return whether an unblocked instance is on a node (or one of the same attribute value), in a role if given."""
    if role and role != where.role(instance, current=current):
        return False
    if where.any_flag(instance, "blocked"):
        return False
    own = where.one_node(instance, current=current, assigned=not current)
    if own is None:
        return False
    if attribute is None:
        return own is node
    one, other = attribute_of(own, attribute, instance), attribute_of(node, attribute, instance)
    return (one or "").lower() == (other or "").lower()


def compatible(
    resource: Resource, collective: Resource, *, role: int = 0, current: bool = False, attribute: str | None = None
) -> Resource | None:
    """Return the collective's instance that goes with a resource: on its node, or on the best it may have."""
    node = where.one_node(resource, current=current, assigned=not current)
    if node is not None:
        return _on(collective, node, role, current, attribute)
    for place in node_choice.sort_places(resource.cluster, list(resource.allowed.values()), None):
        instance = _on(collective, place.node, role, current, attribute)
        if instance is not None:
            return instance
    return None


def _on(collective: Resource, node: Node, role: int, current: bool, attribute: str | None) -> Resource | None:
    for instance in of(collective):
        if matches(instance, node, role, current=current, attribute=attribute):
            return instance
    return None


def apply_clone_colocation(dependent: Resource, primary: Resource, colocation: Colocation, as_dependent: bool) -> int:
    """Apply a colocation with a clone."""
    if primary.provisional:
        return 0
    if primary.promotable and colocation.primary_role:
        if dependent.provisional:
            _with_role(dependent, primary, colocation)
            return 0
        if colocation.dependent_role == roles.PROMOTED:
            return _promoted_with_role(dependent, primary, colocation)
    if _can_interleave(colocation):
        return with_instance(dependent, compatible(dependent, primary), colocation)
    if colocation.score >= INFINITY:
        places = [
            place
            for instance in primary.children
            if (place := one_place(instance)) is not None and not where.any_flag(instance, "blocked")
        ]
        places.reverse()
        colocation_scores.intersect(dependent, colocation, places, merge=False)
        return 0
    delta = 0
    for instance in primary.children:
        delta = add(delta, instance.methods.apply_colocation(dependent, instance, colocation, False))
    return delta


def with_instance(dependent: Resource, instance: Resource | None, colocation: Colocation) -> int:
    """Apply a colocation with the instance that goes with the dependent; a mandatory one without stops it."""
    if instance is not None:
        return dependent.methods.apply_colocation(dependent, instance, colocation, True)
    if colocation.score >= INFINITY:
        assign_to(dependent, None, force=True, stop_if_fail=True)
    return 0


def one_place(resource: Resource) -> Place | None:
    """Return the place that a resource was assigned to, if it (with all in it) has one node only."""
    if where.one_node(resource, assigned=True) is None:
        return None
    return _first_place(resource)


def _first_place(resource: Resource) -> Place | None:
    for child in resource.children:
        place = _first_place(child)
        if place is not None:
            return place
    return resource.assigned if not resource.children else None


def _can_interleave(colocation: Colocation) -> bool:
    dependent, primary = colocation.dependent, colocation.primary
    if dependent.kind <= Kind.GROUP or not cib.values.is_true(dependent.meta.get("interleave")):
        return False
    return max_per_node(dependent) == max_per_node(primary)


def max_per_node(resource: Resource) -> int:
    """Return how many instances a node may have."""
    if resource.kind is Kind.BUNDLE:
        assert resource.bundle is not None
        return resource.bundle.replicas_per_host
    return resource.clone_node_max if resource.kind is Kind.CLONE else 1


def _with_role(dependent: Resource, primary: Resource, colocation: Colocation) -> None:
    """Colocate with the instances of a role, before the dependent is assigned."""
    places: list[Place] = []
    for instance in primary.children:
        place = one_place(instance)
        if place is None or where.role(instance, current=False) != colocation.primary_role:
            continue
        if colocation.score < INFINITY:
            _add_at(dependent, primary, place.node, colocation)
        places.insert(0, place)
    both_promoted = colocation.dependent_role == colocation.primary_role == roles.PROMOTED
    if colocation.score >= INFINITY and not both_promoted:
        colocation_scores.intersect(dependent, colocation, places, merge=True)


def _add_at(dependent: Resource, primary: Resource, node: Node, colocation: Colocation) -> None:
    value = attribute_of(node, colocation.attribute, primary)
    for place in dependent.allowed.values():
        own = attribute_of(place.node, colocation.attribute, dependent)
        if (own or "").lower() == (value or "").lower():
            place.add(colocation.score, colocation_scores.describe(colocation))


def _promoted_with_role(dependent: Resource, primary: Resource, colocation: Colocation) -> int:
    """Change the promotion priority of an assigned dependent by whether an instance of the role goes with it."""
    instance = compatible(dependent, primary, role=colocation.primary_role, attribute=colocation.attribute)
    if instance is not None:
        dependent.priority = add(dependent.priority, colocation.score)
        return colocation.score
    if colocation.score >= INFINITY:
        dependent.priority = -INFINITY
        return -INFINITY
    return 0
