"""Nodes that went without having stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, controller
from standfast.cib import status
from standfast.controller.requests import (
    ChangeConfiguration,
    NodeOrder,
    NodeTask,
    ResourceOrder,
    ResourceTask,
    StopNode,
)
from standfast.errors import Exit


@pytest.fixture
def cluster(make: Callable, words: type):
    first = words.document(words.primitive("vip", prefer="n2"), words.fence_device("n1", "n2", "n3"))
    return make(3, first)


def state(cluster, name: str, node: str = "n1") -> dict[str, str]:
    entry = status.node_state(cluster[node].document, name[1:])
    assert entry is not None
    return dict(entry.attrib)


def test_a_daemon_that_comes_back_in_time_reclaims_what_runs(cluster) -> None:
    """Every update of the package would cost each node a fencing."""
    cluster["n2"].crash()
    cluster.run(3000)
    assert state(cluster, "n2")["join"] == "pending"
    cluster["n2"].start()
    cluster.run(10_000)
    assert cluster.fence_calls == []
    assert cluster.where("vip") == ["n2"]
    assert [o.task for o in cluster["n2"].orders].count("start") == 1
    assert state(cluster, "n2")["join"] == "member"


def test_nothing_of_it_starts_elsewhere_while_it_is_waited_for(cluster) -> None:
    """The service would run on two nodes: the daemon died, what it started did not."""
    cluster["n2"].crash()
    cluster["n1"].ask(ResourceOrder("", ResourceTask.REFRESH))
    cluster.run(4000)
    assert cluster.where("vip") == ["n2"]
    assert cluster.fence_calls == []


def test_a_daemon_that_does_not_come_back_is_fenced(cluster) -> None:
    """What it ran would be left alone for ever."""
    cluster["n2"].crash()
    cluster.run(4900)
    assert cluster.fence_calls == []
    cluster.run(200)
    assert [target for _, target in cluster.fence_calls] == ["n2"]
    assert cluster.where("vip") == ["n1"]


def test_a_node_that_dies_while_it_stops_is_fenced(cluster) -> None:
    """The scheduler would take it for one that has stopped, and start elsewhere what it still runs."""
    cluster.held = {"vip_stop"}
    cluster["n2"].feed("controller", controller.Stop())
    cluster.run(1000)
    cluster.hold_fencing = True
    cluster["n2"].power_off()
    cluster.run(1000)
    assert [target for _, target in cluster.fence_calls] == ["n2"]
    assert cluster.where("vip") == []
    reply = cluster["n1"].ask(StopNode("n2"))
    assert reply is not None
    assert reply.exit_status == Exit.UNSATISFIED


def test_the_patience_is_a_property(make: Callable, words: type) -> None:
    """Sites with slow disks could not give the daemon the time that it needs."""
    first = words.document(words.primitive("vip", prefer="n2"), words.fence_device("n1", "n2", "n3"),
                           daemon_return_timeout="30s")  # fmt: skip
    cluster = make(3, first)
    cluster["n2"].crash()
    cluster.run(29_000)
    assert cluster.fence_calls == []
    cluster.run(2_000)
    assert cluster.fence_calls != []


def test_a_new_dc_goes_on_waiting_for_the_daemon(cluster) -> None:
    """Two deaths in a row would leave the first one's resources nowhere."""
    cluster["n1"].crash()
    cluster.run(1000)
    assert cluster["n2"].dc == "n2"
    cluster["n1"].start()
    cluster.run(10_000)
    assert cluster.fence_calls == []


def test_a_node_that_dies_while_its_daemon_is_waited_for_is_lost_at_once(cluster) -> None:
    """Recovery would wait for a daemon on a machine that is off."""
    cluster["n2"].crash()
    cluster.run(1000)
    cluster["n2"].power_off()
    cluster.run(0)
    assert [target for _, target in cluster.fence_calls] == ["n2"]
    assert cluster.where("vip") == ["n1"]


def test_machines_that_boot_together_are_not_shot(cluster) -> None:
    """After an outage the first node with quorum would fence each machine that is just about to start its daemon."""
    for name in ("n2", "n3"):
        cluster[name].power_off()
    cluster.run(1000)
    for number in (2, 3):
        cluster.network.power_on(number)
    cluster.run(1000)
    assert cluster.fence_calls == []
    assert set(cluster["n1"].machine.missing) == {"n2", "n3"}
    for name in ("n2", "n3"):
        cluster[name].boot += 1
        cluster[name].kept = ()
        cluster[name].start()
    cluster.run(10_000)
    assert cluster.fence_calls == []
    assert len(cluster.where("vip")) == 1


