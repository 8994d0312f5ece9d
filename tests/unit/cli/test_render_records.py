"""Events, fencing and outcomes as text."""

from __future__ import annotations

import pytest

from standfast.cli import render_records
from standfast.cli.style import PLAIN, Style
from standfast.web import schema


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("", ""),
        ("n2 is off", "n2 is off"),
        ("[1]", "[1]"),
        ('{"forgotten": [], "nodes": []}', "there was nothing to forget"),
        ('{"forgotten": [["n1", "a"], ["n2", "a"]], "nodes": ["n1", "n2"]}', "forgotten: a on n1\nforgotten: a on n2"),
        ('{"touched": ["a", "b"], "empty": []}', "touched: a, b"),
    ],
)
def test_outcomes_are_for_people(result: str, expected: str) -> None:
    """If this failed, the outcome of an order would be JSON."""
    assert render_records.outcome(result) == expected


def test_events_are_lines() -> None:
    """If this failed, events could not be read or searched line by line."""
    record = schema.EventRecord(12, 1700000000250, "view", "warning", "n3 is lost", {"node": "n3"})
    assert render_records.event(record, PLAIN) == "    12  2023-11-14 22:13:20.250  warning  n3 is lost node=n3"
    assert "\x1b[33mwarning\x1b[0m" in render_records.event(record, Style(colour=True))


def test_fencing_without_anything() -> None:
    """If this failed, an empty history would look like an error."""
    assert render_records.fencing(schema.FencingStatus(), PLAIN) == "Devices\n  none\n\nHistory\n  none"
