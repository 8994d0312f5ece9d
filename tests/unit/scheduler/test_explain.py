"""Why: every score as the sum of its parts."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast import cib, scheduler
from standfast.scheduler.scores import add, render


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


CASES = Path(__file__).resolve().parents[2] / "golden" / "scheduler"
SHARED = Path(os.environ.get("STANDFAST_SHARED", Path(__file__).resolve().parents[4] / "shared"))
ARCHIVE = SHARED / "pacemaker-cases" / "cases.tar.xz"
CAPACITY = "not enough capacity"


def inexact(document: cib.Document) -> list[str]:
    """Return the candidates whose parts do not add up to their score, or whose score is not the one that is shown.

    What a node has no room for is found out after the scores are shown, and bans it.
    """
    outcome = scheduler.schedule(document, 1_700_000_000, sanitized=True)
    shown = {(s.resource, s.node): s.value for s in outcome.scores if s.phase == "pcmk__primitive_assign"}
    found = []
    for assignment in outcome.assignments:
        for candidate in assignment.candidates:
            total = before = 0
            for part in candidate.contributions:
                total = add(total, part.score)
                before = before if part.source == CAPACITY else add(before, part.score)
            expected = shown.get((assignment.resource, candidate.node), render(before))
            if total != candidate.score or expected != render(before):
                found.append(f"{assignment.resource} on {candidate.node}: {expected} {candidate}")
    for promotion in outcome.promotions:
        total = 0
        for part in promotion.contributions:
            total = add(total, part.score)
        if total != promotion.score:
            found.append(f"promotion of {promotion}")
    return found


@pytest.mark.parametrize("case", sorted(p.name for p in CASES.iterdir()))
def test_the_parts_are_the_score_that_is_shown(case: str) -> None:
    """`explain` would say something else than `crm_simulate -s`, and one of them would be believed."""
    assert inexact(cib.Document.parse((CASES / case / "input.xml").read_bytes())) == []


@pytest.mark.slow
@pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"no cases in {SHARED} (STANDFAST_SHARED says where else)")
def test_the_parts_are_the_score_in_every_case_of_pacemaker() -> None:
    """A part would be missing where many rules meet, and the explanation would be wrong just where it is needed."""
    seen = 0
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            if member.name.startswith("cases/xml/") and (file := archive.extractfile(member)) is not None:
                assert inexact(cib.Document.parse(file.read())) == [], member.name
                seen += 1
    assert seen >= 680


def test_who_is_promoted_and_who_is_not_says_why(small) -> None:
    """An operator could not see why the database is promoted on the other node."""
    history = {node: ["p start 0"] for node in ("n1", "n2", "n3")}
    scores = {"n1": {"master-p": 5}, "n2": {"master-p": 20}}
    constraints = ['<rsc_location id="m-on-n2" rsc="m" role="Promoted" node="n2" score="7"/>']
    plan = small.plan(
        small.clone("m", "p", promotable="true"), history=history, transient=scores, constraints=constraints
    )
    found = {one.node: one for one in plan.outcome.promotions}
    assert [found[node].promoted for node in ("n1", "n2", "n3")] == [False, True, False]
    assert found["n2"].score == 27
    assert "promoted-max is 1" in found["n1"].why_not
    assert "below zero" in found["n3"].why_not
    first = next(one for one in plan.outcome.assignments if one.node == "n1")
    said = scheduler.why_not(plan.outcome, first, "n1")
    assert f"It is not promoted there, with a promotion score of 5: {found['n1'].why_not}" in said
    assert said.endswith(f"; {found['n2'].resource} on n2 has 27.")
