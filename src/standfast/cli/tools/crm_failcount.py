"""crm_failcount: how often a resource failed on a node."""

from __future__ import annotations

from standfast.cli.tools import printing
from standfast.cli.tools.client import Api
from standfast.cli.tools.durations import milliseconds
from standfast.cli.tools.exits import ERROR, OK, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, Options, parse

INFINITY = 1_000_000
OPTIONS = (
    *COMMON,
    Option("quiet", "q"),
    Option("query", "G", "flag", "get-value"),
    Option("delete", "D", "flag", "delete-attr"),
    Option("resource", "r", VALUE, "resource-id"),
    Option("operation", "n", VALUE),
    Option("interval", "I", VALUE),
    Option("node", "NU", VALUE, "uname"),
)


def main(arguments: list[str]) -> int:
    """Print the sum of a resource's failures, or forget them."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    resource = asked.get("resource")
    if not resource:
        raise ToolError("Resource ID is required", ERROR)
    api = Api()
    node = api.target_node(asked.get("node"))
    if asked.last_of("query", "delete") == "delete":
        api.post(f"/v1/resources/{resource}/cleanup", {"node": node})
        printing.out(f"Cleaned up {resource} on {node}")
        return OK
    total = str(_total(api, node, _prefix(asked, resource)))
    value = "INFINITY" if int(total) >= INFINITY else total
    printing.out(value if asked.has("quiet") else f"scope=status  name=fail-count-{resource} value={value}")
    return OK


def _prefix(asked: Options, resource: str) -> str:
    if not asked.has("operation"):
        return f"fail-count-{resource}#"
    return f"fail-count-{resource}#{asked.get('operation')}_{milliseconds(asked.get('interval', '0'))}"


def _total(api: Api, node: str, prefix: str) -> int:
    whole = not prefix.endswith("#")
    found = [a for a in api.read("/v1/attributes", node=node) if a["node"] == node]
    counted = [a for a in found if (a["name"] == prefix if whole else a["name"].startswith(prefix))]
    return sum(INFINITY if "INFINITY" in a["value"] else int(a["value"] or 0) for a in counted)
