"""Whose state counts: decided by every member alike from what all have said of themselves.

A group is the members that hold the same state and came here from the same view. A group from a quorate view goes on;
all others are joiners. Without such a group the greatest copy (by term, then version) is taken: once quorum is there,
and once enough disks are there that none of them can miss an acknowledged change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from standfast.controller.messages import Hello
from standfast.messaging import Quorum


@dataclass(frozen=True, slots=True)
class Decision:
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


def decide(hellos: Mapping[int, Hello], quorum: Quorum, vouched: Collection[str] = ()) -> Decision:
    """Return the decision. `vouched` are the nodes that an operator's word covers."""
    assert hellos, "a round of introductions has at least our own"
    term = max(h.copy.term for h in hellos.values())
    carried = [n for n, h in hellos.items() if h.state and h.quorate and h.established]
    if carried:
        source = max(carried, key=lambda n: (hellos[n].copy, len(_group(hellos, n)), -n))
        return Decision(source, _group(hellos, source), term)
    source = max(hellos, key=lambda n: (hellos[n].copy, bool(hellos[n].state), len(_group(hellos, n)), -n))
    group = _group(hellos, source)
    if not quorum.quorate:
        return Decision(source, group, term, cold=not group, certain=False)
    missing = _missing(hellos, source, quorum, vouched)
    return Decision(source, group, term, cold=not group, missing=missing)


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


def _missing(hellos: Mapping[int, Hello], source: int, quorum: Quorum, vouched: Collection[str]) -> tuple[str, ...]:
    """Return the members of the best copy's view that are not here, if the disks here might all miss a change.

    An acknowledged change is on a majority of the disks of its view, and on as many as quorum needs votes: a majority
    of all votes meets every such set, unless quorum needs no majority.
    """
    majority = 2 * len(hellos) > quorum.expected_votes and not quorum.two_node
    copy = hellos[source]
    if (majority and 2 * len(hellos) > len(copy.members)) or copy.copy.term == 0:
        return ()
    here = {h.name for h in hellos.values()}
    return tuple(name for name in copy.members if name not in here and name not in vouched)
