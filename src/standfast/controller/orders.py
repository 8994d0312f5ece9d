"""From the graph's actions to orders: what an executor is given, and what names it."""

from __future__ import annotations

from standfast import agents, executor, transition
from standfast.controller.messages import Forget, Order

_META = "CRM_meta_"
STATE_CHANGING = frozenset(("start", "stop", "promote", "demote", "migrate_to", "migrate_from"))


def key(action: transition.Action, transition_number: int, life: str) -> str:
    """Return `ACTION:TRANSITION:TARGET_RC:UUID`."""
    return f"{action.id}:{transition_number}:{action.target_rc}:{life}"


def order(action: transition.Action, transition_key: str, wall_s: int, footing: int | None = None) -> Order:
    """Return the order that carries out a resource action."""
    assert action.resource is not None, f"{action.operation_key} is of no resource"
    meta = {n.removeprefix(_META): v for n, v in action.attributes.items() if n.startswith(_META)}
    cancel = action.operation == "cancel"
    resource = action.resource
    operation = executor.Operation(
        resource.id,
        agents.AgentName(resource.standard, resource.type, resource.provider),
        meta.get("operation", "monitor") if cancel else action.operation,
        action.interval_ms,
        action.timeout_ms,
        transition_key,
        target_rc=action.target_rc,
        start_delay_ms=int(meta.get("start_delay", "0") or 0),
        parameters={n: v for n, v in action.attributes.items() if not n.startswith(_META)},
        meta=meta,
    )
    runs_on = action.router_node or action.on_node
    return Order(action.on_node, runs_on, operation, wall_s, cancel, action.shutdown_lock_s, footing)


def is_probe(action: transition.Action) -> bool:
    """Return whether the action only looks."""
    return action.operation == "monitor" and action.interval_ms == 0


def patience_ms(operation: executor.Operation, cluster_delay_ms: int) -> int:
    """Return how long the answer may take: the operation's own time, and the cluster's."""
    return operation.timeout_ms + operation.start_delay_ms + cluster_delay_ms


def lost_result(order: Order, call_id: int, wall_s: int) -> executor.Result:
    """Return what an answer that never came counts as; a recurring operation counts as cancelled."""
    if order.cancel:
        return executor.Result(order.operation, call_id, 0, agents.ExecutionStatus.CANCELLED, last_run_wall_s=wall_s)
    reason = "no answer came in time"
    return executor.Result(
        order.operation, call_id, int(agents.Ocf.UNKNOWN_ERROR), agents.ExecutionStatus.TIMEOUT, reason,
        last_run_wall_s=order.wall_s, last_change_wall_s=wall_s,
    )  # fmt: skip


def forget(action: transition.Action, key: str, wall_s: int) -> Forget:
    """Return the word that drops a history (lrm_delete) or failure counts (clear_failcount)."""
    assert action.resource is not None
    if action.operation != "clear_failcount":
        return Forget(action.resource.id, action.on_node, wall_s, history_only=True, key=key)
    task = action.attributes.get("CRM_meta_operation", "")
    interval_ms = action.interval_ms if task else 0
    return Forget(action.resource.id, action.on_node, wall_s, counts_only=True, task=task, interval_ms=interval_ms,
                  key=key)  # fmt: skip
