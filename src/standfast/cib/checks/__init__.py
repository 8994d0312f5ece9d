"""Whether a document is a valid CIB: every mistake at once, with its line and what was expected."""

from standfast.cib.checks.verdict import check, errors, verify

__all__ = ["check", "errors", "verify"]
