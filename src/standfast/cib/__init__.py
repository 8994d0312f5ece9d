"""The configuration and status document: Pacemaker's CIB."""

import importlib
from typing import TYPE_CHECKING

from standfast import compiled

compiled.install("scheduler")

from standfast.cib import nvpairs, rules, templates, times, upgrade, values
from standfast.cib.document import BOOTSTRAP_OPTIONS, FEATURE_SET, SCHEMA, SECTIONS, Document, Version, line_of
from standfast.cib.rules import Context, Verdict
from standfast.cib.values import INFINITY

if TYPE_CHECKING:
    from standfast.cib import (
        checks,
        constraints,
        disk,
        edits,
        history,
        nodes,
        options,
        orders,
        patches,
        properties,
        resources,
        status,
        store,
        topology,
        versions,
    )
    from standfast.cib.checks import check, verify
    from standfast.cib.edits import Edit
    from standfast.cib.history import Agent, OperationRecord

__all__ = [
    "BOOTSTRAP_OPTIONS",
    "FEATURE_SET",
    "INFINITY",
    "SCHEMA",
    "SECTIONS",
    "Agent",
    "Context",
    "Document",
    "Edit",
    "OperationRecord",
    "Verdict",
    "Version",
    "check",
    "checks",
    "constraints",
    "disk",
    "edits",
    "history",
    "line_of",
    "nodes",
    "nvpairs",
    "options",
    "orders",
    "patches",
    "properties",
    "resources",
    "rules",
    "status",
    "store",
    "templates",
    "times",
    "topology",
    "upgrade",
    "values",
    "verify",
    "versions",
]

# What the scheduler does not need is imported when it is first asked for: a command that only schedules starts sooner.
_HOMES = {"Agent": "history", "Edit": "edits", "OperationRecord": "history", "check": "checks", "verify": "checks"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return a name of the door that was not asked for yet. Raises: AttributeError if it is none."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(f"{__name__}.{_HOMES.get(name, name)}")
        found = globals()[name] = getattr(module, name) if name in _HOMES else module
        return found
