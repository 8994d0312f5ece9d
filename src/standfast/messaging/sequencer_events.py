"""What goes into and out of the sequencer machine."""

from __future__ import annotations

import msgspec

from standfast.messaging import engine
from standfast.runtime import CancelTimer, SetTimer, TimerFired

# --- events


class Started(msgspec.Struct, frozen=True):
    """Event, the first: the sequencer runs. Views are held back until all are there or `gather_ms` are over."""


class Anchored(msgspec.Struct, frozen=True):
    """Event: this connection says that a node's machine is up, for as long as it is open."""

    connection: int
    node_id: int


class Joined(msgspec.Struct, frozen=True):
    """Event: this connection is a node's daemon.

    `last_sequence` is the highest view it was given before, `was_quorate` what that view said: both outlive us.
    """

    connection: int
    node_id: int
    last_sequence: int = 0
    was_quorate: bool = False


class Cast(msgspec.Struct, frozen=True):
    """Event: a member sends to its component."""

    connection: int
    payload: bytes


class SaidGoodbye(msgspec.Struct, frozen=True):
    """Event: a member leaves on purpose; its `Closed` may follow."""

    connection: int


class Closed(msgspec.Struct, frozen=True):
    """Event: a connection is gone."""

    connection: int


class Cut(msgspec.Struct, frozen=True):
    """Event: the groups hear only themselves from now on; nodes in no group are one component together."""

    groups: tuple[frozenset[int], ...]


class Healed(msgspec.Struct, frozen=True):
    """Event: all nodes hear each other again."""


class ExpectedVotesSet(msgspec.Struct, frozen=True):
    """Event: an operator changed the expected votes (0: the sum again)."""

    votes: int


class Backlogged(msgspec.Struct, frozen=True):
    """Event: what waits to be read by this connection has passed the limit."""

    connection: int


class Drained(msgspec.Struct, frozen=True):
    """Event: a backlogged connection has read enough again."""

    connection: int


Event = (
    Started
    | Anchored
    | Joined
    | Cast
    | SaidGoodbye
    | Closed
    | Cut
    | Healed
    | ExpectedVotesSet
    | Backlogged
    | Drained
    | TimerFired
)

# --- effects


class Send(msgspec.Struct, frozen=True):
    """Effect: an event of the engine for these connections, after all that was sent to them before."""

    connections: tuple[int, ...]
    event: engine.Event


class Refuse(msgspec.Struct, frozen=True):
    """Effect: tell this connection why it cannot be served, and close it; no `Closed` is needed."""

    connection: int
    reason: str


class HoldSenders(msgspec.Struct, frozen=True):
    """Effect: take no more messages from any member until `ReleaseSenders`: somebody reads too slowly."""


class ReleaseSenders(msgspec.Struct, frozen=True):
    """Effect: take messages again."""


Effect = Send | Refuse | HoldSenders | ReleaseSenders | SetTimer | CancelTimer
