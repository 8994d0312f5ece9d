"""The root of what can go wrong, by who must act.

`ConfigError`: somebody edits text; it carries every mistake at once.
`ProtocolError`: a peer (or we) broke a wire's rules.
`LiveError`: the world refused; raised only in `live/`.
`RequestError`: what was asked is impossible now.

What a cluster exists to handle (exit codes, failed probes, lost nodes) is a value, not an exception.
"""

from __future__ import annotations

import enum

from standfast.lean import msgspec


class Severity(enum.StrEnum):
    """How bad a report is: an error refuses the text, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Place(msgspec.Struct, frozen=True):
    """Where a report points: a file's name and a line and column, both from 1; 0 is unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file] + [str(n) for n in (self.line, self.column) if n]
        return ":".join(p for p in parts if p)


class Report(msgspec.Struct, frozen=True):
    """One finding: a code `room.slug`, what was read, what was expected, and where."""

    code: str
    message: str
    expected: str = ""
    place: Place = Place()
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        head = f"{self.place}: " if str(self.place) else ""
        tail = f" (expected {self.expected})" if self.expected else ""
        return f"{head}{self.severity.value}: {self.message}{tail} [{self.code}]"


class StandfastError(Exception):
    """The root of the exceptions that this package raises on purpose."""


class ConfigError(StandfastError):
    """A text that somebody must edit. Invariant: at least one report is an error."""

    def __init__(self, reports: list[Report] | tuple[Report, ...]) -> None:
        assert reports, "a ConfigError says what is wrong"
        self.reports = tuple(reports)
        super().__init__("\n".join(str(r) for r in self.reports))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Report, ...]]]:
        """Return how another process makes it again: of the reports, not of their text."""
        return type(self), (self.reports,)


class ProtocolError(StandfastError):
    """A wire's rules were broken."""


class LocalProtocolError(ProtocolError):
    """We asked for something that the protocol does not allow now."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what the protocol does not allow; it is refused and the rest goes on."""


class LiveError(StandfastError):
    """The world refused: a file, socket, process or kernel. Raised only in `live/`."""


class Exit(enum.IntEnum):
    """Exit statuses of all our commands. Source: `crm_error --exit -l` of Pacemaker 3.0."""

    OK = 0
    ERROR = 1
    USAGE = 64
    DATA = 65
    NO_INPUT = 66
    NO_HOST = 68
    UNAVAILABLE = 69
    SOFTWARE = 70
    IO = 74
    TRY_AGAIN = 75
    PROTOCOL = 76
    NO_PERMISSION = 77
    CONFIG = 78
    DISCONNECTED = 102
    NO_SUCH = 105
    QUORUM = 106
    EXISTS = 108
    OUTDATED = 110
    UNSATISFIED = 113
    TIMEOUT = 124


class RequestError(StandfastError):
    """What was asked is impossible now; `exit_status` is what a command ends with. `reports` say what is wrong with
    what was sent, if that is why."""

    def __init__(self, message: str, exit_status: Exit = Exit.ERROR, reports: tuple[Report, ...] = ()) -> None:
        self.exit_status = exit_status
        self.reports = reports
        super().__init__(message)
