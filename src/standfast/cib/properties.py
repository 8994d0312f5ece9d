"""The cluster's properties as they count: what is set, by its present name, and the defaults."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.cib import nvpairs, options, times, values
from standfast.cib.document import BOOTSTRAP_OPTIONS, Document
from standfast.cib.rules import Context


class Properties(msgspec.Struct, frozen=True):
    """Cluster properties. `given` holds what is set, by the names it is set by; values that are none are as unset."""

    given: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return the property's value or its default, as text; empty if it has neither."""
        option = options.PROPERTIES.get(name)
        if option is None:
            return self.given.get(name, "")
        for alias in (name, *option.old):
            value = self.given.get(alias)
            if value is not None and option.accepts(value):
                return value
        return option.default

    def is_true(self, name: str) -> bool:
        """Return a boolean property."""
        return values.is_true(self.text(name))

    def integer(self, name: str) -> int:
        """Return a property that is a number; 0 if it is none."""
        return values.integer(self.text(name)) or 0

    def score(self, name: str) -> int:
        """Return a property that is a score."""
        return values.score(self.text(name))

    def duration_ms(self, name: str) -> int:
        """Return a property that is a duration, in milliseconds."""
        return times.interval_ms(self.text(name))


def read(document: Document, context: Context | None = None, changes: list[int] | None = None) -> Properties:
    """Return the document's properties. `cib-bootstrap-options` counts before all other sets."""
    section = document.root.find("configuration/crm_config")
    if section is None:
        return Properties({})
    given = nvpairs.unpack(section, nvpairs.PROPERTIES, context or Context(), first=BOOTSTRAP_OPTIONS, changes=changes)
    return Properties(given)
