"""The terminal: whether there is one, its colours, and where messages go."""

from __future__ import annotations

import os
import sys
import time

from standfast.cli.style import Style
from standfast.errors import ConfigError, Exit, LiveError, ProtocolError, Report, RequestError, Severity, StandfastError


def style() -> Style:
    """Return whether output is coloured: on a terminal only, and not with NO_COLOR. Source: no-color.org."""
    return Style(sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


def say(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print a message that is no result."""
    sys.stderr.write(text if text.endswith("\n") else text + "\n")


def show_reports(reports: list[Report] | tuple[Report, ...]) -> None:
    """Print reports, one a line."""
    for report in reports:
        complain(str(report))


def clear() -> None:
    """Begin a fresh screen, if there is one."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[H\x1b[2J")


def wait(seconds: float) -> None:
    """Wait before the next look."""
    time.sleep(seconds)


def today() -> tuple[float, int]:
    """Return now in seconds since 1970 and the local offset from UTC in seconds."""
    now = time.time()
    return now, time.localtime(now).tm_gmtoff


def failed(error: StandfastError) -> int:
    """Say what went wrong and return the exit status for it."""
    if isinstance(error, ConfigError):
        show_reports(error.reports)
        errors = sum(1 for r in error.reports if r.severity == Severity.ERROR)
        complain(f"standfast: {errors} mistake{'s' if errors != 1 else ''}; nothing was changed")
        return int(Exit.CONFIG)
    complain(f"standfast: {error}")
    if isinstance(error, RequestError):
        return int(error.exit_status)
    if isinstance(error, LiveError):
        return int(getattr(error, "exit_status", Exit.DISCONNECTED))
    return int(Exit.PROTOCOL if isinstance(error, ProtocolError) else Exit.ERROR)
