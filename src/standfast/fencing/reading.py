"""From the CIB document to devices, topology and the attributes by which levels choose."""

from __future__ import annotations

from lxml import etree

from standfast import cib
from standfast.cib import nvpairs, values
from standfast.fencing.events import Device, Level


def devices(document: cib.Document, now_s: int = 0) -> tuple[Device, ...]:
    """Return the primitives of class stonith that are not stopped by their target-role, in the document's order.

    A member of a group or clone is one device. Rules are evaluated without a node, as for every device.
    """
    found = []
    context = cib.Context(now_s=now_s)
    defaults = document.section("rsc_defaults")
    for primitive in document.section("resources").iter("primitive"):
        effective = document.effective(primitive)
        if effective.get("class") != "stonith":
            continue
        meta = nvpairs.unpack((effective, *_parents(primitive), defaults), nvpairs.META, context)
        if meta.get("target-role", "").lower() == "stopped":
            continue
        parameters = nvpairs.unpack(effective, nvpairs.INSTANCE, context)
        priority = values.integer(parameters.get("priority") or meta.get("priority")) or 0
        found.append(Device(primitive.get("id", ""), effective.get("type", ""), parameters, priority))
    return tuple(found)


def levels(document: cib.Document) -> tuple[Level, ...]:
    """Return the fencing levels; one without a target, an index or devices is left out."""
    found = []
    for element in document.section("fencing-topology").iterchildren("fencing-level"):
        index = values.integer(element.get("index")) or 0
        named = tuple(d.strip() for d in element.get("devices", "").split(",") if d.strip())
        targeted = any(element.get(name) for name in ("target", "target-pattern", "target-attribute"))
        if index > 0 and named and targeted:
            found.append(_level(element, index, named))
    return tuple(found)


def _level(element: etree._Element, index: int, named: tuple[str, ...]) -> Level:
    return Level(
        index,
        named,
        target=element.get("target", ""),
        target_pattern=element.get("target-pattern", ""),
        target_attribute=element.get("target-attribute", ""),
        target_value=element.get("target-value", ""),
    )


def attributes(document: cib.Document, now_s: int = 0) -> dict[str, dict[str, str]]:
    """Return the nodes' attributes by name: the lasting ones, and over them the transient ones of the status."""
    context = cib.Context(now_s=now_s)
    found = {}
    for node in document.section("nodes").iterchildren("node"):
        found[_name(node)] = nvpairs.unpack(node, nvpairs.INSTANCE, context)
    for state in document.section("status").iterchildren("node_state"):
        transient = state.find("transient_attributes")
        if transient is not None:
            known = found.setdefault(state.get("uname", ""), {})
            known |= nvpairs.unpack(transient, nvpairs.INSTANCE, context)
    return found


def _name(node: etree._Element) -> str:
    return node.get("uname", "") or node.get("id", "")


def _parents(primitive: etree._Element) -> list[etree._Element]:
    return [e for e in primitive.iterancestors() if e.tag in ("group", "clone", "master", "bundle")]
