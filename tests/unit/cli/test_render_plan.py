"""Plans as text."""

from __future__ import annotations

from standfast.cli import render_plan
from standfast.cli.style import PLAIN, Style
from standfast.web import schema

RECORD = schema.Plan(
    "0.7", ["+ primitive app"], [schema.PlannedAction("Start", "app", target="n1", reason="it is new")]
)


def test_a_plan_shows_difference_and_actions() -> None:
    """If this failed, a change would be applied without knowing what it does."""
    assert render_plan.plan(RECORD, PLAIN) == (
        "Based on configuration 0.7\n\nConfiguration:\n  + primitive app\n\n1 action:\n"
        "  Start app on n1, because it is new"
    )
    assert "\x1b[32mStart\x1b[0m app on n1" in render_plan.plan(RECORD, Style(colour=True))


def test_a_plan_that_does_nothing_says_so() -> None:
    """If this failed, an empty answer would look like an error."""
    assert render_plan.plan(schema.Plan("0.7"), PLAIN).endswith("no difference\n\nNothing would be done.")
