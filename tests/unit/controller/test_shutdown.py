"""Stopping nodes cleanly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import controller, scheduler, transition
from standfast.cib import status
from standfast.controller.requests import StopNode


@pytest.fixture
def cluster(make: Callable, words: type):
    first = words.document(words.primitive("vip", prefer="n2"), words.fence_device("n1", "n2", "n3"))
    return make(3, first)


def test_a_node_stops_when_its_resources_have_moved(cluster) -> None:
    """A reboot for an update would cost a fencing and the time that it takes."""
    cluster["n2"].feed("controller", controller.Stop())
    cluster.run(100)
    assert cluster["n2"].stopped
    assert cluster.where("vip") == ["n1"]
    assert cluster.fence_calls == []
    entry = status.node_state(cluster.agree(), "2")
    assert entry is not None
    assert (entry.get("crmd"), entry.get("expected")) == ("offline", "down")


def test_it_leaves_only_when_they_have_stopped(cluster) -> None:
    """The service would be started elsewhere while it still runs here."""
    cluster.held = {"vip_stop"}
    cluster["n2"].feed("controller", controller.Stop())
    cluster.run(10_000)
    assert cluster["n2"].machine is not None
    assert cluster.where("vip") == ["n2"]
    cluster.release()
    cluster.run(100)
    assert cluster["n2"].stopped


def test_the_dc_can_stop(cluster) -> None:
    """The node that coordinates could never be rebooted."""
    cluster["n1"].feed("controller", controller.Stop())
    cluster.run(100)
    assert cluster["n1"].stopped
    assert cluster["n3"].dc == "n2"


def test_the_whole_cluster_can_stop(cluster) -> None:
    """A planned power cut would leave the last nodes hanging without quorum."""
    for node in cluster.nodes.values():
        node.feed("controller", controller.Stop())
    cluster.run(10_000)
    assert all(n.stopped for n in cluster.nodes.values())
    assert cluster.where("vip") == []
    assert cluster.fence_calls == []


def test_a_node_can_be_stopped_from_another_and_the_order_taken_back(cluster) -> None:
    """An operator would have to log in on each node."""
    cluster.held = {"vip_stop"}
    assert cluster["n3"].ask(StopNode("n2")).error == ""
    assert cluster["n3"].ask(StopNode("n2", cancel=True)).error == ""
    cluster.release()
    cluster.run(1000)
    assert cluster["n2"].machine is not None
    assert cluster.where("vip") == ["n2"]
    assert cluster["n3"].ask(StopNode("n2")).error == ""
    cluster.run(100)
    assert cluster["n2"].stopped


def test_stopping_takes_no_longer_than_its_limit(cluster) -> None:
    """A resource that does not stop would keep the machine from ever going down."""
    cluster.scheduler = lambda document, now_s: scheduler.Outcome(transition.Graph(), scheduler.State())
    cluster["n2"].feed("controller", controller.Stop())
    cluster.run(21 * 60_000)
    assert "escalation" in cluster["n2"].stopped


def test_who_takes_no_part_just_ends(make: Callable, words: type) -> None:
    """A daemon that waits at a cold start could not be stopped."""
    cluster = make(2, words.document(nodes=("n1", "n2")), two_node=True, boot=False)
    cluster["n1"].start()
    cluster["n1"].feed("controller", controller.Stop())
    assert cluster["n1"].stopped


def test_a_node_that_returns_is_not_stopped_by_its_old_order(cluster) -> None:
    """A node that was stopped once would stop at each start."""
    cluster["n2"].feed("controller", controller.Stop())
    cluster.run(100)
    cluster["n2"].start()
    cluster.run(1000)
    assert cluster["n2"].machine is not None
    assert cluster.where("vip") == ["n2"]


def test_leaving_without_permission_is_a_lost_daemon(cluster) -> None:
    """A daemon that says goodbye while its services run would have them started twice."""
    node = cluster["n2"]
    node.machine = None
    node.engine.leave()
    cluster.run(1000)
    assert cluster.where("vip") == ["n2"]
    cluster.run(5000)
    assert [target for _, target in cluster.fence_calls] == ["n2"]


def test_stopping_in_the_middle_of_a_view_change_waits_for_its_end(cluster) -> None:
    """A shutdown at the wrong moment would leave services running without a daemon: the node would be fenced."""
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n3"].power_on()
    for _ in range(500):
        cluster.work()
        if cluster["n2"].machine.phase is controller.Phase.INTRODUCING:
            break
        cluster.network.advance(cluster.network._waiting.popleft())
    cluster["n2"].feed("controller", controller.Stop())
    assert cluster["n2"].stopped == ""
    cluster.run(1000)
    assert cluster["n2"].stopped
    assert cluster.where("vip") == ["n1"]
    assert [target for _, target in cluster.fence_calls] == ["n3"]
