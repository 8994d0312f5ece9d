"""Changes of a corosync.conf keep what they do not change."""

from pathlib import Path

import pytest

from standfast.dialects import corosync
from standfast.errors import Exit, RequestError

THIRD = (Path(__file__).parent / "samples" / "third.conf").read_text()


@pytest.fixture
def tree() -> corosync.Tree:
    return corosync.read(THIRD)


def changed(before: corosync.Tree, after: corosync.Tree) -> tuple[list[str], list[str]]:
    old, new = before.text.split("\n"), after.text.split("\n")
    return [x for x in old if x not in new], [x for x in new if x not in old]


def test_a_value_is_set_in_its_line(tree: corosync.Tree) -> None:
    """Comments and layout that somebody cares for would be gone."""
    assert changed(tree, corosync.with_value(tree, "totem.token", "5000")) == (
        ["    token: 2000"], ["    token: 5000"],
    )  # fmt: skip


def test_a_new_key_stands_in_its_section_made_if_need_be(tree: corosync.Tree) -> None:
    """A key would land where Corosync does not look."""
    set_ = corosync.with_value(tree, "totem.join", "60")
    assert set_.value("totem", "join") == "60"
    linked = corosync.with_value(tree, "totem.interface.0.knet_link_priority", "9")
    assert [s.value("linknumber") for s in linked.root.named("totem", "interface")] == ["1", "0"]
    assert corosync.check(linked) == ()
    system = corosync.with_value(tree, "system.sched_rr", "no")
    assert system.value("system", "sched_rr") == "no"
    assert corosync.with_value(tree, "nodelist.node.n2.quorum_votes", "2").root.sections


def test_nodes_come_and_go(tree: corosync.Tree) -> None:
    """A joiner would be written where it hurts the others, or a leaver stay a vote."""
    node = corosync.NodeEntry("n4", corosync.next_id(corosync.conf(tree)), {0: "10.7.0.4", 1: "10.8.0.4"})
    more = corosync.with_node(tree, node)
    assert corosync.conf(more).node("n4") == node
    assert corosync.check(more) == ()
    assert corosync.without_node(more, "n4").text == tree.text
    with pytest.raises(RequestError) as twice:
        corosync.with_node(more, node)
    assert twice.value.exit_status == Exit.EXISTS
    with pytest.raises(RequestError, match="n1, n2, n3"):
        corosync.without_node(tree, "n9")


def test_two_node_follows_the_number_of_nodes(tree: corosync.Tree) -> None:
    """A cluster of three would keep the rule for two, or one of two lose quorum at the first failure."""
    bare = corosync.without(tree, "quorum.device")
    two = corosync.two_nodes_or_more(corosync.without_node(bare, "n3"))
    assert corosync.conf(two).quorum.two_node
    back = corosync.two_nodes_or_more(corosync.with_node(two, corosync.NodeEntry("n3", 3, {0: "10.7.0.3"})))
    assert not corosync.conf(back).quorum.two_node
    assert not corosync.conf(corosync.two_nodes_or_more(corosync.without_node(tree, "n3"))).quorum.two_node


def test_a_rendered_file_says_what_it_was_made_of() -> None:
    """`cluster init` would write something else than it was told."""
    nodes = tuple(
        corosync.NodeEntry(name, i, {0: f"10.0.0.{i}", 1: f"10.1.0.{i}"}, votes=i) for i, name in ((1, "a"), (2, "b"))
    )
    quorum = corosync.QuorumOptions("corosync_votequorum", two_node=True)
    wanted = corosync.Conf("shop", "knet", nodes, quorum, "aes256", "sha256", config_version=1)
    tree = corosync.read(corosync.render(wanted, {"token": "1000"}))
    assert corosync.conf(tree) == wanted
    assert tree.value("totem", "token") == "1000"
    assert [f for f in corosync.check(tree) if f.fate is not corosync.Fate.RISK] == []


def test_timeouts_are_as_corosync_counts_them(tree: corosync.Tree) -> None:
    """An operator would be told another time to failover than the cluster takes."""
    times = corosync.effective(tree)
    assert (times.token_ms, times.retransmit_ms, times.consensus_ms) == (2650, 630, 3180)
