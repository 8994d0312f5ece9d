"""What agents are and how they are called: OCF, LSB, systemd, heartbeat, fence agents."""

from standfast.agents import digests, exits, lsb_header
from standfast.agents.command import Command, command
from standfast.agents.environment import Site, environment
from standfast.agents.invocation import AgentName, ExecutionStatus, Invocation, Ocf, Outcome
from standfast.agents.metadata import Action, Metadata, Parameter, operation_digests
from standfast.agents.metadata import parse as parse_metadata
from standfast.agents.tail import Tail

__all__ = [
    "Action",
    "AgentName",
    "Command",
    "ExecutionStatus",
    "Invocation",
    "Metadata",
    "Ocf",
    "Outcome",
    "Parameter",
    "Site",
    "Tail",
    "command",
    "digests",
    "environment",
    "exits",
    "lsb_header",
    "operation_digests",
    "parse_metadata",
]
