"""Who is promoted: scores from agents, constraints, and what runs already."""

from __future__ import annotations


def promotable(small, **meta: object) -> str:
    return small.clone("c", "p", promotable="true", **meta)


def promoted(plan) -> set[str | None]:
    return {plan.node[one] for one, role in plan.role.items() if role == "Promoted"}


def test_the_highest_score_is_promoted(small) -> None:
    """A replica with old data would become the primary."""
    scores = {"n1": {"master-p": 5}, "n2": {"master-p": 50}, "n3": {"master-p": 10}}
    assert promoted(small.plan(promotable(small), transient=scores)) == {"n2"}


def test_nobody_without_a_score(small) -> None:
    """A replica that its agent does not vouch for would be promoted."""
    assert promoted(small.plan(promotable(small))) == set()


def test_as_many_as_wanted(small) -> None:
    """Two primaries would be one, or one would be two."""
    scores = {n: {"master-p": 5} for n in ("n1", "n2", "n3")}
    for count in (1, 2):
        assert len(promoted(small.plan(promotable(small, promoted_max=count), transient=scores))) == count


def test_the_promoted_one_stays_among_equals(small) -> None:
    """The primary would change for nothing."""
    scores = {n: {"master-p": 5} for n in ("n1", "n2", "n3")}
    history = {"n1": ["p start 0"], "n2": ["p start 0"], "n3": ["p promote 0"]}
    plan = small.plan(promotable(small), transient=scores, history=history)
    assert promoted(plan) == {"n3"}
    assert plan.changes == []


def test_a_change_of_the_primary_demotes_before_it_promotes(small) -> None:
    """Two replicas would be writable at once."""
    history = {"n1": ["p promote 0"], "n2": ["p start 0"], "n3": ["p start 0"]}
    plan = small.plan(promotable(small), transient={"n2": {"master-p": 100}, "n1": {"master-p": 1}}, history=history)
    demote = next(key for key in plan.keys if "_demote_0 n1" in key)
    promote = next(key for key in plan.keys if "_promote_0 n2" in key)
    assert plan.precedes(demote, promote)


def test_target_role_unpromoted_is_a_limit(small) -> None:
    """An administrator's demotion would be undone at once."""
    scores = {n: {"master-p": 5} for n in ("n1", "n2", "n3")}
    plan = small.plan(promotable(small, target_role="Unpromoted"), transient=scores)
    assert set(plan.role.values()) == {"Unpromoted"}


def test_promotion_after_all_starts(small) -> None:
    """A replica would be promoted before its peers could be seen."""
    scores = {"n1": {"master-p": 5}}
    plan = small.plan(promotable(small), transient=scores, history={"n1": ["p start 0"]})
    promote = next(key for key in plan.keys if "_promote_0 n1" in key)
    assert plan.precedes("c_running_0", promote)
