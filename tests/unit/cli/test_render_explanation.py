"""Explanations as text."""

from __future__ import annotations

import msgspec
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
                schema.PlaceRecord(
                    "n2",
                    50,
                    [schema.Part("l2", 50)],
                    why_not="vip is not on n2: n1 has more. What would change it: a location.",
                ),
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
        ("n1", "  vip is on n1."),
        ("n2", "  vip is not on n2: n1 has more. What would change it: a location."),
        ("n3", "  vip is not on n3: it is in standby."),
        ("n9", "  vip is not on n9: that is no node it could be on."),
    ],
)
def test_why_not(node: str, expected: str) -> None:
    """If this failed, the question that operators ask most would not be answered."""
    assert expected in render_explanation.explanation(RECORD, PLAIN, why_not=node).splitlines()


def test_why_nowhere() -> None:
    """If this failed, a stopped resource would be explained by a score of nothing."""
    places = [schema.PlaceRecord("n1", 0)]
    record = schema.Explanation("x", [schema.InstanceExplanation("x", "", "Stopped", "target-role is Stopped", places)])
    text = render_explanation.explanation(record, PLAIN, why_not="n1")
    assert "x: Stopped\n" in text
    assert "x is not on n1: target-role is Stopped." in text
    assert render_explanation.explanation(schema.Explanation("y"), PLAIN) == "y: nothing is known of it"


STEPS = schema.Explanation(
    "vip",
    [schema.InstanceExplanation("vip", "n2", "Started", "score", [schema.PlaceRecord("n2", 5)])],
    steps=[
        schema.Step(1, "fence (reboot)", "n1", "it was lost", own=False),
        schema.Step(2, "vip_stop_0", "n1", "a mark", [1], pseudo=True),
        schema.Step(3, "vip probe", "n2", "it is not known", [1]),
        schema.Step(4, "vip start", "n2", "it is to run there", [1, 2, 3]),
    ],
)


def test_steps_say_why_and_what_they_wait_for() -> None:
    """If this failed, nobody would know what keeps a start waiting: a mark, which does nothing."""
    assert render_explanation.explanation(STEPS, PLAIN).partition("Step by step:\n")[2] == (
        "  vip probe on n2: it is not known\n"
        "      waits for fence (reboot) n1\n"
        "  vip start on n2: it is to run there\n"
        "      waits for vip probe on n2"
    )


def test_the_steps_as_a_graph() -> None:
    """If this failed, Graphviz would refuse the explanation, or an arrow would be missing."""
    record = msgspec.structs.replace(STEPS, resource='a"b')
    lines = render_explanation.dot(record).splitlines()
    assert lines[0] == 'digraph "a\\"b" {'
    assert '  4 [label="vip start on n2\\nit is to run there" style=bold];' in lines
    assert '  2 [label="vip_stop_0 on n1" style=dotted];' in lines
    assert [line for line in lines if "->" in line] == ["  1 -> 2;", "  1 -> 3;", "  1 -> 4;", "  2 -> 4;", "  3 -> 4;"]
    assert lines[-1] == "}"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (schema.PlannedAction("Start", "a", target="n1"), "Start a on n1"),
        (schema.PlannedAction("Stop", "a", source="n1", reason="no quorum"), "Stop a on n1, because no quorum"),
        (schema.PlannedAction("Restart", "a", "n1", "n1", blocked=True), "Restart a on n1 (blocked)"),
        (schema.PlannedAction("Fence", "n2", "n2", "n2", "lost"), "Fence n2, because lost"),
    ],
)
def test_actions_are_sentences(action: schema.PlannedAction, expected: str) -> None:
    """If this failed, a plan would not say where something is done."""
    assert render_explanation.action_line(action) == expected


def test_a_promotion_says_its_score() -> None:
    """If this failed, nobody could see why the database is promoted on the other node."""
    yes = schema.PromotionRecord(27, [schema.Part("promotion score of db:0", 20), schema.Part("fs", 7)])
    no = schema.PromotionRecord(5, why_not="promoted-max is 1")
    record = schema.Explanation(
        "db",
        [
            schema.InstanceExplanation("db:0", "n2", "Promoted", "score", promotion=yes),
            schema.InstanceExplanation("db:1", "n1", "Unpromoted", "score", promotion=no),
        ],
    )
    lines = render_explanation.explanation(record, PLAIN).splitlines()
    assert "  promoted, with a score of 27 (promotion score of db:0 20, fs 7)" in lines
    assert "  not promoted, with a score of 5: promoted-max is 1" in lines
