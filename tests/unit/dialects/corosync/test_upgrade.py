"""Files of Corosync 1 and 2 for Corosync 3."""

from pathlib import Path

from standfast.dialects import corosync

SAMPLES = Path(__file__).parent / "samples"


def upgraded(name: str) -> tuple[corosync.Tree, set[str]]:
    made, notes = corosync.upgraded(corosync.read((SAMPLES / name).read_text(), name))
    return made, {note.code.removeprefix("corosync.") for note in notes}


def test_rings_become_links_and_nodes_get_names() -> None:
    """Two rings would become one link, and knet refuse nodes without names."""
    made, notes = upgraded("second.conf")
    conf = corosync.conf(made)
    assert (conf.transport, conf.links, conf.quorum.two_node) == ("knet", (0, 1), True)
    assert [(n.name, n.id) for n in conf.nodes] == [("node1", 1), ("node2", 2)]
    assert notes == {"upgrade-wire", "upgrade-name"}
    assert corosync.check(made) == ()


def test_members_become_a_nodelist() -> None:
    """A file of Corosync 1 could not be taken over."""
    made, notes = upgraded("first.conf")
    assert [n.addresses for n in corosync.conf(made).nodes] == [{0: "192.168.7.1"}, {0: "192.168.7.2"}]
    assert made.value("totem", "token") == "3000"
    assert "upgrade-plugin" in notes
    assert corosync.check(made) == ()


def test_a_file_of_corosync_3_keeps_what_it_says() -> None:
    """An upgrade by mistake would take the device or a timeout away."""
    made, notes = upgraded("third.conf")
    assert notes == set()
    assert made.value("quorum", "device", "net", "host") == "arbiter"
    assert made.value("quorum", "device", "heuristics", "exec_ping") == "/bin/ping -c 1 10.7.0.254"
    assert made.value("totem", "token") == "2000"
    assert corosync.check(made) == ()
