"""Edits of a document, in cibadmin's words: all are applied or none, and the version rises as Pacemaker's does."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable

import msgspec
from lxml import etree

from standfast.cib import checks, patches, versions
from standfast.cib.document import SECTIONS, Document, Version
from standfast.errors import ConfigError, Exit, Place, Report

SECTION_OF = {
    **dict.fromkeys(("primitive", "group", "clone", "master", "bundle", "template"), "resources"),
    **dict.fromkeys(("rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket"), "constraints"),
    **dict.fromkeys(("acl_role", "acl_target", "acl_group"), "acls"),
    "node": "nodes",
    "cluster_property_set": "crm_config",
    "tag": "tags",
    "alert": "alerts",
    "fencing-level": "fencing-topology",
    "node_state": "status",
    "ticket_state": "tickets",
}
"""The section that an element belongs to when an edit names none."""

EXIT_STATUS = {
    "cib.exists": Exit.EXISTS,
    "cib.no-such": Exit.NO_SUCH,
    "cib.outdated": Exit.OUTDATED,
    "cib.patch-outdated": Exit.OUTDATED,
}
"""What a command ends with for these reports; for all others with `Exit.CONFIG`."""

_FIRST_TAG = re.compile(r"\s*<([\w-]+)")
_CONFIGURATION_PATH = re.compile(r"""/cib/configuration(//?([\w-]+|\*)(\[(\d+|@[\w-]+=('[^']*'|"[^"]*"))\])*)*""")
"""XPaths that name nothing outside of the configuration; there are others."""

_BOOKKEEPING = frozenset(
    ("epoch", "num_updates", "admin_epoch", versions.WRITTEN, *versions.ORIGIN, "have-quorum", "dc-uuid")
)


class Edit(msgspec.Struct, frozen=True):
    """One edit.

    `operation`: create, modify, replace, delete, patch (`xml` is a patchset). `scope` names a section (resources,
    constraints, nodes, crm_config, configuration, status, …), `xpath` an element; `xml` is its new text.
    `allow_create`: a modify makes what is not there.
    """

    operation: str
    xml: str = ""
    scope: str = ""
    xpath: str = ""
    allow_create: bool = False


class _EditError(Exception):
    """This edit cannot be made."""

    def __init__(self, code: str, message: str, expected: str = "") -> None:
        super().__init__(message)
        self.code, self.expected = code, expected


def apply(
    document: Document,
    edits: Iterable[Edit],
    now_s: int,
    *,
    origin: str = "",
    client: str = "",
    user: str = "",
    check: bool = True,
) -> Document:
    """Return the document with all edits made; the given one is not changed.

    A change of the configuration makes epoch + 1 and num_updates 0, one of the status alone num_updates + 1; an edit
    that itself names a higher version keeps that. The three words say who changed it.

    Raises: ConfigError with a report of every edit that cannot be made, or (unless `check` is false) of everything
    that the edits made invalid; then none is made. What was invalid before is no reason to refuse.
    """
    result = document.copy()
    change(result, edits, now_s, origin=origin, client=client, user=user, check=check)
    return result


def change(
    document: Document,
    edits: Iterable[Edit],
    now_s: int,
    *,
    origin: str = "",
    client: str = "",
    user: str = "",
    check: bool = True,
    dry_run: bool = False,
) -> Version:
    """Make the edits as `apply` does, but in the given document; return the new version.

    The document is as it was if they are refused, and with `dry_run`. The price is that of the configuration's size,
    unless an edit may touch the status.
    """
    edits = tuple(edits)
    spares_status = all(_spares_status(edit) for edit in edits)
    result = document.copy_configuration() if spares_status else document.copy()
    reports: list[Report] = []
    for number, edit in enumerate(edits, 1):
        place = Place(f"edit {number}")
        try:
            result = _apply_one(result, edit)
        except _EditError as e:
            reports.append(Report(e.code, str(e), e.expected, place))
        except ConfigError as e:
            reports += [Report(r.code, r.message, r.expected, Place(place.file, r.place.line)) for r in e.reports]
    is_configuration = _configuration(document) != _configuration(result)
    if not reports and check and is_configuration:
        reports = _made_invalid(document, result)
    if reports:
        raise ConfigError(reports)
    is_status = not spares_status and _text(document.root.find("status")) != _text(result.root.find("status"))
    _count(document, result, now_s, {"origin": origin, "client": client, "user": user}, is_configuration, is_status)
    version = result.version
    if not dry_run:
        _become(document, result, "status" if spares_status else "")
    return version


def _spares_status(edit: Edit) -> bool:
    """Return whether an edit certainly touches nothing of the status. A patch looks at all: its digest does."""
    if edit.operation == "patch":
        return False
    if edit.xpath:
        return _CONFIGURATION_PATH.fullmatch(edit.xpath) is not None
    match = _FIRST_TAG.match(edit.xml)
    tag = match[1] if match else ""
    scope = edit.scope or (tag if _is_scope(tag) else SECTION_OF.get(tag, "cib"))
    return scope == "configuration" or scope in SECTIONS or (edit.operation == "replace" and tag == "cib")


def _become(document: Document, result: Document, kept: str) -> None:
    """Let the document be what another one is, which is not to be used any more; but keep the children of this tag."""
    root = document.root
    root.attrib.clear()
    for name, value in result.root.items():
        root.set(name, value)
    for child in list(root):
        if child.tag != kept:
            root.remove(child)
    for place, child in enumerate(list(result.root)):
        if child.tag != kept:
            root.insert(place, child)


def _made_invalid(old: Document, new: Document) -> list[Report]:
    """Return the errors of the new document that the old one had not."""
    found = checks.errors(new)
    before = {(r.code, r.message) for r in checks.errors(old)} if found else set()
    return [r for r in found if (r.code, r.message) not in before]


def _count(
    old: Document, new: Document, now_s: int, who: dict[str, str], is_configuration: bool, is_status: bool
) -> None:
    """Raise the new document's version by what changed; a version that an edit set stays if it is higher."""
    named = new.version
    versions.set_version(new, old.version)
    if is_configuration:
        counted = versions.raise_epoch(new, now_s, **who)
    elif is_status:
        counted = versions.raise_updates(new)
    else:
        counted = old.version
    if named > counted:
        versions.set_version(new, named)


def _configuration(document: Document) -> tuple[bytes, dict[str, str]]:
    """Return what is configured: the section's text and the root's attributes that are no book-keeping."""
    attributes = {str(k): str(v) for k, v in document.root.items() if k not in _BOOKKEEPING}
    return _text(document.root.find("configuration")), attributes


def _text(element: etree._Element | None) -> bytes:
    return b"" if element is None else etree.tostring(element)


# --- one edit


def _apply_one(document: Document, edit: Edit) -> Document:
    if edit.operation == "patch":
        return patches.apply(document, _parsed(edit.xml))
    element = _parsed(edit.xml) if edit.xml or edit.operation != "delete" else None
    if element is not None and element.tag == "cib" and edit.scope not in ("", "cib", "all"):
        element = _part(element, edit.scope)
    if edit.operation == "replace" and element is not None and element.tag == "cib":
        return _replace_all(document, element)
    steps: dict[str, Callable[[Document, Edit, etree._Element], None]] = {
        "create": _create,
        "modify": _modify,
        "replace": _replace,
    }
    if edit.operation == "delete":
        _delete(document, edit, element)
    elif edit.operation in steps and element is not None:
        steps[edit.operation](document, edit, element)
    else:
        raise _EditError("cib.bad-edit", f"no edit {edit.operation!r}", "create, modify, replace, delete or patch")
    return document


def _parsed(text: str) -> etree._Element:
    return Document.parse(text).root


def _part(whole: etree._Element, scope: str) -> etree._Element:
    """Return the section out of a whole document that is given as an edit's text."""
    path = scope if scope in ("configuration", "status") else f"configuration/{scope}"
    part = whole.find(path)
    if part is None:
        raise _EditError("cib.bad-edit", f"the text has no section {scope}", f"<{scope}>")
    return part


def _section(document: Document, edit: Edit, tag: str) -> etree._Element:
    """Return where the edit happens: its scope, else where elements of this tag belong, else the root."""
    scope = edit.scope or (tag if _is_scope(tag) else SECTION_OF.get(tag, "cib"))
    if scope == "all":
        scope = "cib"
    if scope == "tickets":
        tickets = document.status.find("tickets")
        return etree.SubElement(document.status, "tickets") if tickets is None else tickets
    if not _is_scope(scope):
        raise _EditError(
            "cib.bad-edit", f"no section {scope!r}", ", ".join(("cib", "configuration", "status", *SECTIONS))
        )
    return document.section(scope)


def _is_scope(name: str) -> bool:
    return name in ("cib", "configuration", "status") or name in SECTIONS


def _at(document: Document, xpath: str) -> list[etree._Element]:
    """Return the elements at an XPath."""
    try:
        found = document.root.getroottree().xpath(xpath)
    except etree.XPathError as e:
        raise _EditError("cib.bad-xpath", f"{xpath}: {e}", "an XPath") from None
    if not isinstance(found, list) or not all(isinstance(e, etree._Element) for e in found):
        raise _EditError("cib.bad-xpath", f"{xpath} names no elements", "an XPath of elements")
    return found  # type: ignore[return-value]


def _one(document: Document, xpath: str) -> etree._Element:
    found = _at(document, xpath)
    if len(found) != 1:
        code = "cib.no-such" if not found else "cib.bad-xpath"
        raise _EditError(code, f"{xpath} names {len(found) or 'no'} elements", "one element")
    return found[0]


def _create(document: Document, edit: Edit, element: etree._Element) -> None:
    if element.tag == "cib":
        _merge(document.root, element)
        return
    parent = _one(document, edit.xpath) if edit.xpath else _section(document, edit, element.tag)
    for child in list(element) if element.tag == parent.tag and not edit.xpath else [element]:
        if not isinstance(child.tag, str):
            continue
        if _counterpart(parent, child) is not None:
            raise _EditError("cib.exists", f"there is a <{child.tag}> {child.get('id', '')} already", "a new id")
        parent.append(copy.deepcopy(child))


def _modify(document: Document, edit: Edit, element: etree._Element) -> None:
    section = _one(document, edit.xpath) if edit.xpath else _section(document, edit, element.tag)
    target = _same_anywhere(section, element)
    if target is not None:
        _merge(target, element)
    elif edit.allow_create:
        section.append(copy.deepcopy(element))
    else:
        raise _EditError("cib.no-such", f"there is no <{element.tag}> {element.get('id', '')}", "an existing element")


def _replace(document: Document, edit: Edit, element: etree._Element) -> None:
    if edit.xpath:
        target: etree._Element | None = _one(document, edit.xpath)
    else:
        section = _section(document, edit, element.tag)
        target = section if section.tag == element.tag else _same_anywhere(section, element)
    if target is None:
        raise _EditError("cib.no-such", f"there is no <{element.tag}> {element.get('id', '')}", "an existing element")
    parent = target.getparent()
    if parent is None:
        raise _EditError("cib.bad-edit", "the root can be replaced by a <cib> only", "<cib>")
    parent.replace(target, copy.deepcopy(element))


def _replace_all(document: Document, element: etree._Element) -> Document:
    """Return the given document with our status: what runs where is not what an editor says.

    Deviates: Pacemaker takes the status too, and its daemons write theirs again.
    """
    new = Document(copy.deepcopy(element))
    if new.version < document.version:
        raise _EditError("cib.outdated", f"the text has version {new.version}", f"{document.version} or higher")
    status = new.status
    new.root.replace(status, copy.deepcopy(document.status))
    return new


def _delete(document: Document, edit: Edit, element: etree._Element | None) -> None:
    """Delete what the XPath names, or what has the text's tag and attributes; that there is none is no error."""
    if edit.xpath:
        for found in reversed(_at(document, edit.xpath)):
            _remove(found)
        return
    if element is None:
        raise _EditError("cib.bad-edit", "it is not said what to delete", "xml or xpath")
    section = _section(document, edit, element.tag)
    for wanted in list(element) if element.tag == section.tag else [element]:
        for found in section.iterdescendants(wanted.tag):
            if all(found.get(name) == value for name, value in wanted.items()):
                _remove(found)
                break


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        raise _EditError("cib.bad-edit", "the whole document cannot be deleted", "a part of it")
    parent.remove(element)


def _same_anywhere(top: etree._Element, element: etree._Element) -> etree._Element | None:
    """Return the first element, top included, with the same tag and id."""
    for found in top.iter(element.tag):
        if found.get("id") == element.get("id"):
            return found
    return None


def _counterpart(parent: etree._Element, element: etree._Element) -> etree._Element | None:
    """Return the child that an update means: the same tag and the same id, or `id-ref`, or (neither) the first."""
    for name in ("id", "id-ref"):
        if element.get(name) is not None:
            found = (c for c in parent.iterchildren(element.tag) if c.get(name) == element.get(name))
            return next(found, None)
    return parent.find(element.tag)


def _merge(target: etree._Element, update: etree._Element) -> None:
    """Set the update's attributes on the target and merge its children by id; nothing is removed."""
    for name, value in update.items():
        target.set(name, value)
    for child in update:
        if not isinstance(child.tag, str):
            continue
        found = _counterpart(target, child)
        if found is None:
            target.append(copy.deepcopy(child))
        else:
            _merge(found, child)
