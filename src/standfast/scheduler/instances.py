"""Assigning the instances of clones, and the containers of bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import colocation_scores, explain, promotion_scores, where
from standfast.scheduler.assign import unassign
from standfast.scheduler.colocation_lists import this_with, with_this
from standfast.scheduler.scores import INFINITY, single_factor
from standfast.scheduler.sorting import merge_sort
from standfast.scheduler.working import Place, Table, copy_table

if TYPE_CHECKING:
    from standfast.scheduler.working import Node, Resource


def assign_clone(clone: Resource, prefer: Node | None, stop_if_fail: bool) -> Place | None:
    """Assign a clone's instances, and decide which are promoted."""
    if not clone.provisional or clone.assigning:
        return None
    clone.assigning = True
    if clone.promotable:
        promotion_scores.add(clone)
    for colocation in this_with(clone):
        primary = colocation.primary
        primary.methods.assign(primary, prefer, stop_if_fail)
    for colocation in with_this(clone):
        colocation_scores.add_dependent_scores(colocation, clone)
    explain.allocation_scores(clone, "pcmk__clone_assign")
    clone.children = merge_sort(clone.children, compare)
    assign_instances(clone, clone.children, clone.clone_max, clone.clone_node_max)
    if clone.promotable:
        promotion_scores.set_roles(clone, compare)
    clone.provisional = clone.assigning = False
    return None


def place_in_parent(instance: Resource, node: Node | None) -> Place | None:
    """Return the collective's place for a node: what counts the instances there."""
    if node is None:
        return None
    holder = instance.parent if instance.parent is not None else instance
    return holder.allowed.get(node.id)


# Which instance comes first


def number(instance: Resource) -> int:
    """Return an instance's number."""
    separator = ":" if ":" in instance.id else "-"
    digits = instance.id.rpartition(separator)[2]
    return int(digits) if digits.isdigit() else 0


def _allowed(instance: Resource, node: Node | None) -> tuple[bool, Node | None]:
    """Return whether an instance may stay where it is (an inactive one may), and the node if so."""
    if node is None:
        return True, None
    place = instance.allowed.get(node.id)
    return (False, None) if place is None or place.score < 0 else (True, node)


def _prefer(one: bool, other: bool) -> int:
    return int(other) - int(one)


def compare(a: Resource, b: Resource) -> int:
    """Return which of two instances is assigned first (below 0: a)."""
    node_a, count_a, _ = where.active_node(a)
    node_b, count_b, _ = where.active_node(b)
    if count_a and count_b and count_a != count_b:
        return -1 if count_a < count_b else 1
    allowed_a, node_a = _allowed(a, node_a)
    allowed_b, node_b = _allowed(b, node_b)
    if allowed_a is not allowed_b:
        return _prefer(allowed_a, allowed_b)
    if a.priority != b.priority:
        return -1 if a.priority > b.priority else 1
    if node_a is None or node_b is None:
        return _prefer(node_a is not None, node_b is not None)
    available = _prefer(where.is_available(node_a), where.is_available(node_b))
    if available:
        return available
    return _compare_active(a, node_a, b, node_b)


def _compare_active(a: Resource, node_a: Node, b: Resource, node_b: Node) -> int:
    place_a, place_b = place_in_parent(a, node_a), place_in_parent(b, node_b)
    if place_a is None or place_b is None:
        return _prefer(place_a is not None, place_b is not None)
    if place_a.count != place_b.count:
        return -1 if place_a.count < place_b.count else 1
    failed = _prefer(not where.any_flag(a, "failed"), not where.any_flag(b, "failed"))
    if failed:
        return failed
    score_a, score_b = _colocated_score(a), _colocated_score(b)
    if score_a != score_b:
        return -1 if score_a > score_b else 1
    return number(a) - number(b)


