"""Driving transitions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, controller, scheduler, transition
from standfast.cib import status
from standfast.controller.requests import ChangeConfiguration, Recheck, UpdateAttribute, WaitForRest


@pytest.fixture
def cluster(make: Callable, words: type):
    return make(3, words.document(words.primitive("vip", monitor_s=10), words.fence_device("n1", "n2", "n3")))


def orders(cluster, task: str) -> list[tuple[str, str]]:
    return [(n.name, o.resource_id) for n in cluster.nodes.values() for o in n.orders if o.task == task]


def role(name: str, value: str) -> ChangeConfiguration:
    text = f'<nvpair id="{name}-r" value="{value}"/>'
    return ChangeConfiguration((cib.Edit("modify", text, scope="resources"),))


def test_a_resource_is_probed_then_started_then_monitored(cluster) -> None:
    """A resource would be started beside one that an operator left running."""
    assert [o.task for o in cluster["n1"].orders] == ["monitor", "start", "monitor"]
    assert cluster["n1"].orders[2].interval_ms == 10_000
    assert [o.task for o in cluster["n2"].orders] == ["monitor"]
    assert cluster.where("vip") == ["n1"]


def test_a_lost_node_is_fenced_before_its_resources_start_elsewhere(cluster) -> None:
    """A service would run twice and destroy its data."""
    cluster.hold_fencing = True
    cluster["n1"].power_off()
    cluster.run(30_000)
    assert cluster.fence_calls == [("n2", "n1")]
    assert orders(cluster, "start") == [("n1", "vip")]
    cluster.release_fencing()
    cluster.run(100)
    assert cluster.where("vip") == ["n2"]


def test_a_node_death_is_acted_on_without_any_timer(cluster) -> None:
    """Every recovery would take the length of a settle timer longer."""
    cluster["n1"].power_off()
    cluster.run(0)
    assert cluster.where("vip") == ["n2"]


def test_a_slow_start_elsewhere_does_not_hold_up_a_recovery(make: Callable, words: type) -> None:
    """The address would stay away for as long as an unrelated database takes to start."""
    first = words.document(
        words.primitive("vip", prefer="n1"), words.primitive("db", prefer="n3", role="Stopped"),
        words.fence_device("n1", "n2", "n3"),
    )  # fmt: skip
    cluster = make(3, first)
    cluster.held = {"db_start"}
    cluster["n2"].ask(role("db", "Started"))
    assert cluster.where("vip") == ["n1"]
    cluster["n1"].power_off()
    cluster.run(1000)
    assert cluster.where("vip") == ["n2"]
    cluster.release()
    assert cluster.where("db") == ["n3"]
    assert orders(cluster, "start").count(("n3", "db")) == 1


def test_a_new_dc_waits_for_what_the_last_one_ordered(make: Callable, words: type) -> None:
    """An operation under way would be ordered a second time, or somewhere else too."""
    first = words.document(
        words.primitive("db", prefer="n3", role="Stopped"), words.fence_device("n1", "n2", "n3")
    )  # fmt: skip
    cluster = make(3, first)
    cluster.held = {"db_start"}
    cluster["n1"].ask(role("db", "Started"))
    assert b'op-status="-1"' in cluster.agree().render()
    cluster["n1"].power_off()
    cluster.run(1000)
    cluster.release()
    cluster.run(1000)
    assert orders(cluster, "start") == [("n3", "db")]
    assert cluster.where("db") == ["n3"]
    assert b'op-status="-1"' not in cluster.agree().render()


def test_a_change_of_mind_waits_for_what_it_does_not_undo(make: Callable, words: type) -> None:
    """What depends on a resource would be started while it is still being stopped."""
    cluster = make(2, words.document(words.primitive("db"), nodes=("n1", "n2"), stonith_enabled="false"))
    cluster.held = {"db_stop"}
    cluster["n1"].ask(role("db", "Stopped"))
    cluster["n1"].ask(role("db", "Started"))
    cluster.run(100)
    assert orders(cluster, "start") == [("n1", "db")]
    cluster.release()
    cluster.run(100)
    assert cluster.where("db") == ["n1"]
    assert orders(cluster, "start") == [("n1", "db")] * 2


def test_an_answer_that_never_comes_counts_as_a_failure(make: Callable, words: type) -> None:
    """One lost answer would stop the cluster for ever."""
    cluster = make(2, words.document(words.primitive("db"), nodes=("n1", "n2"), stonith_enabled="false"), boot=False)
    cluster.held = {"db_start@n1"}
    for node in cluster.nodes.values():
        node.power_on()
    cluster.run(79_000)
    assert cluster.where("db") == []
    cluster.run(3_000)
    entry = status.operation(cluster.agree(), "1", "db", "db_last_failure_0")
    assert entry is not None
    assert entry.get("op-status") == "2"
    assert status.attribute(cluster.agree(), "1", "fail-count-db#start_0") == "INFINITY"


def test_only_the_dc_of_the_present_view_is_obeyed(cluster) -> None:
    """A former DC that was cut off would go on to start and stop."""
    before = len(cluster["n2"].orders)
    order = controller.messages.Order("n2", "n2", cluster["n1"].orders[1], 5)
    cluster["n3"].engine.multicast(controller.messages.encode(order))
    cluster.run(100)
    assert len(cluster["n2"].orders) == before
    assert any("not the DC" in p.message for p in cluster["n2"].said("refused"))


def test_results_that_were_expected_do_not_abort_the_transition(cluster) -> None:
    """Each start would cost a run of the scheduler, and a start of a hundred resources minutes."""
    assert len(cluster["n1"].said("transition-start")) == 1
    assert cluster["n1"].said("transition-end")[0].fields["how"] == "complete"


def test_many_changes_at_once_are_scheduled_once(cluster) -> None:
    """A burst of attribute changes would keep the scheduler busy and recovery waiting."""
    cluster.hold_scheduler = True
    asked = len(cluster._scheduling)
    for number in range(20):
        cluster["n2"].ask(UpdateAttribute("n2", f"a{number}", "1"))
    assert len(cluster._scheduling) - asked == 1
    cluster.hold_scheduler = False
    cluster.run(100)
    assert not cluster["n1"].machine.transition_running


def test_an_outdated_outcome_is_not_carried_out(cluster) -> None:
    """A resource would be started that was stopped by an operator a moment ago."""
    cluster.hold_scheduler = True
    cluster["n2"].ask(role("vip", "Stopped"))
    stale = cluster._scheduling[0]
    cluster["n2"].ask(role("vip", "Started"))
    cluster.hold_scheduler = False
    cluster.run(100)
    assert stale not in cluster._scheduling
    assert orders(cluster, "stop") == []


def test_a_failed_scheduler_is_told_and_tried_again(cluster) -> None:
    """A crash of the scheduler would end the cluster's work silently."""
    good = cluster.scheduler
    cluster.hold_scheduler = True
    cluster["n1"].ask(role("vip", "Stopped"))
    node, effect = cluster._scheduling.pop()
    node.feed("controller", controller.Scheduled(effect.number, None, "killed"))
    cluster.hold_scheduler = False
    assert cluster["n1"].said("scheduler")
    cluster.scheduler = good
    cluster.run(15 * 60_000 + 1000)
    assert cluster.where("vip") == []


