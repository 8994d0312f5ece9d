"""Whether two forms of an object say the same: ids that nothing refers to, and defaults written out, do not count."""

from __future__ import annotations

import copy
from typing import Any

from lxml import etree

from standfast.dialects.crm.nouns import REFERENCE

_MEMBERS = ("primitive", "group")
_NAMED = frozenset(
    [
        "node",
        "primitive",
        "template",
        "group",
        "clone",
        "master",
        "bundle",
        "rsc_location",
        "rsc_colocation",
        "rsc_order",
        "rsc_ticket",
        "tag",
        "alert",
        "acl_role",
        "acl_target",
        "acl_group",
        "resource_ref",
        "obj_ref",
        "role",
        "crm-ref",
        "operations",
        "cluster_property_set",
    ]
)
_DEFAULTS = {"sequential": "true", "require-all": "true", "boolean-op": "and"}


def with_references(element: etree._Element) -> etree._Element:
    """Return a copy of a container with references in the place of its members, and without comments."""
    made = copy.deepcopy(element)
    made.tail = None
    for comment in list(made.iter(etree.Comment)):
        if (parent := comment.getparent()) is not None:
            parent.remove(comment)
    if made.tag in ("group", "clone", "master", "bundle"):
        for member in list(made.iterchildren(*_MEMBERS)):
            made.replace(member, etree.Element(REFERENCE, {"id": member.get("id", "")}))
    return made


def canonical(element: etree._Element, referenced: frozenset[str], *, top: bool = True) -> Any:
    """Return a value that is equal for elements that say the same."""
    attributes = {str(k): str(v) for k, v in element.attrib.items() if k not in ("column", "section")}
    name = attributes.get("id")
    if name is not None and element.tag not in _NAMED and name not in referenced and not top:
        del attributes["id"]
    if element.tag in ("resource_set", "rule", "rsc_order"):
        for key, default in _DEFAULTS.items():
            if attributes.get(key) == default and element.tag != "rsc_order":
                del attributes[key]
    if element.tag == "node" and attributes.get("id") == attributes.get("uname"):
        attributes.pop("id", None)
    children = [c for c in element.iterchildren(etree.Element) if c.tag != REFERENCE]
    references = [c.get("id") for c in element.iterchildren(REFERENCE)]
    parts = [canonical(c, referenced, top=False) for c in children]
    return (element.tag, tuple(sorted(attributes.items())), tuple(parts), tuple(references))


def same(read: etree._Element | None, element: etree._Element, section: str, referenced: frozenset[str]) -> bool:
    """Return whether what was read back is the object of the document."""
    if read is None:
        return False
    expected = with_references(element)
    if section == "fencing-topology" and "id" in expected.attrib:
        del expected.attrib["id"]
    return bool(canonical(read, referenced) == canonical(expected, referenced))
