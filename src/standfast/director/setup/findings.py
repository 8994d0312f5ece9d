"""What the doctor says: what is wrong, why it hurts, and the cure."""

from __future__ import annotations

import msgspec

from standfast.errors import Severity


class Finding(msgspec.Struct, frozen=True):
    """One mistake, about a real server, a virtual service or this machine (`subject`)."""

    code: str
    severity: Severity
    subject: str
    what: str
    why: str
    cure: str


def error(code: str, subject: object, what: str, why: str, cure: str) -> Finding:
    """Return a mistake by which connections fail."""
    return Finding(f"director.{code}", Severity.ERROR, str(subject), what, why, cure)


def warning(code: str, subject: object, what: str, why: str, cure: str) -> Finding:
    """Return a mistake by which connections fail under some condition."""
    return Finding(f"director.{code}", Severity.WARNING, str(subject), what, why, cure)