def test_the_recheck_comes_when_the_scheduler_said(cluster) -> None:
    """A rule with a date, or failure-timeout, would take effect only at the next accident."""
    seen = []

    def later(document: cib.Document, now_s: int) -> scheduler.Outcome:
        seen.append(now_s)
        return scheduler.Outcome(transition.Graph(), scheduler.State(), recheck_by_s=now_s + 60)

    cluster.scheduler = later
    cluster["n1"].ask(Recheck())
    cluster.run(61_000)
    assert len(seen) == 2
    assert seen[1] - seen[0] in (60, 61)


def test_inputs_are_kept_with_their_transitions(cluster) -> None:
    """Nobody could ask afterwards why the cluster did what it did."""
    kept = cluster["n1"].inputs
    assert [k.severity for k in kept] == ["normal"]
    assert b"node_state" in kept[0].document
    assert cluster["n2"].inputs == []


def test_fencing_that_fails_is_tried_so_often_and_then_rests(cluster) -> None:
    """A broken device would be called without end, or given up at its first hiccup."""
    cluster.fencing_fails = True
    cluster["n1"].power_off()
    cluster.run(60_000)
    failed = len(cluster["n2"].said("fencing-failed"))
    assert 2 <= failed <= 10
    assert cluster.where("vip") == []
    cluster.fencing_fails = False
    cluster.run(16 * 60_000)
    assert cluster.where("vip") == ["n2"]


