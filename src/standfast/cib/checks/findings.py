"""Making reports of a check: where, what was read, what was expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from lxml import etree

from standfast.cib.document import line_of
from standfast.errors import Place, Report, Severity


def error(slug: str, element: etree._Element, message: str, expected: str = "") -> Report:
    """Return an error at the element's line."""
    return Report(f"cib.{slug}", message, expected, Place("", line_of(element)))


def warning(slug: str, element: etree._Element, message: str, expected: str = "") -> Report:
    """Return a warning at the element's line."""
    return Report(f"cib.{slug}", message, expected, Place("", line_of(element)), Severity.WARNING)


def named(element: etree._Element) -> str:
    """Return how a message names an element: its tag, and its id if it has one."""
    own = element.get("id") or element.get("id-ref")
    return f"<{element.tag}> {own}" if own else f"<{element.tag}>"


def close_to(word: str, known: Iterable[str]) -> str:
    """Return what was probably meant; empty if nothing is like it."""
    return next(iter(difflib.get_close_matches(word, sorted(known), 1, 0.7)), "")


def likely(word: str, known: Iterable[str]) -> str:
    """Return what was probably meant, and that alone; else all that is known, in words."""
    names = sorted(known)
    return close_to(word, names) or ", ".join(names)
