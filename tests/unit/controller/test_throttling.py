"""How many operations a node runs at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast.controller import throttling
from standfast.controller.messages import Incarnation
from standfast.controller.replica import Member, Replica


@pytest.mark.parametrize(("limit", "cpus", "bound"), [(0, 2, 8), (0, 16, 32), (1, 16, 1), (3, 1, 3)])
def test_the_limit_counts_else_the_cpus(words: type, limit: int, cpus: int, bound: int) -> None:
    """A node with two CPUs would start a hundred databases at once, and all would time out."""
    replica = Replica(words.document(), members={1: Member(1, "n1", Incarnation(), 1, cpus=cpus)})
    assert throttling.bound(replica, "n1", limit) == bound


def test_a_node_of_which_nothing_is_known_is_not_bounded(words: type) -> None:
    """Nothing would ever be started on a node that runs another version."""
    replica = Replica(words.document(), members={1: Member(1, "n1", Incarnation(), 1)})
    assert throttling.bound(replica, "n1", 0) > 1000
    assert throttling.bound(replica, "other", 0) > 1000


def test_starts_wait_for_their_turn(make: Callable, words: type) -> None:
    """node-action-limit would have no effect, or the rest never start."""
    several = [words.primitive(f"r{i}") for i in range(5)]
    first = words.document(*several, nodes=("n1", "n2"), stonith_enabled="false", node_action_limit="2")
    cluster = make(2, first, boot=False)
    cluster.held = {"start"}
    for node in cluster.nodes.values():
        node.power_on()
    cluster.run(100)
    assert len([o for o in cluster["n1"].orders if o.task == "start"]) == 2
    cluster.release()
    cluster.run(100)
    assert all(cluster.where(f"r{i}") == ["n1"] for i in range(5))
