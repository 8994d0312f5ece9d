"""keepalived.conf: its text, tables of its keywords, and what they say as the director's nouns."""

from standfast.dialects.keepalived.findings import Finding, Level, Process, Verdict, as_said, distinct, exit_status
from standfast.dialects.keepalived.source import Source, read_source
from standfast.dialects.keepalived.surroundings import FileState, Imagined, Matches, ScriptState, Surroundings
from standfast.dialects.keepalived.translation import configuration_of, services_of

__all__ = [
    "FileState",
    "Finding",
    "Imagined",
    "Level",
    "Matches",
    "Process",
    "ScriptState",
    "Source",
    "Surroundings",
    "Verdict",
    "as_said",
    "configuration_of",
    "distinct",
    "exit_status",
    "read_source",
    "services_of",
]
