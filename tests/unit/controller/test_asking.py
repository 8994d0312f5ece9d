"""Clients' requests and their answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, controller
from standfast.controller.requests import (
    ChangeConfiguration,
    NodeOrder,
    NodeTask,
    ResourceOrder,
    ResourceTask,
    StopNode,
    UpdateAttribute,
)


@pytest.fixture
def cluster(make: Callable, words: type):
    first = words.document(words.primitive("vip", prefer="n2"), words.fence_device("n1", "n2", "n3"))
    return make(3, first)


def change(*edits: cib.Edit, **more: object) -> ChangeConfiguration:
    return ChangeConfiguration(edits, **more)  # type: ignore[arg-type]


NEW = cib.Edit("create", '<nvpair id="o-x" name="x" value="1"/>', xpath="//cluster_property_set")


def test_edits_are_made_everywhere_or_nowhere(cluster) -> None:
    """A configuration half applied is one that nobody wrote."""
    bad = cib.Edit("delete", xpath="///")
    reply = cluster["n1"].ask(change(NEW, bad))
    assert reply.error
    assert str(cluster.agree().version).startswith("0.5.")
    assert cluster["n1"].ask(change(NEW)).result == {"version": "0.6.0"}
    assert cluster["n1"].ask(change(NEW)).exit_status == 108


def test_a_plan_that_is_outdated_is_refused(cluster) -> None:
    """What an operator agreed to would be applied to a configuration that he has not seen."""
    seen = cluster["n1"].document.version
    cluster["n2"].ask(UpdateAttribute("n1", "pingd", "1"))
    assert cluster["n1"].ask(change(NEW, based_on=seen)).error == ""
    other = cib.Edit("create", '<nvpair id="o-y" name="y" value="1"/>', xpath="//cluster_property_set")
    assert cluster["n1"].ask(change(other, based_on=seen)).exit_status == 110


def test_a_dry_run_changes_nothing(cluster) -> None:
    """`--dry-run` would not be one."""
    before = cluster["n1"].document.render()
    assert cluster["n1"].ask(change(NEW, dry_run=True)).result == {"version": "0.6.0"}
    assert cluster["n1"].document.render() == before


def test_orders_for_resources_are_edits(cluster) -> None:
    """crm and pcs users could not stop, move or ban anything."""
    node = cluster["n3"]
    assert node.ask(ResourceOrder("vip", ResourceTask.STOP)).error == ""
    assert cluster.where("vip") == []
    assert node.ask(ResourceOrder("vip", ResourceTask.START)).error == ""
    assert cluster.where("vip") == ["n2"]
    assert node.ask(ResourceOrder("vip", ResourceTask.MOVE, "n1")).error == ""
    assert cluster.agree().find("cli-prefer-vip") is not None
    assert node.ask(ResourceOrder("vip", ResourceTask.CLEAR)).error == ""
    assert cluster.agree().find("cli-prefer-vip") is None
    assert node.ask(ResourceOrder("vip", ResourceTask.BAN)).error == ""
    assert cluster.agree().find("cli-ban-vip-on-n2") is not None
    assert node.ask(ResourceOrder("vip", ResourceTask.UNMANAGE)).error == ""
    assert node.ask(ResourceOrder("vip", ResourceTask.MAINTENANCE, value="on")).error == ""
    assert node.ask(ResourceOrder("nothing", ResourceTask.STOP)).exit_status == 105


def test_orders_for_nodes_are_edits(cluster) -> None:
    """Nodes could not be put aside for maintenance."""
    node = cluster["n3"]
    assert node.ask(NodeOrder("n2", NodeTask.STANDBY)).error == ""
    assert b'name="standby" value="on"' in cluster.agree().render().partition(b"<status>")[0]
    assert node.ask(NodeOrder("n2", NodeTask.ONLINE)).error == ""
    assert node.ask(NodeOrder("n2", NodeTask.STANDBY, "reboot")).error == ""
    assert b'name="standby" value="on"' in cluster.agree().render().partition(b"<status>")[2]
    assert node.ask(NodeOrder("nobody", NodeTask.STANDBY)).exit_status == 105


def test_a_restart_is_answered_when_it_was_stopped_and_started(cluster) -> None:
    """A script that restarts a database would go on while it is down, or was never stopped."""
    cluster.held = {"vip_start"}
    assert cluster["n1"].ask(ResourceOrder("vip", ResourceTask.RESTART)) is None
    assert cluster.where("vip") == []
    cluster.release()
    assert [r.error for r in cluster["n1"].replies.values()] == [""]
    assert [o.task for o in cluster["n2"].orders][-2:] == ["stop", "start"]


def test_a_restart_survives_the_death_of_who_asked_and_of_the_dc(cluster) -> None:
    """A resource would stay stopped because a terminal was closed."""
    cluster.held = {"vip_stop"}
    cluster["n1"].ask(ResourceOrder("vip", ResourceTask.RESTART))
    cluster["n1"].power_off()
    cluster.run(100)
    cluster.release()
    cluster.run(100)
    assert cluster.where("vip") == ["n2"]
    assert [o.task for o in cluster["n2"].orders][-2:] == ["stop", "start"]


def test_a_restart_that_fails_is_told(cluster) -> None:
    """The caller would wait for ever, or believe in a service that is not there."""
    cluster.codes = {f"vip_start@n{i}": 1 for i in (1, 2, 3)}
    reply = cluster["n1"].ask(ResourceOrder("vip", ResourceTask.RESTART))
    assert reply is not None
    assert "not started" in reply.error


def test_a_pretended_failure_is_recovered_from(cluster) -> None:
    """An operator could not test what a failure does."""
    assert cluster["n1"].ask(ResourceOrder("vip", ResourceTask.FAIL)).error == ""
    assert [o.task for o in cluster["n2"].orders][-2:] == ["stop", "start"]
    assert b"fail-count-vip#asyncmon_0" in cluster.agree().render()


def test_who_has_not_joined_says_try_again(make: Callable, words: type) -> None:
    """A client would be refused for good by a node that is only starting."""
    cluster = make(2, words.document(nodes=("n1", "n2")), two_node=True, boot=False)
    cluster["n1"].start()
    assert cluster["n1"].ask(change(NEW)).exit_status == 75


def test_who_waits_on_a_node_that_joins_anew_is_told_that_it_is_not_known(make: Callable, words: type) -> None:
    """A client would wait for ever for a node that forgot it."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster["n1"].slow_disk = cluster["n2"].slow_disk = cluster["n3"].slow_disk = True
    assert cluster["n3"].ask(change(NEW)) is None
    cluster["n3"].feed("controller", controller.Slept(60_000))
    cluster.run(100)
    assert [r.exit_status for r in cluster["n3"].replies.values()] == [75]


def test_stopping_an_unknown_node_is_refused(cluster) -> None:
    """A typing mistake would be answered with success."""
    assert cluster["n1"].ask(StopNode("nobody")).exit_status == 105


def test_without_quorum_the_configuration_is_changed_by_force_only(make: Callable, words: type) -> None:
    """Two halves of a cluster would be configured differently by mistake."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster.network.cut({1, 2}, {3})
    cluster.run(100)
    assert cluster["n3"].ask(change(NEW)).exit_status == 106
    assert cluster["n3"].ask(change(NEW, force=True)).error == ""
    assert cluster["n1"].ask(change(NEW)).error == ""
