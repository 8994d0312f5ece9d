"""Order constraints: which actions of which resources come before which others."""

from __future__ import annotations

import enum
from itertools import pairwise
from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import constraint_sets, fencing_needs, orders
from standfast.scheduler import relations as r
from standfast.scheduler.actions import OPPOSITES, UP_TASKS, Action, key
from standfast.scheduler.constraint_sets import ReferenceSet
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Resource


class OrderKind(enum.Enum):
    """How binding an order is."""

    OPTIONAL = 0
    MANDATORY = 1
    SERIALIZE = 2


class Symmetry(enum.Enum):
    """Whether the opposite actions are ordered the other way round; INVERSE is that other way."""

    ASYMMETRIC = 0
    SYMMETRIC = 1
    INVERSE = 2


_KINDS = {"Mandatory": OrderKind.MANDATORY, "Optional": OrderKind.OPTIONAL, "Serialize": OrderKind.SERIALIZE}


def _kind(attributes: Mapping[str, str]) -> OrderKind:
    kind = attributes.get("kind")
    if kind is not None:
        return _KINDS.get(kind, OrderKind.MANDATORY)
    score = attributes.get("score")
    return OrderKind.OPTIONAL if score is not None and cib.values.score(score) == 0 else OrderKind.MANDATORY


def _symmetry(attributes: Mapping[str, str], parent_kind: OrderKind, parent_symmetrical: str | None) -> Symmetry:
    said_kind = "kind" in attributes or "score" in attributes
    kind = _kind(attributes) if said_kind else parent_kind
    symmetrical = cib.values.boolean(attributes.get("symmetrical"))
    if symmetrical is None and parent_symmetrical is not None:
        symmetrical = cib.values.is_true(parent_symmetrical)
    if symmetrical is None:
        symmetrical = True
    return Symmetry.SYMMETRIC if symmetrical and kind is not OrderKind.SERIALIZE else Symmetry.ASYMMETRIC


def _flags(kind: OrderKind, first_task: str, symmetry: Symmetry) -> int:
    if kind is OrderKind.OPTIONAL:
        return r.ORDERED
    if kind is OrderKind.SERIALIZE:
        return r.SERIALIZE
    if symmetry is Symmetry.ASYMMETRIC:
        return r.ORDERED | r.ASYMMETRIC
    if symmetry is Symmetry.INVERSE:
        return r.ORDERED | r.THEN_IMPLIES_FIRST
    blocks = r.UNRUNNABLE_FIRST_BLOCKS if first_task in UP_TASKS else 0
    return r.ORDERED | r.FIRST_IMPLIES_THEN | blocks


def unpack(cluster: Cluster, constraint: etree._Element) -> None:
    """Take over one `rsc_order`."""
    attributes = {str(k): str(v) for k, v in constraint.attrib.items()}
    sets = constraint_sets.sets_of(cluster, constraint)
    if sets == []:
        sets = _sides_with_tags(cluster, attributes)
        if sets == []:
            _unpack_simple(cluster, attributes)
    kind = _kind(attributes)
    symmetry = _symmetry(attributes, kind, None)
    last: _OrderSet | None = None
    for one in sets or ():
        members = [constraint_sets.find(cluster, reference) for reference in one.references]
        if any(member is None for member in members):
            return
        current = _OrderSet(one, [member for member in members if member is not None])
        _within(current, kind, attributes.get("symmetrical"))
        if last is not None:
            _between(cluster, last, current, kind, symmetry)
            if symmetry is Symmetry.SYMMETRIC:
                _between(cluster, current, last, kind, Symmetry.INVERSE)
        last = current


def _sides_with_tags(cluster: Cluster, attributes: Mapping[str, str]) -> list[ReferenceSet] | None:
    """Return both sides as sets if one is a tag; empty if none is; None if one is unknown."""
    first, then = attributes.get("first"), attributes.get("then")
    if first is None or then is None:
        return []
    if not (constraint_sets.is_tag(cluster, first) or constraint_sets.is_tag(cluster, then)):
        return []
    actions = (attributes.get("first-action"), attributes.get("then-action"))
    sides = [
        constraint_sets.side_set(cluster, side, {} if action is None else {"action": action})
        for side, action in zip((first, then), actions, strict=True)
    ]
    found = [side for side in sides if side is not None]
    return found if len(found) == 2 else None


