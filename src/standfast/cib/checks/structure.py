"""Whether each element may stand where it stands, with its attributes and as often as it does."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from standfast.cib.checks.findings import error, likely, named, warning
from standfast.cib.checks.grammar import ELEMENTS, Element, Kind
from standfast.errors import Report

_UNCHECKED = frozenset(("status",))


def check(root: etree._Element) -> Iterator[Report]:
    """Give a report for everything that the grammar does not allow. Below an unknown element nothing is looked at."""
    if root.tag != "cib":
        yield error("bad-root", root, f"the document is a <{root.tag}>", "<cib>")
        return
    yield from _element(root)


def _element(element: etree._Element) -> Iterator[Report]:
    rule = ELEMENTS[str(element.tag)]
    yield from _attributes(element, rule)
    text = element.text
    if text and text.strip():
        yield error("text", element, f"{named(element)} holds the text {text.strip()[:40]!r}", "no text")
    yield from _numbers(element, rule)
    for child in element:
        if not isinstance(child.tag, str) or child.tag in _UNCHECKED:
            continue
        if child.tag in rule.children:
            yield from _element(child)
        else:
            yield _misplaced(child, element, rule)


def _misplaced(child: etree._Element, parent: etree._Element, rule: Element) -> Report:
    if str(child.tag).startswith("{"):
        return warning("foreign", child, f"{named(child)} is of another namespace; it is kept and not looked at")
    expected = likely(str(child.tag), rule.children) or "nothing"
    if child.tag in ELEMENTS:
        return error("misplaced", child, f"{named(child)} cannot stand in {named(parent)}", expected)
    return error("unknown-element", child, f"{named(child)} in {named(parent)} is unknown", expected)


def _numbers(element: etree._Element, rule: Element) -> Iterator[Report]:
    """Give a report for children that are missing or too many."""
    if not rule.counted:
        return
    present = [child.tag for child in element]
    for tag, child in rule.counted:
        count = present.count(tag)
        if child.single and count > 1:
            second = element.findall(tag)[1]
            yield error("too-many", second, f"{named(element)} has {count} <{tag}>", "one at most")
        elif count < child.least:
            yield error("missing-element", element, f"{named(element)} has no <{tag}>", f"<{tag}>")


def _attributes(element: etree._Element, rule: Element) -> Iterator[Report]:
    known = rule.attributes
    for name, value in element.items():
        attribute = known.get(name)  # type: ignore[arg-type]
        if attribute is None:
            yield _unknown(element, str(name), rule)
        elif attribute.kind is not Kind.TEXT and not attribute.accepts(str(value)):
            message = f"{attribute.name} of {named(element)} is {str(value)!r}"
            lenient = attribute.kind in (Kind.LIMIT, Kind.FLAG)
            slug = "bad-id" if attribute.kind is Kind.ID else "bad-value"
            yield (warning if lenient else error)(slug, element, message, attribute.expected)
    for wanted in rule.required:
        if element.get(wanted) is None:
            yield error("missing-attribute", element, f"{named(element)} has no {wanted}", wanted)


def _unknown(element: etree._Element, name: str, rule: Element) -> Report:
    if name.startswith("{") or element.tag == "cib":
        return warning("foreign", element, f"the attribute {name} of {named(element)} is unknown; it is kept")
    expected = likely(name, rule.attributes) or "none"
    return error("unknown-attribute", element, f"the attribute {name} of {named(element)} is unknown", expected)
