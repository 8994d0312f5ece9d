"""keepalived.conf: its text, tables of its keywords, and what they say as the director's nouns."""

import importlib
from typing import TYPE_CHECKING

from standfast import compiled

compiled.install("reader")

from standfast.dialects.keepalived.findings import Finding, Level, Process, Verdict, as_said, distinct, exit_status
from standfast.dialects.keepalived.source import Source, missing, read_source
from standfast.dialects.keepalived.surroundings import FileState, Imagined, Matches, ScriptState, Surroundings

if TYPE_CHECKING:
    from standfast.dialects.keepalived.bfd_nouns import bfd_of
    from standfast.dialects.keepalived.halves import BfdHalf, VrrpHalf
    from standfast.dialects.keepalived.plan import changes, full_table, start_table
    from standfast.dialects.keepalived.process_nouns import ProcessWide, checkers_running_of, process_wide_of
    from standfast.dialects.keepalived.translation import configuration_of, services_of
    from standfast.dialects.keepalived.unsupported_words import unsupported
    from standfast.dialects.keepalived.vrrp_nouns import vrrp_of

__all__ = [
    "BfdHalf",
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
    "changes",
    "checkers_running_of",
    "configuration_of",
    "distinct",
    "exit_status",
    "full_table",
    "missing",
    "process_wide_of",
    "read_source",
    "services_of",
    "start_table",
    "unsupported",
    "vrrp_of",
]

# What is made of a configuration that was read is imported when it is first asked for: `keepalived -t` only reads, and
# few configurations have a VRRP or a BFD half.
_HOMES = {
    "BfdHalf": "halves",
    "ProcessWide": "process_nouns",
    "VrrpHalf": "halves",
    "bfd_of": "bfd_nouns",
    "changes": "plan",
    "checkers_running_of": "process_nouns",
    "configuration_of": "translation",
    "full_table": "plan",
    "process_wide_of": "process_nouns",
    "services_of": "translation",
    "start_table": "plan",
    "unsupported": "unsupported_words",
    "vrrp_of": "vrrp_nouns",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return a name of the door that was not asked for yet. Raises: AttributeError if it is none."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        return found
