"""Pacemaker's `crm_verify`: whether a CIB is valid. Facts: Pacemaker 2.1.5; `--quiet` is of 3.0."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from msgspec.structs import replace

from standfast import __version__, cib
from standfast.cli.live import inputs, terminal
from standfast.cli.verification import has_errors
from standfast.dialects.status import xml
from standfast.errors import ConfigError, Exit, Report, RequestError, Severity, StandfastError

_FORMATS = ("text", "xml")
_FATAL = frozenset(("cib.no-fencing", "cib.duplicate-operation", "cib.on-fail", "cib.target-role", "cib.bad-value"))
"""What is a warning to us, for the cluster goes on with the default, and an error to `crm_verify`."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RequestError(f"crm_verify: {message}", Exit.USAGE)


def parser() -> argparse.ArgumentParser:
    """Return the parser of `crm_verify`'s words."""
    made = _Parser(prog="crm_verify", description="Check a CIB: every mistake is printed, with its line.")
    add = made.add_argument
    add("-L", "--live-check", action="store_true", help="check the running cluster's")
    add("-x", "--xml-file", metavar="FILE", help="check this file")
    add("-p", "--xml-pipe", action="store_true", help="check standard input")
    add("-X", "--xml-text", metavar="TEXT", help="check this text")
    add("-S", "--save-xml", metavar="FILE", help="save what was checked")
    add("-V", "--verbose", action="count", default=0, help="accepted; every report is printed anyway")
    add("-q", "--quiet", action="store_true", help="print nothing: the status says it")
    add("--output-as", metavar="FORMAT", default="text", help="text or xml")
    add("--output-to", metavar="DEST", default="-", help="write to this file (- is standard output)")
    add("--text-fancy", action="store_true", help="accepted")
    add("-$", "--version", action="store_true", help="print the version")
    return made


def main(argv: Sequence[str]) -> int:
    """Run `crm_verify` and return the exit status."""
    try:
        options = parser().parse_args(argv)
        return _run(options, shlex.join(("crm_verify", *argv)))
    except SystemExit as end:
        return Exit.USAGE if end.code else Exit.OK
    except RequestError as error:
        terminal.complain(str(error))
        return error.exit_status
    except StandfastError as error:
        return terminal.failed(error)


def _run(options: argparse.Namespace, request: str) -> int:
    if options.output_as not in _FORMATS:
        message = f"crm_verify: Error creating output format {options.output_as}: Unknown output format"
        raise RequestError(message, Exit.ERROR)
    if options.version:
        terminal.say(f"standfast {__version__}")
        return Exit.OK
    try:
        document, name = _document(options)
        reports = [_as_crm_verify_has_it(r) for r in cib.checks.verify(document, name)]
        if options.save_xml:
            _write(options.save_xml, document.render(pretty=True))
    except ConfigError as error:
        reports = list(error.reports)
    status = Exit.CONFIG if has_errors(reports) else Exit.OK
    _show(options, reports, status, request)
    return status


def _document(options: argparse.Namespace) -> tuple[cib.Document, str]:
    """Return what is to be checked and its name. Raises: ConfigError if it is no XML, RequestError if there is none."""
    if options.live_check:
        return inputs.live_document(), "the daemon's document"
    if options.xml_text is not None:
        return cib.Document.parse(options.xml_text, "text"), "text"
    if options.xml_pipe:
        return inputs.read_document("-"), "standard input"
    if not options.xml_file:
        raise RequestError("crm_verify: No configuration source specified.  Use --help for usage information.")
    try:
        return inputs.read_document(options.xml_file), options.xml_file
    except RequestError as error:
        raise RequestError(f"crm_verify: Couldn't parse input file: {error}") from None


def _as_crm_verify_has_it(report: Report) -> Report:
    return replace(report, severity=Severity.ERROR) if report.code in _FATAL else report


def _show(options: argparse.Namespace, reports: list[Report], status: int, request: str) -> None:
    if options.output_as == "xml":
        text = _xml(reports, status, request)
        if options.output_to == "-":
            terminal.say(text)
        else:
            _write(options.output_to, text.encode())
        return
    if options.quiet:
        return
    terminal.show_reports(reports)
    if status:
        count = sum(1 for r in reports if r.severity is Severity.ERROR)
        mistakes = f"{count} mistake{'s' if count != 1 else ''}"
        terminal.complain(f"crm_verify: Errors found during check: config not valid ({mistakes})")


def _xml(reports: list[Report], status: int, request: str) -> str:
    root = xml.result(request)
    message = "Invalid configuration" if status else "OK"
    made = xml.add(root, "status", {"code": str(int(status)), "message": message})
    if reports:
        section = xml.add(made, "errors", {})
        for report in reports:
            xml.add(section, "error", {}).text = str(report)
    return xml.text(root)


def _write(name: str, data: bytes) -> None:
    try:
        Path(name).write_bytes(data)
    except OSError as e:
        raise RequestError(f"crm_verify: {name}: {e.strerror}", Exit.IO) from None
