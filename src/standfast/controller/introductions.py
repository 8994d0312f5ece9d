"""Whose state counts: decided by every member alike from what all have said of themselves.

A group is the members that hold the same state and came here from the same view. A group from a quorate view goes on;
all others are joiners. Without such a group the greatest copy (by term, then version) is taken: once quorum is there,
and once enough disks are there that none of them can miss an acknowledged change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from standfast.controller.messages import Hello
from standfast.messaging import Quorum


class Decision(msgspec.Struct, frozen=True):
    """Whose state it is to be.

    `source` sends it to all but `group`, who hold it; with `cold` it has no status worth keeping: it is the source's
    stored copy, and the group is empty. `certain`: what a quorum acknowledged is in it. `missing` names the nodes
    that must come first, or be vouched for (then nothing else counts).
    """

    source: int
    group: frozenset[int]
    term: int
    cold: bool = False
    certain: bool = True
    missing: tuple[str, ...] = ()


def decide(hellos: Mapping[int, Hello], quorum: Quorum, vouched: Collection[str], nodes: Collection[str]) -> Decision:
    """Return the decision. `vouched` are the nodes that an operator's word covers, `nodes` those of the membership."""
    assert hellos, "a round of introductions has at least our own"
    term = max(h.copy.term for h in hellos.values())
    best = max(_rank(h) for h in hellos.values())
    # Who has a lower term than another was left behind by a view in which enough disks came together: what it knows of
    # the others' status is not to be relied on, though its configuration may be the best there is.
    running = [n for n, h in hellos.items() if h.state and h.copy.term == term and _rank(h) == best]
    carried = [n for n in running if _is_carried(hellos[n])]
    best_copies = [n for n, h in hellos.items() if _rank(h) == best]
    source = max(carried or running or best_copies, key=lambda n: (hellos[n].copy, len(_group(hellos, n)), -n))
    group = _group(hellos, source) if running else frozenset()
    if carried:
        return Decision(source, group, term)
    if not quorum.quorate:
        return Decision(source, group, term, cold=not group, certain=False)
    missing = _missing(hellos, source, quorum, vouched, nodes)
    return Decision(source, group, term, cold=not group, missing=missing)


def _is_carried(hello: Hello) -> bool:
    return bool(hello.state) and hello.quorate and hello.established


def _rank(hello: Hello) -> tuple[int, tuple[int, int], bool, tuple[int, int]]:
    """Return by what configurations compare. What a quorate view changed with too few disks stands on what they hold:
    it is not lost while that view goes on, unless another has more than that."""
    copy = hello.copy
    return (copy.change_term, copy.base, True, copy.base) if _is_carried(hello) else copy.rank


def incompatible(hellos: Mapping[int, Hello]) -> frozenset[int]:
    """Return the members that do not speak the protocol of the lowest common version."""
    if not hellos:
        return frozenset()
    spoken = min(h.protocol[1] for h in hellos.values())
    return frozenset(n for n, h in hellos.items() if not h.protocol[0] <= spoken <= h.protocol[1])


def _group(hellos: Mapping[int, Hello], source: int) -> frozenset[int]:
    mine = hellos[source]
    if not mine.state:
        return frozenset()
    return frozenset(n for n, h in hellos.items() if (h.state, h.previous) == (mine.state, mine.previous))


def _missing(
    hellos: Mapping[int, Hello], source: int, quorum: Quorum, vouched: Collection[str], nodes: Collection[str]
) -> tuple[str, ...]:
    """Return whom to wait for, if the disks here might all miss an acknowledged change.

    Such a change is on as many disks as quorum needs votes: a majority of all votes' disks meets every such set. Where
    votes come without disks, or one vote is a quorum, it may be on those alone that the best copy names.
    """
    copy = hellos[source]
    here = {h.name for h in hellos.values()}
    if quorum.two_node or quorum.total_votes > len(nodes):
        wanted: Collection[str] = copy.members if copy.copy.term else nodes
    else:
        disks = len(hellos) + len(set(vouched) - here)
        if 2 * disks > quorum.expected_votes and 2 * disks > len(copy.members):
            return ()
        wanted = (*copy.members, *copy.nodes, *nodes)
    return tuple(dict.fromkeys(name for name in wanted if name not in here and name not in vouched))
