"""Ids of elements, as crmsh names them: `myip-instance_attributes-ip`, `myip-monitor-20`, `l1-rule-expression`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

REFERENCES = frozenset(("resource_ref", "obj_ref", "role", "role_ref", "crm-ref"))
_WITHOUT_ID = frozenset(
    [
        "operations",
        "fencing-topology",
        "network",
        "docker",
        "podman",
        "rkt",
        "storage",
        "select",
        "select_attributes",
        "select_fencing",
        "select_nodes",
        "select_resources",
        "configuration",
        "resources",
        "constraints",
        "nodes",
        "crm_config",
        "tags",
        "acls",
        "alerts",
        "rsc_defaults",
        "op_defaults",
    ]
)
_PARTS = {"operations": "ops", "date_expression": "expression"} | {
    tag: tag
    for tag in ["instance_attributes", "meta_attributes", "utilization", "rule", "expression", "duration", "date_spec"]
}
_NOT_IN_ID = re.compile(r"[^\w.-]")


def all_of(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Return every id that an element of this tree owns, with the element."""
    for element in root.iter(etree.Element):
        if element.tag not in REFERENCES and (name := element.get("id")):
            yield name, element


def inherit(new: etree._Element, old: etree._Element) -> None:
    """Give the new element's parts the ids that the matching parts of the old one have."""
    left = [c for c in old if isinstance(c.tag, str)]
    for child in new.iterchildren(etree.Element):
        match = next((c for c in left if _alike(c, child)), None)
        if match is None:
            continue
        left.remove(match)
        if "id" not in child.attrib and "id-ref" not in child.attrib and match.get("id"):
            child.set("id", match.get("id", ""))
        inherit(child, match)


def _alike(old: etree._Element, new: etree._Element) -> bool:
    keys = ("name", "interval") if new.tag == "op" else ("name", "operation", "attribute")
    return old.tag == new.tag and "id-ref" not in old.attrib and all(old.get(k) == new.get(k) for k in keys)


def fill(element: etree._Element, index: dict[str, etree._Element], prefix: str = "") -> None:
    """Give every part that needs an id one that the index does not hold, and add all to the index."""
    needs = element.tag not in _WITHOUT_ID and element.tag not in REFERENCES and "id-ref" not in element.attrib
    if needs and "id" not in element.attrib:
        element.set("id", str(element.get("uname") or _free(_name(element, prefix), index)))
    own = element.get("id", "") if element.tag not in REFERENCES else ""
    if own:
        index[own] = element
    prefix = element.get("uname", own) if element.tag == "node" else own or prefix
    for child in element.iterchildren(etree.Element):
        fill(child, index, prefix)


def _name(element: etree._Element, prefix: str) -> str:
    if prefix.isdigit():
        prefix = f"num-{prefix}"
    if element.tag == "nvpair":
        name = f"{prefix}-{element.get('name')}"
    elif element.tag == "op":
        name = f"{prefix}-{element.get('name')}" + (f"-{element.get('interval')}" if element.get("interval") else "")
    else:
        part = _PARTS.get(str(element.tag), "")
        name = f"{prefix}-{part}" if part else prefix
    name = _NOT_IN_ID.sub(".", name)
    return name if re.match(r"[^\W\d]", name) else f"_{name}"


def _free(name: str, used: Collection[str]) -> str:
    if name not in used:
        return name
    count = 0
    while f"{name}-{count}" in used:
        count += 1
    return f"{name}-{count}"
