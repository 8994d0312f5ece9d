"""What colocations do to scores: a dependent's by where its primary is, a primary's by what its dependents want."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from standfast.scheduler import location, meta, roles, where
from standfast.scheduler.colocation_lists import this_with, with_this
from standfast.scheduler.constraints import UNAME
from standfast.scheduler.scores import INFINITY, add, single, single_factor
from standfast.scheduler.working import Kind, Part, Place, Table, copy_table, in_bundle, top

if TYPE_CHECKING:
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Resource

_FALLEN = INFINITY * -100  # marks a positive score that would have become negative


class Affects(enum.Enum):
    """What of the dependent a colocation affects, at this point of the assignment."""

    NOTHING = 0
    LOCATION = 1
    ROLE = 2


def attribute_of(node: Node | None, name: str, resource: Resource) -> str | None:
    """Return a node's attribute for colocation; of the host, where the resource wants that."""
    if node is None:
        return None
    if name == UNAME and not node.is_remote:
        return node.name
    of_host = meta.wants_host(resource)
    if is_bundle_node(node) and in_bundle(resource):
        bundle = top(resource, with_bundle=True)
        of_host = of_host or (bundle.bundle is not None and top(resource) is bundle.bundle.child)
    return meta.node_attribute(node, name, of_host=of_host)


def is_bundle_node(node: Node) -> bool:
    """Return whether the node is a bundle's replica."""
    return node.is_guest and node.remote is not None and in_bundle(node.remote)


def _same(one: str | None, other: str | None) -> bool:
    return one is other or _folded(one) == _folded(other)


def _folded(value: str | None) -> str | None:
    return None if value is None else value.lower()


def _value(node: Node, name: str, resource: Resource) -> str | None:
    """Return a node's attribute for colocation, in lower case."""
    return node.folded_name if name == UNAME and not node.is_remote else _folded(attribute_of(node, name, resource))


def _role_resource(resource: Resource) -> Resource:
    """Return what has the role: for a replica's container, what runs in it."""
    return where.in_container(resource) or resource


def affects(dependent: Resource, primary: Resource, colocation: Colocation, *, preview: bool) -> Affects:
    """Return what the colocation affects; `preview` asks before anything is assigned."""
    if not preview and primary.provisional:
        return Affects.NOTHING
    of_dependent, of_primary = _role_resource(dependent), _role_resource(primary)
    if (
        colocation.dependent_role >= roles.UNPROMOTED
        and of_dependent.parent is not None
        and of_dependent.parent.promotable
        and not of_dependent.provisional
    ):
        return Affects.ROLE
    if not preview and not dependent.provisional:
        return Affects.NOTHING
    if colocation.dependent_role not in (roles.UNKNOWN, of_dependent.next_role):
        return Affects.NOTHING
    if colocation.primary_role not in (roles.UNKNOWN, of_primary.next_role):
        return Affects.NOTHING
    return Affects.LOCATION


def has_influence(colocation: Colocation, resource: Resource | None = None) -> bool:
    """Return whether the primary listens to the dependent now."""
    resource = resource or colocation.primary
    if colocation.dependent.nesting_allowed and not resource.failed and len(resource.active_nodes) == 1:
        return False
    return colocation.influence or not resource.active_nodes


def describe(colocation: Colocation) -> str:
    """Return how a score's part names a colocation."""
    return f"colocation {colocation.id} of {colocation.dependent.id} with {colocation.primary.id}"


def apply_to_scores(dependent: Resource, primary: Resource, colocation: Colocation) -> None:
    """Change the dependent's scores by where the primary was assigned."""
    node, score, name = primary.assigned_node, colocation.score, colocation.attribute
    if node is None and score < 0:
        return
    value = attribute_of(node, name, primary)
    source = describe(colocation)
    work = copy_table(dependent.allowed)
    for place in work.values():
        if node is None:
            place.add(-score, f"{source}, which is nowhere")
        elif _same(attribute_of(place.node, name, dependent), value):
            if score < INFINITY:
                place.add(score, source)
        elif score >= INFINITY:
            place.ban(source)
    if abs(score) >= INFINITY or where.any_available(work):
        dependent.allowed = work


def apply_to_priority(dependent: Resource, primary: Resource, colocation: Colocation) -> int:
    """Change the dependent's promotion priority by where the primary was assigned; return by how much."""
    node, own_node = primary.assigned_node, dependent.assigned_node
    if own_node is None:
        return 0
    if (
        node is not None
        and colocation.primary_role != roles.UNKNOWN
        and colocation.primary_role != _role_resource(primary).next_role
    ):
        return 0
    name = colocation.attribute
    delta = colocation.score
    if not _same(attribute_of(own_node, name, dependent), attribute_of(node, name, primary)):
        if colocation.score != INFINITY or colocation.dependent_role != roles.PROMOTED:
            return 0
        delta = -delta
    elif colocation.dependent_role == roles.UNPROMOTED:
        delta = -delta
    dependent.priority = add(delta, dependent.priority)
    return delta


def intersect(dependent: Resource, colocation: Colocation, places: list[Place], *, merge: bool) -> None:
    """Ban the dependent from all but these places; with `merge` their scores are added."""
    by_node = {place.node.id: place for place in reversed(places)}
    source = describe(colocation)
    for place in dependent.allowed.values():
        found = by_node.get(place.node.id)
        if found is None:
            place.ban(source)
        elif merge:
            place.add(found.score, source)


