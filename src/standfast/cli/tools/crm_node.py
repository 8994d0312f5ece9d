"""crm_node: names and ids of nodes, members of the partition, quorum."""

from __future__ import annotations

import os

from standfast.cli.tools import printing
from standfast.cli.tools.client import ON_NODE, Api
from standfast.cli.tools.exits import NO_SUCH, OK, UNIMPLEMENTED, USAGE, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMMANDS = ("name", "cluster-id", "list", "partition", "quorum", "name-for-id", "remove")
OPTIONS = (
    *COMMON,
    Option("name", "n"),
    Option("cluster-id", "i"),
    Option("list", "l"),
    Option("partition", "p"),
    Option("quorum", "q"),
    Option("name-for-id", "N", VALUE),
    Option("remove", "R", VALUE),
    Option("force", "f"),
    Option("quiet", "Q"),
)


def main(arguments: list[str]) -> int:
    """Answer the question that the command line asks."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    command = asked.last_of(*COMMANDS)
    if command == "remove":
        raise ToolError("a node is removed by `standfast node delete NAME`", UNIMPLEMENTED)
    if not command:
        raise ToolError(f"one of these is needed: {', '.join('--' + c for c in COMMANDS)}", USAGE)
    if command == "name" and (name := os.environ.get(ON_NODE)):
        printing.out(name)
        return OK
    for line in _answer(command, asked.get("name-for-id"), Api().read("/v1/status")):
        printing.out(line)
    return OK


def _answer(command: str, number: str, status: dict[str, Any]) -> list[str]:
    nodes = [n for n in status["nodes"] if n.get("kind", "member") == "member"]
    match command:
        case "name":
            return [status["node"]]
        case "list":
            return [f"{n['id']} {n['name']} {'member' if n['online'] else 'lost'}" for n in nodes]
        case "partition":
            return ["".join(f"{n['name']} " for n in nodes if n["online"])]
        case "quorum":
            return ["1" if status["quorum"]["quorate"] else "0"]
        case "name-for-id":
            found = [n["name"] for n in nodes if str(n["id"]) == number]
        case _:
            found = [str(n["id"]) for n in nodes if n["name"] == status["node"]]
    if not found:
        raise ToolError(f"Node {number or status['node']} is not known", NO_SUCH)
    return found
