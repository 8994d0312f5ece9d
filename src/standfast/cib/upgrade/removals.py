"""Resources of classes that no version runs any more go, with all that names them."""

from __future__ import annotations

from lxml import etree

from standfast.cib.document import Document
from standfast.cib.upgrade.notes import drop, name, note
from standfast.errors import Report

_CLASSES = ("nagios", "upstart")


def remove_unsupported(document: Document) -> list[Report]:
    """Remove upstart and nagios resources and rkt bundles in place; return which."""
    resources = document.root.find("configuration/resources")
    if resources is None:
        return []
    gone = _unsupported(resources)
    reports = [note(element, f"{name(element)} is dropped: {why}") for element, why in gone]
    for element, _ in gone:
        drop(element)
    names = {e.get("id", "") for top, _ in gone for e in top.iter("primitive", "group", "clone", "master", "bundle")}
    if names:
        _forget(document, names)
    return reports


def _unsupported(resources: etree._Element) -> list[tuple[etree._Element, str]]:
    gone = []
    templates = set()
    for element in resources.iter("template", "primitive"):
        if element.get("class", "").lower() in _CLASSES or element.get("template") in templates:
            gone.append((element, f"{element.get('class') or 'its template'} is no more"))
            templates |= {element.get("id")} if element.tag == "template" else set()
    dropped = {element for element, _ in gone}
    for holder in resources.iter("group", "clone", "master"):
        members = list(holder.iter("primitive"))
        if members and all(m in dropped for m in members):
            gone.append((holder, "nothing is left in it"))
    gone += [
        (bundle, "rkt is no more") for bundle in resources.iterchildren("bundle") if bundle.find("rkt") is not None
    ]
    return gone


def _forget(document: Document, names: set[str]) -> None:
    """Remove what names the resources; a set, tag or constraint that names nothing else goes too."""
    for reference in [*document.configuration.iter("resource_ref", "obj_ref")]:
        if reference.get("id") in names:
            holder = reference.getparent()
            drop(reference)
            if holder is not None and holder.find(str(reference.tag)) is None:
                drop(holder)
    for element in list(document.root.iterfind("configuration/constraints/*")):
        named = {element.get(key) for key in ("rsc", "with-rsc", "first", "then")} - {None}
        empty = not named and element.get("rsc-pattern") is None and element.find("resource_set") is None
        if named & names or empty:
            drop(element)
    for permission in [*document.configuration.iter("acl_permission")]:
        if permission.get("reference") in names:
            drop(permission)
