"""Applying colocations of and with primitives and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler.colocation_scores import Affects, affects, apply_to_priority, apply_to_scores
from standfast.scheduler.scores import INFINITY, add

if TYPE_CHECKING:
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Resource


def with_primitive(dependent: Resource, primary: Resource, colocation: Colocation, as_dependent: bool) -> int:
    """Apply a colocation of a primitive (`as_dependent`), or with one; return the change of priority."""
    if as_dependent:
        return primary.methods.apply_colocation(dependent, primary, colocation, False)
    match affects(dependent, primary, colocation, preview=False):
        case Affects.ROLE:
            return apply_to_priority(dependent, primary, colocation)
        case Affects.LOCATION:
            apply_to_scores(dependent, primary, colocation)
    return 0


def with_group(dependent: Resource, primary: Resource, colocation: Colocation, as_dependent: bool) -> int:
    """Apply a colocation of a group (`as_dependent`), or with one; return the change of priority."""
    if as_dependent:
        return _group_with(dependent, primary, colocation)
    if primary.provisional:
        return 0
    mandatory = colocation.score >= INFINITY
    if primary.colocated:
        member = primary.children[-1 if mandatory else 0]
        return member.methods.apply_colocation(dependent, member, colocation, False)
    delta = 0
    for member in () if mandatory else primary.children:
        delta = add(delta, member.methods.apply_colocation(dependent, member, colocation, False))
    return delta


def _group_with(group: Resource, primary: Resource, colocation: Colocation) -> int:
    delta = 0
    if group.colocated:
        first = group.children[0]
        delta = first.methods.apply_colocation(first, primary, colocation, True)
    elif colocation.score < INFINITY:
        for member in group.children:
            delta = add(delta, member.methods.apply_colocation(member, primary, colocation, False))
    if delta:
        group.priority = add(delta, group.priority)
    return delta
