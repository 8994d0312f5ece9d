"""The steps from a document's schema to the newest one."""

from __future__ import annotations

import re

from standfast.cib.document import Document
from standfast.errors import Report

NEWEST = "pacemaker-4.0"
"""The schema that upgraded documents say."""

_SCHEMA = re.compile(r"pacemaker-(\d+)\.(\d+)")


def major(document: Document) -> int:
    """Return the major number of the document's schema; what names none is taken for the newest."""
    match = _SCHEMA.fullmatch(document.root.get("validate-with", ""))
    return int(match[1]) if match else 4


def needed(document: Document) -> bool:
    """Return whether an upgrade would change the document."""
    return major(document) < 4


def upgrade(document: Document, *, in_place: bool = False) -> tuple[Document, tuple[Report, ...]]:
    """Return the same configuration in the newest schema, and what was lost or changed its meaning on the way.

    The given document is not changed, unless `in_place`; without need it is returned itself.
    Source: Pacemaker's schema upgrades, what they do in effect. What both schemas read alike (the order of sets,
    references by `id-ref`) stays as it is.
    """
    start = major(document)
    if start >= 4:
        return document, ()
    from standfast.cib.upgrade import from_1, from_2, from_3  # only where they are needed: commands start sooner

    result = document if in_place else document.copy()
    reports: list[Report] = []
    if start < 2:
        reports += from_1.upgrade(result)
    if start < 3:
        reports += from_2.upgrade(result)
    reports += from_3.upgrade(result)
    result.root.set("validate-with", NEWEST)
    return result, tuple(reports)
