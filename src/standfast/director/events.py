"""What goes into and out of the director's machine."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from standfast.director import lvs
from standfast.director.checks import Check, Result, Script
from standfast.director.configuration import Configuration
from standfast.director.dataplane import Refusal
from standfast.director.lvs import Address, ServerKey, ServiceKey
from standfast.runtime import CancelTimer, SetTimer, TimerFired


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a check asks: address and port are what connections go to."""

    check: Check
    address: Address
    port: int

    def __str__(self) -> str:
        return str(ServerKey(self.address, self.port))


# -- events


@dataclass(frozen=True, slots=True)
class Configured:
    """Event: do this from now on. The first one starts the director, later ones are reloads.

    At the start, `present` is what stands in the table and `owned` what our predecessor noted to have set there.
    """

    configuration: Configuration
    present: lvs.Table = field(default_factory=dict)
    owned: frozenset[ServiceKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Probed:
    """Event: the answer to `Probe` of this number and generation."""

    number: int
    generation: int
    result: Result


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """Event: a BFD session went up or down."""

    name: str
    up: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Event: the data plane refused changes."""

    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class ConnectionsCounted:
    """Event: how many connections the real servers of these services have; who is missing is not in the table."""

    counts: Mapping[tuple[ServiceKey, ServerKey], int]


@dataclass(frozen=True, slots=True)
class AddressesChanged:
    """Event: these are this machine's addresses; services with `ha_suspend` ask for them."""

    addresses: frozenset[Address]


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """Event: a script of `RunScript` came to its end; `trouble` is empty if it ended with 0."""

    number: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Event: end. `keep_table`: what is set stays for a successor that takes over."""

    keep_table: bool = False


Event = (
    Configured
    | Probed
    | SessionChanged
    | Refused
    | ConnectionsCounted
    | AddressesChanged
    | ScriptEnded
    | Shutdown
    | TimerFired
)

# -- effects


class Level(enum.IntEnum):
    """How serious a log line is; the numbers are those of the logging library, notice between info and warning."""

    DEBUG = 10
    INFO = 20
    NOTICE = 25
    WARNING = 30
    ERROR = 40


@dataclass(frozen=True, slots=True)
class Apply:
    """Effect: make these changes to the table, in order. What is refused comes back as `Refused`."""

    changes: tuple[lvs.Change, ...]


@dataclass(frozen=True, slots=True)
class Flush:
    """Effect: empty the table, whoever filled it."""


@dataclass(frozen=True, slots=True)
class Own:
    """Effect: note on disk that these services are ours, before they are set."""

    services: frozenset[ServiceKey]


@dataclass(frozen=True, slots=True)
class Probe:
    """Effect: after `delay_ms` probe this; the answer is `Probed`. A later one of the same number replaces it.

    `part` is which url is asked.
    """

    number: int
    generation: int
    delay_ms: int
    target: Target
    part: int = 0


@dataclass(frozen=True, slots=True)
class CancelProbe:
    """Effect: this probe is not wanted any more."""

    number: int


@dataclass(frozen=True, slots=True)
class RunScript:
    """Effect: run a script; its end is `ScriptEnded`. It is killed, with its group, after `timeout_ms`."""

    number: int
    object: str
    script: Script
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Effect: write a line to the notify FIFOs and to whoever follows the events."""

    line: str


@dataclass(frozen=True, slots=True)
class Log:
    """Effect: one line of the log."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class SendMail:
    """Effect: send a mail about a change."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class CountConnections:
    """Effect: count the connections of these services' real servers: `ConnectionsCounted`."""

    services: tuple[ServiceKey, ...]


@dataclass(frozen=True, slots=True)
class Prepare:
    """Effect: set the kernel's time-outs and synchronisation daemon, open the FIFOs, as configured."""

    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Ready:
    """Effect: the table is set; the first checks follow."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Effect: all is done; the process may end."""


Effect = (
    Apply
    | Flush
    | Own
    | Probe
    | CancelProbe
    | RunScript
    | Tell
    | Log
    | SendMail
    | CountConnections
    | Prepare
    | Ready
    | Finished
    | SetTimer
    | CancelTimer
)