def _unpack_simple(cluster: Cluster, attributes: Mapping[str, str]) -> None:
    first = constraint_sets.find(cluster, attributes.get("first"))
    then = constraint_sets.find(cluster, attributes.get("then"))
    if first is None or then is None:
        return
    first_task = attributes.get("first-action", "start")
    then_task = attributes.get("then-action", first_task)
    kind = _kind(attributes)
    symmetry = _symmetry(attributes, kind, None)
    flags = _flags(kind, first_task, symmetry)
    minimum = _least_instances(first, attributes)
    if minimum:
        met = fencing_needs.pseudo(cluster, f"clone-one-or-more:{attributes.get('id', '')}")
        met.required_runnable = minimum
        _some_of(first.children, first_task, met)
        orders.add(met, (then, key(then.id, then_task)), flags | r.UNRUNNABLE_FIRST_BLOCKS)
    else:
        orders.tasks(first, first_task, then, then_task, flags)
    if symmetry is Symmetry.SYMMETRIC and first_task in OPPOSITES and then_task in OPPOSITES:
        inverse = _flags(kind, OPPOSITES[first_task], Symmetry.INVERSE)
        orders.tasks(then, OPPOSITES[then_task], first, OPPOSITES[first_task], inverse)


def _least_instances(first: Resource, attributes: Mapping[str, str]) -> int:
    """Return how many of a clone's instances then needs; 0: all of them."""
    if first.kind is not Kind.CLONE:
        return 0
    if "clone-min" in first.meta:
        return max(0, cib.values.integer(first.meta["clone-min"]) or 0)
    return int("require-all" in attributes and not cib.values.is_true(attributes["require-all"]))


def _some_of(resources: list[Resource], task: str, met: Action) -> None:
    flags = r.MIN_RUNNABLE | r.FIRST_IMPLIES_THEN_GRAPHED
    for resource in resources:
        orders.add((resource, key(resource.id, task)), met, flags)


class _OrderSet:
    """A set of an order constraint, with its resources found."""

    __slots__ = ("members", "require_all", "said", "sequential_said", "task")

    def __init__(self, said: ReferenceSet, members: list[Resource]) -> None:
        self.said = said
        self.members = members
        self.task = said.attributes.get("action", "start")
        self.sequential_said = said.flag("sequential") is True
        self.require_all = said.flag("require-all") is not False


def _within(one: _OrderSet, parent_kind: OrderKind, symmetrical: str | None) -> None:
    """Order the members of one set."""
    attributes = one.said.attributes
    kind = _kind(attributes) if "kind" in attributes else parent_kind
    sequential = cib.values.is_true(attributes.get("sequential", "true"))
    symmetry = _symmetry(attributes, parent_kind, symmetrical)
    flags = _flags(kind, one.task, symmetry)
    members = one.members
    if len(members) == 1:
        return
    if kind is OrderKind.SERIALIZE:
        for index, first in enumerate(members):
            for then in members[index + 1 :]:
                orders.tasks(first, one.task, then, one.task, flags)
    elif sequential:
        for first, then in pairwise(members):
            orders.tasks(first, one.task, then, one.task, flags)
    opposite = OPPOSITES.get(one.task)
    if symmetry is Symmetry.ASYMMETRIC or not sequential or opposite is None:
        return
    inverse = _flags(kind, opposite, Symmetry.INVERSE)
    for then, first in pairwise(members):
        orders.tasks(first, opposite, then, opposite, inverse)


def _between(cluster: Cluster, one: _OrderSet, two: _OrderSet, kind: OrderKind, symmetry: Symmetry) -> None:
    """Order one set before another; where a set says that it is sequential, only its end counts."""
    task_1, task_2 = one.task, two.task
    inverse = symmetry is Symmetry.INVERSE
    if inverse:
        task_1, task_2 = OPPOSITES.get(task_1, ""), OPPOSITES.get(task_2, "")
    require_all = one.require_all or task_1 in ("stop", "demote")
    flags = _flags(kind, task_1, symmetry)
    if not require_all:
        met = fencing_needs.pseudo(cluster, f"one-or-more:{one.said.id}")
        met.required_runnable = 1
        _some_of(one.members, task_1, met)
        for then in two.members:
            orders.add(met, (then, key(then.id, task_2)), flags | r.UNRUNNABLE_FIRST_BLOCKS)
        return
    firsts, thens = one.members, two.members
    if one.sequential_said:
        firsts = firsts[:1] if inverse else firsts[-1:]
    if two.sequential_said:
        thens = thens[-1:] if inverse else thens[:1]
    for first in firsts:
        for then in thens:
            orders.tasks(first, task_1, then, task_2, flags)
