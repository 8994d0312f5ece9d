"""What can be tracked besides interfaces: scripts, files, processes. Source: keepalived.conf(5)."""

from __future__ import annotations

import enum

import msgspec

from standfast.director.checks import Script

NAME_LENGTH_MAX = 15
"""A process's name is no longer in the kernel. Source: proc(5), /proc/pid/comm."""


class TrackKind(enum.StrEnum):
    """What kinds there are: `Tracked` names a thing by its kind, a colon and its name, `script:chk_nginx`."""

    INTERFACE = "interface"
    SCRIPT = "script"
    FILE = "file"
    PROCESS = "process"
    BFD = "bfd"

    def named(self, name: str) -> str:
        """Return how a thing of this kind is called in `Tracked`."""
        return f"{self}:{name}"


class TrackScript(msgspec.Struct, frozen=True):
    """A script that is run again and again, up while it ends with 0: `vrrp_script`.

    A time-out (0: the interval) is a failure. `init_fail`: it is down, and not unknown, until it succeeded.
    """

    name: str
    script: Script
    interval_ms: int = 1000
    timeout_ms: int = 0
    rise: int = 1
    fall: int = 1
    weight: int = 0
    reverse: bool = False
    init_fail: bool = False

    @property
    def limit_ms(self) -> int:
        """Return how long it may run."""
        return self.timeout_ms or self.interval_ms


class TrackFile(msgspec.Struct, frozen=True):
    """A file with a number, which counts as often as the weight says: `track_file`. No file and no number are 0.

    `init_value` is written at the start if there is no file, or whatever there is with `overwrite`.
    """

    name: str
    path: str
    weight: int = 1
    reverse: bool = False
    init_value: int | None = None
    overwrite: bool = False


class Parameters(enum.Enum):
    """How a process's parameters are compared: `param_match`."""

    ANY = "any"
    """Not at all."""
    EXACT = "exact"
    PARTIAL = "partial"
    """The first ones are those."""
    INITIAL = "initial"
    """The first ones are those, and the last of them may be longer."""


class TrackProcess(msgspec.Struct, frozen=True):
    """Processes of one name, up while at least `quorum` and at most `quorum_max` of them run: `vrrp_track_process`.

    The name is the kernel's (/proc/pid/comm), with `full_command` or parameters the first word of the command line.
    The delays pass before a change counts: `fork_delay_ms` when a fork made enough of them, `terminate_delay_ms` when
    an end left too few. The weight is 0 in keepalived 2.2.7, whatever its manual says.
    """

    name: str
    process: str
    arguments: tuple[str, ...] = ()
    match: Parameters = Parameters.ANY
    full_command: bool = False
    weight: int = 0
    reverse: bool = False
    quorum: int = 1
    quorum_max: int = 65535
    fork_delay_ms: int = 0
    terminate_delay_ms: int = 0

    @property
    def by_command_line(self) -> bool:
        """Return whether the command line is looked at."""
        return self.full_command or self.match is not Parameters.ANY
