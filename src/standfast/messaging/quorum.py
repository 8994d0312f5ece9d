"""Votes and quorum of one component, as votequorum has them.

Source: votequorum(5) of Corosync 3.1, and `exec/votequorum.c` for what the page leaves open. Not modelled: qdevice,
auto_tie_breaker, last_man_standing, allow_downscale.
"""

from __future__ import annotations

from collections.abc import Set

import msgspec

from standfast.errors import ConfigError, Report
from standfast.messaging.engine import Node, Quorum


class Voter(msgspec.Struct, frozen=True):
    """A configured node and its votes (0: it takes part and does not count)."""

    id: int
    name: str
    votes: int = 1


class Electorate(msgspec.Struct, frozen=True):
    """Who may vote, and by which rules.

    `expected_votes` 0 means the sum of the votes; `wait_for_all` None means what `two_node` is.
    """

    voters: tuple[Voter, ...]
    expected_votes: int = 0
    two_node: bool = False
    wait_for_all: bool | None = None

    def __post_init__(self) -> None:
        reports = [*_reports(self)]
        if reports:
            raise ConfigError(reports)

    @property
    def expected(self) -> int:
        """Return the votes that count as all."""
        return self.expected_votes or sum(voter.votes for voter in self.voters)

    @property
    def is_two_node(self) -> bool:
        """Return whether one of two nodes is enough; ignored, as votequorum does, unless there are exactly two."""
        return self.two_node and len(self.voters) == 2

    @property
    def waits_for_all(self) -> bool:
        """Return whether every node must be seen once before the first quorum; two_node implies it unless said."""
        return self.is_two_node if self.wait_for_all is None else self.wait_for_all

    def nodes(self, present: Set[int]) -> tuple[Node, ...]:
        """Return those of `present` in the order of their ids."""
        chosen = sorted((voter for voter in self.voters if voter.id in present), key=lambda voter: voter.id)
        return tuple(Node(voter.id, voter.name) for voter in chosen)


def _reports(electorate: Electorate) -> list[Report]:
    found = []
    ids = [voter.id for voter in electorate.voters]
    if len(set(ids)) != len(ids):
        found.append(Report("messaging.node-twice", f"two nodes have one id among {ids}", "ids of their own"))
    for voter in electorate.voters:
        if not 1 <= voter.id < 1 << 32:
            found.append(Report("messaging.node-id", f"node {voter.name} has the id {voter.id}", "1 to 4294967295"))
        if voter.votes < 0:
            found.append(Report("messaging.votes", f"node {voter.name} has {voter.votes} votes", "0 or more"))
    if electorate.expected_votes < 0:
        found.append(Report("messaging.expected-votes", f"expected_votes is {electorate.expected_votes}", "0 or more"))
    return found


def assess(electorate: Electorate, present: Set[int], waiting: bool) -> Quorum:
    """Return the quorum of a component that holds these nodes.

    `waiting`: none of its nodes has been quorate since it came up or lost quorum (`wait_for_all` then wants all).
    """
    total = sum(voter.votes for voter in electorate.voters if voter.id in present)
    expected = max(electorate.expected, total)
    needed = 1 if electorate.is_two_node and len(present) <= 2 else expected // 2 + 1
    # "the cluster will be quorate for the first time only after all nodes have been visible at least once at the
    # same time"
    held_back = electorate.waits_for_all and waiting and total < expected
    return Quorum(
        quorate=total >= needed and not held_back,
        total_votes=total,
        expected_votes=expected,
        needed_votes=needed,
        two_node=electorate.is_two_node,
        wait_for_all=electorate.waits_for_all,
        waiting_for_all=held_back,
    )
