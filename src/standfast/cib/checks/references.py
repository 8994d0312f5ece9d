"""Whether ids are unique, and what they name is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from standfast.cib import nodes, resources
from standfast.cib.checks.findings import close_to, error, named, warning
from standfast.cib.checks.grammar import ELEMENTS, Kind
from standfast.cib.document import Document, line_of
from standfast.errors import Report

_IDS = {tag for tag, e in ELEMENTS.items() if "id" in e.attributes and e.attributes["id"].kind is Kind.ID}
_NAMED_BY = {
    tag: [(a.name, a.kind) for a in e.attributes.values() if a.kind in _KINDS]
    for _KINDS in [(Kind.RESOURCE, Kind.TEMPLATE, Kind.ROLE_NAME, Kind.ID_REF)]
    for tag, e in ELEMENTS.items()
    if any(a.kind in _KINDS for a in e.attributes.values())
}


def check(document: Document) -> Iterator[Report]:
    """Give a report for each id that is taken twice, and each name that names nothing."""
    configuration = document.root.find("configuration")
    if configuration is None:
        return
    yield from _duplicates(configuration)
    yield from _names(configuration)
    yield from _nodes(document)
    yield from _devices(document)


def _duplicates(configuration: etree._Element) -> Iterator[Report]:
    seen: dict[str, etree._Element] = {}
    for element in configuration.iter("*"):
        own = element.get("id")
        if own is None or element.tag not in _IDS:
            continue
        if own in seen:
            first = seen[own]
            message = f"the id {own} of a <{element.tag}> is taken by the <{first.tag}> of line {line_of(first)}"
            yield error("duplicate-id", element, message, "an id of its own")
        seen.setdefault(own, element)


def _names(configuration: etree._Element) -> Iterator[Report]:
    known = _known(configuration)
    for element in configuration.iter("*"):
        for attribute, kind in _NAMED_BY.get(str(element.tag), ()):
            name = element.get(attribute)
            among = known[str(element.tag) if kind is Kind.ID_REF else kind.value]
            if name is not None and name not in among:
                what = f"a <{element.tag}> with that id" if kind is Kind.ID_REF else _WHAT[kind]
                message = f"{attribute} of {named(element)} is {name}, and there is no such {_WORD[kind]}"
                yield error("no-such", element, message, close_to(name, among) or what)


_WHAT = {Kind.RESOURCE: "a resource, template or tag", Kind.TEMPLATE: "a template", Kind.ROLE_NAME: "an acl_role"}
_WORD = {Kind.RESOURCE: "resource", Kind.TEMPLATE: "template", Kind.ROLE_NAME: "role", Kind.ID_REF: "element"}


def _known(configuration: etree._Element) -> Mapping[str, set[str]]:
    """Return the ids that may be named, by kind of reference or by tag."""
    found: dict[str, set[str]] = {str(tag): set() for tag in ELEMENTS}
    for element in configuration.iter("*"):
        own = element.get("id")
        if own is not None and element.tag in found:
            found[str(element.tag)].add(own)
    found[Kind.RESOURCE] = set().union(*(found[kind] for kind in resources.KINDS), found["template"], found["tag"])
    found[Kind.TEMPLATE] = found["template"]
    found[Kind.ROLE_NAME] = found["acl_role"]
    return found


def _nodes(document: Document) -> Iterator[Report]:
    """Give a warning for names of nodes that nobody knows; they may come later."""
    known = {n.uname.lower() for n in nodes.configured(document)} | {n.uname.lower() for n in nodes.states(document)}
    known |= _remote_names(document)
    if not known:
        return
    places = (("rsc_location", "node"), ("fencing-level", "target"))
    for tag, attribute in places:
        for element in document.configuration.iter(tag):
            name = element.get(attribute)
            if name is not None and name.lower() not in known:
                message = f"{attribute} of {named(element)} is {name}, and there is no such node yet"
                yield warning("no-such-node", element, message, close_to(name.lower(), known) or "a node's name")


def _remote_names(document: Document) -> set[str]:
    found = {
        p.get("value", "").lower() for p in document.configuration.iter("nvpair") if p.get("name") == "remote-node"
    }
    for element in document.configuration.iter("primitive"):
        if element.get("type") == "remote" or element.get("template") is not None:
            found.add(element.get("id", "").lower())
    return found


def _devices(document: Document) -> Iterator[Report]:
    ids = {e.get("id") for e in document.configuration.iter("primitive", "template")}
    for level in document.root.iterfind("configuration/fencing-topology/fencing-level"):
        for device in [d.strip() for d in level.get("devices", "").split(",")]:
            if device and device not in ids:
                message = f"the device {device} of {named(level)} is not configured"
                yield warning("no-such-device", level, message, "a fence device's id")
