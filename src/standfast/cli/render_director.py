"""A director's configuration, what is wrong in it and what it changes, as text and as JSON."""

from __future__ import annotations

from standfast.dialects import keepalived
from standfast.errors import Severity

_NAMES = {
    keepalived.Process.PARENT: "keepalived",
    keepalived.Process.CHECKER: "checker",
    keepalived.Process.VRRP: "vrrp",
    keepalived.Process.BFD: "bfd",
}


def findings(source: keepalived.Source) -> list[str]:
    """Return what is wrong, each with its place."""
    found = [str(finding.report) for finding in source.distinct]
    return found + [str(report) for report in keepalived.unsupported(source)]


def verdict(name: str, source: keepalived.Source) -> str:
    """Return in one line what becomes of a configuration."""
    reports = [finding.report for finding in source.distinct]
    errors = sum(report.severity is Severity.ERROR for report in reports)
    warnings = sum(report.severity is Severity.WARNING for report in reports)
    counts = [_count(errors, "error"), _count(warnings, "warning")]
    told = ", ".join(count for count in counts if count)
    stopped = source.stopped
    who = "" if not stopped or len(stopped) == len(_NAMES) else f" ({', '.join(_NAMES[p] for p in sorted(stopped))})"
    return f"{name}: {source.verdict.value}{who}" + (f": {told}" if told else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def as_json(source: keepalived.Source) -> dict[str, object]:
    """Return the verdict and what is wrong as plain values."""
    return {
        "verdict": source.verdict.value,
        "status": source.status,
        "starts": {_NAMES[process]: process not in source.stopped for process in keepalived.Process},
        "findings": [
            {
                "code": report.code, "severity": report.severity.value, "message": report.message,
                "file": report.place.file, "line": report.place.line, "column": report.place.column,
            }
            for report in (finding.report for finding in source.distinct)
        ],
    }  # fmt: skip
