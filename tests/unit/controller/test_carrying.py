"""Whether enough disks take part."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib
from standfast.controller import carrying
from standfast.controller.messages import Incarnation
from standfast.controller.replica import Departed, Member, Replica
from standfast.controller.requests import ChangeConfiguration
from standfast.messaging import Quorum

EDIT = '<nvpair id="o-{0}" name="{0}" value="1"/>'
LIFE = Incarnation()


def change(name: str) -> ChangeConfiguration:
    return ChangeConfiguration((cib.Edit("create", EDIT.format(name), xpath="//cluster_property_set"),))


def state(words: type, *members: int, departed: bool = False) -> Replica:
    replica = Replica(words.document(), members={n: Member(n, f"n{n}", LIFE, 1) for n in members})
    if departed:
        replica.departed["n9"] = Departed(9, "n9", LIFE, returning=False)
    return replica


@pytest.mark.parametrize(
    ("members", "quorum", "nodes", "departed", "carried", "needed"),
    [
        ((1, 2), Quorum(True, 2, 3, 2), 2, True, True, 2),
        ((1,), Quorum(True, 2, 3, 2), 2, False, False, 2),
        ((1, 2, 3, 4), Quorum(True, 4, 4, 3), 4, False, True, 3),
        ((1,), Quorum(False, 1, 3, 2), 1, False, False, 1),
        ((1,), Quorum(True, 1, 2, 1, two_node=True), 1, True, False, 2),
        ((1,), Quorum(True, 1, 2, 1, two_node=True), 1, False, True, 1),
        ((1, 2), Quorum(True, 2, 2, 1, two_node=True), 2, False, True, 2),
        ((1,), Quorum(True, 2, 3, 2), 1, False, True, 1),
    ],
)
def test_votes_are_not_disks(
    words: type, members: tuple[int, ...], quorum: Quorum, nodes: int, departed: bool, carried: bool, needed: int
) -> None:
    """A change would be acknowledged that the next quorum does not know."""
    replica = state(words, *members, departed=departed)
    carrying.take_quorum(replica, quorum, nodes)
    assert replica.carried is carried
    assert carrying.disks_needed(replica) == needed


def test_fencing_makes_one_of_two_the_only_one(words: type) -> None:
    """The survivor of two nodes could never be configured again."""
    replica = state(words, 1, departed=True)
    replica.established = True
    carrying.take_quorum(replica, Quorum(True, 1, 2, 1, two_node=True), 1)
    carrying.settle(replica, 5)
    replica.forced = True
    assert (replica.term, replica.voters, replica.carried) == (5, ("n1", "n9"), False)
    del replica.departed["n9"]
    carrying.fenced(replica, "n9")
    assert (replica.term, replica.voters, replica.carried, replica.forced) == (6, ("n1",), True, True)
    assert carrying.heard(replica, 1)
    assert (replica.change_term, replica.forced) == (6, False)
    assert not carrying.heard(replica, 1)


def test_one_of_two_waits_for_the_others_daemon(make: Callable, words: type) -> None:
    """The other one, whose disk may name nobody else, would start by itself without what was acknowledged here."""
    cluster = make(2, words.document(words.fence_device("n1", "n2"), nodes=("n1", "n2")), two_node=True)
    cluster["n1"].crash()
    assert cluster["n2"].machine.quorum.quorate
    assert cluster["n2"].ask(change("a")) is None
    cluster["n1"].start()
    cluster.run(1_000)
    assert [reply.error for reply in cluster["n2"].replies.values()] == [""]
    assert b'name="a"' in cluster.agree().render()


def test_a_change_that_one_disk_alone_holds_gives_way(make: Callable, words: type) -> None:
    """What was acknowledged would be undone by a change that was not, made on a node that was alone with its votes."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster["n1"].crash()
    cluster["n2"].crash()
    assert cluster["n3"].machine.quorum.quorate
    for name in ("a", "b", "c"):
        assert cluster["n3"].ask(change(name)) is None
    cluster["n3"].crash()
    for name in ("n1", "n2"):
        cluster[name].start()
    cluster.run(10_000)
    assert cluster["n1"].ask(change("acknowledged")).error == ""
    for name in ("n1", "n2"):
        cluster[name].crash()
    for node in cluster.nodes.values():
        node.start()
    cluster.run(100)
    assert b'name="acknowledged"' in cluster.agree().render()


def test_a_lone_daemon_among_nodes_without_daemons_does_not_start_cold(make: Callable, words: type) -> None:
    """A node with an empty disk would make a new, empty cluster of one that has a configuration."""
    cluster = make(3, words.document(stonith_enabled="false"))
    for node in cluster.nodes.values():
        node.crash()
    cluster["n2"].disk.document, cluster["n2"].disk.term, cluster["n2"].disk.members = None, 0, ()
    cluster["n2"].start()
    cluster.run(1_000)
    assert set(cluster["n2"].machine.missing) == {"n1", "n3"}
    cluster["n1"].start()
    cluster.run(1_000)
    assert cluster["n2"].machine.members == ("n1", "n2")
    assert cluster["n2"].document.version.epoch == 5


def test_a_lone_daemon_raises_no_term(make: Callable, words: type) -> None:
    """A disk that missed what the others acknowledged would win over theirs by its term."""
    cluster = make(3, words.document(stonith_enabled="false"))
    before = cluster["n3"].machine.term
    for _ in range(3):
        cluster["n1"].crash()
        cluster["n2"].crash()
        cluster.network.power_off(1)
        cluster.run(100)
        cluster.network.power_on(1)
        cluster.run(100)
    assert cluster["n3"].machine.quorum.quorate
    assert cluster["n3"].machine.term <= before + 1


def test_a_lone_daemon_that_meets_votes_again_waits_for_disks(make: Callable, words: type) -> None:
    """What the others acknowledged while it was cut off would be undone by the copy that it kept in its memory."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster.network.cut({2}, {1, 3})
    cluster.run(100)
    assert cluster["n3"].ask(change("acknowledged")).error == ""
    cluster["n3"].crash()
    cluster.network.cut({1}, {2, 3})
    cluster.run(1_000)
    assert set(cluster["n2"].machine.missing) == {"n1", "n3"}
    cluster["n3"].start()
    cluster.run(1_000)
    assert cluster["n2"].machine.members == ("n2", "n3")
    assert b'name="acknowledged"' in cluster["n2"].document.render()
