"""View of the fencing topology: which devices, in which order, for which nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from standfast.cib import values
from standfast.cib.document import Document


class Level(msgspec.Struct, frozen=True):
    """One level: all its devices must succeed. `index` counts from 1.

    Exactly one way of naming nodes is given: `target` a name, `pattern` a regular expression that the name holds,
    `attribute` with `value` a node attribute.
    """

    id: str
    index: int
    devices: tuple[str, ...]
    target: str = ""
    pattern: str = ""
    attribute: str = ""
    value: str = ""

    def is_for(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Return whether the level is for the node of this name with these attributes."""
        if self.target:
            return self.target.lower() == name.lower()
        if self.pattern:
            try:
                return re.search(self.pattern, name) is not None
            except re.error:
                return False
        return bool(self.attribute) and attributes.get(self.attribute) == self.value


def levels(document: Document) -> tuple[Level, ...]:
    """Return all levels in the document's order; those without a valid index are passed over."""
    found = []
    for element in document.root.iterfind("configuration/fencing-topology/fencing-level"):
        index = values.integer(element.get("index")) or 0
        if index > 0:
            found.append(
                Level(
                    id=element.get("id", ""),
                    index=index,
                    devices=tuple(d.strip() for d in element.get("devices", "").split(",") if d.strip()),
                    target=element.get("target", ""),
                    pattern=element.get("target-pattern", ""),
                    attribute=element.get("target-attribute", ""),
                    value=element.get("target-value", ""),
                )
            )
    return tuple(found)


def levels_for(all_levels: tuple[Level, ...], name: str, attributes: Mapping[str, str]) -> tuple[Level, ...]:
    """Return the levels of one node by index: those that name it; else those of a pattern; else of an attribute."""
    for way in ("target", "pattern", "attribute"):
        found = [level for level in all_levels if getattr(level, way) and level.is_for(name, attributes)]
        if found:
            return tuple(sorted(found, key=lambda level: level.index))
    return ()
