"""Relations between actions: what one action (first) means for another (then). They are flags, and may be combined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action

NONE: Final = 0
ORDERED: Final = 1  # first is before then, no more
FIRST_IMPLIES_THEN: Final = 1 << 1  # if first is required, then is
THEN_IMPLIES_FIRST: Final = 1 << 2  # if then is required, first is
PROMOTED_THEN_IMPLIES_FIRST: Final = 1 << 3  # the same, if then's resource is promoted now
UNRUNNABLE_FIRST_BLOCKS: Final = 1 << 4  # if first cannot run, then cannot
UNMIGRATABLE_THEN_BLOCKS: Final = 1 << 5  # if then cannot migrate, first cannot run
FIRST_ELSE_THEN: Final = 1 << 6  # if first cannot run, then is real and no migration
INTERMEDIATE_STOP: Final = 1 << 7  # first is a stop that then's restart needs
MIN_RUNNABLE: Final = 1 << 8  # then needs some of its firsts
ASYMMETRIC: Final = 1 << 9  # an asymmetrical order of the user's
SERIALIZE: Final = 1 << 10  # not at the same time
IF_ON_SAME_NODE: Final = 1 << 11
IF_ON_SAME_NODE_OR_TARGET: Final = 1 << 12
IF_REQUIRED_ON_SAME_NODE: Final = 1 << 13
FIRST_IMPLIES_SAME_NODE_THEN: Final = 1 << 14
FIRST_IMPLIES_THEN_GRAPHED: Final = 1 << 15
THEN_IMPLIES_FIRST_GRAPHED: Final = 1 << 16
NESTED_REMOTE_PROBE: Final = 1 << 17
IF_FIRST_UNMIGRATABLE: Final = 1 << 18
THEN_CANCELS_FIRST: Final = 1 << 19
GUEST_ALLOWED: Final = 1 << 20


class Input:
    """One action before another; `flags` of NONE mean that the relation is void."""

    __slots__ = ("action", "flags", "graphed")

    def __init__(self, action: Action, flags: int) -> None:
        self.action = action
        self.flags = flags
        self.graphed = False


def relate(first: Action | None, then: Action | None, flags: int) -> bool:
    """Put first before then; return False if nothing was added since the two share one of the flags already."""
    if flags == NONE or first is None or then is None:
        return False
    known = first.after_flags.get(then.id, NONE)
    if known & flags:
        return False
    first.after_flags[then.id] = known | flags
    first.after.append(Input(then, flags))
    then.before.append(Input(first, flags))
    return True
