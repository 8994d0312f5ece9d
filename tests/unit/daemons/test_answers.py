"""Nouns of the rooms, as the API says them."""

from __future__ import annotations

from standfast import errors, fencing, messaging
from standfast.daemons import answers
from standfast.runtime.histogram import Histogram


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
