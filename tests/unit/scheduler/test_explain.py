"""Why: every score as the sum of its parts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.scheduler.scores import add


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.sampled_from([-100, -5, 0, 5, 100, "INFINITY", "-INFINITY"]), min_size=3, max_size=3),
    stickiness=st.integers(0, 50),
    colocated=st.sampled_from([-50, 10, 50, "INFINITY", "-INFINITY"]),
)
def test_parts_add_up(small, scores: list, stickiness: int, colocated: object) -> None:
    """An explanation would not explain the decision."""
    constraints = [small.location("a", f"n{n}", score) for n, score in enumerate(scores, 1)]
    sticky = small.primitive("a", meta={"resource-stickiness": stickiness})
    plan = small.plan(
        sticky, "b", constraints=[*constraints, small.colocation("a", "b", colocated)], history={"n2": ["a start 0"]}
    )
    for assignment in plan.outcome.assignments:
        for candidate in assignment.candidates:
            total = 0
            for part in candidate.contributions:
                total = add(total, part.score)
            assert total == candidate.score


def test_each_part_says_where_it_comes_from(small) -> None:
    """An administrator could not tell which constraint moved a resource."""
    sticky = small.primitive("a", meta={"resource-stickiness": 7})
    plan = small.plan(sticky, constraints=[small.location("a", "n2", 3)], history={"n2": ["a start 0"]})
    assert {(p.source, p.score) for p in plan.candidate("a", "n2").contributions} == {("a-on-n2", 3), ("stickiness", 7)}


def test_changes_say_why(small) -> None:
    """An administrator would see a restart and not its cause."""
    plan = small.plan(small.primitive("a", ip="192.0.2.1"), history={"n1": ["a start 0"]})
    assert [change.reason for change in plan.outcome.changes] == ["resource definition change"]
