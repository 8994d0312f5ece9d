"""Settings: property, rsc_defaults, op_defaults, node, fencing_topology, tag."""

from __future__ import annotations

import re

from lxml import etree

from standfast.dialects.crm import attributes, elements, rules, vocabulary
from standfast.dialects.crm.cursor import Cursor
from standfast.dialects.crm.tokens import Token

DEFAULT_IDS = {"property": "cib-bootstrap-options", "rsc_defaults": "rsc-options", "op_defaults": "op-options"}
_INITIAL_ID = re.compile(r"\$id=(.+)|([\w.-]+):", re.IGNORECASE)
_NODE = re.compile(r"([^:\s]+)(?::(\w+))?")
_TAG = re.compile(r"([^\W\d][^\s:]*):?")
_TARGETS = (
    (re.compile(r"attr:([\w.-]+)=([\w.-]+)", re.IGNORECASE), ("target-attribute", "target-value")),
    (re.compile(r"pattern:(.+)", re.IGNORECASE), ("target-pattern",)),
    (re.compile(r"([^:]+):"), ("target",)),
)


def _initial_id(cursor: Cursor) -> str | None:
    """Read `$id=ID` or `ID:` if it stands here."""
    found = cursor.accept_match(_INITIAL_ID)
    return (found[1] or found[2]) if found else None


def read_property(cursor: Cursor) -> etree._Element:
    """Read property, rsc_defaults or op_defaults into a set of attributes with the id it names, or the usual one.

    The section it belongs to stands in the attribute `section`.
    """
    keyword = cursor.last()
    made = cursor.element("cluster_property_set" if keyword.key == "property" else "meta_attributes")
    made.set("section", "crm_config" if keyword.key == "property" else keyword.key)
    made.set("id", _initial_id(cursor) or DEFAULT_IDS[keyword.key])
    rules.read_all(cursor, made)
    while attributes.read_pair(cursor, made, ()):
        if made[-1].get("value") == "":
            cursor.report(cursor.last(), "crm.value", f"{made[-1].get('name')} has no value", "name=value")
    if not len(made):
        cursor.report(cursor.peek(), "crm.empty", f"{keyword.text} sets nothing", "name=value")
    cursor.finish("name=value")
    return made


def read_node(cursor: Cursor) -> etree._Element:
    """Read a node; the keyword is passed already."""
    made = cursor.element("node")
    if node_id := _initial_id(cursor):
        made.set("id", node_id)
    token = cursor.take("the node's name")
    found = _NODE.fullmatch(token.text)
    made.set("uname", found[1] if found else token.text)
    if not found:
        cursor.report(token, "crm.node", f"{token.text!r} is no node's name", "NAME or NAME:TYPE")
    elif found[2]:
        made.set("type", cursor.choose(token, found[2], vocabulary.NODE_TYPES, "type of node"))
    attributes.read_description(cursor, made)
    attributes.read_lists(cursor, made, vocabulary.NODE_LISTS, "attributes")
    cursor.finish("attributes or utilization")
    return made


def read_tag(cursor: Cursor) -> etree._Element:
    """Read a tag; the keyword is passed already."""
    made = cursor.element("tag")
    token = cursor.take("the tag's id")
    found = _TAG.fullmatch(token.text)
    made.set("id", found[1] if found else token.text)
    if not found:
        cursor.check_id(token, "tag")
    while cursor.peek() is not None:
        member = cursor.identifier("object")
        cursor.element("obj_ref", member, made).set("id", member.text)
    if not len(made):
        cursor.report(None, "crm.empty", f"tag {token.text!r} names nothing", "one id at least")
    return made


def read_topology(cursor: Cursor) -> etree._Element:
    """Read fencing_topology; levels before any target are for all nodes (`target` is then missing)."""
    made = cursor.element("fencing-topology")
    target: dict[str, str] = {}
    counts: dict[tuple[str, ...], int] = {}
    while cursor.peek() is not None:
        token = cursor.take("devices")
        if (found := _target(token)) is not None:
            target = found
            continue
        key = tuple(target.values())
        counts[key] = counts.get(key, 0) + 1
        level = cursor.element("fencing-level", token, made)
        elements.put(level, target | {"index": str(counts[key]), "devices": token.text})
        _check_devices(cursor, token)
    if not len(made):
        cursor.report(None, "crm.empty", "fencing_topology has no levels", "NODE: DEVICE[,DEVICE…] …")
    return made


def _target(token: Token) -> dict[str, str] | None:
    for form, names in _TARGETS:
        if found := form.fullmatch(token.text):
            return dict(zip(names, found.groups(), strict=True))
    return None


def _check_devices(cursor: Cursor, token: Token) -> None:
    for device in token.text.split(","):
        if not device:
            message = f"{token.text!r} has an empty place"
            cursor.report(token, "crm.devices", message, "devices with commas between, no spaces")
        else:
            cursor.check_id(Token(device, token.line, token.column), "device")
