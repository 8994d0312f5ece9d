"""Orders about a resource: clean-up, move, ban, clear, fail, restart, delete; and waiting for the cluster's rest."""

from __future__ import annotations

import time

from standfast.cli.tools import printing, resource_records, tree
from standfast.cli.tools.durations import milliseconds
from standfast.cli.tools.exits import EXISTS, OK, TIMEOUT, UNIMPLEMENTED, USAGE, ToolError
from standfast.cli.tools.resource_queries import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from standfast.cli.tools.client import Api
    from standfast.cli.tools.options import Options

ALL = "-"
"""The name of all resources in a clean-up's path."""

_REST_LOOK_S = 0.3


def _order(api: Api, resource: str, order: str, **body: Any) -> None:
    api.post(f"/v1/resources/{resource}/{order}", {k: v for k, v in body.items() if v})


def cleanup(api: Api, asked: Options) -> int:
    """Forget what failed, so that it is looked at again."""
    return _forget(api, asked, "cleanup", operation=asked.get("operation"))


def refresh(api: Api, asked: Options) -> int:
    """Forget the whole history, so that it is looked at again."""
    return _forget(api, asked, "refresh")


def _forget(api: Api, asked: Options, order: str, **more: str) -> int:
    resource = asked.get("resource")
    _order(api, resource or ALL, order, node=asked.get("node"), force=asked.has("force"), **more)
    if asked.has("quiet"):
        return OK
    status = api.read("/v1/status")
    nodes = [n["name"] for n in status["nodes"] if n["online"] and asked.get("node") in ("", n["name"])]
    if not resource:
        printing.out(f"Cleaned up all resources on {asked.get('node') or 'all nodes'}")
        return OK
    for name in sorted({resource_records.base(r["id"]) for r in resource_records.instances(status, resource)}):
        for node in nodes:
            printing.out(f"Cleaned up {name} on {node}")
    return OK


def move(api: Api, asked: Options) -> int:
    """Move a resource to a node, or (none named) away from where it is."""
    resource, node = asked.get("resource"), asked.get("node")
    places = resource_records.active(resource_records.instances(api.read("/v1/status"), resource))
    here = [n for n, role in places if not asked.has("promoted") or role == "Promoted"]
    if not node:
        return ban(api, asked)
    if node in here and not asked.has("force"):
        raise ToolError("Error performing operation: Requested item already exists", EXISTS)
    _order(api, resource, "move", node=node, force=asked.has("force"), **_constraint(asked))
    return OK


def ban(api: Api, asked: Options) -> int:
    """Keep a resource off a node; off the one where it is if none is named."""
    resource = asked.get("resource")
    node = asked.get("node") or _only_place(api, asked, resource)
    _order(api, resource, "ban", node=node, force=asked.has("force"), **_constraint(asked))
    if not asked.has("quiet"):
        doing = "being promoted" if asked.has("promoted") else "running"
        printing.warn(
            f"WARNING: Creating rsc_location constraint 'cli-ban-{resource}-on-{node}' with a score of -INFINITY "
            f"for resource {resource} on {node}.\n"
            f"\tThis will prevent {resource} from {doing} on {node} until the constraint is removed using the clear "
            "option or by editing the CIB with an appropriate tool\n"
            f"\tThis will be the case even if {node} is the last node in the cluster"
        )
    return OK


def _only_place(api: Api, asked: Options, resource: str) -> str:
    places = resource_records.active(resource_records.instances(api.read("/v1/status"), resource))
    promoted = {node for node, role in places if role == "Promoted"}
    nodes = promoted if len(promoted) == 1 or asked.has("promoted") else {node for node, _ in places}
    if len(nodes) != 1:
        text = f"Resource '{resource}' not moved: active in {len(nodes)} locations.\nTo prevent '{resource}' from "
        raise ToolError(text + "running on a specific location, specify a node.", USAGE)
    return nodes.pop()


def _constraint(asked: Options) -> dict[str, str]:
    lifetime = asked.get("lifetime")
    return {"lifetime": lifetime, "operation": "promoted" if asked.has("promoted") else ""}


def clear(api: Api, asked: Options) -> int:
    """Remove what move and ban made."""
    if asked.has("expired"):
        raise ToolError("--expired is not supported: what has expired counts no more", UNIMPLEMENTED)
    _order(api, asked.get("resource"), "clear", node=asked.get("node"), force=asked.has("force"), **_constraint(asked))
    return OK


def fail(api: Api, asked: Options) -> int:
    """Tell the cluster that a resource failed on a node."""
    _order(api, asked.get("resource"), "fail", node=api.target_node(asked.get("node")))
    return OK


def restart(api: Api, asked: Options) -> int:
    """Stop a resource and start it again, with what depends on it; returns when that is done."""
    limit_ms = milliseconds(asked.get("timeout", "0"))
    _order(api, asked.get("resource"), "restart", node=asked.get("node"), timeout_ms=limit_ms)
    return OK


def delete(api: Api, asked: Options) -> int:
    """Delete a resource from the configuration."""
    kind = asked.get("resource-type")
    if not kind:
        raise ToolError("You need to specify a resource type with -t", USAGE)
    element = find(api, asked.get("resource"))
    text = tree.tag(kind, id=element.get("id"))
    edit = {"operation": "delete", "scope": "resources", "xml": text}
    api.post("/v1/cib", {"edits": [edit], "force": asked.has("force")})
    return OK


def wait(api: Api, asked: Options) -> int:
    """Return when the cluster is at rest: seen so twice. 124 if it takes longer than the timeout."""
    limit_ms = milliseconds(asked.get("timeout", "0"))
    began, still = time.monotonic(), 0
    while still < 2:
        still = still + 1 if api.read("/v1/status").get("transition", "idle") == "idle" else 0
        if limit_ms and (time.monotonic() - began) * 1000 > limit_ms:
            raise ToolError("the cluster did not come to rest in time", TIMEOUT)
        time.sleep(_REST_LOOK_S)
    return OK
