"""Whose state counts."""

from __future__ import annotations

from standfast.controller import introductions
from standfast.controller.messages import Copy, Hello, Incarnation
from standfast.messaging import Quorum

NODES = ("n1", "n2", "n3")
QUORATE = Quorum(True, 3, 3, 2)
MINORITY = Quorum(False, 1, 3, 2)


def hello(
    name: str, term: int = 4, epoch: int = 1, *, clean: bool = True, state: str = "", quorate: bool = False,
    members: tuple[str, ...] = ("n1", "n2", "n3"), protocol: tuple[int, int] = (1, 1), previous: int = 1,
    change_term: int | None = None, base: int | None = None,
) -> Hello:  # fmt: skip
    changed, stood = term if change_term is None else change_term, epoch if base is None else base
    copy = Copy(term, clean, (0, epoch, 0), changed, (0, stood))
    return Hello(
        (9, 1), 1, name, Incarnation("b", name), copy, (previous, 1), state=state,
        quorate=quorate, established=bool(state), members=members, protocol=protocol,
    )  # fmt: skip


def test_those_from_a_quorate_view_go_on_and_all_others_join() -> None:
    """A minority's changes would be merged into, or win over, the majority's."""
    hellos = {
        1: hello("n1", 5, 9, state="lonely", clean=False, base=3),
        2: hello("n2", 5, 3, state="many", quorate=True),
        3: hello("n3", 5, 3, state="many", quorate=True),
    }
    decision = introductions.decide(hellos, QUORATE, (), NODES)
    assert (decision.source, decision.group, decision.cold) == (2, {2, 3}, False)


def test_a_state_that_was_left_behind_does_not_go_on() -> None:
    """A node that stood still while the others went on would undo what they acknowledged before they restarted."""
    hellos = {1: hello("n1", 6, 9), 2: hello("n2", 5, 3, state="old", quorate=True), 3: hello("n3", 6, 8)}
    decision = introductions.decide(hellos, QUORATE, (), NODES)
    assert (decision.source, decision.group, decision.cold) == (1, frozenset(), True)


def test_members_that_came_by_different_views_do_not_count_as_one_group() -> None:
    """Two halves that took different messages since their last common view would both be believed."""
    hellos = {
        1: hello("n1", state="same", quorate=True, previous=1),
        2: hello("n2", state="same", quorate=True, previous=2),
        3: hello("n3", state="same", quorate=True, previous=2),
    }
    assert introductions.decide(hellos, QUORATE, (), NODES).group == {2, 3}


def test_at_a_cold_start_the_greatest_copy_is_taken() -> None:
    """After a power cut the cluster would come up with yesterday's configuration."""
    hellos = {1: hello("n1", 4, 7), 2: hello("n2", 5, 2), 3: hello("n3", 5, 3)}
    decision = introductions.decide(hellos, QUORATE, (), NODES)
    assert (decision.source, decision.group, decision.cold, decision.missing) == (3, frozenset(), True, ())


def test_a_minoritys_forced_changes_do_not_win_over_acknowledged_ones() -> None:
    """An operator would be told that a change is done, and find it undone by an older partition."""
    hellos = {1: hello("n1", 5, 9, clean=False, base=7), 2: hello("n2", 5, 8), 3: hello("n3", 5, 7)}
    assert introductions.decide(hellos, QUORATE, (), NODES).source == 2


def test_what_counts_of_a_copy_is_not_lost_with_what_does_not() -> None:
    """A change acknowledged by two disks would be undone by the third, because one of the two went on with a member
    that did not answer, and the other stopped."""
    hellos = {1: hello("n1", 5, 9, change_term=4, clean=False, base=8), 3: hello("n3", 5, 7, change_term=4)}
    assert introductions.decide(hellos, QUORATE, (), NODES).source == 1


def test_two_nodes_wait_for_the_one_that_may_know_more() -> None:
    """The node that was down longer would come up alone and forget what the other one had been told."""
    two = Quorum(True, 1, 2, 1, two_node=True)
    copy = hello("n1", members=("n1", "n2"))
    assert introductions.decide({1: copy}, two, (), ("n1",)).missing == ("n2",)
    assert introductions.decide({1: copy}, two, {"n2"}, ("n1",)).missing == ()
    alone = hello("n1", members=("n1",))
    assert introductions.decide({1: alone}, two, (), ("n1",)).missing == ()
    assert introductions.decide({1: copy, 2: hello("n2", members=("n1", "n2"))}, two, (), ("n1", "n2")).missing == ()


def test_a_quorum_of_votes_that_is_none_of_disks_waits() -> None:
    """A node whose copy names only itself would speak for all, because the others' machines vote without daemons."""
    alone = hello("n2", members=("n2",))
    assert introductions.decide({2: alone}, QUORATE, (), NODES).missing == ("n1", "n3")
    assert introductions.decide({2: alone}, QUORATE, {"n3"}, NODES).missing == ()
    new = hello("n2", term=0, epoch=0, members=())
    assert introductions.decide({2: new}, QUORATE, (), NODES).missing == ("n1", "n3")


def test_votes_of_a_device_have_no_disk() -> None:
    """Half of a cluster would start with its own copy, because a device votes for it."""
    device = Quorum(True, 2, 3, 2)
    copy = hello("n2", members=("n1", "n2"))
    assert introductions.decide({2: copy}, device, (), ("n2",)).missing == ("n1",)
    assert introductions.decide({2: hello("n2", members=("n2",))}, device, (), ("n2",)).missing == ()


def test_a_new_cluster_waits_for_nobody() -> None:
    """The first start of a cluster would hang."""
    new = hello("n1", term=0, epoch=0, members=())
    assert introductions.decide({1: new}, Quorum(True, 1, 1, 1), (), ("n1",)).missing == ()


def test_a_minority_goes_on_with_what_it_has_but_it_is_not_certain() -> None:
    """Nodes without quorum would not even stop what runs on them."""
    decision = introductions.decide({3: hello("n3")}, MINORITY, (), NODES)
    assert (decision.source, decision.cold, decision.certain, decision.missing) == (3, True, False, ())


def test_who_speaks_another_protocol_is_left_out() -> None:
    """Members would apply messages that they understand differently."""
    hellos = {1: hello("n1", protocol=(1, 2)), 2: hello("n2", protocol=(2, 3)), 3: hello("n3", protocol=(1, 3))}
    assert introductions.incompatible(hellos) == frozenset()
    hellos[4] = hello("n4", protocol=(3, 4))
    assert introductions.incompatible(hellos) == {4}
    assert introductions.incompatible({}) == frozenset()


def test_a_term_in_which_nothing_was_changed_wins_over_no_change() -> None:
    """A node that died at the begin of a term would come back and undo what the others acknowledged without it."""
    hellos = {
        1: hello("n1", 5, 2, change_term=3),
        2: hello("n2", 4, 3, state="many", quorate=True),
        3: hello("n3", 4, 3, state="many", quorate=True),
    }
    decision = introductions.decide(hellos, QUORATE, (), NODES)
    assert (decision.source, decision.group, decision.cold, decision.term) == (2, frozenset(), True, 5)


def test_a_view_that_goes_on_stands_on_what_enough_disks_hold() -> None:
    """A change made while one daemon was away would be undone when it comes back, or undo what that one knows."""
    alone = hello("n1", 5, 4, state="goes on", quorate=True, clean=False, base=3)
    assert introductions.decide({1: alone, 2: hello("n2", 5, 3)}, QUORATE, (), NODES).group == {1}
    assert introductions.decide({1: alone, 2: hello("n2", 5, 4)}, QUORATE, (), NODES).source == 2
