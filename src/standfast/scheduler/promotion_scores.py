"""Which instances of a promotable clone are promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import colocation_scores, explain, meta, roles, tickets, where
from standfast.scheduler.colocation_lists import this_with, with_this
from standfast.scheduler.options import QuorumPolicy
from standfast.scheduler.scores import INFINITY, single_factor
from standfast.scheduler.scores import add as add_scores
from standfast.scheduler.sorting import merge_sort
from standfast.scheduler.working import top

if TYPE_CHECKING:
    from collections.abc import Callable

    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Place, Resource

_CONSTRAINED = "promotion constrained"


def add(clone: Resource) -> None:
    """Add the instances' promotion scores to their places, once."""
    if "promotion added" in clone.clone_flags:
        return
    clone.clone_flags.add("promotion added")
    for child in clone.children:
        for place in child.allowed.values():
            if where.is_available(place.node):
                score = promotion_score(child, place.node) or 0
                if score > 0:
                    place.add(score, "promotion score")
                child.priority = max(child.priority, score)


def promotion_score(resource: Resource, node: Node) -> int | None:
    """Return the promotion score of an instance on a node (a group's: the sum); None if nothing says one."""
    if resource.children:
        said = [score for child in resource.children if (score := promotion_score(child, node)) is not None]
        return sum(said) if said else None
    if not _applies(resource, node):
        return None
    text = _attribute(resource, node, resource.history_id or resource.id)
    if text is None and not resource.unique:
        base = where.base_name(resource.id)
        text = _attribute(resource, node, base) if base != resource.id else None
    return None if text is None else cib.values.score(text)


def _attribute(resource: Resource, node: Node, name: str) -> str | None:
    return meta.node_attribute(
        node, f"master-{name}", of_host=meta.wants_host(resource), assigned=not resource.provisional
    )


def _applies(resource: Resource, node: Node) -> bool:
    place = resource.allowed.get(node.id)
    if place is None or place.score < 0:
        return False
    if not resource.unique:
        clone, base = top(resource), where.base_name(resource.id)
        active = _active_instance(clone, base, node)
        if active is resource or (active is None and _known_on(clone, base, node)):
            return True
    if not resource.active_nodes and not resource.probed:
        return True
    return node.id in resource.probed or node in resource.active_nodes


def _active_instance(clone: Resource, base: str, node: Node) -> Resource | None:
    for child in clone.children:
        found = where.find(child, base, clone_only=True, node=node)
        if found is not None:
            return found
    return None


def _known_on(clone: Resource, base: str, node: Node) -> bool:
    for child in clone.children:
        found = where.find(child, base, clone_only=True)
        if found is not None and node.id in found.probed:
            return True
    return False


def set_roles(clone: Resource, compare: Callable[[Resource, Resource], int]) -> None:
    """Promote the best instances, as many as may be; the others that have a node are unpromoted."""
    for place in clone.allowed.values():
        place.count = 0
    for instance in clone.children:
        _set_priority(instance, clone)
    _sort(clone, compare)
    promoted = 0
    for instance in clone.children:
        explain.promotion_score(instance)
        chosen: Place | None = None
        if instance.promotion_priority >= 0 and (promoted < clone.promoted_max or not clone.managed):
            chosen = _promotable_place(instance)
        frozen = _is_frozen(instance)
        explain.promotion(instance, clone, _why_not(instance, clone, promoted, chosen, frozen=frozen))
        if chosen is None or frozen:
            _unpromote(instance)
        else:
            chosen.count += 1
            _promote(instance)
            promoted += 1


def _why_not(instance: Resource, clone: Resource, promoted: int, chosen: Place | None, *, frozen: bool) -> str:
    """Return why an instance is not promoted, nothing if it is."""
    if chosen is not None:
        return "no quorum, and no-quorum-policy is freeze" if frozen else ""
    if where.one_node(instance, assigned=True) is None:
        return "it runs nowhere"
    if instance.promotion_priority < 0:
        return "its promotion score is below zero: nobody wants it promoted there"
    if promoted >= clone.promoted_max and clone.managed:
        return f"others have the higher score, or the same and come first, and promoted-max is {clone.promoted_max}"
    return "it cannot be promoted on its node now"


def _is_frozen(instance: Resource) -> bool:
    cluster = instance.cluster
    without_quorum = not cluster.quorate and cluster.no_quorum_policy is QuorumPolicy.FREEZE
    return without_quorum and instance.orig_role < roles.PROMOTED