def _colocated_score(instance: Resource) -> int:
    """Return the score of an instance's current node with what is colocated with it."""
    node = where.current_node(instance)
    assert node is not None, f"{instance.id} is active"
    table: Table = {node.id: where.place_of(node)}
    for colocation in this_with(instance):
        factor = single_factor(colocation.score)
        more = colocation_scores.add_dependents(colocation.primary, instance, table, colocation, factor)
        table = table if more is None else more
    for colocation in with_this(instance):
        if colocation_scores.has_influence(colocation, instance):
            factor = single_factor(colocation.score)
            more = colocation_scores.add_dependents(
                colocation.dependent, instance, table, colocation, factor, nonnegative=True
            )
            table = table if more is None else more
    return table[node.id].score


# Assigning


def assign_instances(collective: Resource, instances: list[Resource], max_total: int, max_per_node: int) -> None:
    """Assign instances: first those that can stay where they are, then the others, up to the limits."""
    available = _reset_counts(collective)
    optimal = max(1, max_total // available if available else 0)
    assigned = 0
    for instance in instances:
        if assigned >= max_total:
            break
        current = _preferred_node(instance, optimal) if instance.provisional else None
        if current is not None and _assign_early(instance, current, max_per_node, max_total - assigned):
            assigned += 1
    for instance in instances:
        if not instance.provisional:
            continue
        if assigned >= max_total:
            where.add_score_everywhere(instance, -INFINITY, "clone-max reached")
        elif _assign_instance(instance, None, max_per_node) is not None:
            assigned += 1


def _reset_counts(collective: Resource) -> int:
    """Set the collective's counts to 0; return how many nodes are available."""
    available = 0
    for place in collective.allowed.values():
        place.count = 0
        available += where.is_available(place.node)
    return available


def _preferred_node(instance: Resource, optimal: int) -> Node | None:
    if not instance.active_nodes or instance.failed:
        return None
    node = where.current_node(instance)
    if node is None or node.score < 0 or not where.is_available(node):
        return None
    place = place_in_parent(instance, node)
    return None if place is not None and place.count >= optimal else node


def _can_run(instance: Resource, node: Node, max_per_node: int) -> bool:
    if instance.removed or not where.is_available(node):
        return False
    place = place_in_parent(instance, node)
    return place is not None and place.score >= 0 and place.count < max_per_node


def _ban_unavailable(instance: Resource, max_per_node: int) -> None:
    for place in instance.allowed.values():
        if not _can_run(instance, place.node, max_per_node):
            place.ban("no further instance there")
            for child in instance.children:
                child_place = child.allowed.get(place.node.id)
                if child_place is not None:
                    child_place.ban("no further instance there")


def _assign_instance(instance: Resource, prefer: Node | None, max_per_node: int) -> Place | None:
    if instance.assigning:
        return None
    _ban_unavailable(instance, max_per_node)
    chosen = instance.methods.assign(instance, prefer, prefer is None)
    _count(instance, chosen)
    return chosen


def _count(instance: Resource, chosen: Place | None) -> None:
    place = place_in_parent(instance, chosen.node) if chosen is not None else None
    if place is not None:
        place.count += 1


def _assign_early(instance: Resource, current: Node, max_per_node: int, available: int) -> bool:
    """Assign an active instance to where it is; another result is undone, its slot held for the next try."""
    place = instance.allowed.get(current.id)
    if place is None or place.score < 0 or not where.is_available(place.node):
        return False
    parent = instance.parent
    assert parent is not None, f"{instance.id} is an instance"
    saved = _save_tables(instance)
    parent_table = parent.allowed
    parent.allowed = copy_table(parent_table)
    chosen: Place | None = None
    reserved = 0
    while reserved < available:
        chosen = _assign_instance(instance, current, max_per_node)
        if chosen is not None and chosen.node is current:
            break
        _restore_tables(instance, saved)
        if chosen is None:
            instance.provisional = True
            break
        reserved += 1
        unassign(instance)
        chosen = None
    parent.allowed = parent_table
    if chosen is None:
        return False
    _count(instance, chosen)
    return True


def _save_tables(resource: Resource) -> dict[str, Table]:
    saved = {resource.id: copy_table(resource.allowed)}
    for child in resource.children:
        saved |= _save_tables(child)
    return saved


def _restore_tables(resource: Resource, saved: dict[str, Table]) -> None:
    resource.allowed = copy_table(saved[resource.id])
    for child in resource.children:
        _restore_tables(child, saved)
