"""crm_resource: where resources are, their parameters, orders about them."""

from __future__ import annotations

from standfast.cli.tools import printing, resource_agents, resource_orders, resource_parameters, resource_queries
from standfast.cli.tools.client import Api
from standfast.cli.tools.exits import OK, UNIMPLEMENTED, USAGE, ToolError
from standfast.cli.tools.options import COMMON, OPTIONAL, VALUE, Option, Options, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FORCED = ("force-demote", "force-stop", "force-start", "force-promote", "force-check")
UNSUPPORTED = (*FORCED, "validate", "digests", "why")
OPTIONS = (
    *COMMON,
    Option("list", "L"),
    Option("list-raw", "l"),
    Option("list-operations", "O"),
    Option("list-all-operations", "o"),
    Option("list-standards"),
    Option("list-ocf-providers"),
    Option("list-agents", "", VALUE),
    Option("list-ocf-alternatives", "", VALUE),
    Option("show-metadata", "", VALUE),
    Option("query-xml", "q"),
    Option("query-xml-raw", "w"),
    Option("get-parameter", "g", VALUE, "get-property"),
    Option("locate", "W"),
    Option("constraints", "a"),
    Option("stack", "A"),
    Option("why", "Y"),
    Option("validate", "", OPTIONAL),
    Option("cleanup", "C", "flag", "reprobe"),
    Option("refresh", "RP"),
    Option("set-parameter", "p", VALUE, "set-property"),
    Option("delete-parameter", "d", VALUE),
    Option("move", "M", "flag", "migrate"),
    Option("ban", "B"),
    Option("clear", "U", "flag", "un-move", "unmigrate"),
    Option("expired", "e"),
    Option("lifetime", "u", VALUE),
    Option("promoted", "", "flag", "master"),
    Option("delete", "D"),
    Option("fail", "F"),
    Option("restart"),
    Option("wait"),
    Option("digests"),
    Option("force-demote"),
    Option("force-stop"),
    Option("force-start"),
    Option("force-promote"),
    Option("force-check", "", OPTIONAL),
    Option("node", "NH", VALUE, "host-uname"),
    Option("recursive"),
    Option("resource-type", "t", VALUE),
    Option("parameter-value", "v", VALUE),
    Option("meta", "m"),
    Option("utilization", "z"),
    Option("element", "", VALUE),
    Option("operation", "n", VALUE),
    Option("interval", "I", VALUE),
    Option("set-name", "s", VALUE),
    Option("nvpair", "i", VALUE),
    Option("timeout", "T", VALUE),
    Option("force", "f"),
    Option("quiet", "Q"),
    Option("resource", "r", VALUE),
    Option("output-to", "", VALUE),
)
AGENTS = ("list-standards", "list-ocf-providers", "list-agents", "list-ocf-alternatives", "show-metadata")
PARAMETERS: dict[str, Callable[[Api, Options], int]] = {
    "get-parameter": resource_parameters.get,
    "set-parameter": resource_parameters.put,
    "delete-parameter": resource_parameters.delete,
}
ORDERS: dict[str, Callable[[Api, Options], int]] = {
    "cleanup": resource_orders.cleanup,
    "refresh": resource_orders.refresh,
    "move": resource_orders.move,
    "ban": resource_orders.ban,
    "clear": resource_orders.clear,
    "fail": resource_orders.fail,
    "restart": resource_orders.restart,
    "delete": resource_orders.delete,
    "wait": resource_orders.wait,
}
QUERIES: dict[str, Callable[[Api, Options, str], int]] = {
    "list": resource_queries.listing,
    "list-raw": resource_queries.ids,
    "locate": resource_queries.locate,
    "query-xml": resource_queries.configuration,
    "query-xml-raw": resource_queries.configuration,
    "list-operations": resource_queries.operations,
    "list-all-operations": resource_queries.operations,
    "constraints": resource_queries.constraints,
    "stack": resource_queries.constraints,
}
NEEDS_NO_RESOURCE = ("list", "list-raw", "list-operations", "list-all-operations", "cleanup", "refresh", "wait")


def main(arguments: list[str]) -> int:
    """Do or answer what the command line asks; without a command it lists the resources."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    command = asked.last_of(*AGENTS, *PARAMETERS, *ORDERS, *QUERIES, *UNSUPPORTED) or "list"
    if command in FORCED:
        text = f"--{command} is not supported: nothing is started or stopped past the cluster"
        raise ToolError(text, UNIMPLEMENTED)
    if command in UNSUPPORTED:
        raise ToolError(f"--{command} is not supported: see `standfast explain`", UNIMPLEMENTED)
    if command in AGENTS:
        return resource_agents.answer(command, asked.get(command))
    if command not in NEEDS_NO_RESOURCE and not asked.get("resource"):
        raise ToolError("Must supply a resource ID with -r/--resource", USAGE)
    if command in QUERIES:
        return QUERIES[command](Api(), asked, " ".join(["crm_resource", *arguments]))
    return (PARAMETERS.get(command) or ORDERS[command])(Api(), asked)
