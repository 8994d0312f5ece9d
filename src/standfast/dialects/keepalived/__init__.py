"""keepalived.conf: its text, tables of its keywords, and what they say as the director's nouns."""

from standfast import compiled

compiled.install("reader")

from standfast.dialects.keepalived.bfd_nouns import bfd_of, bfd_running_of
from standfast.dialects.keepalived.findings import Finding, Level, Process, Verdict, as_said, distinct, exit_status
from standfast.dialects.keepalived.plan import changes, full_table, start_table
from standfast.dialects.keepalived.process_nouns import ProcessWide, checkers_running_of, process_wide_of, running_of
from standfast.dialects.keepalived.source import Source, missing, read_source
from standfast.dialects.keepalived.surroundings import FileState, Imagined, Matches, ScriptState, Surroundings
from standfast.dialects.keepalived.translation import configuration_of, services_of
from standfast.dialects.keepalived.unsupported import unsupported
from standfast.dialects.keepalived.vrrp_nouns import VrrpHalf, vrrp_of

__all__ = [
    "FileState",
    "Finding",
    "Imagined",
    "Level",
    "Matches",
    "Process",
    "ProcessWide",
    "ScriptState",
    "Source",
    "Surroundings",
    "Verdict",
    "VrrpHalf",
    "as_said",
    "bfd_of",
    "bfd_running_of",
    "changes",
    "checkers_running_of",
    "configuration_of",
    "distinct",
    "exit_status",
    "full_table",
    "missing",
    "process_wide_of",
    "read_source",
    "running_of",
    "services_of",
    "start_table",
    "unsupported",
    "vrrp_of",
]
