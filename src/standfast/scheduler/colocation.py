"""Colocation constraints: which resources are placed with, or away from, which others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import constraint_sets, orders, roles
from standfast.scheduler import relations as r
from standfast.scheduler.constraint_sets import ReferenceSet
from standfast.scheduler.constraints import UNAME, Colocation
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.sorting import insert_sorted
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Resource


def unpack(cluster: Cluster, constraint: etree._Element) -> None:
    """Take over one `rsc_colocation`."""
    score = cib.values.parse_score(constraint.get("score")) if constraint.get("score") is not None else 0
    if score is None:
        return
    sets = constraint_sets.sets_of(cluster, constraint)
    if sets == []:
        sets = _sides_with_tags(cluster, constraint)
        if sets == []:
            _unpack_simple(cluster, constraint, score)
    influence = constraint.get("influence")
    last: ReferenceSet | None = None
    for one in sets or ():
        if not one.id:
            continue
        _within(cluster, one, score, constraint.get("id") or "", influence)
        if last is not None:
            _between(cluster, constraint.get("id") or "", last, one, score, influence)
        last = one


def _sides_with_tags(cluster: Cluster, constraint: etree._Element) -> list[ReferenceSet] | None:
    """Return both sides as sets if one is a tag; empty if none is; None if both are or one is unknown."""
    dependent, primary = constraint.get("rsc"), constraint.get("with-rsc")
    if dependent is None or primary is None:
        return []
    tags = constraint_sets.is_tag(cluster, dependent) + constraint_sets.is_tag(cluster, primary)
    if tags == 0:
        return []
    roles_said = (constraint.get("rsc-role"), constraint.get("with-rsc-role"))
    sides = [
        constraint_sets.side_set(cluster, side, {} if role is None else {"role": role})
        for side, role in zip((dependent, primary), roles_said, strict=True)
    ]
    first, second = sides
    return None if tags == 2 or first is None or second is None else [first, second]


def _unpack_simple(cluster: Cluster, constraint: etree._Element, score: int) -> None:
    dependent = constraint_sets.find(cluster, constraint.get("rsc"))
    primary = constraint_sets.find(cluster, constraint.get("with-rsc"))
    if dependent is not None and primary is not None:
        add(
            constraint.get("id") or "",
            score,
            dependent,
            primary,
            attribute=constraint.get("node-attribute"),
            roles_said=(constraint.get("rsc-role"), constraint.get("with-rsc-role")),
            influence=_influence(dependent, constraint.get("influence")),
        )


def _influence(resource: Resource, text: str | None) -> bool:
    said = cib.values.boolean(text)
    return resource.critical if said is None else said


def add(
    constraint_id: str,
    score: int,
    dependent: Resource,
    primary: Resource,
    *,
    influence: bool,
    attribute: str | None = None,
    roles_said: tuple[str | None, str | None] = (None, None),
    explicit: bool = True,
) -> None:
    """Add a colocation; a score of 0, and invalid roles, make none."""
    dependent_role, primary_role = (constraint_sets.role(text) for text in roles_said)
    if score == 0 or dependent_role is None or primary_role is None:
        return
    colocation = Colocation(
        constraint_id,
        attribute or UNAME,
        score,
        dependent,
        primary,
        dependent_role,
        primary_role,
        explicit,
        influence,
    )
    insert_this_with(dependent.this_with, colocation)
    insert_with_this(primary.with_this, colocation)
    dependent.cluster.colocations.append(colocation)
    if score <= -INFINITY:
        _stop_before_start(dependent, dependent_role, primary, primary_role)
        _stop_before_start(primary, primary_role, dependent, dependent_role)


_LEAVING = {roles.PROMOTED: ("demote",), roles.UNPROMOTED: ("stop", "promote")}
_ENTERING = {roles.PROMOTED: ("promote",), roles.UNPROMOTED: ("start", "demote")}


def _stop_before_start(first: Resource, first_role: int, then: Resource, then_role: int) -> None:
    """Order leaving a node before what must not be with it enters it."""
    for first_task in _LEAVING.get(first_role, ("stop",)):
        for then_task in _ENTERING.get(then_role, ("start",)):
            orders.tasks(first, first_task, then, then_task, r.IF_REQUIRED_ON_SAME_NODE)


def _compare(a: Resource, b: Resource) -> int:
    """Return which of two colocated resources comes first in a list: priority, kind, promotable, id."""
    if a.priority != b.priority:
        return -1 if a.priority > b.priority else 1
    if a.kind != b.kind:
        return -1 if a.kind > b.kind else 1
    if a.kind is Kind.CLONE and a.promotable != b.promotable:
        return -1 if a.promotable else 1
    return (a.id > b.id) - (a.id < b.id)


def insert_this_with(colocations: list[Colocation], colocation: Colocation) -> None:
    """Insert a colocation by its primary."""
    insert_sorted(colocations, colocation, lambda a, b: _compare(a.primary, b.primary))


def insert_with_this(colocations: list[Colocation], colocation: Colocation) -> None:
    """Insert a colocation by its dependent."""
    insert_sorted(colocations, colocation, lambda a, b: _compare(a.dependent, b.dependent))


def _within(cluster: Cluster, one: ReferenceSet, score: int, constraint_id: str, influence: str | None) -> None:
    """Colocate the members of one set."""
    if one.attributes.get("score") is not None:
        own = cib.values.parse_score(one.attributes["score"])
        if own is None:
            return
        score = own
    if score == 0 or one.flag("sequential") is False:
        return
    reverse = one.attributes.get("ordering", "group").lower() != "group"
    role = one.attributes.get("role")
    members: list[Resource] = []
    for reference in one.references:
        resource = constraint_sets.find(cluster, reference)
        if resource is None:
            return
        others = members[-1:] if score > 0 else members
        for other in others:
            dependent, primary = (other, resource) if reverse and score > 0 else (resource, other)
            add(
                one.id,
                score,
                dependent,
                primary,
                roles_said=(role, role),
                influence=_influence(resource, influence),
            )
        members.append(resource)


def _between(
    cluster: Cluster, constraint_id: str, one: ReferenceSet, two: ReferenceSet, score: int, influence: str | None
) -> None:
    """Colocate one set with the next: its first with that one's last, or all where they are not sequential."""
    if score == 0:
        return
    dependents = one.references if one.flag("sequential") is False else one.references[:1]
    primaries = two.references if two.flag("sequential") is False else two.references[-1:]
    said = (one.attributes.get("role"), two.attributes.get("role"))
    for reference in dependents:
        dependent = constraint_sets.find(cluster, reference)
        if dependent is None:
            continue
        for other in primaries:
            primary = constraint_sets.find(cluster, other)
            if primary is not None:
                add(
                    constraint_id,
                    score,
                    dependent,
                    primary,
                    roles_said=said,
                    influence=_influence(dependent, influence),
                )
