"""What a closed process group and votequorum say, and what the machine of `ringing` wants done."""

from __future__ import annotations

import enum

import msgspec

from standfast import runtime
from standfast.messaging import cpg_nouns, engine


class Process(msgspec.Struct, frozen=True, order=True):
    """A member of the process group: one daemon's connection on a node."""

    node_id: int
    pid: int


class Ring(msgspec.Struct, frozen=True, order=True):
    """A Totem ring: its sequence only grows, over restarts of Corosync too."""

    sequence: int
    representative: int


class Reason(enum.IntEnum):
    """Why a process is in or out. Source: cpg_reason_t of corosync/cpg.h."""

    UNDEFINED = 0
    JOIN = 1
    LEAVE = 2
    NODE_DOWN = 3
    NODE_UP = 4
    PROCESS_DOWN = 5


RING_REASONS = frozenset({Reason.NODE_DOWN, Reason.NODE_UP})


class Connected(msgspec.Struct, frozen=True):
    """Event: a new connection; `me` will be in the group. `floor`: no view that this node had is above it."""

    me: Process
    floor: int = 0


class GroupChanged(msgspec.Struct, frozen=True):
    """Event, in the agreed order: the group's members now. A change of the ring says so before its `RingFormed`."""

    members: frozenset[Process]
    joined: tuple[tuple[Process, Reason], ...] = ()
    left: tuple[tuple[Process, Reason], ...] = ()


class RingFormed(msgspec.Struct, frozen=True):
    """Event, in the agreed order: a ring, after all that it changes in the group."""

    ring: Ring


class Received(msgspec.Struct, frozen=True):
    """Event, in the agreed order: one frame, as it came or as it was read."""

    sender: Process
    frame: bytes | cpg_nouns.Frame


class QuorumSaid(msgspec.Struct, frozen=True):
    """Event, of another descriptor: the nodes and the quorum of a ring."""

    ring: Ring
    nodes: tuple[engine.Node, ...]
    quorum: engine.Quorum


class Lost(msgspec.Struct, frozen=True):
    """Event: the connection is gone."""

    reason: str


Ordered = GroupChanged | RingFormed | Received
Event = Connected | Ordered | QuorumSaid | Lost | runtime.TimerFired


class Deliver(msgspec.Struct, frozen=True):
    """Effect: an event of the engine."""

    event: engine.Event


class DeliverMessages(msgspec.Struct, frozen=True):
    """Effect: messages, in their order."""

    messages: list[engine.Delivered]


class Transmit(msgspec.Struct, frozen=True):
    """Effect: multicast one frame, after those before it."""

    frame: bytes


class Refused(msgspec.Struct, frozen=True):
    """Effect: somebody's frame, or somebody, was not taken: for the log."""

    reason: str


Effect = Deliver | DeliverMessages | Transmit | Refused | runtime.SetTimer | runtime.CancelTimer
