"""Nested lists as text."""

from __future__ import annotations

from standfast.dialects.status.outline import Outline


def test_lists_in_lists() -> None:
    """Status texts would lose their structure."""
    outline = Outline()
    with outline.list("One"):
        outline.item("first")
        with outline.list("Two"):
            outline.item("second")
    assert outline.text() == "One:\n  * first\n  * Two:\n    * second\n"
