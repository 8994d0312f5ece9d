"""pacemakerd as agents ask it: what version of Pacemaker's tools this is."""

from __future__ import annotations

from standfast.cli.tools import printing
from standfast.cli.tools.exits import OK, UNIMPLEMENTED, ToolError
from standfast.cli.tools.options import COMMON, Option, parse


def main(arguments: list[str]) -> int:
    """Print the version; there is no such daemon to be started."""
    asked = parse((*COMMON, Option("features", "F"), Option("foreground", "f")), arguments)
    if asked.has("version") or asked.has("features"):
        printing.out(printing.VERSION)
        return OK
    raise ToolError("the daemon of this cluster is standfastd", UNIMPLEMENTED)
