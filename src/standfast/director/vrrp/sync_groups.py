"""A sync group: virtual routers that are Active together or not at all.

Source: keepalived.conf(5), vrrp_sync_group. Invariant: after `settle` either all members are Active or none is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from standfast.director.vrrp.events import State
from standfast.director.vrrp.router import Router


class Order(enum.Enum):
    """What a group tells some of its members."""

    PROMOTE = enum.auto()
    DEMOTE = enum.auto()
    FAULT = enum.auto()
    CLEAR = enum.auto()


def order(members: Sequence[Router]) -> tuple[Order, list[Router]] | None:
    """Return what is to be told to whom, or nothing if the group is of one mind."""
    started = [member for member in members if member.state is not State.INITIALIZE]
    faulty = [member for member in started if member.own_faults]
    if faulty:
        whole = [member for member in started if not member.faults]
        return (Order.FAULT, whole) if whole else None
    held = [member for member in started if member.faults]
    if held:
        return Order.CLEAR, held
    active = [member for member in started if member.state is State.ACTIVE]
    others = [member for member in started if member.state is not State.ACTIVE]
    if active and others:
        return Order.DEMOTE, active
    # a group becomes Active only when every member would, and then all of it at once
    if others and len(started) == len(members) and all(member.wants_active for member in others):
        return Order.PROMOTE, others
    return None


def state_of(members: Iterable[Router]) -> State:
    """Return the state of a settled group."""
    states = {member.state for member in members}
    if len(states) == 1:
        return states.pop()
    return State.FAULT if State.FAULT in states else State.BACKUP
