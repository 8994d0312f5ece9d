"""The tables of options."""

from __future__ import annotations

from standfast.cib import options


def test_every_default_is_a_valid_value() -> None:
    """A property that nobody set would count as broken."""
    tables = (options.PROPERTIES, options.META, options.OPERATION)
    bad = [o.name for table in tables for o in table.values() if o.default and not o.accepts(o.default)]
    assert bad == []
    assert all(o.text for o in options.PROPERTIES.values())
