"""Operation histories in the replicated status."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import agents, cib, controller, executor
from standfast.cib import status
from standfast.controller import histories, messages
from standfast.controller.replica import Member, Replica
from standfast.controller.requests import ResourceOrder, ResourceTask

LIFE = messages.Incarnation("boot", "life")


@pytest.fixture
def replica(words: type) -> Replica:
    group = (
        '<group id="g"><primitive id="a" class="ocf" provider="heartbeat" type="Dummy"/>'
        '<primitive id="b" class="ocf" provider="heartbeat" type="Dummy"/></group>'
    )
    document = words.document(words.primitive("vip"), group, nodes=("n1", "n2"))
    members = {1: Member(1, "n1", LIFE, 1, known=True), 2: Member(2, "n2", LIFE, 1, known=True)}
    return Replica(document, members=members, quorate=True)


def operation(resource: str, task: str, number: int = 1, interval_ms: int = 0, target: int = 0) -> executor.Operation:
    agent = agents.AgentName("ocf", "Dummy", "heartbeat")
    return executor.Operation(resource, agent, task, interval_ms, 20000, f"{number}:0:{target}:u", target_rc=target)


def result(wanted: executor.Operation, call: int, code: int = 0, **more: object) -> executor.Result:
    return executor.Result(wanted, call, code, agents.ExecutionStatus.DONE, last_run_wall_s=5, **more)  # type: ignore[arg-type]


def done(replica: Replica, node: str, *results: executor.Result) -> object:
    return histories.results(replica, messages.Results(node, LIFE, results, 100))


def ids(replica: Replica, node: str, resource: str) -> list[str]:
    entry = status.resource_history(replica.document, node, resource)
    return [] if entry is None else [e.get("id", "") for e in entry]


def test_an_order_stands_beside_what_is_known(replica: Replica) -> None:
    """A stop under way would hide that the resource runs: it would be started elsewhere before it has stopped."""
    done(replica, "n1", result(operation("vip", "start"), 1))
    stop = operation("vip", "stop", 2)
    histories.order(replica, messages.Order("n1", "n1", stop, 50))
    assert ids(replica, "1", "vip") == ["vip_last_0", "vip_stop_0"]
    assert histories.is_active(replica, "n1", "vip")
    done(replica, "n1", result(stop, 2))
    assert ids(replica, "1", "vip") == ["vip_last_0"]
    assert not histories.is_active(replica, "n1", "vip")
    assert replica.pending == {}


def test_times_follow_each_other(replica: Replica) -> None:
    """A start under way would not count beside the failure before it: the resource would be started elsewhere."""
    done(replica, "n1", result(operation("vip", "start"), 1, code=1, last_change_wall_s=100))
    histories.order(replica, messages.Order("n1", "n1", operation("vip", "start", 2), 90))
    entry = status.operation(replica.document, "1", "vip", "vip_start_0")
    assert entry is not None
    assert entry.get("last-rc-change") == "101"


def test_an_order_for_a_node_that_is_gone_is_refused(replica: Replica) -> None:
    """It would be waited for until it times out."""
    assert histories.order(replica, messages.Order("n9", "n9", operation("vip", "start"), 5)).refused is not None


def test_a_stop_ends_the_wait_for_first_results_of_monitors(replica: Replica) -> None:
    """A minute later a monitor that never ran would be counted as failed, and recovery begin for nothing."""
    monitor = operation("vip", "monitor", 3, 10_000)
    histories.order(replica, messages.Order("n1", "n1", monitor, 5))
    assert len(replica.pending) == 1
    histories.order(replica, messages.Order("n1", "n1", operation("vip", "stop", 4), 5))
    assert [o.operation.task for o in replica.pending.values()] == ["stop"]


def test_a_cancelled_monitor_leaves_the_history(replica: Replica) -> None:
    """The scheduler would believe that the resource is still being watched."""
    monitor = operation("vip", "monitor", 3, 10_000)
    done(replica, "n1", result(monitor, 4))
    assert "vip_monitor_10000" in ids(replica, "1", "vip")
    cancelled = executor.Result(monitor, 5, 0, agents.ExecutionStatus.CANCELLED)
    done(replica, "n1", cancelled)
    assert "vip_monitor_10000" not in ids(replica, "1", "vip")


def test_a_late_answer_to_an_older_order_is_told_apart(replica: Replica) -> None:
    """A repeated operation would be taken for done by the answer to the first one."""
    first, second = operation("vip", "start", 1), operation("vip", "start", 2)
    histories.order(replica, messages.Order("n1", "n1", second, 5))
    applied = done(replica, "n1", result(first, 1))
    assert applied.recorded[0].order is None  # type: ignore[attr-defined]
    assert len(replica.pending) == 1


def test_a_history_replaces_what_was_known(replica: Replica) -> None:
    """A node that comes back would be judged by what it did before its restart."""
    done(replica, "n1", result(operation("vip", "start"), 1), result(operation("a", "start"), 2))
    replica.members[1].known = False
    brought = messages.History("n1", LIFE, (result(operation("b", "start"), 9),), (operation("a", "stop", 7),), 100)
    histories.bring(replica, brought)
    assert ids(replica, "1", "vip") == []
    assert ids(replica, "1", "b") == ["b_last_0"]
    assert ids(replica, "1", "a") == ["a_stop_0"]
    assert replica.members[1].known


def test_a_history_comes_in_parts(replica: Replica) -> None:
    """A node with hundreds of resources would hold every member's loop when it joins; or be scheduled on half of what
    it runs."""
    done(replica, "n1", result(operation("vip", "start"), 1))
    replica.members[1].known = False
    one, other = (result(operation("a", "start"), 8),), (result(operation("b", "start"), 9),)
    begun = histories.bring(replica, messages.History("n1", LIFE, one, (), 100, last=False))
    assert (begun.reason, replica.members[1].known) == ("", False)
    ended = histories.bring(replica, messages.History("n1", LIFE, other, (), 100, first=False))
    assert (ended.reason, replica.members[1].known) == ("n1 joined", True)
    assert [ids(replica, "1", r) for r in ("vip", "a", "b")] == [[], ["a_last_0"], ["b_last_0"]]


def test_a_history_of_a_former_life_is_refused(replica: Replica) -> None:
    """What ran before the reboot would be believed to run."""
    old = messages.History("n1", messages.Incarnation("boot", "old"), (result(operation("b", "start"), 9),), (), 100)
    assert histories.bring(replica, old).refused is not None
    assert ids(replica, "1", "b") == []


def test_a_lock_of_a_shut_down_node_outlives_its_return(replica: Replica) -> None:
    """shutdown-lock would be forgotten at the moment for which it is made: when the node comes back."""
    stop = operation("vip", "stop", 2)
    histories.order(replica, messages.Order("n1", "n1", stop, 50, lock_s=70))
    done(replica, "n1", result(stop, 2), result(operation("a", "stop", 3), 3))
    entry = status.resource_history(replica.document, "1", "vip")
    assert entry is not None
    assert entry.get("shutdown-lock") == "70"
    histories.bring(replica, messages.History("n1", LIFE, (), (), 100))
    assert ids(replica, "1", "vip") == ["vip_last_0"]
    assert ids(replica, "1", "a") == []
    start = operation("vip", "start", 4)
    histories.order(replica, messages.Order("n1", "n1", start, 50))
    done(replica, "n1", result(start, 4))
    assert entry.get("shutdown-lock") is None


def test_cleanup_forgets_what_failed_and_its_counts(replica: Replica) -> None:
    """`crm resource cleanup` would leave the ban of a failed node in place."""
    done(replica, "n1", result(operation("vip", "start"), 1, 1), result(operation("a", "start"), 2))
    assert status.attribute(replica.document, "1", "fail-count-vip#start_0") == "INFINITY"
    applied = histories.forget(replica, messages.Forget("", "", 5, failures_only=True))
    assert applied.forgotten == (("n1", "vip"),)
    assert status.attributes(replica.document, "1") == {}
    assert ids(replica, "1", "a") == ["a_last_0"]


def test_refresh_of_a_group_forgets_its_members(replica: Replica) -> None:
    """An order for a group would do nothing: only primitives have a history."""
    done(replica, "n1", result(operation("a", "start"), 1), result(operation("b", "start"), 2))
    done(replica, "n1", result(operation("vip", "start"), 3))
    applied = histories.forget(replica, messages.Forget("g", "", 5))
    assert applied.forgotten == (("n1", "a"), ("n1", "b"))
    assert ids(replica, "1", "vip") == ["vip_last_0"]


def test_what_a_node_left_running_is_not_forgotten(replica: Replica) -> None:
    """A node in maintenance leaves with its services running: forgotten, they would be started a second time."""
    done(replica, "n1", result(operation("vip", "start"), 1), result(operation("a", "stop"), 2))
    status.set_node_state(replica.document, "1", "n1", in_ccm="false")
    assert histories.forget(replica, messages.Forget("", "", 5)).forgotten == (("n1", "a"),)
    status.set_node_state(replica.document, "1", "n1", in_ccm="true")
    assert histories.forget(replica, messages.Forget("", "", 5)).forgotten == (("n1", "vip"),)


def test_unknown_names_are_refused(replica: Replica) -> None:
    """An operator's typing mistake would be answered with success."""
    assert histories.forget(replica, messages.Forget("nothing", "", 5)).refused is not None
    assert histories.forget(replica, messages.Forget("vip", "nobody", 5)).refused is not None
    assert histories.restart(replica, messages.Restart("nothing", "", 5)).refused is not None
    assert histories.restart(replica, messages.Restart("vip", "", 5)).refused is not None


