"""Reports of upgrades."""

from __future__ import annotations

from lxml import etree

from standfast.cib.document import line_of
from standfast.errors import Place, Report, Severity


def note(element: etree._Element, message: str) -> Report:
    """Return a warning about what an upgrade changed, at the element's line."""
    return Report("cib.upgraded", message, place=Place("", line_of(element)), severity=Severity.WARNING)


def name(element: etree._Element) -> str:
    """Return tag and id, to name an element in a message."""
    return " ".join(word for word in (str(element.tag), element.get("id", "")) if word)


def drop(element: etree._Element) -> None:
    """Remove an element from its parent, if it has one."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
