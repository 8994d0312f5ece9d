"""Who the DC is."""

from __future__ import annotations

from collections.abc import Callable

from standfast import cib
from standfast.controller import coordination
from standfast.controller.messages import Incarnation
from standfast.controller.replica import Member, Replica


def test_oldest_version_then_longest_state_then_lowest_id() -> None:
    """Two members would each take themselves for the DC, or a newer version's orders would not be understood."""
    life = Incarnation()
    members = {
        1: Member(1, "n1", life, 1, (2, 0, 0)),
        2: Member(2, "n2", life, 3, (1, 0, 0)),
        3: Member(3, "n3", life, 2, (1, 0, 0)),
        4: Member(4, "n4", life, 2, (1, 0, 0)),
    }
    replica = Replica(cib.Document.empty(), members=members)
    assert [m.name for m in coordination.ranking(replica)] == ["n3", "n4", "n2", "n1"]
    assert coordination.coordinator(replica) is members[3]
    assert coordination.coordinator(Replica(cib.Document.empty())) is None


def test_a_node_that_returns_moves_no_dc(make: Callable, words: type) -> None:
    """Every reboot of the first node would abort what the cluster is doing."""
    cluster = make(3, words.document(words.fence_device("n1", "n2", "n3")))
    assert {n.dc for n in cluster.alive} == {"n1"}
    cluster["n1"].power_off()
    cluster.run(200)
    assert {n.dc for n in cluster.alive} == {"n2"}
    cluster["n1"].power_on()
    cluster.run(200)
    assert {n.dc for n in cluster.alive} == {"n2"}
    assert cluster.agree().root.get("dc-uuid") == "2"


def test_a_newer_daemon_does_not_lead_older_ones(make: Callable, words: type) -> None:
    """During a rolling upgrade old executors would get orders that they do not know."""
    cluster = make(3, words.document(stonith_enabled="false"), boot=False)
    for name, version in (("n1", (2, 0, 0)), ("n2", (1, 0, 0)), ("n3", (2, 0, 0))):
        cluster.network.power_on(cluster[name].number)
        cluster[name].start(version)
    cluster.run(100)
    assert {n.dc for n in cluster.alive} == {"n2"}
