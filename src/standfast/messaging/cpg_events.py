"""What a closed process group and votequorum say, and what the machine of `ringing` wants done."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import msgspec

from standfast import runtime
from standfast.messaging import cpg_nouns, engine


@dataclass(frozen=True, slots=True, order=True)
class Process:
    """A member of the process group: one daemon's connection on a node."""

    node_id: int
    pid: int


@dataclass(frozen=True, slots=True, order=True)
class Ring:
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


@dataclass(frozen=True, slots=True)
class Connected:
    """Event: a new connection; `me` will be in the group. `floor`: no view that this node had is above it."""

    me: Process
    floor: int = 0


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """Event, in the agreed order: the group's members now. A change of the ring says so before its `RingFormed`."""

    members: frozenset[Process]
    joined: tuple[tuple[Process, Reason], ...] = ()
    left: tuple[tuple[Process, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class RingFormed:
    """Event, in the agreed order: a ring, after all that it changes in the group."""

    ring: Ring


class Received(msgspec.Struct, frozen=True):
    """Event, in the agreed order: one frame, as it came or as it was read."""

    sender: Process
    frame: bytes | cpg_nouns.Frame


@dataclass(frozen=True, slots=True)
class QuorumSaid:
    """Event, of another descriptor: the nodes and the quorum of a ring."""

    ring: Ring
    nodes: tuple[engine.Node, ...]
    quorum: engine.Quorum


@dataclass(frozen=True, slots=True)
class Lost:
    """Event: the connection is gone."""

    reason: str


Ordered = GroupChanged | RingFormed | Received
Event = Connected | Ordered | QuorumSaid | Lost | runtime.TimerFired


@dataclass(frozen=True, slots=True)
class Deliver:
    """Effect: an event of the engine."""

    event: engine.Event


class DeliverMessages(msgspec.Struct, frozen=True):
    """Effect: messages, in their order."""

    messages: list[engine.Delivered]


@dataclass(frozen=True, slots=True)
class Transmit:
    """Effect: multicast one frame, after those before it."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Effect: somebody's frame, or somebody, was not taken: for the log."""

    reason: str


Effect = Deliver | DeliverMessages | Transmit | Refused | runtime.SetTimer | runtime.CancelTimer
