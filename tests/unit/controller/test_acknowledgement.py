"""When a client is told that its change is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, controller
from standfast.controller.requests import ChangeConfiguration

EDIT = '<nvpair id="o-{0}" name="{0}" value="1"/>'


def change(name: str) -> ChangeConfiguration:
    return ChangeConfiguration((cib.Edit("create", EDIT.format(name), xpath="//cluster_property_set"),))


@pytest.fixture
def cluster(make: Callable, words: type):
    return make(3, words.document(stonith_enabled="false"))


def test_a_change_is_answered_when_a_quorum_of_disks_holds_it(cluster) -> None:
    """An operator would be told that it is done, and a power cut would undo it."""
    for name in ("n2", "n3"):
        cluster[name].slow_disk = True
    assert cluster["n1"].ask(change("a")) is None
    assert b'name="a"' in cluster["n3"].document.render()
    cluster["n3"].let_disk_go()
    assert [r.error for r in cluster["n1"].replies.values()] == [""]


def test_many_changes_share_a_disk_write(cluster) -> None:
    """A thousand changes would need a thousand times the disk's latency."""
    for node in cluster.nodes.values():
        node.slow_disk = True
    for number in range(20):
        cluster["n1"].ask(change(f"c{number}"), run=False)
    cluster.run(10)
    assert len(cluster["n2"].waiting_stores) == 1
    for node in cluster.nodes.values():
        node.let_disk_go()
    assert len(cluster["n1"].replies) == 20
    assert b'name="c19"' in cluster["n1"].disk.document


def test_the_vote_of_a_node_without_a_daemon_is_no_disk(cluster) -> None:
    """One disk alone would hold an acknowledged change, because the other nodes' machines are up."""
    cluster["n2"].crash()
    cluster["n3"].crash()
    assert cluster["n1"].machine.quorum.quorate
    assert cluster["n1"].ask(change("a")) is None
    cluster["n3"].start()
    cluster.run(100)
    assert [r.error for r in cluster["n1"].replies.values()] == [""]


def test_who_waits_when_quorum_goes_is_told(cluster) -> None:
    """A client would wait for ever, or take a change for done that the majority does not have."""
    cluster["n2"].slow_disk = cluster["n3"].slow_disk = True
    assert cluster["n1"].ask(change("a")) is None
    cluster.network.cut({1}, {2, 3})
    cluster.run(100)
    assert [r.exit_status for r in cluster["n1"].replies.values()] == [106]


def test_a_disk_that_refuses_is_not_counted_and_tried_again(cluster) -> None:
    """A full disk would be taken for one that holds the change."""
    node = cluster["n1"]
    for other in ("n2", "n3"):
        cluster[other].slow_disk = True
    node.slow_disk = True
    node.ask(change("a"))
    effect = node.waiting_stores.pop()
    node.feed("controller", controller.StoreFailed(effect.number, "no space left"))
    assert node.said("disk")
    cluster["n2"].let_disk_go()
    assert node.replies == {}
    cluster.run(3000)
    node.let_disk_go()
    assert [r.error for r in node.replies.values()] == [""]


def test_the_term_is_on_disk_with_every_change(cluster) -> None:
    """Copies of two quorate views could not be told apart."""
    cluster["n1"].ask(change("a"))
    assert {n.disk.term for n in cluster.nodes.values()} == {cluster["n1"].machine.term}
    cluster["n3"].power_off()
    cluster.run(100)
    assert cluster["n1"].disk.term == cluster["n1"].machine.term
    assert cluster["n1"].disk.term > cluster["n3"].disk.term
    assert cluster["n1"].disk.members == ("n1", "n2", "n3"), "n3 is lost and not fenced: it may go on by itself"


def test_a_copy_of_a_minority_names_the_last_quorate_views_members(cluster) -> None:
    """A node that was cut off would come up alone, because its copy names nobody else."""
    cluster.network.cut({1, 2}, {3})
    cluster.run(100)
    assert cluster["n3"].disk.members == ("n1", "n2", "n3")


def test_the_stored_copy_has_no_status(cluster) -> None:
    """After a power cut resources would be believed to run."""
    assert b"node_state" not in cluster["n1"].disk.document


def test_a_change_counts_when_enough_disks_know_of_its_term(make: Callable, words: type) -> None:
    """A node that dies with a change of a term that only it knows would come back and undo, with it, what a quorum that
    took the same term acknowledged."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster["n2"].slow_disk = True
    cluster["n3"].power_off()
    cluster.run(100)
    assert cluster["n1"].ask(change("a")) is None
    disk = cluster["n1"].disk
    assert disk.term == cluster["n1"].machine.term
    assert disk.change_term < disk.term
    assert b'have-quorum="0"' in disk.document
    cluster["n2"].let_disk_go()
    cluster.run(100)
    assert [r.error for r in cluster["n1"].replies.values()] == [""]
    assert all(cluster[name].disk.change_term == cluster["n1"].machine.term for name in ("n1", "n2"))
    assert all(b"o-a" in cluster[name].disk.document for name in ("n1", "n2"))
    assert b'have-quorum="1"' in cluster["n1"].disk.document