def test_a_view_without_quorum_fences_nobody(make: Callable, words: type) -> None:
    """A node that was cut off would shoot the majority."""
    cluster = make(3, words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3")))
    cluster.hold_fencing = True
    cluster.network.cut({1}, {2, 3})
    cluster.run(1000)
    assert {target for _, target in cluster.fence_calls} == {"n1"}
    assert {caller for caller, _ in cluster.fence_calls} <= {"n2", "n3"}
    assert cluster.where("vip") == []


def test_waiting_for_rest_ends_when_all_is_done(cluster) -> None:
    """`crm wait` would come back before what was ordered has even begun."""
    cluster.held = {"vip_stop"}
    cluster["n3"].ask(role("vip", "Stopped"))
    assert cluster["n3"].ask(WaitForRest()) is None
    cluster.release()
    assert cluster["n3"].replies[max(cluster["n3"].replies)].error == ""


def test_waiting_for_rest_is_bounded(cluster) -> None:
    """A script would hang on a resource that does not stop."""
    cluster.held = {"vip_stop"}
    cluster["n3"].ask(role("vip", "Stopped"))
    assert cluster["n3"].ask(WaitForRest(5000)) is None
    cluster.run(5000)
    assert cluster["n3"].replies[max(cluster["n3"].replies)].exit_status == 124


def test_transition_delay_waits_for_more_changes(make: Callable, words: type) -> None:
    """Sites that asked for it would see each of a burst of changes acted on."""
    cluster = make(2, words.document(words.primitive("vip"), nodes=("n1", "n2"), stonith_enabled="false",
                                     transition_delay="3s"))  # fmt: skip
    assert cluster.where("vip") == []
    cluster.run(3_000)
    assert cluster.where("vip") == ["n1"]
    cluster["n1"].ask(role("vip", "Stopped"))
    cluster.run(1_000)
    assert cluster.where("vip") == ["n1"]
    cluster.run(2_000)
    assert cluster.where("vip") == []


def test_an_order_for_another_membership_is_refused(cluster) -> None:
    """A start that a quorate view decided would be carried out after quorum was lost."""
    before = len(cluster["n2"].orders)
    footing = cluster["n1"].machine.replica.footing
    order = controller.messages.Order("n2", "n2", cluster["n1"].orders[1], 5, footing=footing - 1)
    cluster["n1"].engine.multicast(controller.messages.encode(order))
    cluster.run(10)
    assert len(cluster["n2"].orders) == before
    assert any("another membership" in p.message for p in cluster["n2"].said("refused"))


SHUTDOWN = transition.Action(2, transition.Kind.CLUSTER, "do_shutdown", on_node="n2")


def of(resource: str, task: str, number: int = 1, node: str = "n2", target_rc: int = 0) -> transition.Action:
    named = transition.ResourceRef(resource, "ocf", "Dummy", "heartbeat")
    expected = {"CRM_meta_op_target_rc": str(target_rc)}
    return transition.Action(number, transition.Kind.RESOURCE, task, on_node=node, resource=named, attributes=expected)


def scheduling(*actions: transition.Action) -> Callable[[cib.Document, int], scheduler.Outcome]:
    """Return a scheduler that wants these actions whatever is so."""
    graph = transition.Graph(tuple(transition.Synapse(number, action) for number, action in enumerate(actions)))
    return lambda document, now_s: scheduler.Outcome(graph, scheduler.State())


def test_a_node_with_an_unanswered_operation_does_not_leave(cluster) -> None:
    """What is still being stopped when it leaves would be started elsewhere as well."""
    cluster.held = {"stop"}
    cluster.scheduler = scheduling(of("vip", "stop"))
    cluster["n1"].ask(Recheck())
    cluster.scheduler = scheduling(SHUTDOWN)
    cluster["n1"].ask(Recheck())
    assert cluster["n2"].stopped == ""
    cluster.release()
    assert cluster["n2"].stopped


def test_a_node_does_not_leave_before_it_is_probed(cluster) -> None:
    """A cleanup during a shutdown would make it leave with its services running, and they start elsewhere."""
    node = cluster["n2"]
    cluster.held = {"monitor"}
    cluster.scheduler = scheduling(of("vip", "monitor"), SHUTDOWN)
    cluster["n1"].ask(Recheck())
    assert node.stopped == ""
    node.running.add("vip")
    cluster.release()
    assert node.stopped


def test_nothing_is_stopped_where_probes_look(cluster) -> None:
    """After a refresh a file system would be stopped under the database that is not known to run."""
    cluster.held = {"db_monitor"}
    cluster.scheduler = scheduling(of("vip", "stop"), of("db", "monitor", 2, target_rc=7), of("web", "stop", 3, "n3"))
    cluster["n1"].ask(Recheck())
    assert orders(cluster, "stop") == [("n3", "web")]
    cluster.release()
    assert ("n2", "vip") in orders(cluster, "stop")
