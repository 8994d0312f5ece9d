"""Pacemaker's command line tools as agents and operators call them, on the standard library alone.

They start as `python3 -S -E -s launch.py NAME …` and talk to the daemon over its Unix socket; see `installing` for the
launchers. Agents call them many times a minute: each is answered in well under 100 ms.
"""

from __future__ import annotations

import importlib
import sys

from standfast.cli.tools.exits import OK, USAGE, ToolError

NAMES = (
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
    "pacemakerd",
    "stonith_admin",
)
"""The tools. `tools` besides them installs their launchers."""

PERSONALITIES = {"ipvsadm": "standfast.cli.ipvsadm", "genhash": "standfast.cli.genhash"}
"""Programs of other suites that get a launcher, too; they also need `msgspec`."""


def main(name: str, arguments: list[str]) -> int:
    """Run a tool; return its exit status. What it cannot do is said in one line."""
    if name == "tools":
        name = "installing"
    elif name not in NAMES and name not in PERSONALITIES:
        sys.stderr.write(f"{name}: there is no such tool; these are: {', '.join(NAMES)}\n")
        return USAGE
    try:
        module = PERSONALITIES.get(name, f"standfast.cli.tools.{name}")
        status = importlib.import_module(module).main(list(arguments))
        sys.stdout.flush()
        return int(status)
    except ToolError as e:
        sys.stdout.flush()
        sys.stderr.write(f"{name}: {e}\n")
        return e.status
    except BrokenPipeError:
        sys.stdout = None  # nobody reads: nothing is flushed at the end
        return OK
    except KeyboardInterrupt:
        return 130


__all__ = ["NAMES", "PERSONALITIES", "main"]
