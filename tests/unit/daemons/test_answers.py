"""Nouns of the rooms, as the API says them."""

from __future__ import annotations

import dataclasses

import pytest

from standfast import errors, fencing, messaging, scheduler, transition
from standfast.daemons import answers
from standfast.runtime.histogram import Histogram

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
    assert answers.node(dataclasses.replace(ONLINE, **state), frozenset()).state == word


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


def test_no_view_is_no_quorum() -> None:
    """A node without its engine would be shown as quorate."""
    assert not answers.quorum(None).quorate
    record = answers.quorum(messaging.Quorum(True, 2, 3, 2))
    assert (record.quorate, record.total_votes, record.expected_votes, record.needed_votes) == (True, 2, 3, 2)


def test_a_failed_fencing_says_why() -> None:
    """An operator would wait for a recovery that cannot come."""
    record = answers.receipt(fencing.Receipt("r", "n1", "", "reboot", False, device="d", reason="no answer", wall_s=9))
    assert (record.state, record.device, record.reason, record.wall_s) == ("failed", "d", "no answer", 9)


def test_attributes_are_filtered_by_node_and_name() -> None:
    """An agent that asks for its own score would get another node's."""
    values = {"n2": {"score": "1", "x": "2"}, "n1": {"score": "3"}}
    assert [(a.node, a.value) for a in answers.attributes(values, "reboot", "", "score")] == [("n1", "3"), ("n2", "1")]
    assert [(a.name, a.lifetime) for a in answers.attributes(values, "reboot", "n2", "")] == [
        ("score", "reboot"), ("x", "reboot"),
    ]  # fmt: skip


def test_reports_keep_their_place() -> None:
    """An operator would be told that a text is wrong, and not where."""
    report = errors.Report("cib.x", "bad", "good", errors.Place("a.xml", 3, 7))
    (record,) = answers.reports([report])
    assert (record.code, record.file, record.line, record.column, record.expected) == ("cib.x", "a.xml", 3, 7, "good")


def test_a_histogram_keeps_its_counts() -> None:
    """A measurement over several daemons could not be put together."""
    found = Histogram((1, 10))
    for value in (0.5, 5, 50):
        found.add(value)
    record = answers.histogram(found)
    assert (record.bounds_ms, record.counts, record.maximum_ms) == ([1, 10], [1, 1, 1], 50)
    assert answers.quantiles(found)["max"] == 50