# What dependents want


def _best_scores(colocation: Colocation, resource: Resource) -> dict[str | None, int]:
    """Return the resource's best score on available nodes for each value (in lower case) of the node attribute."""
    best: dict[str | None, int] = {}
    for place in _with_group_locations(colocation, resource).values():
        if place.score > -INFINITY and where.is_available(place.node):
            value = _value(place.node, colocation.attribute, resource)
            best[value] = max(place.score, best.get(value, -INFINITY))
    return best


def _with_group_locations(colocation: Colocation, resource: Resource) -> Table:
    """Return the resource's places; for a later member of a group, with the group's locations added."""
    group = resource.parent
    if (
        resource is not colocation.dependent
        or not colocation.explicit
        or group is None
        or group.kind is not Kind.GROUP
        or resource is group.children[0]
    ):
        return resource.allowed
    saved = resource.allowed
    resource.allowed = copy_table(saved)
    for one in reversed(resource.cluster.locations):
        if one.resource is group:
            location.apply_to_one(resource, one)
    table, resource.allowed = resource.allowed, saved
    return table


def _allowed_on_one(resource: Resource) -> bool:
    return sum(place.score >= 0 for place in resource.allowed.values()) == 1


def _add_matching(
    table: Table, source: Resource, target: Resource, colocation: Colocation, factor: float, nonnegative: bool
) -> None:
    label = f"{describe(colocation)}: what {source.id} prefers"
    best = _best_scores(colocation, source)
    for place in table.values():
        score = best.get(_value(place.node, colocation.attribute, target), -INFINITY)
        if (
            factor < 0
            and score < 0
            and (
                colocation.primary.stickiness >= -score
                or not has_influence(colocation)
                or not _allowed_on_one(colocation.dependent)
            )
        ):
            continue
        if place.score == _FALLEN:
            continue
        _add_scaled(place, score, factor, nonnegative, label)


def _add_scaled(place: Place, score: int, factor: float, nonnegative: bool, label: str) -> None:
    scaled = single(factor * score)
    delta = int(scaled - 0.5) if scaled < 0 else int(scaled + 0.5)
    if delta == 0 and score != 0 and factor != 0:
        delta = 1 if factor > 0 else -1
    total = add(delta, place.score)
    if nonnegative and total < 0 and place.score >= 0:
        if place.score > 0:
            place.parts = Part(place.parts, f"{label}, but no lower than 1", 1 - place.score)
            place.score = _FALLEN  # what becomes 1
        return
    if delta or total != place.score:
        place.parts = Part(place.parts, label, delta)
    place.score = total


def add_dependents(
    source: Resource,
    target: Resource | None,
    table: Table | None,
    colocation: Colocation | None,
    factor: float,
    *,
    following: bool = False,
    active: bool = False,
    nonnegative: bool = False,
) -> Table | None:
    """Return the table with what a resource wants, scaled by the factor, and what those colocated with it want.

    None: nothing came of it, and the table stays as it was. Without a table the resource's own is begun with.
    `following` walks the colocations in which it is the dependent, not those in which it is the primary.
    """
    if source.updating_scores:
        return None
    if source.kind is Kind.GROUP:
        return _add_group(source, target, table, colocation, factor, following, active, nonnegative)
    source.updating_scores = True
    try:
        if table is None:
            work, target = copy_table(source.allowed), source
        else:
            assert target is not None
            assert colocation is not None
            work = copy_table(table)
            _add_matching(work, source, target, colocation, factor, nonnegative)
        if where.any_available(work):
            work = _add_further(source, target, work, factor, following, nonnegative)
        elif active:
            return None
        if nonnegative:
            for place in work.values():
                if place.score == _FALLEN:
                    place.score = 1
        return work
    finally:
        source.updating_scores = False


def _add_further(
    source: Resource, target: Resource, work: Table, factor: float, following: bool, nonnegative: bool
) -> Table:
    for further in this_with(source) if following else with_this(source):
        if not following and not has_influence(further):
            continue
        other = further.primary if following else further.dependent
        scaled = single(single(factor * further.score) / INFINITY)
        more = add_dependents(
            other, target, work, further, scaled, following=following, active=True, nonnegative=nonnegative
        )
        if more is not None:
            work = more
    return work


def _add_group(
    group: Resource,
    target: Resource | None,
    table: Table | None,
    colocation: Colocation | None,
    factor: float,
    following: bool,
    active: bool,
    nonnegative: bool,
) -> Table | None:
    """Begin with a group's first member; with its last, where the group begins the table."""
    group.updating_scores = True
    member = group.children[-1] if table is None else group.children[0]
    found = add_dependents(
        member, target, table, colocation, factor, following=following, active=active, nonnegative=nonnegative
    )
    group.updating_scores = False
    return found


def add_dependent_scores(colocation: Colocation, primary: Resource) -> None:
    """Add to a primary's scores what one dependent wants."""
    if not has_influence(colocation):
        return
    factor = single_factor(colocation.score)
    table = add_dependents(
        colocation.dependent,
        primary,
        primary.allowed,
        colocation,
        factor,
        active=True,
        nonnegative=primary.kind is Kind.CLONE,
    )
    if table is not None:
        primary.allowed = table
