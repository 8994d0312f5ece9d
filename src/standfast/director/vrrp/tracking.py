"""What tracked things make of a virtual router's priority, and whether they hold it in FAULT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from standfast.director.vrrp.configuration import OWNER_PRIORITY, Configuration, Tracked
from standfast.director.vrrp.tracked_things import TrackKind

FAULT_WEIGHT = -254
"""A file's weight at or below this is a fault. Source: keepalived.conf(5), track_file."""
WEIGHT_MAX = 253
"""Nor does a file add more than this."""

INTERFACE_PREFIX = TrackKind.INTERFACE.named("")


def tracked_interfaces(configuration: Configuration) -> set[str]:
    """Return the interfaces that routers and sync groups track."""
    tracked = [each.name for router in configuration.routers for each in router.tracked]
    tracked += [each.name for group in configuration.groups for each in group.tracked]
    return {name.removeprefix(INTERFACE_PREFIX) for name in tracked if name.startswith(INTERFACE_PREFIX)}


class Reading(msgspec.Struct, frozen=True):
    """What was seen of a tracked thing; `value` is a file's number, else None."""

    up: bool
    value: int | None = None


def is_fault(tracked: Tracked, reading: Reading | None) -> bool:
    """Return whether this alone holds the router in FAULT; without a weight what was never read does."""
    if reading is None:
        return not tracked.weight
    if reading.value is None:
        return not tracked.weight and reading.up == tracked.reverse
    if not tracked.weight:
        return (reading.value != 0) != tracked.reverse
    return weight(tracked, reading) <= FAULT_WEIGHT


def weight(tracked: Tracked, reading: Reading | None) -> int:
    """Return what this adds to the priority: a positive weight while up, a negative one while down."""
    if reading is None or not tracked.weight:
        return 0
    signed = -tracked.weight if tracked.reverse else tracked.weight
    if reading.value is not None:
        return min(max(signed * reading.value, FAULT_WEIGHT), WEIGHT_MAX)
    return signed if reading.up == (tracked.weight > 0) else 0


def effective_priority(base: int, weights: int) -> int:
    """Return the priority that adverts carry, 1..254; an owner's never changes."""
    if base == OWNER_PRIORITY:
        return base
    # "VRRP Routers backing up a Virtual Router MUST use priority values between 1-254 (decimal)." RFC 9568 §5.2.4
    return min(max(base + weights, 1), 254)


def unweighted(tracked: Tracked, owner: bool) -> Iterator[Tracked]:
    """Return what counts in this one's place where weights do not: for an owner, and for the members of a sync group.

    A file counts if its weight is 1, the default; an interface of a member does; a member's process keeps its weight;
    others with a weight do not count. Source: keepalived 2.2.7, vrrp.c.
    """
    kind = tracked.name.partition(":")[0]
    if not tracked.weight or (kind == TrackKind.PROCESS and not owner):
        yield tracked
    elif (kind == TrackKind.FILE and tracked.weight == 1) or (kind == TrackKind.INTERFACE and not owner):
        yield replace(tracked, weight=0)


def defaults(configuration: Configuration) -> dict[str, tuple[int, bool]]:
    """Return weight and reverse of what may be tracked without saying them, by the name that `Tracked` has."""
    found: dict[str, tuple[int, bool]] = {}
    for kind, things in (
        (TrackKind.SCRIPT, configuration.scripts),
        (TrackKind.FILE, configuration.files),
        (TrackKind.PROCESS, configuration.processes),
    ):
        found |= {kind.named(each.name): (each.weight, each.reverse) for each in things}
    return found


def weighed(tracked: Tracked, known: Mapping[str, tuple[int, bool]]) -> Tracked:
    """Return it with a weight of its own, or else the thing's."""
    if tracked.weight is not None:
        return tracked
    its_weight, its_reverse = known.get(tracked.name, (0, False))
    return replace(tracked, weight=its_weight, reverse=tracked.reverse or its_reverse)
