"""Names, addresses, and the batches that wire and cut a lab."""

import pytest

from standfast.errors import RequestError
from standfast.lab import topology


def test_nodes_have_distinct_addresses_and_names() -> None:
    """Two nodes with one address would answer for each other."""
    members = topology.nodes(topology.NODES_MAX)
    for part in ("id", "name", "address", "mac"):
        assert len({getattr(member, part) for member in members}) == topology.NODES_MAX


@pytest.mark.parametrize("count", [0, -1, topology.NODES_MAX + 1])
def test_an_impossible_number_of_nodes_is_refused(count: int) -> None:
    """A lab of no nodes would come up and be useless."""
    with pytest.raises(RequestError):
        topology.nodes(count)


def test_hosts_file_names_every_node() -> None:
    """Programs in a node could not reach another by its name."""
    lines = topology.hosts_file(topology.nodes(3)).splitlines()
    assert "172.16.0.2 n2" in lines
    assert "127.0.0.1 localhost" in lines


def test_a_lone_node_has_its_port_down() -> None:
    """A node that is cut alone would still see a carrier."""
    batch = topology.cut_batch((("n1", "n2"), ("n3",)), {"n1", "n2", "n3"})
    assert batch == "link set n1 master br0 up\nlink set n2 master br0 up\nlink set n3 down\n"


def test_a_part_of_two_has_a_bridge_of_its_own() -> None:
    """The two nodes of a component could not hear each other, and neither would have a majority."""
    batch = topology.cut_batch((("n1",), ("n2", "n3")), {"n1", "n2", "n3"})
    assert batch.splitlines() == [
        "link set n1 master br0 up",
        "link add br1 type bridge",
        "link set br1 up",
        "link set n2 master br1 up",
        "link set n3 master br1 up",
    ]


def test_ports_of_nodes_that_are_off_are_left_alone() -> None:
    """A cut would fail because one node happens to be off."""
    assert "n3" not in topology.cut_batch((("n1", "n2"), ("n3",)), {"n1", "n2"})


def test_heal_undoes_cut() -> None:
    """After healing, a bridge would stay behind or a port stay on it."""
    lines = topology.heal_batch((("n1",), ("n2", "n3")), {"n1", "n2", "n3"}).splitlines()
    assert lines == [*(f"link set n{number} master br0 up" for number in (1, 2, 3)), "link del br1"]
