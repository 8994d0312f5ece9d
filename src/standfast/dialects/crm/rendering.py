"""A configuration in the crm shell's language.

Order: as in the document, the members of a container right before it. What the language cannot say is written as
`xml <…>`: each statement is read back, and kept only if it says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lxml import etree

from standfast import cib
from standfast.dialects.crm import comparison, phrases, statements
from standfast.dialects.crm.phrases import BREAK, pair

_SECTIONS = (
    "nodes",
    "resources",
    "constraints",
    "tags",
    "fencing-topology",
    "crm_config",
    "rsc_defaults",
    "op_defaults",
    "acls",
    "alerts",
)
_CONTAINERS = ("group", "clone", "master", "bundle")
_MEMBERS = ("primitive", "group")


def render(document: cib.Document, names: Collection[str] = (), *, as_xml: bool = False) -> str:
    """Return the configuration, or these objects of it (ids or keywords), as statements; `as_xml`: each as XML."""
    root = document.root if document.root.tag == "configuration" else document.root.find("configuration")
    if root is None:
        return ""
    referenced = frozenset(e.get("id-ref", "") for e in root.iter(etree.Element) if "id-ref" in e.attrib)
    parts = [_statement(element, section, referenced, as_xml=as_xml) for section, element in _objects(root, names)]
    return "".join(part + "\n" for part in parts)


def _objects(root: etree._Element, names: Collection[str]) -> Iterator[tuple[str, etree._Element]]:
    """Return the objects to render with their sections, each container after its members."""
    for section in _SECTIONS:
        for part in root.findall(section):
            if section == "fencing-topology":
                found = [part] if len(part) else []
            else:
                found = [e for child in part.iterchildren(etree.Element) for e in _with_members(child)]
            yield from ((section, e) for e in found if not names or _is_named(e, section, names))


def _is_named(element: etree._Element, section: str, names: Collection[str]) -> bool:
    if section == "fencing-topology":
        return "fencing_topology" in names
    return element.get("id") in names or element.get("uname") in names or f"type:{_keyword(element, section)}" in names


def _keyword(element: etree._Element, section: str) -> str:
    from_section = section if section in ("rsc_defaults", "op_defaults") else ""
    return from_section or phrases.KEYWORDS.get(str(element.tag), str(element.tag))


def _with_members(element: etree._Element) -> Iterator[etree._Element]:
    if element.tag in _CONTAINERS:
        for member in element.iterchildren(*_MEMBERS):
            yield from _with_members(member)
    yield element


def _statement(element: etree._Element, section: str, referenced: frozenset[str], *, as_xml: bool) -> str:
    comments = "".join(
        f"{c.text}\n" if (c.text or "").startswith("#") else f"# {c.text}\n"
        for c in element.iterchildren(etree.Comment)
    )
    if not as_xml:
        text = _phrase(element, section, referenced)
        if text and _says(text, element, section, referenced):
            return comments + text
    return comments + _xml(element, section)


def _says(text: str, element: etree._Element, section: str, referenced: frozenset[str]) -> bool:
    """Return whether the statement, read back, is this element."""
    script = statements.read(text)
    if script.reports or len(script.commands) != 1:
        return False
    return comparison.same(getattr(script.commands[0], "element", None), element, section, referenced)


def _xml(element: etree._Element, section: str) -> str:
    element = comparison.with_references(element)
    if section in ("rsc_defaults", "op_defaults"):
        wrapper = etree.Element(section)
        wrapper.append(element)
        element = wrapper
    etree.indent(element)
    lines = etree.tostring(element, encoding="unicode").strip().split("\n")
    return "xml " + " \\\n".join(lines)


def _phrase(element: etree._Element, section: str, referenced: frozenset[str]) -> str:
    """Return the statement for an object; empty if there is no way to say it."""
    tag = str(element.tag)
    if section in ("crm_config", "rsc_defaults", "op_defaults"):
        parts = phrases.settings(element, _keyword(element, section), referenced)
    elif head := phrases.HEADS.get(tag):
        parts = head(element)
        if description := element.get("description"):
            parts.append(pair("description", description))
        for child in element.iterchildren(etree.Element):
            parts += phrases.part(child, tag, referenced)
    else:
        return ""
    return BREAK.join(p for p in parts if p)
