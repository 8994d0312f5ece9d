"""The configuration and status document: Pacemaker's CIB."""

from standfast.cib import (
    constraints,
    disk,
    edits,
    history,
    nodes,
    nvpairs,
    options,
    orders,
    patches,
    properties,
    resources,
    rules,
    status,
    store,
    templates,
    times,
    topology,
    values,
    versions,
)
from standfast.cib.document import BOOTSTRAP_OPTIONS, FEATURE_SET, SCHEMA, SECTIONS, Document, Version
from standfast.cib.edits import Edit
from standfast.cib.history import Agent, OperationRecord
from standfast.cib.rules import Context, Verdict
from standfast.cib.values import INFINITY

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
    "constraints",
    "disk",
    "edits",
    "history",
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
    "values",
    "versions",
]
