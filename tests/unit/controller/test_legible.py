"""Text that XML can hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from standfast.controller.legible import is_legible, legible


@given(st.text())
def test_what_is_legible_can_be_written(text: str) -> None:
    """An agent's output would stop the replication on every node."""
    found = legible(text)
    element = etree.Element("x", value=found)
    assert etree.fromstring(etree.tostring(element)).get("value") is not None
    assert is_legible(found)
    assert legible(found) == found
