"""What goes into and out of the VRRP machines. Moments and times are nanoseconds of CLOCK_BOOTTIME."""

from __future__ import annotations

import enum

import msgspec

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


class Startup(msgspec.Struct, frozen=True):
    """Event: begin."""


class Shutdown(msgspec.Struct, frozen=True):
    """Event: end; `deleted`: because a reload took the router away."""

    deleted: bool = False


class InterfaceUp(msgspec.Struct, frozen=True):
    """Event: the interface can carry adverts; `source` is its primary address of the router's family."""

    source: bytes


class InterfaceDown(msgspec.Struct, frozen=True):
    """Event: it cannot: down, no carrier, gone, or without an address of the family.

    `lost_source`: it lacks the source address that is tracked.
    """

    lost_source: bool = False


class PacketReceived(msgspec.Struct, frozen=True):
    """Event: a datagram with the router's VRID came on its interface."""

    datagram: Datagram


class TimerFired(msgspec.Struct, frozen=True):
    """Event: a timer ran out."""

    timer: Timer
    generation: int


class TrackChanged(msgspec.Struct, frozen=True):
    """Event: what is tracked by this name reads so."""

    name: str
    reading: Reading


class QueueRead(msgspec.Struct, frozen=True):
    """Event: the sockets hold nothing any more that was there at `ReadQueue`."""


class AddressProbed(msgspec.Struct, frozen=True):
    """Event: somebody asked whether one of its addresses is in use. Source: RFC 5227 §1.1, ARP Probe."""


class Promote(msgspec.Struct, frozen=True):
    """Event: every member of the sync group may become Active."""


class Demote(msgspec.Struct, frozen=True):
    """Event: another member of the sync group is Backup."""


class GroupFault(msgspec.Struct, frozen=True):
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


class Send(msgspec.Struct, frozen=True):
    """Effect: put this on the wire: with its IPv4 header, or in IPv6 without."""

    router: str
    destination: bytes
    packet: bytes


class AddAddresses(msgspec.Struct, frozen=True):
    """Effect: be silent if the router does not accept; then set its addresses, routes and rules."""

    router: str


class RemoveAddresses(msgspec.Struct, frozen=True):
    """Effect: remove its rules, routes and addresses."""

    router: str


class GratuitousArp(msgspec.Struct, frozen=True):
    """Effect: tell the neighbours of each address so many times: ARP, or neighbour advertisements."""

    router: str
    repeat: int


class ArpElsewhere(msgspec.Struct, frozen=True):
    """Effect: tell of one address on each interface that holds some and sends no adverts."""

    router: str


class Probe(msgspec.Struct, frozen=True):
    """Effect: ask whether its addresses are in use: ARP Probes, or neighbour solicitations from no address."""

    router: str


class SetTimer(msgspec.Struct, frozen=True):
    """Effect: `TimerFired(timer, generation)` at `due_ns`. A later one of the same timer replaces it."""

    router: str
    timer: Timer
    generation: int
    due_ns: int


class CancelTimer(msgspec.Struct, frozen=True):
    """Effect: this timer is not wanted any more."""

    router: str
    timer: Timer


class Notify(msgspec.Struct, frozen=True):
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


class PriorityChanged(msgspec.Struct, frozen=True):
    """Effect: what is tracked changed a router's priority."""

    router: str
    active: bool
    priority: int


class LowerHeard(msgspec.Struct, frozen=True):
    """Effect: an Active Router heard a rival of lower priority."""

    router: str
    priority: int


class Wants(msgspec.Struct, frozen=True):
    """Effect, within the machine: a member of a sync group would become Active."""

    router: str


class ReadQueue(msgspec.Struct, frozen=True):
    """Effect: take everything from the sockets, then say `QueueRead`."""

    router: str


class Log(msgspec.Struct, frozen=True):
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
