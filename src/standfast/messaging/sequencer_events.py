"""What goes into and out of the sequencer machine."""

from __future__ import annotations

from dataclasses import dataclass

from standfast.messaging import engine
from standfast.runtime import CancelTimer, SetTimer, TimerFired

# --- events


@dataclass(frozen=True, slots=True)
class Started:
    """Event, the first: the sequencer runs. Views are held back until all are there or `gather_ms` are over."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """Event: this connection says that a node's machine is up, for as long as it is open."""

    connection: int
    node_id: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Event: this connection is a node's daemon.

    `last_sequence` is the highest view it was given before, `was_quorate` what that view said: both outlive us.
    """

    connection: int
    node_id: int
    last_sequence: int = 0
    was_quorate: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Event: a member sends to its component."""

    connection: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class SaidGoodbye:
    """Event: a member leaves on purpose; its `Closed` may follow."""

    connection: int


@dataclass(frozen=True, slots=True)
class Closed:
    """Event: a connection is gone."""

    connection: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Event: the groups hear only themselves from now on; nodes in no group are one component together."""

    groups: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Healed:
    """Event: all nodes hear each other again."""


@dataclass(frozen=True, slots=True)
class ExpectedVotesSet:
    """Event: an operator changed the expected votes (0: the sum again)."""

    votes: int


@dataclass(frozen=True, slots=True)
class Backlogged:
    """Event: what waits to be read by this connection has passed the limit."""

    connection: int


@dataclass(frozen=True, slots=True)
class Drained:
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


@dataclass(frozen=True, slots=True)
class Send:
    """Effect: an event of the engine for these connections, after all that was sent to them before."""

    connections: tuple[int, ...]
    event: engine.Event


@dataclass(frozen=True, slots=True)
class Refuse:
    """Effect: tell this connection why it cannot be served, and close it; no `Closed` is needed."""

    connection: int
    reason: str


@dataclass(frozen=True, slots=True)
class HoldSenders:
    """Effect: take no more messages from any member until `ReleaseSenders`: somebody reads too slowly."""


@dataclass(frozen=True, slots=True)
class ReleaseSenders:
    """Effect: take messages again."""


Effect = Send | Refuse | HoldSenders | ReleaseSenders | SetTimer | CancelTimer
