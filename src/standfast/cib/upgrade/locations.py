"""Location constraints of schema 3.x: several rules become several constraints, a lifetime becomes part of the rule."""

from __future__ import annotations

import copy

from lxml import etree

from standfast.cib.document import Document
from standfast.cib.upgrade.notes import drop, name, note
from standfast.errors import Report

_OF_TOP_RULES = ("score", "score-attribute", "role")


def upgrade(document: Document) -> list[Report]:
    """Change the document in place; return what was lost."""
    reports = []
    for element in list(document.root.iterfind("configuration/constraints/*")):
        if element.tag == "rsc_location":
            for location in _split(element):
                _without_lifetime(location)
        else:
            for lifetime in element.findall("lifetime"):
                reports.append(note(lifetime, f"the lifetime of {name(element)} is dropped: only locations had one"))
                drop(lifetime)
    return reports


def _split(element: etree._Element) -> list[etree._Element]:
    """Make a constraint for each rule, the first of them the element itself; return them all."""
    rules = element.findall("rule")
    made = [element]
    for rule in rules[1:]:
        element.remove(rule)
    for rule in rules[1:]:
        other = copy.deepcopy(element)
        for copied in list(other.iterdescendants()):
            if isinstance(copied.tag, str) and copied.get("id") is not None and copied.tag != "resource_ref":
                copied.set("id", f"{copied.get('id')}-{rule.get('id')}")
        other.set("id", f"{element.get('id')}-{rule.get('id') or rule.get('id-ref')}")
        first = other.find("rule")
        if first is not None:
            other.replace(first, rule)
        made[-1].addnext(other)
        made.append(other)
    return made


def _without_lifetime(location: etree._Element) -> None:
    """Make the lifetime's rules a part of the constraint's one rule."""
    lifetime = location.find("lifetime")
    if lifetime is None:
        return
    location.remove(lifetime)
    limits = lifetime.findall("rule")
    if not limits:
        return
    condition = location.find("rule")
    name_id = location.get("id")
    top = etree.Element("rule", {"id": f"{name_id}-lifetime-rule", "boolean-op": "and"})
    if condition is None:
        condition = _of_node(location)
    else:
        location.remove(condition)
    for attribute in _OF_TOP_RULES:
        if condition.get(attribute) is not None:
            top.set(attribute, condition.get(attribute, ""))
            del condition.attrib[attribute]
    top.append(condition)
    if len(limits) > 1:
        either = etree.Element("rule", {"id": f"{name_id}-lifetime-rules", "boolean-op": "or"})
        either.extend(limits)
        limits = [either]
    top.append(limits[0])
    location.append(top)


def _of_node(location: etree._Element) -> etree._Element:
    """Return a rule that says what the constraint's node and score said; they are taken from it."""
    name_id = location.get("id")
    rule = etree.Element("rule", {"id": f"{name_id}-node-rule", "score": location.get("score", "0")})
    etree.SubElement(rule, "expression", {"id": f"{name_id}-node-expr", "attribute": "#uname", "operation": "eq",
                                          "value": location.get("node", "")})  # fmt: skip
    for attribute in ("node", "score"):
        if location.get(attribute) is not None:
            del location.attrib[attribute]
    return rule
