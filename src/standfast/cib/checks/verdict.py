"""All checks together."""

from __future__ import annotations

from msgspec.structs import replace

from standfast.cib.checks import meanings, references, settings, structure
from standfast.cib.document import Document
from standfast.errors import ConfigError, Place, Report, Severity


def verify(document: Document, file: str = "") -> list[Report]:
    """Return what is wrong with the document, in the order of lines; `file` is named in the places.

    With `validate-with="none"` nothing is an error. The status section is not looked at.
    """
    reports = _schema(document)
    if _has_configuration(document):
        reports += settings.check(document)
    lenient = document.root.get("validate-with") == "none"
    return sorted((_final(r, file, lenient) for r in reports), key=lambda r: (r.place.line, r.severity, r.code))


def errors(document: Document) -> list[Report]:
    """Return the errors alone, for half the price of `verify`; none with `validate-with="none"`."""
    if document.root.get("validate-with") == "none":
        return []
    return [r for r in _schema(document) if r.severity is Severity.ERROR]


def check(document: Document, file: str = "") -> list[Report]:
    """Return the warnings. Raises: ConfigError, with all reports, if at least one is an error."""
    reports = verify(document, file)
    if any(r.severity is Severity.ERROR for r in reports):
        raise ConfigError(reports)
    return reports


def _final(report: Report, file: str, lenient: bool) -> Report:
    severity = Severity.WARNING if lenient and report.severity is Severity.ERROR else report.severity
    return replace(report, place=Place(file, report.place.line, report.place.column), severity=severity)


def _schema(document: Document) -> list[Report]:
    reports = list(structure.check(document.root))
    if _has_configuration(document):
        reports += meanings.check(document.configuration)
        reports += references.check(document)
    return reports


def _has_configuration(document: Document) -> bool:
    return document.root.tag == "cib" and document.root.find("configuration") is not None
