"""What goes into and out of the director's machine."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from standfast.director import lvs
from standfast.director.checks import Check, Result, Script
from standfast.director.configuration import Configuration
from standfast.director.dataplane import Refusal
from standfast.director.lvs import Address, ServerKey, ServiceKey
from standfast.runtime import CancelTimer, SetTimer, TimerFired


class Target(msgspec.Struct, frozen=True):
    """Whom a check asks: address and port are what connections go to."""

    check: Check
    address: Address
    port: int

    def __str__(self) -> str:
        return str(ServerKey(self.address, self.port))


# -- events


class Configured(msgspec.Struct, frozen=True):
    """Event: do this from now on. The first one starts the director, later ones are reloads.

    At the start, `present` is what stands in the table and `owned` what our predecessor noted to have set there.
    """

    configuration: Configuration
    present: lvs.Table = msgspec.field(default_factory=dict)
    owned: frozenset[ServiceKey] = frozenset()


class Probed(msgspec.Struct, frozen=True):
    """Event: the answer to `Probe` of this number and generation."""

    number: int
    generation: int
    result: Result


class SessionChanged(msgspec.Struct, frozen=True):
    """Event: a BFD session went up or down."""

    name: str
    up: bool


class Refused(msgspec.Struct, frozen=True):
    """Event: the data plane refused changes."""

    refusals: tuple[Refusal, ...]


class ConnectionsCounted(msgspec.Struct, frozen=True):
    """Event: how many connections the real servers of these services have; who is missing is not in the table."""

    counts: Mapping[tuple[ServiceKey, ServerKey], int]


class AddressesChanged(msgspec.Struct, frozen=True):
    """Event: these are this machine's addresses; services with `ha_suspend` ask for them."""

    addresses: frozenset[Address]


class ScriptEnded(msgspec.Struct, frozen=True):
    """Event: a script of `RunScript` came to its end; `trouble` is empty if it ended with 0."""

    number: int
    trouble: str = ""


class Shutdown(msgspec.Struct, frozen=True):
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


class Apply(msgspec.Struct, frozen=True):
    """Effect: make these changes to the table, in order. What is refused comes back as `Refused`."""

    changes: tuple[lvs.Change, ...]


class Flush(msgspec.Struct, frozen=True):
    """Effect: empty the table, whoever filled it."""


class Own(msgspec.Struct, frozen=True):
    """Effect: note on disk that these services are ours, before they are set."""

    services: frozenset[ServiceKey]


class Probe(msgspec.Struct, frozen=True):
    """Effect: after `delay_ms` probe this; the answer is `Probed`. A later one of the same number replaces it.

    `part` is which url is asked.
    """

    number: int
    generation: int
    delay_ms: int
    target: Target
    part: int = 0


class CancelProbe(msgspec.Struct, frozen=True):
    """Effect: this probe is not wanted any more."""

    number: int


class RunScript(msgspec.Struct, frozen=True):
    """Effect: run a script; its end is `ScriptEnded`. It is killed, with its group, after `timeout_ms`."""

    number: int
    object: str
    script: Script
    timeout_ms: int


class Tell(msgspec.Struct, frozen=True):
    """Effect: write a line to the notify FIFOs and to whoever follows the events."""

    line: str


class Log(msgspec.Struct, frozen=True):
    """Effect: one line of the log."""

    level: Level
    text: str


class SendMail(msgspec.Struct, frozen=True):
    """Effect: send a mail about a change."""

    subject: str
    body: str


class CountConnections(msgspec.Struct, frozen=True):
    """Effect: count the connections of these services' real servers: `ConnectionsCounted`."""

    services: tuple[ServiceKey, ...]


class Prepare(msgspec.Struct, frozen=True):
    """Effect: set the kernel's time-outs and synchronisation daemon, open the FIFOs, as configured."""

    configuration: Configuration


class Ready(msgspec.Struct, frozen=True):
    """Effect: the table is set; the first checks follow."""


class Finished(msgspec.Struct, frozen=True):
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
