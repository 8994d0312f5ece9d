"""crmadmin: who is the DC, and which nodes there are."""

from __future__ import annotations

from standfast.cli.tools import printing
from standfast.cli.tools.client import Api
from standfast.cli.tools.exits import NO_HOST, OK, USAGE, ToolError
from standfast.cli.tools.options import COMMON, OPTIONAL, VALUE, Option, parse

COMMANDS = ("dc_lookup", "nodes", "status", "pacemakerd")
OPTIONS = (
    *COMMON,
    Option("dc_lookup", "D"),
    Option("nodes", "N", OPTIONAL),
    Option("status", "S", VALUE),
    Option("pacemakerd", "P"),
    Option("bash-export", "B"),
    Option("timeout", "t", VALUE),
    Option("quiet", "q"),
)


def main(arguments: list[str]) -> int:
    """Answer the question that the command line asks."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    command = asked.last_of(*COMMANDS)
    if not command:
        raise ToolError(f"one of these is needed: {', '.join('--' + c for c in COMMANDS)}", USAGE)
    status, quiet = Api().read("/v1/status"), asked.has("quiet")
    if command == "dc_lookup":
        if not status["dc"]:
            raise ToolError("No DC is known", NO_HOST)
        printing.out(status["dc"] if quiet else f"Designated Controller is: {status['dc']}")
    elif command == "nodes":
        for n in status["nodes"]:
            printing.out(n["name"] if quiet else f"{n.get('kind', 'member')} node: {n['name']} ({n['id']})")
    else:
        state = {"idle": "S_IDLE", "running": "S_TRANSITION_ENGINE"}[status.get("transition", "idle")]
        state = state if status["dc"] == status["node"] else "S_NOT_DC"
        printing.out(state if quiet else f"Controller on {asked.get('status') or status['node']} in state {state}: ok")
    return OK
