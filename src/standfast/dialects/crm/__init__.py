"""The crm shell's configure language: text to commands to a changed configuration, and back.

`change(document, text, file, method)` is the whole way: it returns the new document or raises a ConfigError that
holds every mistake of the text.
"""

from __future__ import annotations

from standfast import cib
from standfast.dialects.crm.application import apply
from standfast.dialects.crm.nouns import Method
from standfast.dialects.crm.rendering import render
from standfast.dialects.crm.statements import COMMANDS, Script, read, read_words
from standfast.errors import ConfigError, Report, Severity


def change(
    document: cib.Document, script: Script, method: Method = Method.UPDATE
) -> tuple[cib.Document, tuple[Report, ...]]:
    """Return the document as the script makes it, and the warnings.

    What the document's own checks find and did not find before is reported too, in the script's lines.
    Raises: ConfigError with all reports.
    """
    changed, reports = apply(document, script, method)
    if not any(r.severity == Severity.ERROR for r in reports):
        reports += _findings(document, changed, script.file, reports)
    if any(r.severity == Severity.ERROR for r in reports):
        raise ConfigError(sorted(reports, key=lambda r: (r.place.file, r.place.line, r.place.column)))
    return changed, tuple(reports)


def _findings(document: cib.Document, changed: cib.Document, file: str, reports: list[Report]) -> list[Report]:
    """Return what the checks find that they did not find before, and that is not in the reports already."""
    before = {(r.code, r.message) for r in cib.checks.verify(document)}
    told = {(r.code.partition(".")[2], r.place.line) for r in reports}
    found = [r for r in cib.checks.verify(changed, file) if (r.code, r.message) not in before]
    return [r for r in found if (r.code.partition(".")[2], r.place.line) not in told]


__all__ = ["COMMANDS", "Method", "Script", "apply", "change", "read", "read_words", "render"]
