"""Pacemaker's `crm_simulate`: what the cluster would do, and what would become of it."""

from standfast.dialects.crm_simulate.answers import timings, version
from standfast.dialects.crm_simulate.arguments import UnknownFormatError, UsageError, parse
from standfast.dialects.crm_simulate.model import Execution, Model, Result, execute
from standfast.dialects.crm_simulate.program import Output, run

__all__ = [
    "Execution",
    "Model",
    "Output",
    "Result",
    "UnknownFormatError",
    "UsageError",
    "execute",
    "parse",
    "run",
    "timings",
    "version",
]
