"""What goes into and out of the BFD machines. Moments are nanoseconds of CLOCK_BOOTTIME."""

from __future__ import annotations

import enum

import msgspec

from standfast.director.bfd.configuration import Configuration
from standfast.director.bfd.packets import Datagram, Packet
from standfast.director.events import Level


class Timer(enum.StrEnum):
    """A session's timers."""

    TRANSMIT = "transmit"
    DETECT = "detect"


# -- events of one session


class Startup(msgspec.Struct, frozen=True):
    """Event: begin."""


class Shutdown(msgspec.Struct, frozen=True):
    """Event: this speaker ends: whoever relies on it should know at once."""


class Removed(msgspec.Struct, frozen=True):
    """Event: the session is not wanted any more, which says nothing of the path."""


class Disable(msgspec.Struct, frozen=True):
    """Event: hold the session administratively down."""


class Enable(msgspec.Struct, frozen=True):
    """Event: do so no more."""


class PacketReceived(msgspec.Struct, frozen=True):
    """Event: a packet for this session passed the checks that need no session; its TTL and A bit were not looked at."""

    packet: Packet
    ttl: int
    authenticated: bool


class TimerFired(msgspec.Struct, frozen=True):
    """Event: a timer ran out."""

    timer: Timer
    generation: int


SessionEvent = Startup | Shutdown | Removed | Disable | Enable | PacketReceived | TimerFired


# -- events of all


class Configured(msgspec.Struct, frozen=True):
    """Event: these are the sessions now."""

    configuration: Configuration


class Arrived(msgspec.Struct, frozen=True):
    """Event: a datagram came to the port."""

    datagram: Datagram


# -- effects


class Send(msgspec.Struct, frozen=True):
    """Effect: put this on the wire."""

    session: str
    payload: bytes


class SetTimer(msgspec.Struct, frozen=True):
    """Effect: `TimerFired(timer, generation)` at `due_ns`. A later one of the same timer replaces it."""

    session: str
    timer: Timer
    generation: int
    due_ns: int


class CancelTimer(msgspec.Struct, frozen=True):
    """Effect: this timer is not wanted any more."""

    session: str
    timer: Timer


class Changed(msgspec.Struct, frozen=True):
    """Effect: those who follow a session are to know that its path is up or down."""

    session: str
    up: bool


class Closed(msgspec.Struct, frozen=True):
    """Effect: the session is no more."""

    session: str


class Log(msgspec.Struct, frozen=True):
    """Effect: one line."""

    level: Level
    text: str


Effect = Send | SetTimer | CancelTimer | Changed | Closed | Log