def test_an_agents_strange_output_hurts_nobody(replica: Replica) -> None:
    """One byte that XML cannot hold would stop the replication on every node."""
    done(replica, "n1", result(operation("vip", "start"), 1, 1, exit_reason="\x1b[31mno\x00"))
    text = replica.document.render()
    assert cib.Document.parse(text).render() == text


def test_forgetting_reaches_the_executor(make: Callable, words: type) -> None:
    """The node would go on with recurring operations that nobody knows of."""
    cluster = make(2, words.document(words.primitive("vip", monitor_s=10), nodes=("n1", "n2"), stonith_enabled="false"))
    assert cluster["n1"].executor.history()
    cluster.hold_scheduler = True
    assert cluster["n2"].ask(ResourceOrder("vip", ResourceTask.REFRESH)).error == ""
    assert cluster["n1"].executor.history() == ()
    cluster.hold_scheduler = False
    cluster.run(100)
    assert cluster.where("vip") == ["n1"]


def test_a_member_that_is_no_member_says_nothing(make: Callable, words: type) -> None:
    """A node that the others gave up would still change what they believe."""
    cluster = make(2, words.document(words.primitive("vip"), nodes=("n1", "n2"), stonith_enabled="false"))
    old = messages.Results("n2", messages.Incarnation("b", "former"), (result(operation("vip", "start"), 99),), 5)
    cluster["n2"].engine.multicast(messages.encode(old))
    cluster.run(10)
    assert b'call-id="99"' not in cluster.agree().render()
    assert any("life that is over" in p.message for p in cluster["n1"].said("refused"))
    assert isinstance(cluster["n1"].machine, controller.Machine)
