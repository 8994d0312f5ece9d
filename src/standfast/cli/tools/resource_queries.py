"""What crm_resource prints: lists, places, configuration, operations, constraints."""

from __future__ import annotations

import sys

from standfast.cli.tools import printing, resource_records, tree
from standfast.cli.tools.exits import NO_SUCH, OK, ToolError
from standfast.cli.tools.tree import Element

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from standfast.cli.tools.client import Api
    from standfast.cli.tools.options import Options

LIST_HEAD = "Full List of Resources:"
PENDING = "-1"


def ids(api: Api, asked: Options, request: str) -> int:
    """Print the ids of all instances."""
    found = [r["id"] for r in api.read("/v1/status")["resources"]]
    if asked.get("output-as") == "xml":
        printing.out(printing.result(request, *(tree.tag("resource", id=name) for name in found)))
        return OK
    for name in found:
        printing.out(name)
    if not found:
        printing.warn("NO resources configured")
    return OK


def listing(api: Api, asked: Options, request: str) -> int:
    """Print the resources with their states: that part of crm_mon's text or XML."""
    if asked.get("output-as") == "xml":
        whole = tree.parse(api.get("/v1/status.xml"))
        part = next(whole.all("resources"), Element("resources", {}))
        printing.out(printing.result(request, tree.render(part)))
        return OK
    lines = api.get("/v1/status.txt", inactive="1").decode().splitlines()
    head = next((n for n, line in enumerate(lines) if line.startswith(LIST_HEAD)), None)
    if head is None:
        printing.out("No resources")
        return OK
    end = next((n for n in range(head, len(lines)) if not lines[n].strip()), len(lines))
    for line in lines[head:end]:
        printing.out(line)
    return OK


def locate(api: Api, asked: Options, request: str) -> int:
    """Print where the resource runs; quiet: the nodes' names alone."""
    resource = asked.get("resource")
    places = resource_records.active(resource_records.instances(api.read("/v1/status"), resource))
    if asked.get("output-as") == "xml":
        nodes = "".join(tree.tag("node", tree.escape(node)) for node, _ in places)
        printing.out(printing.result(request, tree.tag("nodes", nodes, resource=resource)))
    elif asked.has("quiet"):
        for node, _ in places:
            printing.out(node)
    elif not places:
        printing.warn(f"resource {resource} is NOT running")
    for node, role in places if not asked.has("quiet") and asked.get("output-as") != "xml" else ():
        printing.out(f"resource {resource} is running on: {node}{' Promoted' if role == 'Promoted' else ''}")
    return OK


def configuration(api: Api, asked: Options, request: str) -> int:
    """Print the resource's state in one line and its XML."""
    resource = asked.get("resource")
    element = find(api, resource)
    if asked.get("output-as") == "xml":
        printing.out(printing.result(request, tree.tag("resource_config", tree.render(element), id=resource)))
        return OK
    for record in resource_records.instances(api.read("/v1/status"), resource):
        where = " ".join(record.get("nodes", []))
        printing.out(f"{record['id']}\t({record['agent']}):\t {record['role']}{' ' + where if where else ''}")
    printing.out("Resource XML:")
    sys.stdout.write(tree.render(element))
    return OK


def find(api: Api, resource: str) -> Element:
    """Return the resource's element. Raises: ToolError (105)."""
    section = api.section("resources")
    found = section.find(resource) or section.find(resource_records.base(resource))
    if found is None or found.tag not in ("primitive", "group", "clone", "master", "bundle", "template"):
        raise ToolError(f"Resource '{resource}' not found\nError performing operation: No such object", NO_SUCH)
    return found


def operations(api: Api, asked: Options, request: str) -> int:
    """Print the operations of the history; those of resources that do not run only if all are asked for."""
    status = api.read("/v1/status")
    every = asked.last_of("list-operations", "list-all-operations") == "list-all-operations"
    for state in api.section("status").all("node_state"):
        node = state.get("uname")
        if asked.get("node") not in ("", node):
            continue
        for resource in state.all("lrm_resource"):
            name = resource.get("id")
            role = _role(status, name, node)
            if asked.get("resource") in ("", name) and (every or role != "Stopped"):
                for operation in sorted(resource.all("lrm_rsc_op"), key=_call):
                    printing.out(f"{_agent(resource)}\t {role}: {_operation(operation, node)}")
    return OK


def _role(status: dict[str, Any], name: str, node: str) -> str:
    known = [r for r in status["resources"] if resource_records.base(r["id"]) == resource_records.base(name)]
    return next((str(r["role"]) for r in known if node in r.get("nodes", [])), "Stopped")


def _agent(resource: Element) -> str:
    agent = ":".join(p for p in (resource.get("class"), resource.get("provider"), resource.get("type")) if p)
    return f"{resource.get('id')}\t({agent}):"


def _call(operation: Element) -> int:
    text = operation.get("call-id")
    return int(text) if text.lstrip("-").isdigit() else 0


def _operation(operation: Element, node: str) -> str:
    import time

    facts = [f"node={node}", f"call={operation.get('call-id')}", f"rc={operation.get('rc-code')}"]
    changed = operation.get("last-rc-change")
    if changed.isdigit():
        facts.append(f"last-rc-change='{time.ctime(int(changed))}'")
    facts.append(f"exec={operation.get('exec-time') or 0}ms")
    word = {"0": "complete", PENDING: "pending", "1": "cancelled", "2": "Timed Out", "4": "Error"}
    name = operation.get("operation_key") or operation.get("id")
    return f"{name} ({', '.join(facts)}): {word.get(operation.get('op-status'), 'Error')}"


def constraints(api: Api, asked: Options, _request: str) -> int:
    """Print the location constraints and colocations of a resource; --stack follows those it depends on."""
    section = api.section("constraints")
    resource = asked.get("resource")
    find(api, resource)
    recursive = asked.has("stack") or asked.has("recursive")
    _locations(section, resource, 0)
    _colocated(section, resource, "rsc", "with-rsc", 0, recursive, {resource})
    _colocated(section, resource, "with-rsc", "rsc", 0, recursive, {resource})
    return OK


def _locations(section: Element, resource: str, depth: int) -> None:
    found = [c for c in section.all("rsc_location") if c.get("rsc") == resource]
    if found:
        printing.out("  " * depth + ("* " if depth else "") + "Locations:")
    for c in found:
        where = f"Node {c.get('node')} " if c.get("node") else "Rule "
        text = f"{where}(score={c.get('score')}, id={c.get('id')}, rsc={resource})"
        printing.out("  " * (depth + 1) + f"* {text}")


def _colocated(
    section: Element, resource: str, mine: str, other: str, depth: int, recursive: bool, seen: set[str]
) -> None:
    """Print the colocations in which the resource stands at `mine`."""
    found = [c for c in section.all("rsc_colocation") if c.get(mine) == resource and c.get(other) not in seen]
    if found and depth == 0:
        head = f"Resources {resource} is colocated with:" if mine == "rsc" else f"Resources colocated with {resource}:"
        printing.out(head)
    for c in found:
        printing.out("  " * (depth + 1) + f"* {c.get(other)} (score={c.get('score')}, id={c.get('id')})")
        seen.add(c.get(other))
        if recursive:
            _locations(section, c.get(other), depth + 2)
            _colocated(section, c.get(other), mine, other, depth + 1, recursive, seen)
