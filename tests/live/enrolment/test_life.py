"""A cluster's life on real Corosyncs: found, joined, refused, changed, left."""

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_three_machines_become_a_cluster(machines) -> None:
    """Nobody could build a cluster."""
    world = machines(3)
    token = world.init()
    world.join("n2", token=token)
    world.together("n1", "n2")
    assert "two_node" in world.quorum("n1")["flags"]
    world.join("n3", "n2")
    world.together("n1", "n2", "n3")
    assert "two_node" not in world.quorum("n1")["flags"]
    assert {world.sh(n, "sha256sum < /etc/corosync/corosync.conf") for n in world.addresses} == {
        world.sh("n1", "sha256sum < /etc/corosync/corosync.conf")
    }
    assert world.run("n3", "cluster", "health") == "all is well on 3 nodes\n"
