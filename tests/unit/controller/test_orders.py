"""From the graph's actions to an executor's orders."""

from __future__ import annotations

from standfast import agents, transition
from standfast.controller import orders


def action(operation: str, **attributes: str) -> transition.Action:
    resource = transition.ResourceRef("vip", "ocf", "IPaddr2", "heartbeat", long_id="vip:0")
    return transition.Action(
        7, transition.Kind.RESOURCE, operation, on_node="far", router_node="n1", resource=resource,
        attributes={"ip": "192.0.2.1", "CRM_meta_timeout": "30000", "CRM_meta_op_target_rc": "7", **attributes},
    )  # fmt: skip


def test_an_order_says_all_that_the_executor_needs() -> None:
    """An agent would be called without its parameters, its time limit, or on the wrong node."""
    made = orders.order(action("monitor"), "7:3:7:life", 5)
    assert (made.node, made.runs_on, made.cancel) == ("far", "n1", False)
    operation = made.operation
    assert (operation.resource_id, operation.task, operation.timeout_ms, operation.target_rc) == (
        "vip",
        "monitor",
        30_000,
        7,
    )
    assert operation.parameters == {"ip": "192.0.2.1"}
    assert operation.meta["timeout"] == "30000"
    assert str(operation.agent) == "ocf:heartbeat:IPaddr2"
    assert orders.key(action("monitor"), 3, "life") == "7:3:7:life"


def test_a_cancel_names_the_operation_that_is_to_end() -> None:
    """Monitors of a stopped resource would go on and report failures."""
    made = orders.order(action("cancel", CRM_meta_operation="monitor", CRM_meta_interval="10000"), "k", 5)
    assert made.cancel
    assert made.operation.key == "vip_monitor_10000"


def test_a_lost_answer_is_a_timeout_and_a_lost_cancel_is_done() -> None:
    """A vanished answer would be waited for until the node dies."""
    made = orders.order(action("start"), "k", 5)
    assert orders.lost_result(made, 4, 9).status is agents.ExecutionStatus.TIMEOUT
    cancel = orders.order(action("cancel", CRM_meta_operation="monitor"), "k", 5)
    assert orders.lost_result(cancel, 4, 9).status is agents.ExecutionStatus.CANCELLED
    assert orders.patience_ms(made.operation, 60_000) == 90_000
