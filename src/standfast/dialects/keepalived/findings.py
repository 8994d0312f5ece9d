"""What is wrong in a configuration, how badly, and what follows from it for the daemon and for `-t`."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from standfast.errors import Place, Report, Severity

OWN_KEYWORD = "own-keyword"
"""What keepalived does not know and we do: a fault for it, and none for us."""


class Process(enum.IntEnum):
    """Keepalived's processes, in the order in which `-t` lets them read the text; each knows other blocks."""

    PARENT = 0
    CHECKER = 1
    VRRP = 2
    BFD = 3


class Level(enum.IntEnum):
    """How bad a finding is; of several the greatest decides the exit status, as with keepalived.

    OURS is what keepalived does not notice, NOTICE what it says without ending otherwise. From FILE_MISSING to FATAL
    it says that it cannot run, with FAULT it would; SECURITY is about scripts. MISSING_ARGUMENT ends reading at once.
    """

    OURS = -1
    NOTICE = 0
    FILE_MISSING = 1
    BAD_INTERFACE = 2
    FATAL = 3
    FAULT = 4
    SECURITY = 5
    MISSING_ARGUMENT = 6
    CHECKED_INCLUDE = 7


class Finding(msgspec.Struct, frozen=True):
    """One finding. `order` is the place in the sequence of a process's reading; `stops`: this process does not run.
    `lined`: keepalived names the line; it does not for what it concludes from the whole."""

    code: str
    message: str
    place: Place
    level: Level = Level.FAULT
    process: Process = Process.PARENT
    order: int = 0
    stops: bool = False
    lined: bool = True
    expected: str = ""

    @property
    def report(self) -> Report:
        """Return it as a report; what keepalived does not notice and mere notices are warnings."""
        severity = Severity.ERROR if self.level > Level.NOTICE else Severity.WARNING
        if self.code == OWN_KEYWORD:
            severity = Severity.INFO
        return Report(f"keepalived.{self.code}", self.message, self.expected, self.place, severity)

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """Return what several processes say alike."""
        return self.code, self.message, self.place.file, self.place.line


class Verdict(enum.StrEnum):
    """What becomes of a configuration."""

    CLEAN = "clean"
    FAULTS = "runs with faults"
    STOPS = "does not start"


_STATUS = {
    Level.OURS: 0, Level.NOTICE: 0, Level.FILE_MISSING: 4, Level.BAD_INTERFACE: 4, Level.FATAL: 4, Level.FAULT: 5,
    Level.SECURITY: 6, Level.MISSING_ARGUMENT: 2, Level.CHECKED_INCLUDE: 6,
}  # fmt: skip


def exit_status(findings: Iterable[Finding]) -> int:
    """Return the exit status of `keepalived -t`: a milder class overwrites a harsher one."""
    said = as_said(findings)
    return _STATUS[max((f.level for f in said), default=Level.NOTICE)]


def as_said(findings: Iterable[Finding]) -> list[Finding]:
    """Return what keepalived would say, in its order: nothing after what ends its reading.

    A checked include that is missing lets the first process read on to its end; no other then starts.
    """
    said: list[Finding] = []
    last = Process.BFD
    for finding in sorted(findings, key=lambda f: (f.process, f.order)):
        if finding.level is Level.OURS or finding.process > last:
            continue
        said.append(finding)
        if finding.level is Level.MISSING_ARGUMENT:
            break
        if finding.level is Level.CHECKED_INCLUDE:
            last = Process.PARENT
    return said


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by place, each that several processes make only once."""
    seen = {finding.identity: finding for finding in reversed(list(findings))}
    return sorted(seen.values(), key=lambda f: (f.place.line == 0, f.place.file, f.place.line, f.process, f.order))
