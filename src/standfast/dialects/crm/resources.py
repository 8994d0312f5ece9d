"""Resources: primitive, rsc_template, group, clone, ms, bundle."""

from __future__ import annotations

import re

from lxml import etree

from standfast.dialects.crm import attributes, vocabulary
from standfast.dialects.crm.cursor import Cursor
from standfast.dialects.crm.nouns import REFERENCE
from standfast.dialects.crm.tokens import Token

_AGENT_PART = re.compile(r"[\w.@+-]+")
_PRIMITIVE_WORDS = (*vocabulary.ATTRIBUTE_LISTS, "operations", "op")
_CONTAINER_LISTS = {"params": "instance_attributes", "meta": "meta_attributes"}
_EXPECTED_AGENT = "class:type or ocf:provider:type, such as ocf:heartbeat:IPaddr2 or systemd:nginx"


def read_primitive(cursor: Cursor) -> etree._Element:
    """Read a primitive or rsc_template; the keyword is passed already."""
    keyword = cursor.last()
    made = cursor.element("primitive" if keyword.key == "primitive" else "template")
    made.set("id", cursor.identifier(keyword.key).text)
    agent = cursor.take("an agent (or @template): " + _EXPECTED_AGENT)
    if agent.text.startswith("@") and made.tag == "primitive" and len(agent.text) > 1:
        made.set("template", agent.text[1:])
    else:
        _set_agent(cursor, made, agent)
    attributes.read_description(cursor, made)
    attributes.read_lists(cursor, made, vocabulary.ATTRIBUTE_LISTS, "params", ("operations", "op"))
    while (token := cursor.peek()) is not None:
        if token.key not in _PRIMITIVE_WORDS:
            cursor.skip_to(_PRIMITIVE_WORDS)
        elif token.key in ("operations", "op"):
            cursor.at += 1
            attributes.read_operations(cursor, made, token, _PRIMITIVE_WORDS)
            _merge_operations(made)
        attributes.read_lists(cursor, made, vocabulary.ATTRIBUTE_LISTS, "params", ("operations", "op"))
    return made


def _merge_operations(primitive: etree._Element) -> None:
    """Keep one `operations` element: the operations of later ones join the first."""
    first, *others = primitive.findall("operations")
    for other in others:
        first.extend(list(other))
        primitive.remove(other)


def agent_of(text: str) -> tuple[str, str, str] | None:
    """Return class, provider and type of an agent as it is written; None if it is none."""
    parts = text.split(":")
    if not all(_AGENT_PART.fullmatch(p) for p in parts) or len(parts) > 3:
        return None
    if len(parts) == 3:
        return (parts[0], parts[1], parts[2])
    standard, kind = parts if len(parts) == 2 else ("ocf", parts[0])
    provider = ("pacemaker" if kind in vocabulary.PACEMAKER_AGENTS else "heartbeat") if standard == "ocf" else ""
    return (standard, provider, kind)


def _set_agent(cursor: Cursor, made: etree._Element, token: Token) -> None:
    found = agent_of(token.text)
    if found is None:
        cursor.report(token, "crm.agent", f"{token.text!r} names no agent", _EXPECTED_AGENT)
        return
    if found[0] not in vocabulary.CLASSES:
        expected = vocabulary.one_of(vocabulary.CLASSES, found[0])
        cursor.report(token, "crm.agent-class", f"{found[0]!r} is no class of agents", expected)
    for name, value in zip(("class", "provider", "type"), found, strict=True):
        if value:
            made.set(name, value)


def _is_child(token: Token | None) -> bool:
    return token is not None and token.key not in _CONTAINER_LISTS and ("=" not in token.text or token.quoted)


def _reference(cursor: Cursor, parent: etree._Element, token: Token) -> None:
    cursor.check_id(token, "resource")
    cursor.element(REFERENCE, token, parent).set("id", token.text)
    parent[-1].set("column", str(token.column))


def read_group(cursor: Cursor) -> etree._Element:
    """Read a group; the keyword is passed already."""
    made = cursor.element("group")
    name = cursor.identifier("group")
    made.set("id", name.text)
    children: list[Token] = []
    while _is_child(cursor.peek()):
        child = cursor.take("a resource")
        if child.text in {c.text for c in children}:
            cursor.report(child, "crm.twice", f"{child.text!r} is listed twice in group {name.text!r}", "once")
        else:
            children.append(child)
    if not children:
        cursor.report(cursor.peek(), "crm.empty", f"group {name.text!r} has no members", "one resource at least")
    attributes.read_description(cursor, made)
    attributes.read_lists(cursor, made, _CONTAINER_LISTS, "params")
    for child in children:
        _reference(cursor, made, child)
    cursor.finish("params or meta")
    return made


def read_clone(cursor: Cursor) -> etree._Element:
    """Read a clone or ms; the keyword is passed already."""
    keyword = cursor.last()
    made = cursor.element("clone" if keyword.key == "clone" else "master")
    made.set("id", cursor.identifier(keyword.key).text)
    child = cursor.take("the resource that is cloned")
    attributes.read_description(cursor, made)
    attributes.read_lists(cursor, made, _CONTAINER_LISTS, "params")
    _reference(cursor, made, child)
    cursor.finish("params or meta (a clone has one resource; put several in a group)")
    return made


def read_bundle(cursor: Cursor) -> etree._Element:
    """Read a bundle; the keyword is passed already."""
    made = cursor.element("bundle")
    made.set("id", cursor.identifier("bundle").text)
    attributes.read_description(cursor, made)
    while keyword := cursor.accept(*vocabulary.BUNDLE_PARTS):
        if keyword.key == "meta":
            attributes.read_list(cursor, made, "meta_attributes", keyword, vocabulary.BUNDLE_PARTS)
        elif keyword.key == "primitive":
            _reference(cursor, made, cursor.take("the primitive inside the container"))
        else:
            _bundle_part(cursor, made, keyword)
    cursor.finish(vocabulary.one_of(vocabulary.BUNDLE_PARTS))
    return made


def _bundle_part(cursor: Cursor, made: etree._Element, keyword: Token) -> None:
    """Read docker, podman, rkt, network or storage, with the mappings in the latter two."""
    tag = "network" if keyword.key == "port-mapping" else keyword.key
    part = made.find(tag)
    if part is None:
        part = cursor.element(tag, keyword, made)
    target = cursor.element("port-mapping", keyword, part) if keyword.key == "port-mapping" else part
    while (token := cursor.peek()) is not None:
        if token.key in ("port-mapping", "storage-mapping"):
            target = cursor.element(token.key, token, part)
        elif "=" in token.text:
            name, _, value = token.text.partition("=")
            target.set(name, value)
        else:
            break
        cursor.at += 1