def _set_priority(instance: Resource, clone: Resource) -> None:
    """Set an instance's priority to how much it should be promoted where it was assigned."""
    if where.role(instance, current=True) == roles.STARTED:
        _start_unpromoted(instance)
    node = where.one_node(instance, assigned=True)
    if node is None:
        return
    next_role = where.role(instance, current=False)
    if next_role in (roles.STARTED, roles.UNKNOWN):
        score = promotion_score(instance, node)
        instance.priority = -1 if score is None else score
    elif next_role in (roles.UNPROMOTED, roles.STOPPED):
        instance.priority = -INFINITY
    for holder in (instance, clone):
        for location in reversed(holder.location_list):
            said = location.score(node) if location.role == roles.PROMOTED else None
            if said is not None:
                instance.priority = add_scores(instance.priority, said)
    for colocation in this_with(instance):
        instance.methods.apply_colocation(instance, colocation.primary, colocation, True)
    instance.promotion_priority = INFINITY if next_role == roles.PROMOTED else instance.priority


def _start_unpromoted(resource: Resource) -> None:
    if resource.orig_role == roles.STARTED:
        resource.orig_role = roles.UNPROMOTED
    for child in resource.children:
        _start_unpromoted(child)


def _sort(clone: Resource, compare: Callable[[Resource, Resource], int]) -> None:
    if _CONSTRAINED in clone.clone_flags:
        return
    clone.clone_flags.add(_CONSTRAINED)
    clone.updating_scores = True
    for child in clone.children:
        node = where.one_node(child, assigned=True)
        if child.promotion_priority >= 0 and node is not None and node.id in clone.allowed:
            clone.allowed[node.id].add(child.promotion_priority, f"promotion score of {child.id}")
    for colocation in with_this(clone):
        _add_dependent(colocation, clone)
    tickets.require_for_promotion(clone)
    for child in clone.children:
        _set_promotion_priority(child, clone)
    clone.children = merge_sort(clone.children, lambda a, b: _compare(a, b, compare))
    clone.updating_scores = False


def _add_dependent(colocation: Colocation, clone: Resource) -> None:
    if colocation.primary_role != roles.PROMOTED or not colocation_scores.has_influence(colocation):
        return
    table = colocation_scores.add_dependents(
        colocation.dependent,
        clone,
        clone.allowed,
        colocation,
        single_factor(colocation.score),
        active=True,
        nonnegative=True,
    )
    if table is not None:
        clone.allowed = table


def _set_promotion_priority(child: Resource, clone: Resource) -> None:
    node = where.one_node(child, assigned=True)
    if not child.managed and child.next_role == roles.PROMOTED:
        child.promotion_priority = INFINITY
    elif node is None:
        child.promotion_priority = -INFINITY
    elif child.promotion_priority >= 0 and node.id in clone.allowed:
        child.promotion_priority = clone.allowed[node.id].score


def _compare(a: Resource, b: Resource, compare: Callable[[Resource, Resource], int]) -> int:
    if a.promotion_priority != b.promotion_priority:
        return -1 if a.promotion_priority > b.promotion_priority else 1
    role_a, role_b = where.role(a, current=True), where.role(b, current=True)
    if role_a != role_b:
        return -1 if role_a > role_b else 1
    return compare(a, b)


def _promotable_place(resource: Resource) -> Place | None:
    """Return the clone's place for an instance's node, if the instance can be promoted there."""
    for child in resource.children:
        if _promotable_place(child) is None:
            return None
    node = where.one_node(resource, assigned=True)
    if node is None:
        return None
    if not resource.managed:
        if where.role(resource, current=True) != roles.PROMOTED:
            return None
    elif resource.priority < 0 or not where.is_available(node) or not where.guest_will_run(node):
        return None
    clone = top(resource)
    place = clone.allowed.get(node.id)
    if place is not None and place.count >= clone.promoted_node_max and resource.managed:
        return None
    return place


def _unpromote(resource: Resource) -> None:
    assigned = where.nodes_of(resource, assigned=True)
    resource.next_role = roles.UNPROMOTED if assigned else roles.STOPPED
    for child in resource.children:
        _unpromote(child)


def _promote(resource: Resource) -> None:
    if resource.next_role == roles.UNKNOWN:
        resource.next_role = roles.PROMOTED
    for child in resource.children:
        _promote(child)