def test_a_machine_that_boots_without_its_daemon_is_fenced(cluster) -> None:
    """What it held would be lost for ever, because somebody switched the machine on."""
    for name in ("n2", "n3"):
        cluster[name].power_off()
    cluster.run(1000)
    cluster.network.power_on(3)
    cluster["n3"].boot += 1
    cluster["n3"].kept = ()
    cluster["n3"].start()
    cluster.network.power_on(2)
    cluster.run(10_000)
    assert "n2" in [target for _, target in cluster.fence_calls]
    assert len(cluster.where("vip")) == 1


def test_a_receipt_counts_for_one_life_only(cluster) -> None:
    """A late receipt would declare a node off that has just come back and runs services."""
    machine = cluster["n1"].machine
    old = controller.messages.Fenced("r0", "n2", "boot0/n2-life0", "reboot", True, wall_s=5)
    cluster["n1"].engine.multicast(controller.messages.encode(old))
    cluster.run(100)
    assert "n2" in machine.members
    assert state(cluster, "n2")["crmd"] == "online"


def test_a_receipt_of_another_life_ends_no_fencing(cluster) -> None:
    """Recovery would begin while the lost node is still running."""
    cluster.hold_fencing = True
    cluster["n2"].power_off()
    cluster["n2"].running = {"vip"}
    cluster.run(100)
    old = controller.messages.Fenced("r0", "n2", "boot0/n2-life0", "reboot", True, wall_s=5)
    cluster["n1"].engine.multicast(controller.messages.encode(old))
    cluster.run(100)
    assert cluster.where("vip") == ["n2"]


def test_a_fenced_nodes_status_is_clean(cluster) -> None:
    """Its old results would be believed when it comes back."""
    cluster["n2"].power_off()
    cluster.run(100)
    entry = status.node_state(cluster.agree(), "2")
    assert entry is not None
    assert (entry.get("crmd"), entry.get("join"), entry.get("expected")) == ("offline", "down", "down")
    assert entry.find("lrm") is None
    assert cluster["n1"].machine.unclean == ()
    assert [r.target for r in cluster["n3"].machine.replica.receipts] == ["n2"]


def test_a_node_that_reads_its_own_receipt_leaves(cluster) -> None:
    """A device that lies would leave a node in the cluster that everybody takes for off."""
    life = str(cluster["n2"].machine._station.incarnation)
    receipt = controller.messages.Fenced("r0", "n2", life, "reboot", True, device="liar", wall_s=5)
    cluster["n1"].engine.multicast(controller.messages.encode(receipt))
    cluster.run(100)
    assert "fenced" in cluster["n2"].stopped
    assert "n2" not in cluster["n1"].machine.members


def test_a_configured_node_that_never_came_is_awaited_then_fenced(make: Callable, words: type) -> None:
    """At every start the node that boots last would be shot; or a service started that it holds."""
    first = words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3"))
    cluster = make(3, first, boot=False)
    for name in ("n1", "n2"):
        cluster[name].power_on()
    cluster.run(19_000)
    assert cluster.fence_calls == []
    assert cluster.where("vip") == []
    cluster.run(2_000)
    assert [target for _, target in cluster.fence_calls] == ["n3"]
    assert cluster.where("vip") == ["n1"]


def test_nothing_is_held_back_once_all_are_there(make: Callable, words: type) -> None:
    """Every start would take dc-deadtime, twenty seconds, longer than it must."""
    first = words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3"))
    cluster = make(3, first, boot=False)
    for name in ("n1", "n2"):
        cluster[name].power_on()
    cluster.run(5_000)
    cluster["n3"].power_on()
    cluster.run(0)
    assert cluster.where("vip") == ["n1"]
    assert cluster.fence_calls == []


def test_a_newly_configured_node_is_not_fenced(cluster) -> None:
    """Adding a node to the configuration before it is installed would call its fence device."""

    added = ChangeConfiguration((cib.Edit("create", '<node id="9" uname="n9"/>', scope="nodes"),))
    assert cluster["n1"].ask(added).error == ""
    cluster.run(60_000)
    assert cluster.fence_calls == []
    assert cluster.where("vip") == ["n2"]


