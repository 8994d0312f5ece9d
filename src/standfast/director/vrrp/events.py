"""What goes into and out of the VRRP machines. Moments and times are nanoseconds of CLOCK_BOOTTIME."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from standfast.director.events import Level
from standfast.director.vrrp.packets import Datagram
from standfast.director.vrrp.tracking import Reading


class State(enum.StrEnum):
    """Of a virtual router or a sync group. Source: RFC 9568 §6.3; FAULT is keepalived's: it cannot take part now."""

    INITIALIZE = "initialize"
    BACKUP = "backup"
    ACTIVE = "active"
    FAULT = "fault"


class Timer(enum.StrEnum):
    """A virtual router's timers: the first two by their names in RFC 9568 §6.2."""

    ACTIVE_DOWN = "Active_Down_Timer"
    ADVER = "Adver_Timer"
    GARP_DELAY = "garp delay"
    GARP_REFRESH = "garp refresh"
    GARP_EXTRA = "garp elsewhere"


# -- events of one virtual router


@dataclass(frozen=True, slots=True)
class Startup:
    """Event: begin."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Event: end; `deleted`: because a reload took the router away."""

    deleted: bool = False


@dataclass(frozen=True, slots=True)
class InterfaceUp:
    """Event: the interface can carry adverts; `source` is its primary address of the router's family."""

    source: bytes


@dataclass(frozen=True, slots=True)
class InterfaceDown:
    """Event: it cannot: down, no carrier, gone, or without an address of the family.

    `lost_source`: it lacks the source address that is tracked.
    """

    lost_source: bool = False


@dataclass(frozen=True, slots=True)
class PacketReceived:
    """Event: a datagram with the router's VRID came on its interface."""

    datagram: Datagram


@dataclass(frozen=True, slots=True)
class TimerFired:
    """Event: a timer ran out."""

    timer: Timer
    generation: int


@dataclass(frozen=True, slots=True)
class TrackChanged:
    """Event: what is tracked by this name reads so."""

    name: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class QueueRead:
    """Event: the sockets hold nothing any more that was there at `ReadQueue`."""


@dataclass(frozen=True, slots=True)
class AddressProbed:
    """Event: somebody asked whether one of its addresses is in use. Source: RFC 5227 §1.1, ARP Probe."""


@dataclass(frozen=True, slots=True)
class Promote:
    """Event: every member of the sync group may become Active."""


@dataclass(frozen=True, slots=True)
class Demote:
    """Event: another member of the sync group is Backup."""


@dataclass(frozen=True, slots=True)
class GroupFault:
    """Event: another member of the sync group is in FAULT, or none is any more."""

    faulty: bool


RouterEvent = (
    Startup
    | Shutdown
    | InterfaceUp
    | InterfaceDown
    | PacketReceived
    | TimerFired
    | TrackChanged
    | QueueRead
    | AddressProbed
    | Promote
    | Demote
    | GroupFault
)


# -- effects


@dataclass(frozen=True, slots=True)
class Send:
    """Effect: put this on the wire: with its IPv4 header, or in IPv6 without."""

    router: str
    destination: bytes
    packet: bytes


@dataclass(frozen=True, slots=True)
class AddAddresses:
    """Effect: be silent if the router does not accept; then set its addresses, routes and rules."""

    router: str


@dataclass(frozen=True, slots=True)
class RemoveAddresses:
    """Effect: remove its rules, routes and addresses."""

    router: str


@dataclass(frozen=True, slots=True)
class GratuitousArp:
    """Effect: tell the neighbours of each address so many times: ARP, or neighbour advertisements."""

    router: str
    repeat: int


@dataclass(frozen=True, slots=True)
class ArpElsewhere:
    """Effect: tell of one address on each interface that holds some and sends no adverts."""

    router: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Effect: ask whether its addresses are in use: ARP Probes, or neighbour solicitations from no address."""

    router: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Effect: `TimerFired(timer, generation)` at `due_ns`. A later one of the same timer replaces it."""

    router: str
    timer: Timer
    generation: int
    due_ns: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Effect: this timer is not wanted any more."""

    router: str
    timer: Timer


@dataclass(frozen=True, slots=True)
class Notify:
    """Effect: a router or (`of_group`) a sync group is in another state; groups have priority 0."""

    name: str
    state: State
    priority: int
    of_group: bool = False
    quietly: bool = False
    """Whether scripts are not run: the sync group's were."""
    deleted: bool = False
    """Whether it ends because a reload took it away."""
    to_fifos_only: bool = False
    """Whether nothing changed, and only FIFOs are told again."""


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """Effect: what is tracked changed a router's priority."""

    router: str
    active: bool
    priority: int


@dataclass(frozen=True, slots=True)
class LowerHeard:
    """Effect: an Active Router heard a rival of lower priority."""

    router: str
    priority: int


@dataclass(frozen=True, slots=True)
class Wants:
    """Effect, within the machine: a member of a sync group would become Active."""

    router: str


@dataclass(frozen=True, slots=True)
class ReadQueue:
    """Effect: take everything from the sockets, then say `QueueRead`."""

    router: str


@dataclass(frozen=True, slots=True)
class Log:
    """Effect: one line."""

    level: Level
    text: str


Effect = (
    Send
    | AddAddresses
    | RemoveAddresses
    | GratuitousArp
    | ArpElsewhere
    | Probe
    | SetTimer
    | CancelTimer
    | Notify
    | PriorityChanged
    | LowerHeard
    | Wants
    | ReadQueue
    | Log
)
