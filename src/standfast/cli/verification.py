"""Checks of a file: CIB XML or the crm shell's language. Every mistake is printed, with its line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from standfast import cib
from standfast.cli import changes
from standfast.cli.live import files, terminal
from standfast.dialects import crm
from standfast.errors import ConfigError, Exit, Report, Severity, StandfastError

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


def _has_errors(reports: list[Report]) -> bool:
    return any(r.severity == Severity.ERROR for r in reports)


def verify(file: str, base: cib.Document | None = None) -> int:
    """Check a file (`-`: standard input) and return the exit status: 78 if something must be edited."""
    text = files.read_text(file)
    name = "standard input" if file == "-" else file
    reports = reports_of(text, name, base)
    terminal.show_reports(reports)
    if not _has_errors(reports):
        return Exit.OK
    count = sum(1 for r in reports if r.severity == Severity.ERROR)
    terminal.complain(f"{name}: {count} mistake{'s' if count != 1 else ''}")
    return Exit.DATA if any(r.code == "cib.not-xml" for r in reports) else Exit.CONFIG


def parser() -> argparse.ArgumentParser:
    """Return the parser of `crm_verify`'s words."""
    made = argparse.ArgumentParser(prog="crm_verify", description=__doc__)
    made.add_argument("-x", "--xml-file", metavar="FILE", help="check this file")
    made.add_argument("-p", "--xml-pipe", action="store_true", help="check standard input")
    made.add_argument("-X", "--xml-text", metavar="TEXT", help="check this text")
    made.add_argument("-V", "--verbose", action="count", default=0, help="accepted; every report is printed anyway")
    return made


def main(argv: Sequence[str]) -> int:
    """Run `crm_verify` and return the exit status."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as end:
        return Exit.USAGE if end.code else Exit.OK
    try:
        if options.xml_text is not None:
            reports = reports_of(options.xml_text, "text")
            terminal.show_reports(reports)
            return Exit.CONFIG if _has_errors(reports) else Exit.OK
        if not options.xml_file and not options.xml_pipe:
            terminal.complain("crm_verify: what is to be checked? (expected --xml-file, --xml-pipe or --xml-text)")
            return Exit.USAGE
        return verify("-" if options.xml_pipe else options.xml_file)
    except StandfastError as error:
        return terminal.failed(error)
