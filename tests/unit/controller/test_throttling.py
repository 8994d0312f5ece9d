"""How many operations a node runs at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast.controller import throttling
from standfast.controller.messages import Incarnation
from standfast.controller.replica import Member, Replica


@pytest.mark.parametrize(
    ("limit", "cpus", "room"), [(0, 0, True), (0, 1, False), (0, 2, True), (1, 8, False), (3, 1, True)]
)
def test_the_limit_counts_else_the_cpus(words: type, limit: int, cpus: int, room: bool) -> None:
    """A node with two CPUs would start a hundred databases at once, and all would time out."""
    replica = Replica(words.document(), members={1: Member(1, "n1", Incarnation(), 1, cpus=cpus)})
    assert throttling.has_room(replica, "n1", limit, ["n1", "n1", "n2"]) is room


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
