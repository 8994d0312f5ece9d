"""What configured texts mean."""

from __future__ import annotations

import pytest

from standfast.cib import times, values


@pytest.mark.parametrize(
    ("text", "score"),
    [("5", 5), ("-7x", -7), ("INFINITY", 1_000_000), ("+infinity", 1_000_000), ("-INFINITY", -1_000_000),
     ("99999999", 1_000_000), ("red", -1_000_000), ("green", 0), ("much", None), ("", None), (None, None)],
)  # fmt: skip
def test_scores(text: str | None, score: int | None) -> None:
    """A resource would be preferred or banned by another number than written."""
    assert values.parse_score(text) == score


@pytest.mark.parametrize(
    ("text", "value"),
    [("Yes", True), ("on", True), ("1", True), ("y", True), ("FALSE", False), ("off", False), ("0", False),
     ("maybe", None), ("", None), (None, None)],
)  # fmt: skip
def test_booleans(text: str | None, value: bool | None) -> None:
    """`stonith-enabled=off` would not switch fencing off."""
    assert values.boolean(text) is value


def test_numbers_of_thousands_of_digits_end_nothing() -> None:
    """A line of digits in a document from outside would end the daemon."""
    digits = "9" * 10_000
    assert values.parse_score(digits) == values.INFINITY
    assert times.parse_interval_ms(digits) == times.parse_interval_ms(digits + "h")
    assert times.parse_instant(f"{digits}-01-01") is None
    assert times.parse_duration_s(f"P{digits}D") is None
    assert values.compare_versions(digits, "1") == 1


def test_what_xml_cannot_hold_becomes_a_question_mark() -> None:
    """An agent that prints binary rubbish as its reason would end the daemon that records it."""
    assert values.xml_text("a\x00b\x1bc\ud800d\n\u00e4") == "a?b?c?d\n\u00e4"
