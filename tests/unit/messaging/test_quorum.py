"""Votes and quorum as votequorum has them."""

import pytest

from standfast.errors import ConfigError
from standfast.messaging import quorum


def electorate(*votes: int, **rules) -> quorum.Electorate:
    return quorum.Electorate(tuple(quorum.Voter(i, f"n{i}", v) for i, v in enumerate(votes, 1)), **rules)


@pytest.mark.parametrize(
    ("votes", "present", "needed", "quorate"),
    [
        ((1,), {1}, 1, True),
        ((1, 1), {1}, 2, False),
        ((1, 1, 1), {1, 2}, 2, True),
        ((1, 1, 1, 1), {1, 2}, 3, False),
        ((1, 1, 1, 1), {1, 2, 3}, 3, True),
        ((3, 1, 1), {2, 3}, 3, False),
        ((1, 1, 0), {1, 3}, 2, False),
        ((1, 1, 1), set(), 2, False),
    ],
)
def test_more_than_half_is_needed(votes, present, needed, quorate):
    """Broken, two halves of a cut cluster would both be quorate, or none of them."""
    found = quorum.assess(electorate(*votes), present, waiting=True)
    assert (found.needed_votes, found.quorate) == (needed, quorate)


def test_expected_votes_replace_the_sum_until_more_are_there():
    """Broken, an operator's expected_votes would count for nothing, or let a minority of what is there act."""
    rules = electorate(1, 1, 1, 1, 1, expected_votes=3)
    assert quorum.assess(rules, {1, 2}, False).quorate
    assert quorum.assess(rules, {1, 2, 3, 4, 5}, False).needed_votes == 3
    assert quorum.assess(rules, {1, 2, 3, 4, 5}, False).expected_votes == 5


def test_two_node_needs_one_and_implies_wait_for_all():
    """Broken, a single node would act at its boot while the other runs everything."""
    rules = electorate(1, 1, two_node=True)
    assert quorum.assess(rules, {1}, waiting=True).waiting_for_all
    assert not quorum.assess(rules, {1}, waiting=True).quorate
    assert quorum.assess(rules, {1}, waiting=False).quorate
    assert quorum.assess(rules, {1, 2}, waiting=True).quorate


def test_two_node_can_do_without_wait_for_all():
    """Broken, an explicit `wait_for_all: 0` would be ignored."""
    assert quorum.assess(electorate(1, 1, two_node=True, wait_for_all=False), {1}, waiting=True).quorate


def test_two_node_is_ignored_for_three():
    """Broken, each of three nodes would be quorate alone."""
    rules = electorate(1, 1, 1, two_node=True)
    assert not rules.is_two_node
    assert not quorum.assess(rules, {1}, waiting=False).quorate


def test_what_is_wrong_is_said_at_once():
    """Broken, a wrong nodelist would be found one mistake a start."""
    voters = (quorum.Voter(1, "a"), quorum.Voter(1, "b", -1), quorum.Voter(0, "c"))
    with pytest.raises(ConfigError) as caught:
        quorum.Electorate(voters, expected_votes=-2)
    assert [report.code for report in caught.value.reports] == [
        "messaging.node-twice",
        "messaging.votes",
        "messaging.node-id",
        "messaging.expected-votes",
    ]
