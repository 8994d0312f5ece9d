"""A document without some of its elements, for a while: cheaper than a copy of a large document from which they are
taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from lxml import etree


@contextlib.contextmanager
def without(elements: Iterable[etree._Element]) -> Iterator[None]:
    """Take elements out of their document, and put them back where they were; the document must not be changed
    meanwhile, and its root stays."""
    taken: list[tuple[etree._Element, int, etree._Element]] = []
    try:
        for element in elements:
            parent = element.getparent()
            assert parent is not None, "the root stays"
            taken.append((parent, parent.index(element), element))
            parent.remove(element)
        yield
    finally:
        for parent, place, element in reversed(taken):
            parent.insert(place, element)
