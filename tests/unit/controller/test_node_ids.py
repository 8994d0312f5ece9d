"""Names and ids of nodes."""

from __future__ import annotations

from standfast import cib
from standfast.controller import node_ids
from standfast.controller.messages import Incarnation
from standfast.controller.replica import Departed, Member, Replica


def test_the_configured_id_counts_then_the_memberships_then_the_name(words: type) -> None:
    """Status would be written for a node that the scheduler does not know."""
    document: cib.Document = words.document(nodes=("n1",))
    document.section("nodes")[0].set("id", "1084")
    life = Incarnation()
    replica = Replica(
        document,
        members={1: Member(1, "n1", life, 1), 2: Member(2, "n2", life, 1)},
        departed={"n3": Departed(3, "n3", life, True)},
    )
    found = [node_ids.node_id(replica, name) for name in ("n1", "n2", "n3", "far")]
    assert found == ["1084", "2", "3", "far"]


def test_remote_and_guest_nodes_are_known(words: type) -> None:
    """Attributes of remote nodes would be refused."""
    guest = (
        '<primitive id="vm" class="ocf" provider="heartbeat" type="VirtualDomain"><meta_attributes id="vm-m">'
        '<nvpair id="vm-r" name="remote-node" value="guest1"/></meta_attributes></primitive>'
    )
    remote = '<primitive id="far" class="ocf" provider="pacemaker" type="remote"/>'
    replica = Replica(words.document(guest, remote, nodes=("n1",)))
    assert [node_ids.is_known(replica, name) for name in ("guest1", "far", "n1", "n2")] == [True, True, True, False]


def test_remote_nodes_entries_are_not_awaited(words: type) -> None:
    """Every start would wait twenty seconds for a node that never runs a daemon."""
    document: cib.Document = words.document(nodes=("n1",))
    document.section("nodes").append(cib.Document.parse('<node id="far" uname="far" type="remote"/>').root)
    assert node_ids.configured_names(document) == ["n1"]
    assert node_ids.unseen(Replica(document)) == ["n1"]
