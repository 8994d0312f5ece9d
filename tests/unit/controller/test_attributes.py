"""Node attributes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import controller
from standfast.cib import status
from standfast.controller import attributes
from standfast.controller.requests import Lifetime, UpdateAttribute
from standfast.errors import Exit


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, "5", "5"),
        ("5", "++", "6"),
        ("5", "load++", "6"),
        (None, "++", "1"),
        ("5", "+=10", "15"),
        ("5", "x+=-7", "-2"),
        ("INFINITY", "++", "1000000"),
        ("text", "++", "1"),
        ("5", "a+b", "a+b"),
    ],
)
def test_values_can_be_counted(old: str | None, new: str, expected: str) -> None:
    """Agents that count with `attrd_updater -U ++` would write the plus signs."""
    assert attributes.expand(old, new) == expected


@pytest.fixture
def cluster(make: Callable, words: type):
    return make(2, words.document(nodes=("n1", "n2"), stonith_enabled="false"))


def value(cluster, node: str, name: str) -> str | None:
    return status.attribute(cluster.agree(), node[1:], name)


def test_a_transient_attribute_is_in_everybodys_status(cluster) -> None:
    """The scheduler of the next DC would not know the promotion scores."""
    assert cluster["n2"].ask(UpdateAttribute("n1", "pingd", "100")).error == ""
    assert value(cluster, "n1", "pingd") == "100"
    cluster["n1"].ask(UpdateAttribute("n1", "pingd", "+=5"))
    assert value(cluster, "n1", "pingd") == "105"
    cluster["n1"].ask(UpdateAttribute("n1", "pingd", None))
    assert value(cluster, "n1", "pingd") is None


def test_a_private_attribute_stays_out_of_the_document(cluster) -> None:
    """Secrets and notes of tools would be written to the CIB and cause scheduling."""
    before = str(cluster["n1"].document.version)
    cluster["n1"].ask(UpdateAttribute("n2", "note", "1", Lifetime.PRIVATE))
    assert cluster["n2"].machine.private_attributes == {"n2": {"note": "1"}}
    assert str(cluster["n1"].document.version) == before


def test_a_permanent_attribute_is_configuration_on_disk(cluster) -> None:
    """`standby` would be forgotten at the next start."""
    assert cluster["n1"].ask(UpdateAttribute("n2", "rack", "7", Lifetime.FOREVER)).result == {"version": "0.6.0"}
    assert b'name="rack" value="7"' in cluster["n2"].disk.document
    assert cluster["n1"].ask(UpdateAttribute("n2", "rack", "++", Lifetime.FOREVER)).error == ""
    assert b'name="rack" value="8"' in cluster["n1"].disk.document


def test_a_dampened_attribute_is_written_once_when_it_is_quiet(cluster) -> None:
    """A ping that flaps would move resources to and fro."""
    for number in range(5):
        cluster["n1"].ask(UpdateAttribute("n1", "pingd", str(number), dampening_ms=5000))
        cluster["n2"].ask(UpdateAttribute("n2", "pingd", str(number * 2)))
        cluster.run(1000)
        assert value(cluster, "n1", "pingd") is None
    cluster.run(5000)
    assert value(cluster, "n1", "pingd") == "4"
    assert value(cluster, "n2", "pingd") == "8"


def test_dampening_survives_the_dc(cluster) -> None:
    """A value would stay unwritten for ever when the DC dies while it is held back."""
    cluster["n1"].ask(UpdateAttribute("n2", "pingd", "9", dampening_ms=5000))
    assert cluster["n1"].dc == "n1"
    cluster["n1"].power_off()
    cluster.run(10_000)
    assert status.attribute(cluster["n2"].document, "2", "pingd") == "9"


def test_an_unknown_node_is_refused(cluster) -> None:
    """A misspelt name would make a node entry that no node owns."""
    reply = cluster["n1"].ask(UpdateAttribute("nobody", "x", "1"))
    assert "nobody" in reply.error
    assert reply.exit_status == 105


def test_a_value_that_xml_cannot_hold_hurts_nobody(cluster) -> None:
    """An agent's control character would stop the replication on every node."""
    assert cluster["n1"].ask(UpdateAttribute("n1", "x", "a\x00b")).error == ""
    assert value(cluster, "n1", "x") == "a\N{REPLACEMENT CHARACTER}b"


def test_attributes_of_a_node_that_left_are_gone(cluster) -> None:
    """A node that comes back would be judged by the ping results of its former life."""
    cluster["n1"].ask(UpdateAttribute("n2", "pingd", "100"))
    cluster["n1"].ask(UpdateAttribute("n2", "note", "1", Lifetime.PRIVATE))
    cluster["n2"].feed("controller", controller.Stop())
    cluster.run(100)
    assert cluster["n2"].stopped
    assert status.attribute(cluster["n1"].document, "2", "pingd") is None
    assert cluster["n1"].machine.private_attributes == {}


def test_a_node_that_was_never_seen_has_none(make: Callable, words: type) -> None:
    """An entry in the status would say that it was seen: nobody would wait for it, or fence it, and what it runs would
    be started elsewhere."""
    cluster = make(3, words.document(stonith_enabled="false"), boot=False)
    for name in ("n1", "n2"):
        cluster[name].power_on()
    cluster.run(100)
    reply = cluster["n1"].ask(UpdateAttribute("n3", "shutdown", "1"))
    assert reply is not None
    assert reply.exit_status == Exit.UNSATISFIED
    assert status.node_state(cluster["n1"].document, "3") is None
