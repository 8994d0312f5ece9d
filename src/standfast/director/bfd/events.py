"""What goes into and out of the BFD machines. Moments are nanoseconds of CLOCK_BOOTTIME."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from standfast.director.bfd.configuration import Configuration
from standfast.director.bfd.packets import Datagram, Packet
from standfast.director.events import Level


class Timer(enum.StrEnum):
    """A session's timers."""

    TRANSMIT = "transmit"
    DETECT = "detect"


# -- events of one session


@dataclass(frozen=True, slots=True)
class Startup:
    """Event: begin."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Event: this speaker ends: whoever relies on it should know at once."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Event: the session is not wanted any more, which says nothing of the path."""


@dataclass(frozen=True, slots=True)
class Disable:
    """Event: hold the session administratively down."""


@dataclass(frozen=True, slots=True)
class Enable:
    """Event: do so no more."""


@dataclass(frozen=True, slots=True)
class PacketReceived:
    """Event: a packet for this session passed the checks that need no session; its TTL and A bit were not looked at."""

    packet: Packet
    ttl: int
    authenticated: bool


@dataclass(frozen=True, slots=True)
class TimerFired:
    """Event: a timer ran out."""

    timer: Timer
    generation: int


SessionEvent = Startup | Shutdown | Removed | Disable | Enable | PacketReceived | TimerFired


# -- events of all


@dataclass(frozen=True, slots=True)
class Configured:
    """Event: these are the sessions now."""

    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Arrived:
    """Event: a datagram came to the port."""

    datagram: Datagram


# -- effects


@dataclass(frozen=True, slots=True)
class Send:
    """Effect: put this on the wire."""

    session: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Effect: `TimerFired(timer, generation)` at `due_ns`. A later one of the same timer replaces it."""

    session: str
    timer: Timer
    generation: int
    due_ns: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Effect: this timer is not wanted any more."""

    session: str
    timer: Timer


@dataclass(frozen=True, slots=True)
class Changed:
    """Effect: those who follow a session are to know that its path is up or down."""

    session: str
    up: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """Effect: the session is no more."""

    session: str


@dataclass(frozen=True, slots=True)
class Log:
    """Effect: one line."""

    level: Level
    text: str


Effect = Send | SetTimer | CancelTimer | Changed | Closed | Log
