"""Elements that know the line they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from lxml import etree

_MAX_LINE = 65535  # what libxml2 keeps


def set_line(element: etree._Element, line: int) -> None:
    """Let the element stand in this line of its file."""
    cast(Any, element).sourceline = min(line, _MAX_LINE)


def line_of(element: etree._Element) -> int:
    """Return the line the element was read from; 0 is unknown."""
    return int(cast(Any, element).sourceline or 0)


def put(element: etree._Element, values: Mapping[str, str]) -> None:
    """Set these attributes."""
    for name, value in values.items():
        element.set(name, value)


def text_of(element: etree._Element, name: str) -> str:
    """Return an attribute; empty if it is missing."""
    return str(element.get(name) or "")