def test_an_operator_can_say_that_a_node_is_off(make: Callable, words: type) -> None:
    """Without a working device nothing of a dead node could ever be recovered."""
    cluster = make(3, words.document(words.primitive("vip", prefer="n2")))
    cluster["n2"].power_off()
    cluster.run(1000)
    assert cluster.where("vip") == []
    assert cluster["n3"].ask(NodeOrder("n1", NodeTask.CONFIRM)).exit_status == 113
    assert cluster["n3"].ask(NodeOrder("n2", NodeTask.CONFIRM)).error == ""
    cluster.run(100)
    assert cluster.where("vip") == ["n1"]


def test_an_operator_can_fence_a_node(cluster) -> None:
    """A node that misbehaves could be switched off only by hand."""
    reply = cluster["n3"].ask(NodeOrder("n2", NodeTask.FENCE))
    assert reply is not None
    assert reply.error == ""
    assert cluster["n2"].machine is None
    cluster.run(100)
    assert cluster.where("vip") == ["n1"]


def test_an_unclean_node_is_not_forgotten(cluster) -> None:
    """Deleting a lost node would let what it runs be started a second time."""
    cluster.hold_fencing = True
    cluster["n2"].power_off()
    cluster.run(100)
    assert cluster["n1"].ask(NodeOrder("n2", NodeTask.DELETE)).exit_status == 113
    assert cluster["n1"].ask(NodeOrder("n3", NodeTask.DELETE)).exit_status == 113
    cluster.release_fencing()
    cluster.run(100)
    assert cluster["n1"].ask(NodeOrder("n2", NodeTask.DELETE)).error == ""
    assert status.node_state(cluster.agree(), "2") is None


def test_a_daemon_that_dies_before_it_said_what_it_runs_holds_everything_up(make: Callable, words: type) -> None:
    """After a crash of all daemons a service would start a second time, because nobody knows the first one."""
    cluster = make(3, words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3")))
    assert cluster.where("vip") == ["n1"]
    for node in cluster.nodes.values():
        node.crash()
    for node in cluster.nodes.values():
        node.start()
    for _ in range(1000):
        cluster.work()
        replica = cluster["n2"].machine.replica
        if replica is not None and 1 in replica.members and not replica.members[1].known:
            break
        cluster.network.advance(cluster.network._waiting.popleft())
    cluster["n1"].crash()
    cluster.run(4_000)
    assert cluster.where("vip") == ["n1"]
    cluster["n1"].start()
    cluster.run(1_000)
    assert cluster.where("vip") == ["n1"]
    assert cluster.fence_calls == []


def test_a_receipt_for_a_life_that_nobody_knew_does_not_end_a_known_one(cluster) -> None:
    """A node that boots while its start-up fencing is being confirmed would be thrown out again."""
    receipt = controller.messages.Fenced("r0", "n2", "", "reboot", True, device="fencer", wall_s=5)
    cluster["n1"].engine.multicast(controller.messages.encode(receipt))
    cluster.run(100)
    assert "n2" in cluster["n1"].machine.members
    assert cluster["n2"].stopped == ""


def test_each_life_of_a_daemon_is_waited_for_anew(cluster) -> None:
    """A daemon that crashes twice in five seconds would be given up by the first one's clock."""
    cluster["n2"].crash()
    cluster.run(4_000)
    cluster["n2"].start()
    cluster.run(500)
    cluster["n2"].crash()
    cluster.run(4_000)
    assert cluster.fence_calls == []
    cluster.run(2_000)
    assert [target for _, target in cluster.fence_calls] == ["n2"]


def test_a_daemon_that_dies_before_it_was_probed_holds_everything_up(cluster) -> None:
    """What was being started when the first daemon died is in no history: it would be started a second time."""
    node = cluster["n2"]
    node.crash()
    node.kept = ()
    cluster.held = {"vip_monitor@n2"}
    node.start()
    cluster.run(500)
    node.crash()
    cluster["n1"].ask(ResourceOrder("", ResourceTask.REFRESH))
    cluster.run(4_000)
    assert cluster.where("vip") == ["n2"]
    cluster.run(2_000)
    assert [target for _, target in cluster.fence_calls] == ["n2"]
    assert cluster.where("vip") == ["n1"]
