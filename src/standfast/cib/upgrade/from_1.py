"""From schema 1.x: access control lists have targets, and permissions are of one kind of element."""

from __future__ import annotations

import copy

from lxml import etree

from standfast.cib.document import Document
from standfast.cib.upgrade.notes import note
from standfast.errors import Report

_KINDS = ("read", "write", "deny")


def upgrade(document: Document) -> list[Report]:
    """Change the document in place; return what changed its meaning."""
    acls = document.root.find("configuration/acls")
    if acls is None:
        return []
    reports = []
    for holder in list(acls):
        for permission in [e for e in holder if e.tag in _KINDS]:
            reports += _permission(permission)
        if holder.tag == "acl_user":
            _user(acls, holder)
    return reports


def _permission(element: etree._Element) -> list[Report]:
    reports = []
    kind, attribute = str(element.tag), element.get("attribute")
    element.tag = "acl_permission"
    element.set("kind", kind)
    if element.get("ref") is not None:
        _rename(element, "ref", "reference")
        if attribute is not None:
            del element.attrib["attribute"]
            reports.append(note(element, f"permission {element.get('id')} is for all of what it refers to"))
    elif element.get("tag") is not None:
        _rename(element, "tag", "object-type")
    elif attribute is not None:
        del element.attrib["attribute"]
        element.set("xpath", f"{element.get('xpath')}[@{attribute}]")
        reports.append(note(element, f"permission {element.get('id')} is for all of the elements with {attribute}"))
    return reports


def _user(acls: etree._Element, user: etree._Element) -> None:
    """Make a target of the user; permissions of its own become a role."""
    user.tag = "acl_target"
    references = user.findall("role_ref")
    for reference in references:
        reference.tag = "role"
    own = user.findall("acl_permission")
    if own and not references:
        role = etree.Element("acl_role", id=f"auto-{user.get('id')}")
        for permission in own:
            role.append(copy.deepcopy(permission))
            user.remove(permission)
        acls.append(role)
        etree.SubElement(user, "role", id=role.get("id", ""))


def _rename(element: etree._Element, old: str, new: str) -> None:
    element.set(new, element.get(old, ""))
    del element.attrib[old]
