"""What tracked things make of a virtual router's priority, and whether they hold it in FAULT."""

from __future__ import annotations

from dataclasses import dataclass

from standfast.director.vrrp.configuration import OWNER_PRIORITY, Tracked

FAULT_WEIGHT = -254
"""A file's weight at or below this is a fault. Source: keepalived.conf(5), track_file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen of a tracked thing; `value` is a file's number, else None."""

    up: bool
    value: int | None = None


def is_fault(tracked: Tracked, reading: Reading | None) -> bool:
    """Return whether this alone holds the router in FAULT; what was never read does."""
    if reading is None:
        return True
    if reading.value is not None:
        return reading.value != 0 if tracked.weight == 0 else weight(tracked, reading) <= FAULT_WEIGHT
    return tracked.weight == 0 and reading.up == tracked.reverse


def weight(tracked: Tracked, reading: Reading | None) -> int:
    """Return what this adds to the priority: a positive weight while up, a negative one while down."""
    if reading is None:
        return 0
    if reading.value is not None:
        return tracked.weight * reading.value * (-1 if tracked.reverse else 1)
    counts_as_up = reading.up != tracked.reverse
    return tracked.weight if counts_as_up == (tracked.weight > 0) else 0


def effective_priority(base: int, weights: int) -> int:
    """Return the priority that adverts carry, 1..254; an owner's never changes."""
    if base == OWNER_PRIORITY:
        return base
    # "VRRP Routers backing up a Virtual Router MUST use priority values between 1-254 (decimal)." RFC 9568 §5.2.4
    return min(max(base + weights, 1), 254)
