"""A scheduler's nouns, as the API says them."""

from __future__ import annotations

import msgspec
import pytest

from standfast import scheduler, transition
from standfast.daemons import outcome_answers as answers

ONLINE = scheduler.NodeState("n1", "1", online=True)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, "online"),
        ({"online": False}, "offline"),
        ({"unclean": True}, "UNCLEAN (online)"),
        ({"unclean": True, "online": False}, "UNCLEAN (offline)"),
        ({"pending": True}, "pending"),
        ({"standby": True}, "standby"),
        ({"standby_on_fail": True}, "standby"),
        ({"maintenance": True, "standby": True}, "maintenance"),
    ],
)
def test_a_nodes_state_in_a_word(state: dict[str, bool], word: str) -> None:
    """An operator would take a lost node for one in standby."""
    assert answers.node(msgspec.structs.replace(ONLINE, **state), frozenset()).state == word


def test_fencing_stands_first_and_once() -> None:
    """A plan would hide that it kills a node, or say it twice."""
    changes = (
        scheduler.Change("web", "Move", "n1", "n2"),
        scheduler.Change("n3", "Fence", source="n3", reason="lost"),
    )
    outcome = scheduler.Outcome(
        transition.Graph(), scheduler.State(), changes=changes, fencing={"n1": "hung", "n3": "lost"}
    )
    assert [(a.action, a.resource) for a in answers.actions(outcome)] == [
        ("Fence", "n1"), ("Move", "web"), ("Fence", "n3"),
    ]  # fmt: skip


def test_an_explanation_keeps_to_its_resource_and_node() -> None:
    """An answer about one service would list all of them."""
    places = tuple(
        scheduler.Candidate(n, s, (scheduler.Contribution("l", s),)) for n, s in (("n1", 5), ("n2", -1_000_000))
    )
    web = scheduler.Assignment("web:0", "n1", scheduler.Role.STARTED, places, "score")
    other = scheduler.Assignment("db", "n2", scheduler.Role.STARTED)
    outcome = scheduler.Outcome(
        transition.Graph(), scheduler.State(), (web, other),
        (scheduler.Change("web:0", "Start", target="n1"), scheduler.Change("db", "Start", target="n2")),
    )  # fmt: skip
    found = answers.explanation("web", "n2", outcome, frozenset(["web"]), [])
    assert [(i.instance, i.node, [(p.node, p.score) for p in i.places]) for i in found.instances] == [
        ("web:0", "n1", [("n2", -1_000_000)])
    ]
    assert [a.resource for a in found.actions] == ["web:0"]
