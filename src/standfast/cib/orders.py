"""Operators' orders as edits, in the words and ids that Pacemaker's tools use and understand.

Each function looks at the document and returns the edits; `edits.apply` makes them.
Raises: RequestError where what is named is not there.
"""

from __future__ import annotations

import re

from lxml import etree

from standfast.cib import constraints, nodes, options, resources, times, values
from standfast.cib.document import BOOTSTRAP_OPTIONS, SECTIONS, Document
from standfast.cib.edits import Edit
from standfast.cib.nvpairs import INSTANCE, META, PROPERTIES, UTILIZATION
from standfast.errors import Exit, RequestError

_INSTANCE_NUMBER = re.compile(r":\d+$")
_OLD_ROLES = re.compile(r"pacemaker-(?:[12]\.|3\.[0-6]$)")

# --- name-value pairs


def set_meta(document: Document, resource_id: str, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, a resource's meta attribute."""
    return _set_pair(_resource(document, resource_id), META, name, value)


def set_parameter(document: Document, resource_id: str, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, a parameter of a resource's agent."""
    return _set_pair(_resource(document, resource_id), INSTANCE, name, value)


def set_utilization(document: Document, resource_id: str, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, what a resource uses up."""
    return _set_pair(_resource(document, resource_id), UTILIZATION, name, value)


def set_property(document: Document, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, a cluster property; where it is set by its other names, those go."""
    section = _section(document, "crm_config")
    current = options.current_names(options.PROPERTIES).get(name, name)
    option = options.PROPERTIES.get(current)
    aliases = {current, *(option.old if option else ())} - {name}
    made = [Edit("delete", xpath=_path(p)) for p in section.iter("nvpair") if p.get("name") in aliases]
    return made + _set_pair(section, PROPERTIES, name, value, BOOTSTRAP_OPTIONS)


def set_default(document: Document, section: str, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, a default for all resources (`rsc_defaults`) or operations (`op_defaults`)."""
    prefix = {"rsc_defaults": "rsc", "op_defaults": "op"}[section]
    return _set_pair(_section(document, section), META, name, value, f"{prefix}-options")


def set_node_attribute(document: Document, node: str, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, a node's permanent attribute."""
    return _set_node_pair(document, node, INSTANCE, name, value, "nodes-{id}")


def set_node_utilization(document: Document, node: str, name: str, value: str | None) -> list[Edit]:
    """Set, or (None) remove, a node's capacity."""
    return _set_node_pair(document, node, UTILIZATION, name, value, "nodes-{id}-utilization")


# --- nodes


def standby(document: Document, node: str) -> list[Edit]:
    """Let nothing run on the node, for ever."""
    return set_node_attribute(document, node, "standby", "on")


def online(document: Document, node: str) -> list[Edit]:
    """End a standby."""
    return set_node_attribute(document, node, "standby", None)


def maintenance(document: Document, node: str) -> list[Edit]:
    """Leave alone all that runs on the node."""
    return set_node_attribute(document, node, "maintenance", "true")


def ready(document: Document, node: str) -> list[Edit]:
    """End a node's maintenance."""
    return set_node_attribute(document, node, "maintenance", None)


# --- resources


def set_target_role(document: Document, resource_id: str, role: str) -> list[Edit]:
    """Start, stop, promote or demote: set the target role, and remove what members say against it.

    An order for the one resource inside a clone is for the clone.
    """
    top = _clone_of(document, resource_id)
    made = set_meta(document, top, "target-role", role)
    found = resources.index(resources.tree(document))[top]
    for child in [r for r in found.walk() if r is not found]:
        made += set_meta(document, child.id, "target-role", None)
    return made


def start(document: Document, resource_id: str) -> list[Edit]:
    """Let a resource run (and be promoted, if it can)."""
    return set_target_role(document, resource_id, "Started")


def stop(document: Document, resource_id: str) -> list[Edit]:
    """Stop a resource until it is started again."""
    return set_target_role(document, resource_id, "Stopped")


def promote(document: Document, resource_id: str) -> list[Edit]:
    """Let a promotable resource be promoted."""
    return set_target_role(document, _promotable(document, resource_id), _role(document, "Promoted"))


def demote(document: Document, resource_id: str) -> list[Edit]:
    """Let a promotable resource run unpromoted only."""
    return set_target_role(document, _promotable(document, resource_id), _role(document, "Unpromoted"))


def manage(document: Document, resource_id: str) -> list[Edit]:
    """Let the cluster act on a resource again: what it and its members say of being unmanaged goes."""
    return _all_below(document, resource_id, "is-managed")


def unmanage(document: Document, resource_id: str) -> list[Edit]:
    """Let the cluster watch a resource but not start, stop or move it."""
    return set_meta(document, resource_id, "is-managed", "false")


def set_maintenance(document: Document, resource_id: str, on: bool) -> list[Edit]:
    """Let the cluster neither act on a resource nor monitor it; or end that."""
    if on:
        return set_meta(document, resource_id, "maintenance", "true")
    return _all_below(document, resource_id, "maintenance")


def move(
    document: Document, resource_id: str, node: str, now_s: int, *, ban: tuple[str, ...] = (), lifetime: str = "",
    promoted: bool = False,
) -> list[Edit]:  # fmt: skip
    """Prefer a node infinitely (`cli-prefer-ID`), instead of what earlier moves and bans said.

    `ban`: also forbid these nodes, so that a failed start does not go back. `lifetime` is an ISO 8601 duration.
    """
    name = _base(document, resource_id)
    _known_node(document, node)
    made = clear(document, resource_id)
    made += _location(document, f"cli-prefer-{name}", name, node, "INFINITY", _end(lifetime, now_s), promoted)
    for other in ban:
        made += ban_from(document, resource_id, other, now_s, lifetime=lifetime, promoted=promoted)
    return made


def ban_from(
    document: Document, resource_id: str, node: str, now_s: int, *, lifetime: str = "", promoted: bool = False
) -> list[Edit]:
    """Forbid a node (`cli-ban-ID-on-NODE`), for a lifetime or until it is cleared."""
    name = _base(document, resource_id)
    _known_node(document, node)
    end = _end(lifetime, now_s)
    return _location(document, f"cli-ban-{name}-on-{node}", name, node, "-INFINITY", end, promoted)


def clear(document: Document, resource_id: str, node: str = "") -> list[Edit]:
    """Remove what moves and bans left for a resource; with `node`, only what concerns that node."""
    left = _left_by_moves(document, resource_id)
    return [Edit("delete", xpath=_path(e)) for e in left if not node or node in _nodes_of(e)]


def clear_expired(document: Document, resource_id: str, now_s: int) -> list[Edit]:
    """Remove what moves and bans with a lifetime left, where that is over."""
    left = _left_by_moves(document, resource_id)
    return [Edit("delete", xpath=_path(e)) for e in left if _is_over(e, now_s)]


# --- inside


def _left_by_moves(document: Document, resource_id: str) -> list[etree._Element]:
    name = _base(document, resource_id)
    ours = re.compile(rf"cli-prefer-{re.escape(name)}|cli-ban-{re.escape(name)}-on-.*")
    return [e for e in constraints.naming(document, name) if ours.fullmatch(e.get("id", ""))]


def _is_over(element: etree._Element, now_s: int) -> bool:
    ends = [times.parse_instant(d.get("end"), now_s) for d in element.iter("date_expression")]
    return any(end is not None and end <= now_s for end in ends)


def _set_pair(
    owner: etree._Element, tag: str, name: str, value: str | None, set_id: str = "", of_id: str = ""
) -> list[Edit]:
    """Return the edits for one name under the owner: in the set that has it, else in the first without a rule."""
    if values.xml_text(f"{name}{value}") != f"{name}{value}":
        raise RequestError(f"{name} cannot be set: XML cannot hold a character of {value!r}", Exit.USAGE)
    blocks = [b for b in owner.iterchildren(tag) if b.find("rule") is None and b.get("id-ref") is None]
    holding = [p for b in blocks for p in b.iterchildren("nvpair") if p.get("name") == name]
    if value is None:
        return [Edit("delete", xpath=_path(p)) for p in holding]
    if holding:
        return [_modified(p, value) for p in holding]
    if blocks:
        block_id = next((b.get("id", "") for b in blocks if b.get("id") == set_id), blocks[0].get("id", ""))
    else:
        block_id = _free_id(owner, set_id or f"{of_id or owner.get('id')}-{tag}")
    block = etree.Element(tag, id=block_id)
    etree.SubElement(block, "nvpair", id=_free_id(owner, _clean(f"{block_id}-{name}")), name=name, value=value)
    if blocks:
        return [Edit("create", _text(block[0]), xpath=_path(next(b for b in blocks if b.get("id") == block_id)))]
    if owner.tag in SECTIONS:
        return [Edit("create", _text(block), scope=str(owner.tag))]
    return [Edit("create", _text(block), xpath=_path(owner))]


def _modified(pair: etree._Element, value: str) -> Edit:
    changed = etree.Element("nvpair", id=pair.get("id", ""), value=value)
    return Edit("modify", _text(changed), xpath=_path(pair))


def _set_node_pair(document: Document, node: str, tag: str, name: str, value: str | None, set_id: str) -> list[Edit]:
    node_id = _known_node(document, node)
    for element in document.root.iterfind("configuration/nodes/node"):
        if element.get("id") == node_id:
            return _set_pair(element, tag, name, value, set_id.format(id=node_id))
    if value is None:
        return []
    # A remote node has no entry of its own before something is said of it.
    made = etree.Element("node", id=node_id, uname=node, type="remote")
    block = etree.SubElement(made, tag, id=set_id.format(id=node_id))
    etree.SubElement(block, "nvpair", id=_clean(f"{block.get('id')}-{name}"), name=name, value=value)
    return [Edit("create", _text(made), scope="nodes")]


def _all_below(document: Document, resource_id: str, name: str) -> list[Edit]:
    found = resources.index(resources.tree(document)).get(_base(document, resource_id))
    return [] if found is None else [e for r in found.walk() for e in set_meta(document, r.id, name, None)]


def _location(
    document: Document, constraint_id: str, resource_id: str, node: str, score: str, end: str, promoted: bool
) -> list[Edit]:
    role = _role(document, "Promoted") if promoted else "Started"
    made = etree.Element("rsc_location", {"id": constraint_id, "rsc": resource_id, "role": role})
    if not end:
        made.set("node", node)
        made.set("score", score)
    else:
        rule = etree.SubElement(made, "rule", {"id": f"{constraint_id}-rule", "score": score, "boolean-op": "and"})
        etree.SubElement(rule, "expression", {"id": f"{constraint_id}-expr", "attribute": "#uname",
                                              "operation": "eq", "value": node, "type": "string"})  # fmt: skip
        etree.SubElement(rule, "date_expression", {"id": f"{constraint_id}-lifetime", "operation": "lt", "end": end})
    existing = [e for e in document.root.iterfind("configuration/constraints/*") if e.get("id") == constraint_id]
    created = Edit("create", _text(made), scope="constraints")
    return [*(Edit("delete", xpath=_path(e)) for e in existing), created]


def _end(lifetime: str, now_s: int) -> str:
    if not lifetime:
        return ""
    seconds = times.parse_duration_s(lifetime)
    if seconds is None or seconds <= 0:
        raise RequestError(f"{lifetime} is no lifetime: an ISO 8601 duration such as PT1H is expected", Exit.USAGE)
    return times.render_instant(now_s + seconds)


def _nodes_of(element: etree._Element) -> set[str]:
    named = {e.get("value", "") for e in element.iter("expression") if e.get("attribute") == "#uname"}
    return named | {element.get("node", "")}


def _role(document: Document, role: str) -> str:
    """Return the role as the document's schema spells it: Master and Slave before pacemaker-3.7."""
    if _OLD_ROLES.match(document.root.get("validate-with", "")):
        return {"Promoted": "Master", "Unpromoted": "Slave"}.get(role, role)
    return role


def _resource(document: Document, resource_id: str) -> etree._Element:
    found = document.find(_base(document, resource_id))
    assert found is not None
    return found


def _base(document: Document, resource_id: str) -> str:
    """Return the configured id of a resource or of a clone's instance."""
    for name in (resource_id, _INSTANCE_NUMBER.sub("", resource_id)):
        element = document.find(name)
        if element is not None and element.tag in (*resources.KINDS, "template"):
            return name
    raise RequestError(f"there is no resource {resource_id}", Exit.NO_SUCH)


def _clone_of(document: Document, resource_id: str) -> str:
    """Return the clone (or bundle) that holds only this resource; else the resource's own id."""
    name = _base(document, resource_id)
    element = document.find(name)
    parent = None if element is None else element.getparent()
    if parent is not None and parent.tag in ("clone", "master", "bundle"):
        return parent.get("id", name)
    return name


def _promotable(document: Document, resource_id: str) -> str:
    name = _clone_of(document, resource_id)
    found = resources.index(resources.tree(document)).get(name)
    if found is None or not (found.promotable() or found.kind == "bundle"):
        raise RequestError(f"{resource_id} cannot be promoted: it is no promotable clone", Exit.USAGE)
    return name


def _known_node(document: Document, node: str) -> str:
    """Return the node's id; remote and guest nodes are known by their resource."""
    node_id = nodes.id_of(document, node)
    if node_id is not None:
        return node_id
    for resource in resources.index(resources.tree(document)).values():
        if (resource.id == node and resource.type == "remote") or resource.meta().get("remote-node") == node:
            return node
    raise RequestError(f"there is no node {node}", Exit.NO_SUCH)


def _section(document: Document, name: str) -> etree._Element:
    found = document.root.find(f"configuration/{name}")
    return etree.Element(name) if found is None else found


def _free_id(owner: etree._Element, wanted: str) -> str:
    """Return the id, or it with a number where it is taken."""
    taken = {e.get("id") for e in owner.getroottree().getroot().iter() if e.get("id")}
    name, number = wanted, 0
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _clean(text: str) -> str:
    return re.sub(r"[^\w.-]", ".", text)


def _text(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode")


def _path(element: etree._Element) -> str:
    """Return an XPath of exactly this element, by its id so that other edits do not move it."""
    element_id = element.get("id")
    if element_id is not None and "'" not in element_id:
        return f"/cib/configuration//{element.tag}[@id='{element_id}']"
    return element.getroottree().getpath(element)
