"""crm_attribute: node attributes, cluster options, defaults, utilization, promotion scores."""

from __future__ import annotations

import os

from standfast.cli.tools import nvpairs, printing, tree
from standfast.cli.tools.client import Api
from standfast.cli.tools.exits import NO_SUCH, OK, USAGE, ToolError
from standfast.cli.tools.options import COMMON, OPTIONAL, VALUE, Option, Options, parse
from standfast.cli.tools.tree import Element

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = (
    *COMMON,
    Option("id", "i", VALUE, "attr-id"),
    Option("name", "n", VALUE, "attr-name"),
    Option("pattern", "P", VALUE),
    Option("promotion", "p", OPTIONAL),
    Option("set-name", "s", VALUE),
    Option("delete", "D", "flag", "delete-attr"),
    Option("query", "G", "flag", "get-value"),
    Option("update", "v", VALUE, "attr-value"),
    Option("default", "d", VALUE),
    Option("lifetime", "l", VALUE),
    Option("node", "NU", VALUE, "uname"),
    Option("type", "t", VALUE),
    Option("utilization", "z"),
    Option("quiet", "qQ"),
    Option("inhibit-policy-engine", "!"),
    Option("output-to", "", VALUE),
)
SETS = {  # section -> the tag of its sets, and the id of the set that is made first
    "crm_config": ("cluster_property_set", "cib-bootstrap-options"),
    "rsc_defaults": ("meta_attributes", "rsc_defaults-options"),
    "op_defaults": ("meta_attributes", "op_defaults-options"),
}
LIFETIMES = {"reboot": "reboot", "status": "reboot", "forever": "forever", "nodes": "forever"}
NO_VALUE = "Error performing operation: No such device or address"


class Value:
    """A value that a query found: the section that says it, and its name."""

    __slots__ = ("name", "scope", "value")

    def __init__(self, scope: str, name: str, value: str) -> None:
        self.scope, self.name, self.value = scope, name, value


def main(arguments: list[str]) -> int:
    """Query, set or delete an attribute or option."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    name = _name(asked)
    command = asked.last_of("delete", "query", "update") or "query"
    if command != "query" and not name and not asked.has("pattern") and not asked.has("id"):
        raise ToolError("Error: must specify attribute name or pattern to delete or update", USAGE)
    about = _Options(asked, name) if _is_option(asked) else _Utilization(asked, name) if _uses(asked) else None
    target = about or _NodeAttribute(asked, name)
    if command == "query":
        return _print(asked, target.query(), " ".join(["crm_attribute", *arguments]))
    if command == "update":
        target.update(asked.get("update"))
    else:
        target.delete()
    return OK


def _name(asked: Options) -> str:
    """Return the attribute's name: the promotion score's is made of the resource's. Raises: ToolError (64)."""
    if not asked.has("promotion"):
        return asked.get("name")
    resource = asked.get("promotion") or os.environ.get("OCF_RESOURCE_INSTANCE", "")
    if not resource:
        raise ToolError(
            "-p/--promotion must be called from an OCF resource agent or with a resource ID specified", USAGE
        )
    return f"master-{resource}"


def _is_option(asked: Options) -> bool:
    """Return whether a section's options are meant and no node's attributes."""
    section = asked.get("type")
    if section in SETS:
        return True
    if section and section not in LIFETIMES:
        raise ToolError(f"no section {section!r}: expected one of {', '.join(sorted(SETS))}, nodes, status", USAGE)
    return not section and not any(asked.has(n) for n in ("node", "promotion", "lifetime", "utilization"))


def _uses(asked: Options) -> bool:
    return asked.has("utilization")


def _lifetime(asked: Options) -> str:
    named = asked.get("lifetime") or asked.get("type") or ("reboot" if asked.has("promotion") else "forever")
    if named not in LIFETIMES:
        raise ToolError(f"no lifetime {named!r}: expected reboot or forever", USAGE)
    return LIFETIMES[named]


def _print(asked: Options, found: list[Value], request: str) -> int:
    if not found and asked.has("default"):
        found = [Value(_scope(asked), _name(asked), asked.get("default"))]
    if not found:
        raise ToolError(NO_VALUE, NO_SUCH)
    if asked.get("output-as") == "xml":
        lines = [tree.tag("attribute", name=v.name, value=v.value, scope=v.scope) for v in found]
        printing.out(printing.result(request, *lines))
        return OK
    for v in found:
        printing.out(v.value if asked.has("quiet") else f"scope={v.scope}  name={v.name} value={v.value}")
    return OK


