"""Which colocations count for a resource: its own, and those of the collectives that it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler.colocation import insert_this_with, insert_with_this
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Kind, top

if TYPE_CHECKING:
    from collections.abc import Callable

    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Resource

    Insert = Callable[[list[Colocation], Colocation], None]


def this_with(resource: Resource) -> list[Colocation]:
    """Return the colocations in which the resource is the dependent, in the order in which they are applied."""
    found: list[Colocation] = []
    _gather_this_with(resource, resource, found)
    return found


def with_this(resource: Resource) -> list[Colocation]:
    """Return the colocations in which the resource is the primary, in the order in which they are applied."""
    found: list[Colocation] = []
    _gather_with_this(resource, resource, found)
    return found


def _merge(found: list[Colocation], more: list[Colocation], insert: Insert) -> None:
    """Add colocations: all of them to an empty list, else the first as often as there are.

    Source: measured; later ones of a list are lost where a resource has colocations already.
    """
    if not found:
        found += more
        return
    for _ in more:
        insert(found, more[0])


def _gather_this_with(resource: Resource, original: Resource, found: list[Colocation]) -> None:
    match resource.kind:
        case Kind.PRIMITIVE:
            if resource is not original:
                for colocation in resource.this_with:
                    if colocation.explicit:
                        insert_this_with(found, colocation)
                return
            _merge(found, resource.this_with, insert_this_with)
        case Kind.GROUP:
            _group_this_with(resource, original, found)
            return
        case Kind.CLONE:
            _merge(found, resource.this_with, insert_this_with)
        case Kind.BUNDLE:
            if _counts_for(resource, original):
                _merge(found, resource.this_with, insert_this_with)
            return
    if resource.parent is not None:
        _gather_this_with(resource.parent, original, found)


def _group_this_with(group: Resource, original: Resource, found: list[Colocation]) -> None:
    if original is group or original is group.children[0]:
        _merge(found, group.this_with, insert_this_with)
        if group.parent is not None:
            _gather_this_with(group.parent, original, found)
        if group.colocated:
            for member in group.children:
                if member is not original:
                    _gather_this_with(member, original, found)
        return
    for member in group.children:
        if member is original:
            return
        if not member.managed:
            for colocation in group.this_with:
                if colocation.score == INFINITY:
                    insert_this_with(found, colocation)
            return


def _gather_with_this(resource: Resource, original: Resource, found: list[Colocation]) -> None:
    match resource.kind:
        case Kind.PRIMITIVE:
            if resource is not original:
                for colocation in resource.with_this:
                    if colocation.explicit:
                        insert_with_this(found, colocation)
                return
            _merge(found, resource.with_this, insert_with_this)
        case Kind.GROUP:
            _group_with_this(resource, original, found)
            return
        case Kind.CLONE:
            _merge(found, resource.with_this, insert_with_this)
        case Kind.BUNDLE:
            if _counts_for(resource, original):
                _merge(found, resource.with_this, insert_with_this)
            return
    if resource.parent is not None:
        _gather_with_this(resource.parent, original, found)


def _group_with_this(group: Resource, original: Resource, found: list[Colocation]) -> None:
    if original is not group and original is not group.children[-1]:
        return
    _merge(found, group.with_this, insert_with_this)
    if group.parent is not None:
        _gather_with_this(group.parent, original, found)
    if group.colocated:
        for member in group.children:
            if member is not original:
                _gather_with_this(member, original, found)


def _counts_for(bundle: Resource, original: Resource) -> bool:
    """Return whether a bundle's colocations are those of a resource: itself, its containers, what it promotes."""
    if original is bundle or original.replica_container:
        return True
    inner = bundle.bundle.child if bundle.bundle is not None else None
    if inner is None or not inner.promotable or top(original) is not inner:
        return False
    return "promotion constrained" in inner.clone_flags if original is inner else not original.provisional
