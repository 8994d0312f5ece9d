"""attrd_updater: transient and private node attributes, with dampening."""

from __future__ import annotations

from standfast.cli.tools import printing, tree
from standfast.cli.tools.client import Api
from standfast.cli.tools.durations import milliseconds
from standfast.cli.tools.exits import NO_SUCH, OK, USAGE, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, Options, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COMMANDS = ("update", "update-both", "update-delay", "query", "delete", "refresh")
OPTIONS = (
    *COMMON,
    Option("name", "n", VALUE, "attribute"),
    Option("pattern", "P", VALUE),
    Option("update", "Uv", VALUE),
    Option("update-both", "B", VALUE),
    Option("update-delay", "Y"),
    Option("query", "Q"),
    Option("delete", "D"),
    Option("refresh", "R"),
    Option("delay", "d", VALUE, "dampening"),
    Option("set", "sS", VALUE),
    Option("node", "N", VALUE),
    Option("all", "A"),
    Option("lifetime", "l", VALUE),
    Option("private", "p"),
    Option("quiet", "q"),
)


def main(arguments: list[str]) -> int:
    """Query, set or unset an attribute."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    command = asked.last_of(*COMMANDS)
    if not command:
        raise ToolError(f"one of these is needed: {', '.join('--' + c for c in COMMANDS)}", USAGE)
    if command == "refresh":
        return OK  # the document holds every value always
    if not asked.get("name") and not asked.get("pattern"):
        raise ToolError("Must specify attribute name with -n or pattern with -P", USAGE)
    api = Api()
    if command == "query":
        return _query(api, asked, " ".join(["attrd_updater", *arguments]))
    if command in ("update-both", "update-delay") and not asked.has("delay"):
        raise ToolError(f"--{command} requires a delay", USAGE)
    api.post("/v1/attributes", _update(api, asked, command))
    return OK


def _update(api: Api, asked: Options, command: str) -> dict[str, Any]:
    node, name = api.target_node(asked.get("node")), asked.get("name")
    body: dict[str, Any] = {
        "node": node,
        "name": name,
        "value": None if command == "delete" else asked.get(command),
        "lifetime": "private" if asked.has("private") else "reboot",
        "set_id": asked.get("set"),
        "pattern": asked.get("pattern"),
    }
    if command == "update-delay":
        body["value"] = next((a["value"] for a in _read(api, name, node)), "")
    if asked.has("delay"):
        body["dampening_ms"] = milliseconds(asked.get("delay"))
    return body


def _read(api: Api, name: str, node: str) -> list[dict[str, Any]]:
    """Return the transient and private values of a name."""
    found = api.read("/v1/attributes", name=name, node=node)
    return [a for a in found if a["name"] == name and a.get("lifetime", "reboot") != "forever"]


def _query(api: Api, asked: Options, request: str) -> int:
    name = asked.get("name")
    node = "" if asked.has("all") else api.target_node(asked.get("node"))
    found = [a for a in _read(api, name, node) if node in ("", a["node"])]
    if not found and not asked.has("all"):
        raise ToolError(f"Could not query value of {name}: attribute does not exist", NO_SUCH)
    if asked.get("output-as") == "xml":
        lines = [tree.tag("attribute", name=name, value=a["value"], host=a["node"]) for a in found]
        printing.out(printing.result(request, *lines))
    else:
        for a in found:
            printing.out(f'name="{name}" host="{a["node"]}" value="{a["value"]}"')
    return OK
