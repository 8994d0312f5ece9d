"""The DC's orders to fencing machines."""

from __future__ import annotations

from collections.abc import Callable

from standfast import cib, scheduler, transition
from standfast.cib import status
from standfast.controller.requests import NodeOrder, NodeTask, Recheck

NAMES = ("n1", "n2", "n3", "n4", "n5")


def test_a_receipt_that_the_dc_did_not_tell_is_told_by_the_next_one(make: Callable, words: type) -> None:
    """The dead node would be fenced a second time, or its resources wait for ever."""
    cluster = make(5, words.document(words.primitive("vip"), words.fence_device(*NAMES), nodes=NAMES))
    cluster.hold_fencing = True
    cluster["n1"].power_off()
    cluster.run(100)
    assert cluster["n3"].dc == "n2"
    cluster.release_fencing()
    receipts = cluster["n3"].machine._parts.walking.fencing._receipts
    for _ in range(200):
        cluster.work()
        if receipts:
            break
        cluster.network.advance(cluster.network._waiting.popleft())
    assert receipts
    cluster["n2"].power_off()
    cluster.run(200)
    assert [target for _, target in cluster.fence_calls] == ["n1", "n2"]
    assert cluster.where("vip") == ["n3"]
    assert cluster["n3"].machine.unclean == ()


def test_a_fencing_under_way_is_not_asked_for_again(make: Callable, words: type) -> None:
    """Each change while a slow device works would call it once more."""
    cluster = make(3, words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3")))
    cluster.hold_fencing = True
    cluster["n1"].power_off()
    cluster.run(10)
    for _ in range(5):
        cluster["n3"].ask(Recheck())
    assert cluster.fence_calls == [("n2", "n1")]
    cluster.release_fencing()
    cluster.run(100)
    assert cluster.where("vip") == ["n2"]
    assert cluster.fence_calls == [("n2", "n1")]


def test_a_new_dc_takes_a_fencing_over(make: Callable, words: type) -> None:
    """The death of the DC during a fencing would leave the dead node's services down."""
    cluster = make(5, words.document(words.primitive("vip"), words.fence_device(*NAMES), nodes=NAMES))
    cluster.hold_fencing = True
    cluster["n1"].power_off()
    cluster.run(10)
    cluster["n2"].power_off()
    cluster.run(10)
    cluster.release_fencing()
    cluster.run(1000)
    assert cluster.where("vip") == ["n3"]
    assert cluster["n3"].machine.unclean == ()


def test_a_clients_fencing_that_fails_is_told(make: Callable, words: type) -> None:
    """`stonith_admin --fence` would say nothing, or yes."""
    cluster = make(3, words.document(words.fence_device("n1", "n2", "n3")))
    cluster.fencing_fails = True
    reply = cluster["n1"].ask(NodeOrder("n3", NodeTask.FENCE, "off"))
    assert reply is None or reply.error
    cluster.run(300_000)
    assert all(r.error for r in cluster["n1"].replies.values())
    assert cluster["n1"].replies


def test_an_unfenced_node_is_marked(make: Callable, words: type) -> None:
    """The scheduler would unfence the node again and again, and start nothing there."""
    cluster = make(2, words.document(words.fence_device("n1", "n2"), nodes=("n1", "n2")))

    def unfence(document: cib.Document, now_s: int) -> scheduler.Outcome:
        if status.attribute(document, "2", "#node-unfenced") is not None:
            return scheduler.Outcome(transition.Graph(), scheduler.State())
        attributes = {"CRM_meta_stonith_action": "on", "CRM_meta_digests_all": "fencer:x:1,"}
        action = transition.Action(1, transition.Kind.CLUSTER, "stonith", on_node="n2", attributes=attributes)
        return scheduler.Outcome(transition.Graph((transition.Synapse(0, action),)), scheduler.State())

    cluster.scheduler = unfence
    power_off, cluster["n2"].power_off = cluster["n2"].power_off, lambda: None
    cluster["n1"].ask(Recheck())
    cluster.run(1000)
    cluster["n2"].power_off = power_off
    found = status.attributes(cluster.agree(), "2")
    assert found["#digests-all"] == "fencer:x:1,"
    assert int(found["#node-unfenced"]) > 0
    assert "n2" in cluster["n1"].machine.members
