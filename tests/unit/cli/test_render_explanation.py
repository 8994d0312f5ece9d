"""Explanations as text."""

from __future__ import annotations

import pytest

from standfast.cli import render_explanation
from standfast.cli.style import PLAIN
from standfast.web import schema

RECORD = schema.Explanation(
    "vip",
    [
        schema.InstanceExplanation(
            "vip",
            "n1",
            "Started",
            "the highest score",
            [
                schema.PlaceRecord(
                    "n1", 1000150, [schema.Part("l1", 1000000), schema.Part("stickiness", 150, "runs here")]
                ),
                schema.PlaceRecord("n2", 50, [schema.Part("l2", 50)]),
                schema.PlaceRecord("n3", -1000000, [schema.Part("ban", -1000000)], refused="it is in standby"),
            ],
        )
    ],
    [schema.PlannedAction("Move", "app", "n2", "n1", "colocation with vip")],
    [schema.EventRecord(4, 1700000000250, "operation", "info", "vip_start_0 on n1: 0")],
)
TEXT = """\
vip: Started on n1
  decided by: the highest score
  ├─ n1: INFINITY *
  │    INFINITY  l1
  │         150  stickiness  (runs here)
  ├─ n2: 50
  │    50  l2
  └─ n3: -INFINITY  refused: it is in standby
       -INFINITY  ban

Being done:
  Move app n2 -> n1, because colocation with vip

Lately:
  2023-11-14 22:13:20.250  vip_start_0 on n1: 0"""


def test_every_score_has_its_parts() -> None:
    """If this failed, nobody could see why a resource is where it is."""
    assert render_explanation.explanation(RECORD, PLAIN) == TEXT


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("n1", "it is on n1"),
        ("n2", "not on n2: n1 has the higher score (INFINITY against 50)"),
        ("n3", "not on n3: it is in standby"),
        ("n9", "not on n9: n9 was no candidate"),
    ],
)
def test_why_not(node: str, expected: str) -> None:
    """If this failed, the question that operators ask most would not be answered."""
    assert expected in render_explanation.explanation(RECORD, PLAIN, why_not=node)


def test_why_nowhere() -> None:
    """If this failed, a stopped resource would be explained by a score of nothing."""
    places = [schema.PlaceRecord("n1", 0), schema.PlaceRecord("n2", -5)]
    record = schema.Explanation("x", [schema.InstanceExplanation("x", "", "Stopped", "target-role is Stopped", places)])
    text = render_explanation.explanation(record, PLAIN, why_not="n1")
    assert "x: Stopped\n" in text
    assert "not on n1: target-role is Stopped" in text
    assert "its score there is -5" in render_explanation.explanation(record, PLAIN, why_not="n2")
    assert render_explanation.explanation(schema.Explanation("y"), PLAIN) == "y: nothing is known of it"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (schema.PlannedAction("Start", "a", target="n1"), "Start a on n1"),
        (schema.PlannedAction("Stop", "a", source="n1", reason="no quorum"), "Stop a on n1, because no quorum"),
        (schema.PlannedAction("Restart", "a", "n1", "n1", blocked=True), "Restart a on n1 (blocked)"),
        (schema.PlannedAction("Fence", "n2", reason="lost"), "Fence n2, because lost"),
    ],
)
def test_actions_are_sentences(action: schema.PlannedAction, expected: str) -> None:
    """If this failed, a plan would not say where something is done."""
    assert render_explanation.action_line(action) == expected