def _scope(asked: Options) -> str:
    """Return the section's name as a query prints it."""
    if _is_option(asked):
        return asked.get("type") or "crm_config"
    return "nodes" if _uses(asked) or _lifetime(asked) == "forever" else "status"


class _NodeAttribute:
    """An attribute of a node, for ever or until it is restarted."""

    def __init__(self, asked: Options, name: str) -> None:
        self._api, self._asked, self._attribute = Api(), asked, name
        self._lifetime = _lifetime(asked)
        self._node = self._api.target_node(asked.get("node"))

    def query(self) -> list[Value]:
        found = self._api.read("/v1/attributes", node=self._node, name=self._attribute, scope=self._lifetime)
        mine = [a for a in found if a["node"] == self._node and a.get("lifetime", "reboot") == self._lifetime]
        if self._attribute:
            mine = [a for a in mine if a["name"] == self._attribute]
        elif self._asked.has("pattern"):
            mine = [a for a in mine if _matches(self._asked.get("pattern"), a["name"])]
        return [Value(_scope(self._asked), a["name"], a["value"]) for a in mine]

    def update(self, value: str | None) -> None:
        body: dict[str, Any] = {"node": self._node, "name": self._attribute, "value": value}
        body |= {"lifetime": self._lifetime, "set_id": self._asked.get("set-name")}
        self._api.post("/v1/attributes", body | {"pattern": self._asked.get("pattern")})

    def delete(self) -> None:
        self.update(None)


class _Section:
    """Pairs of a section of the configuration, changed by edits of the CIB."""

    scope, kind, default_set = "crm_config", "", ""

    def __init__(self, asked: Options, name: str) -> None:
        self._api, self._asked, self._pair = Api(), asked, name

    def owner(self) -> Element:
        return self._api.section(self.scope)

    def _ids(self) -> tuple[str, str]:
        return self._asked.get("set-name"), self._asked.get("id")

    def query(self) -> list[Value]:
        owner = self.owner()
        if not self._pair and not self._asked.has("id"):
            found = nvpairs.pairs(owner, self.kind, self._asked.get("set-name"))
            if self._asked.has("pattern"):
                found = [p for p in found if _matches(self._asked.get("pattern"), p.get("name"))]
        else:
            one = nvpairs.lookup(owner, self.kind, self._pair, *self._ids())
            found = [one] if one is not None else []
        return [Value(self.scope, p.get("name"), p.get("value")) for p in found]

    def update(self, value: str) -> None:
        owner = self.owner()
        text, _, _ = nvpairs.setting(owner, self.kind, self._pair, value, self.default_set, *self._ids())
        self._post(nvpairs.modification(text, self.scope))

    def delete(self) -> None:
        pair = nvpairs.lookup(self.owner(), self.kind, self._pair, *self._ids())
        if pair is not None:
            self._post(nvpairs.deletion(pair, self.scope))

    def _post(self, edit: dict[str, Any]) -> None:
        self._api.post("/v1/cib", {"edits": [edit]})


class _Options(_Section):
    """Cluster options, and the defaults of resources and operations."""

    def __init__(self, asked: Options, name: str) -> None:
        super().__init__(asked, name)
        self.scope = asked.get("type") or "crm_config"
        self.kind, self.default_set = SETS[self.scope]


class _Utilization(_Section):
    """What a node has to give."""

    scope, kind = "nodes", "utilization"

    def owner(self) -> Element:
        name = self._api.target_node(self._asked.get("node"))
        nodes = super().owner()
        found = next((n for n in nodes.children if name in (n.get("uname"), n.get("id"))), None)
        if found is None:
            raise ToolError(f"Could not map name={name} to a UUID", NO_SUCH)
        self.default_set = f"nodes-{found.get('id')}-utilization"
        return found


def _matches(pattern: str, name: str) -> bool:
    import re

    try:
        return re.search(pattern, name) is not None
    except re.error as e:
        raise ToolError(f"pattern {pattern!r}: {e}", USAGE) from None
