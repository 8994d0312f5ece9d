"""A resource's parameters, meta attributes and utilization: printed, set, deleted."""

from __future__ import annotations

from standfast.cli.tools import nvpairs, printing
from standfast.cli.tools.exits import NO_SUCH, OK, USAGE, ToolError
from standfast.cli.tools.resource_queries import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from standfast.cli.tools.client import Api
    from standfast.cli.tools.options import Options
    from standfast.cli.tools.tree import Element


def _kind(asked: Options) -> str:
    if asked.has("utilization"):
        return "utilization"
    return "meta_attributes" if asked.has("meta") else "instance_attributes"


def get(api: Api, asked: Options) -> int:
    """Print a value; a meta attribute is also the group's, the clone's, and the defaults'."""
    resource, name, kind = asked.get("resource"), asked.get("get-parameter"), _kind(asked)
    owner: Element | None = find(api, resource)
    while owner is not None and owner.tag != "resources":
        pair = nvpairs.lookup(owner, kind, name, asked.get("set-name"), asked.get("nvpair"))
        if pair is not None:
            printing.out(pair.get("value"))
            return OK
        owner = owner.parent if kind == "meta_attributes" else None
    if kind == "meta_attributes" and (default := _default(api, name)) is not None:
        printing.out(default)
        return OK
    raise ToolError(f"Attribute '{name}' not found for '{resource}'", NO_SUCH)


def _default(api: Api, name: str) -> str | None:
    pair = nvpairs.lookup(api.section("rsc_defaults"), "meta_attributes", name)
    return pair.get("value") if pair is not None else None


def put(api: Api, asked: Options) -> int:
    """Set a value."""
    if not asked.has("parameter-value"):
        raise ToolError("You need to supply a value with the -v option", USAGE)
    owner, kind = find(api, asked.get("resource")), _kind(asked)
    name, value = asked.get("set-parameter"), asked.get("parameter-value")
    default_set = f"{owner.get('id')}-{kind}"
    ids = asked.get("set-name"), asked.get("nvpair")
    text, set_id, pair_id = nvpairs.setting(owner, kind, name, value, default_set, *ids)
    api.post("/v1/cib", {"edits": [nvpairs.modification(text, "resources")], "force": asked.has("force")})
    if not asked.has("quiet"):
        printing.out(f"Set '{owner.get('id')}' option: id={pair_id} set={set_id} name={name} value={value}")
    return OK


def delete(api: Api, asked: Options) -> int:
    """Delete a value; that there is none is no error."""
    owner, name, kind = find(api, asked.get("resource")), asked.get("delete-parameter"), _kind(asked)
    pair = nvpairs.lookup(owner, kind, name, asked.get("set-name"), asked.get("nvpair"))
    if pair is not None:
        api.post("/v1/cib", {"edits": [nvpairs.deletion(pair, "resources")], "force": asked.has("force")})
        if not asked.has("quiet"):
            printing.out(f"Deleted '{owner.get('id')}' option: id={pair.get('id')} name={name}")
    return OK
