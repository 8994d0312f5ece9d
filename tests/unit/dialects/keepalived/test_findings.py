"""How findings add up to a status and a verdict, and that all their codes are documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import standfast
from standfast.dialects.keepalived import Finding, Level, Process, as_said, distinct, exit_status
from standfast.errors import Place, Severity

SOURCES = Path(standfast.__file__).parent / "dialects/keepalived"
DOCUMENT = Path(__file__).parents[4] / "docs/keepalived.md"
USES = re.compile(r'(?:complain|conclude|_say|_fault|Finding)\(\s*"([a-z-]+)"|_say\([^"\n]+?"[^"]*", "([a-z-]+)"\)')


def finding(level: Level, process: Process = Process.PARENT, order: int = 0, line: int = 1) -> Finding:
    return Finding("value", "a fault", Place("f", line), level, process, order)


@pytest.mark.parametrize(
    ("levels", "status"),
    [
        ([], 0), ([Level.OURS], 0), ([Level.NOTICE], 0), ([Level.FAULT], 5), ([Level.FATAL], 4),
        ([Level.FATAL, Level.FAULT], 5), ([Level.FAULT, Level.SECURITY], 6), ([Level.SECURITY, Level.OURS], 6),
        ([Level.FAULT, Level.MISSING_ARGUMENT], 2), ([Level.CHECKED_INCLUDE, Level.FAULT], 6),
    ],
)  # fmt: skip
def test_a_milder_class_overwrites_a_harsher_one(levels: list[Level], status: int) -> None:
    """keepalived does so; if ours did not, scripts that look at the status would decide otherwise."""
    assert exit_status([finding(level) for level in levels]) == status


def test_nothing_is_said_after_a_missing_argument() -> None:
    """If this failed, `-t` would name lines that keepalived never read."""
    late = finding(Level.FAULT, Process.VRRP, 9)
    fatal = finding(Level.MISSING_ARGUMENT, Process.CHECKER, 5)
    early = finding(Level.FAULT, Process.CHECKER, 3)
    assert as_said([late, fatal, early]) == [early, fatal]


def test_what_several_processes_say_is_told_once() -> None:
    """If this failed, an operator would read every lexical fault four times."""
    four = [finding(Level.FAULT, process) for process in Process]
    assert distinct(four) == [four[0]]
    assert four[0].report.severity is Severity.ERROR
    assert finding(Level.OURS).report.severity is Severity.WARNING


def test_every_code_is_documented() -> None:
    """If this failed, a code in a log would lead nowhere."""
    texts = (path.read_text() for path in SOURCES.glob("*.py"))
    used = {code for text in texts for pair in USES.findall(text) for code in pair if code}
    documented = set(re.findall(r"^\| `keepalived\.([a-z-]+)` \|", DOCUMENT.read_text(), re.MULTILINE))
    assert len(used) > 20
    assert used - documented == set()
