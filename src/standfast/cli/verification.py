"""Checks of a file: CIB XML or the crm shell's language. Every mistake is printed, with its line."""

from __future__ import annotations

from standfast import cib
from standfast.cli import changes
from standfast.cli.live import files, terminal
from standfast.dialects import crm
from standfast.errors import ConfigError, Exit, Report, Severity

EMPTY = (
    '<cib validate-with="pacemaker-3.9" epoch="0" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/>'
    "<resources/><constraints/></configuration><status/></cib>"
)


def reports_of(text: str, file: str, base: cib.Document | None = None) -> list[Report]:
    """Return all that is wrong or doubtful in a text; `base` is what it is loaded into, if that is not empty."""
    try:
        if changes.is_xml(text):
            return cib.checks.verify(cib.Document.parse(text, file), file)
        return list(crm.change(base or cib.Document.parse(EMPTY), crm.read(text, file))[1])
    except ConfigError as error:
        return list(error.reports)


def has_errors(reports: list[Report]) -> bool:
    """Return whether something must be edited."""
    return any(r.severity == Severity.ERROR for r in reports)


def verify(file: str, base: cib.Document | None = None) -> int:
    """Check a file (`-`: standard input) and return the exit status: 78 if something must be edited."""
    text = files.read_text(file)
    name = "standard input" if file == "-" else file
    reports = reports_of(text, name, base)
    terminal.show_reports(reports)
    if not has_errors(reports):
        return Exit.OK
    count = sum(1 for r in reports if r.severity == Severity.ERROR)
    terminal.complain(f"{name}: {count} mistake{'s' if count != 1 else ''}")
    return Exit.DATA if any(r.code == "cib.not-xml" for r in reports) else Exit.CONFIG
