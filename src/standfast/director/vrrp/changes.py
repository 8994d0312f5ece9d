"""What another configuration changes: routers that come, go, begin anew, or go on in the state that they are in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import fields

from standfast.director.vrrp.configuration import Configuration, VirtualRouter

Pair = tuple[VirtualRouter, VirtualRouter]
Place = tuple[str, int, int]
_LISTS = ("addresses", "excluded_addresses", "routes", "rules")
_WORDS = {
    "telling": "notifications",
    "paces": "intervals of gratuitous ARP",
    "firewall": "table of nftables",
    "polls": "interfaces that are asked for their link",
    "delays": "delays of interfaces' ups and downs",
}
_STATICS = ("static_addresses", "static_routes", "static_rules")


def place_of(router: VirtualRouter) -> Place:
    """Return what makes it the same router to the others: interface, virtual router id, family."""
    return router.interface, router.vrid, router.family


class Changes(msgspec.Struct, frozen=True):
    """`anew` and `adjusted` hold each router as it was and as it will be; in `kept` nothing is another.

    A router that has another name only goes on. Source: keepalived 2.2.7 goes by virtual router id, interface and
    family too.
    """

    before: Configuration
    after: Configuration
    added: tuple[VirtualRouter, ...] = ()
    removed: tuple[VirtualRouter, ...] = ()
    anew: tuple[Pair, ...] = ()
    adjusted: tuple[Pair, ...] = ()
    kept: tuple[VirtualRouter, ...] = ()

    @property
    def going_on(self) -> tuple[Pair, ...]:
        """Return those that stay in their state."""
        return self.adjusted + tuple((each, each) for each in self.kept)

    @property
    def is_nothing(self) -> bool:
        """Return whether all stays as it is."""
        return self.before == self.after


def difference(before: Configuration, after: Configuration) -> Changes:
    """Return what becomes of each router."""
    there: dict[Place, list[VirtualRouter]] = {}
    for router in before.routers:
        there.setdefault(place_of(router), []).append(router)
    added: list[VirtualRouter] = []
    anew: list[Pair] = []
    adjusted: list[Pair] = []
    kept: list[VirtualRouter] = []
    for router in sorted(after.routers, key=lambda each: each not in there.get(place_of(each), ())):
        known = _taken(there.get(place_of(router), []), router)
        if known is None:
            added.append(router)
        elif known == router:
            kept.append(router)
        elif (known.vmac, known.ipvlan) != (router.vmac, router.ipvlan):
            anew.append((known, router))
        else:
            adjusted.append((known, router))
    removed = tuple(router for routers in there.values() for router in routers)
    return Changes(before, after, tuple(added), removed, tuple(anew), tuple(adjusted), tuple(kept))


def _taken(there: list[VirtualRouter], wanted: VirtualRouter) -> VirtualRouter | None:
    """Take out, and return, what this router was: the same, or of the same source, or of the same name, or any.

    Several may have one place, if they speak to peers of their own.
    """
    likeness: tuple[Callable[[VirtualRouter], bool], ...] = (
        lambda each: each == wanted,
        lambda each: each.source == wanted.source and (each.unicast is None) == (wanted.unicast is None),
        lambda each: each.name == wanted.name,
        lambda each: True,
    )
    for is_like in likeness:
        for each in there:
            if is_like(each):
                there.remove(each)
                return each
    return None


def lines(changes: Changes) -> list[str]:
    """Return the changes for people: + what comes, - what goes, ~ what goes on otherwise, ! what begins anew."""
    found = [f"- {each.name}: {_of(each)} is given up" for each in changes.removed]
    found += [f"! {new.name}: begins anew: {_device(old, new)}" for old, new in changes.anew]
    found += [f"~ {new.name}: {'; '.join(_differences(old, new))}" for old, new in changes.adjusted]
    found += [f"+ {each.name}: {_of(each)}, priority {each.priority}" for each in changes.added]
    found += _groups(changes)
    for name in (*_STATICS, "scripts", "files", "processes"):
        before, after = getattr(changes.before, name), getattr(changes.after, name)
        if before != after:
            found.append(f"~ {_listed(name, before, after)}")
    for name in _WORDS:
        if getattr(changes.before, name) != getattr(changes.after, name):
            found.append(f"~ {_WORDS[name]}")
    return found


def _of(router: VirtualRouter) -> str:
    return f"virtual router {router.vrid} on {router.interface}"


def _device(old: VirtualRouter, new: VirtualRouter) -> str:
    return "virtual MAC" if old.vmac != new.vmac else "ipvlan"


def _groups(changes: Changes) -> Iterator[str]:
    before = {each.name: each for each in changes.before.groups}
    after = {each.name: each for each in changes.after.groups}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            sign = "+" if name not in before else "-" if name not in after else "~"
            yield f"{sign} sync group {name}"


def _differences(old: VirtualRouter, new: VirtualRouter) -> Iterator[str]:
    for each in fields(VirtualRouter):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before == after:
            continue
        if each.name in _LISTS or each.name == "tracked":
            yield _listed(each.name, before, after)
        elif each.name in ("notifies", "authentication"):
            yield each.name
        else:
            yield f"{each.name} {_shown(before)} -> {_shown(after)}"


def _listed(name: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> str:
    signed = [f"-{_shown(each)}" for each in before if each not in after]
    signed += [f"+{_shown(each)}" for each in after if each not in before]
    return f"{name.replace('_', ' ')} {' '.join(signed) or 'in another order'}"


def _shown(value: Any) -> str:
    for name in ("address", "destination", "name", "priority"):
        if hasattr(value, name):
            return str(getattr(value, name))
    return str(value)


def renamed(changes: Changes) -> dict[str, str]:
    """Return the new names of routers that go on, by the old ones, where they differ."""
    return {old.name: new.name for old, new in changes.going_on if old.name != new.name}
