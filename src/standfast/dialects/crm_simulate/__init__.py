"""Pacemaker's `crm_simulate`: what the cluster would do, and what would become of it."""

from standfast.dialects.crm_simulate.answers import timings, version
from standfast.dialects.crm_simulate.arguments import UnknownFormatError, UsageError, parse
from standfast.dialects.crm_simulate.execution import Execution, execute
from standfast.dialects.crm_simulate.known import Operation
from standfast.dialects.crm_simulate.model import Model
from standfast.dialects.crm_simulate.program import Output, run

__all__ = [
    "Execution",
    "Model",
    "Operation",
    "Output",
    "UnknownFormatError",
    "UsageError",
    "execute",
    "parse",
    "run",
    "timings",
    "version",
]
