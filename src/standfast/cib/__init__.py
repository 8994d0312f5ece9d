"""The configuration and status document: Pacemaker's CIB."""

from standfast.cib import history, nvpairs, patches, rules, status, templates, times, values, versions
from standfast.cib.document import BOOTSTRAP_OPTIONS, FEATURE_SET, SCHEMA, SECTIONS, Document, Version
from standfast.cib.rules import Context, Verdict
from standfast.cib.values import INFINITY

__all__ = [
    "BOOTSTRAP_OPTIONS",
    "FEATURE_SET",
    "INFINITY",
    "SCHEMA",
    "SECTIONS",
    "Context",
    "Document",
    "Verdict",
    "Version",
    "history",
    "nvpairs",
    "patches",
    "rules",
    "status",
    "templates",
    "times",
    "values",
    "versions",
]
