"""Which program a call of the command means: the name it was called with decides, then the first word.

Only that one is imported.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from standfast import garbage
from standfast.errors import Exit

# First word (or name of the link) -> the module whose `main(argv)` is called with the words after it.
PERSONALITIES = {
    "crm": "standfast.cli.crm",
    "configure": "standfast.cli.crm",
    "cib": "standfast.cli.documents",
    "lab": "standfast.lab.main",
    "demo": "standfast.lab.demo",
    "sim": "standfast.sim.main",
    "crm_simulate": "standfast.cli.crm_simulate",
    "crm_verify": "standfast.cli.crm_verify",
    "ipvsadm": "standfast.cli.ipvsadm",
    "keepalived": "standfast.cli.keepalived",
    "genhash": "standfast.cli.genhash",
}
# Pacemaker's tools: `standfast.cli.tools.main(NAME, argv)`. `tools` itself installs them as links.
TOOLS = frozenset(
    (
        "attrd_updater",
        "cibadmin",
        "crm_attribute",
        "crm_failcount",
        "crm_master",
        "crm_mon",
        "crm_node",
        "crm_resource",
        "crm_standby",
        "crmadmin",
        "stonith_admin",
        "tools",
    )
)
_OWN = "standfast.cli.app"


def run(argv: Sequence[str]) -> int:
    """Run what the words say; return the exit status. `argv` begins with the name of the program."""
    name = argv[0].rpartition("/")[2] if argv else "standfast"
    arguments = list(argv[1:])
    if name not in PERSONALITIES and name not in TOOLS:
        first = arguments[0] if arguments else ""
        if first not in PERSONALITIES and first not in TOOLS:
            return _guarded(_OWN, arguments)
        name, arguments = first, arguments[1:]
    if name == "configure":
        name, arguments = "crm", ["configure", *arguments]
    if name in TOOLS:
        return _guarded("standfast.cli.tools", arguments, name)
    return _guarded(PERSONALITIES[name], arguments)


def _imported(module: str) -> ModuleType:
    """Return a module. What modules hold is no garbage: it is not looked through while they come."""
    with garbage.held_back(stays=True):
        return importlib.import_module(module)


def _guarded(module: str, arguments: list[str], *names: str) -> int:
    """Call the module's `main`; an interruption and a closed pipe end quietly."""
    try:
        result = _imported(module).main(*names, arguments)
        sys.stdout.flush()
        return int(result or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stdout = None  # nobody reads: nothing is flushed at the end
        return int(Exit.OK)
