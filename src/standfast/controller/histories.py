"""Operation histories: orders that are under way, results, what a joiner brings along, and forgetting.

An order that is not answered stands beside what is known, under its operation's key: until its result is there the
resource is where it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from standfast import agents, cib, executor
from standfast.agents import AgentName, ExecutionStatus
from standfast.cib import history, status
from standfast.controller import arrivals, failcounts, node_ids, remote_nodes, succession
from standfast.controller.applied import NOTHING, Applied, Note, Recorded
from standfast.controller.legible import legible
from standfast.controller.messages import Forget, History, Order, Restart, Results
from standfast.controller.replica import Replica, pending_key
from standfast.errors import Exit, RequestError

ORIGIN = "standfast"
_RUNNING = (agents.Ocf.OK, agents.Ocf.RUNNING_PROMOTED, agents.Ocf.DEGRADED, agents.Ocf.DEGRADED_PROMOTED)
_OVERDUE = "restart-was-ordered"


class _Pending(history.OperationRecord, frozen=True):
    def entry_ids(self) -> tuple[str, ...]:
        return (self.operation_key,)


# --- orders and results


def order(replica: Replica, message: Order) -> Applied:
    """Note that an operation was ordered."""
    operation = message.operation
    if message.footing is not None and message.footing != replica.footing:
        return Applied(refused=RequestError(f"{operation.key} was decided for another membership"))
    if replica.member(message.runs_on) is None:
        return Applied(refused=RequestError(f"{message.runs_on} is no member: {operation.key} is not ordered"))
    if operation.task == "stop":
        _drop_recurring(replica, message.node, operation.resource_id)
    replica.pending[pending_key(message.node, message)] = message
    if not message.cancel and operation.interval_ms == 0:
        record = _Pending(
            operation.resource_id,
            operation.task,
            transition_key=operation.transition_key,
            on_node=message.node,
            last_change_s=message.wall_s,
            migrate_source=operation.meta.get("migrate_source", ""),
            migrate_target=operation.meta.get("migrate_target", ""),
            notify_type=operation.meta.get("notify_type", ""),
            notify_operation=operation.meta.get("notify_operation", ""),
            origin=ORIGIN,
        )
        _write(replica, message.node, operation, record)
    # What the target knows of a resource that is sent to it does not hold any more: it must not tell it again.
    arrives = operation.task == "migrate_to" and not message.cancel
    forgotten = ((operation.meta.get("migrate_target", ""), operation.resource_id),) if arrives else ()
    return Applied(notes=(_ordered_note(message),), ordered=message, forgotten=forgotten)


def results(replica: Replica, message: Results) -> Applied:
    """Record what came of operations."""
    recorded = tuple(_record(replica, message.node, result, message.wall_s) for result in message.results)
    notes = tuple(_result_note(r) for r in recorded)
    return Applied(reason=f"operations ended on {message.node}", recorded=recorded, notes=notes)


def bring(replica: Replica, message: History) -> Applied:
    """Replace what was known of a node by its own word, part by part."""
    member = replica.member(message.node)
    if member is None or member.incarnation != message.incarnation:
        return Applied(refused=RequestError(f"the history of {message.node} is of a life that is over"))
    node_id = node_ids.node_id(replica, message.node)
    if message.first:
        arrivals.forget(replica, node_id)
        _erase_unlocked(replica.document, node_id)
        drop_pending(replica, message.node)
    for result in sorted(message.results, key=lambda r: r.call_id):
        if result.status is not ExecutionStatus.CANCELLED:
            _write(replica, message.node, result.operation, _as_record(message.node, result))
    for operation in message.running:
        order(replica, Order(message.node, message.node, operation, message.wall_s))
    member.known = message.last
    if not message.last:
        return NOTHING
    if arrivals.are_possible(replica.document):
        _forget_inactive(replica, message.node)
    fields = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"}
    status.set_node_state(replica.document, node_id, message.node, origin=ORIGIN, **fields)
    note = Note("node-joined", f"{message.node} takes part", "notice", {"node": message.node})
    return Applied(reason=f"{message.node} joined", notes=(note,))


def _forget_inactive(replica: Replica, node: str) -> None:
    """Forget what a node believes not to run there: while it was away, something may have been sent to it."""
    node_id = node_ids.node_id(replica, node)
    arrivals.forget(replica, node_id)
    waiting = {o.operation.resource_id for o in replica.pending.values() if o.node == node}
    for _, resource in tuple(_recorded_resources(replica, node)):
        entry = status.resource_history(replica.document, node_id, resource)
        locked = entry is not None and entry.get("shutdown-lock") is not None
        if resource not in waiting and not locked and not is_active(replica, node, resource):
            status.delete_resource(replica.document, node_id, resource)


def _erase_unlocked(document: cib.Document, node_id: str) -> None:
    """Forget a node's history but for resources that are locked to it: it stopped them when it was shut down."""
    entry = status.node_state(document, node_id)
    found = () if entry is None else tuple(entry.iterfind("lrm/lrm_resources/lrm_resource"))
    for resource in found:
        parent = resource.getparent()
        if parent is not None and resource.get("shutdown-lock") is None:
            parent.remove(resource)


def drop_pending(replica: Replica, node: str) -> None:
    """Wait no longer for any answer from this member."""
    gone = [key for key, o in replica.pending.items() if node in (o.runs_on, o.node)]
    for key in gone:
        del replica.pending[key]


def _drop_recurring(replica: Replica, node: str, resource: str) -> None:
    """Wait for no first result of recurring operations any more: a stop ends them."""
    for key, pending in tuple(replica.pending.items()):
        operation = pending.operation
        if operation.interval_ms and (pending.node, operation.resource_id) == (node, resource):
            del replica.pending[key]


def _record(replica: Replica, node: str, result: executor.Result, wall_s: int) -> Recorded:
    operation = result.operation
    document, node_id = replica.document, node_ids.node_id(replica, node)
    cancelled = result.status is ExecutionStatus.CANCELLED
    key = f"{node}/{'cancel ' if cancelled else ''}{operation.key}"
    known = replica.pending.get(key)
    if known is not None and known.operation.transition_key == operation.transition_key:
        del replica.pending[key]
    else:
        known = None
    if operation.interval_ms == 0:
        status.delete_operation(document, node_id, operation.resource_id, operation.task, 0, -1)
    if cancelled:
        status.delete_operation(document, node_id, operation.resource_id, operation.task, operation.interval_ms)
        return Recorded(node, result, False, known)
    record = _as_record(node, result)
    if operation.task == "delete":
        status.delete_resource(document, node_id, operation.resource_id)
        return Recorded(node, result, record.failed, known)
    _write(replica, node, operation, record)
    remote_nodes.follow(replica, result)
    if known is not None and operation.interval_ms == 0:
        status.set_shutdown_lock(document, node_id, operation.resource_id, known.lock_s or None)
    failed = record.failed and operation.task != "notify"
    if failed:
        failcounts.count(document, node_id, node, result, wall_s)
    return Recorded(node, result, failed, known)


def _as_record(node: str, result: executor.Result) -> history.OperationRecord:
    operation = result.operation
    return history.OperationRecord(
        operation.resource_id,
        operation.task,
        interval_ms=operation.interval_ms,
        call_id=result.call_id,
        rc_code=result.exit_code,
        op_status=int(result.status),
        transition_key=operation.transition_key,
        exit_reason=legible(result.exit_reason),
        on_node=node,
        exec_ms=result.exec_ms,
        queue_ms=result.queue_ms,
        last_change_s=result.last_change_wall_s or result.last_run_wall_s,
        digests={name: legible(value) for name, value in result.digests.items()},
        migrate_source=operation.meta.get("migrate_source", ""),
        migrate_target=operation.meta.get("migrate_target", ""),
        notify_type=operation.meta.get("notify_type", ""),
        notify_operation=operation.meta.get("notify_operation", ""),
        origin=ORIGIN,
    )


def _write(replica: Replica, node: str, operation: executor.Operation, record: history.OperationRecord) -> None:
    agent = history.Agent(operation.agent.standard, operation.agent.type, operation.agent.provider,
                          operation.meta.get("container", ""))  # fmt: skip
    record = msgspec.structs.replace(record, last_change_s=succession.time_s(replica, node, record))
    status.record_operation(replica.document, node_ids.node_id(replica, node), node, agent, record)


# --- forgetting


def forget(replica: Replica, message: Forget) -> Applied:
    """Drop histories, failures and counts as the message says.

    What a node holds that is not here stays known: it cannot be probed, and would be started a second time. It may be
    lost, or have left while it, or a resource, was in maintenance.
    """
    if message.resource and not resource_ids(replica.document, message.resource):
        known = any(message.resource == r for _, r in _recorded_resources(replica, ""))
        if not known:
            return Applied(refused=RequestError(f"there is no resource {message.resource}", Exit.NO_SUCH))
    if message.node and not node_ids.is_known(replica, message.node):
        return Applied(refused=RequestError(f"there is no node {message.node}", Exit.NO_SUCH))
    if message.counts_only:
        return _forget_counts(replica, message)
    forgotten = []
    for node, resource in tuple(_recorded_resources(replica, message.node)):
        if not _is_out_of_sight(replica, node, resource) and _is_meant(replica, message, node, resource):
            _forget_one(replica, node, resource, counts=not message.history_only)
            forgotten.append((node, resource))
    what = message.resource or "all resources"
    fields = {"resource": message.resource, "node": message.node}
    note = Note("cleanup", f"the history of {what} is forgotten in {len(forgotten)} places", "notice", fields)
    nodes = sorted({node for node, _ in forgotten})
    return Applied(reason=f"the history of {what} was forgotten", forgotten=tuple(forgotten), notes=(note,),
                   result={"forgotten": [list(pair) for pair in forgotten], "nodes": nodes})  # fmt: skip


def resource_ids(document: cib.Document, resource: str) -> tuple[str, ...]:
    """Return the ids of the primitives that a resource of the configuration is made of."""
    found = document.find(resource)
    if found is None:
        return ()
    if found.tag == "primitive":
        return (resource,)
    return tuple(p.get("id", "") for p in found.iter("primitive"))


def _forget_counts(replica: Replica, message: Forget) -> Applied:
    cleared = False
    for node, resource in tuple(_recorded_resources(replica, message.node)):
        if _names(replica, message.resource, resource):
            node_id = node_ids.node_id(replica, node)
            task, interval = message.task, message.interval_ms
            cleared |= failcounts.clear(replica.document, node_id, resource, task, interval)
            cleared |= status.clear_failure(replica.document, node_id, resource, task, interval)
    return Applied(reason=f"failures of {message.resource} were cleared" if cleared else "")


def _forget_one(replica: Replica, node: str, resource: str, *, counts: bool) -> None:
    node_id = node_ids.node_id(replica, node)
    status.delete_resource(replica.document, node_id, resource)
    if counts:
        failcounts.clear(replica.document, node_id, resource)
    for key, pending in tuple(replica.pending.items()):
        if pending.node == node and pending.operation.resource_id == resource:
            del replica.pending[key]


def _is_out_of_sight(replica: Replica, node: str, resource: str) -> bool:
    """Return whether a node cannot be asked that is lost, or has left with this resource running."""
    if node in replica.departed:
        return True
    entry = status.node_state(replica.document, node_ids.node_id(replica, node))
    return entry is not None and entry.get("in_ccm") == "false" and is_active(replica, node, resource)


def _is_meant(replica: Replica, message: Forget, node: str, resource: str) -> bool:
    if not _names(replica, message.resource, resource):
        return False
    if not message.failures_only:
        return True
    node_id = node_ids.node_id(replica, node)
    failure = status.operation(replica.document, node_id, resource, f"{resource}_last_failure_0")
    counts = (f"fail-count-{resource}#", f"last-failure-{resource}#")
    return failure is not None or any(n.startswith(counts) for n in status.attributes(replica.document, node_id))


def _names(replica: Replica, wanted: str, resource: str) -> bool:
    """Return whether a recorded resource (`p`, or `p:1` of a unique clone) is what is wanted (empty: everything)."""
    if not wanted or wanted == resource:
        return True
    return resource.partition(":")[0] in resource_ids(replica.document, wanted)


def _recorded_resources(replica: Replica, node: str) -> Iterator[tuple[str, str]]:
    """Return node and resource of every history, on this node or (empty) on all."""
    for entry in replica.document.status.iterchildren("node_state"):
        uname = entry.get("uname", "")
        if not node or uname == node:
            for resource in entry.iterfind("lrm/lrm_resources/lrm_resource"):
                yield uname, resource.get("id", "")


# --- restarting


def restart(replica: Replica, message: Restart) -> Applied:
    """Let the last starts of a resource count as outdated: the scheduler restarts it, with what depends on it."""
    if not resource_ids(replica.document, message.resource):
        return Applied(refused=RequestError(f"there is no resource {message.resource}", Exit.NO_SUCH))
    touched = []
    for node, resource in _recorded_resources(replica, message.node):
        if _names(replica, message.resource, resource) and is_active(replica, node, resource):
            _outdate(replica, node, resource)
            touched.append((node, resource))
    if not touched:
        where = f" on {message.node}" if message.node else ""
        return Applied(refused=RequestError(f"{message.resource} is not running{where}", Exit.UNSATISFIED))
    fields = {"resource": message.resource, "node": message.node}
    note = Note("restart-ordered", f"a restart of {message.resource} was ordered", "notice", fields)
    return Applied(reason=f"a restart of {message.resource} was ordered", notes=(note,), result=touched)


def is_active(replica: Replica, node: str, resource: str) -> bool:
    """Return whether, by the newest answered operation, the resource runs (or failed while it ran)."""
    newest = max(_answered(replica, node, resource), key=lambda r: r.call_id, default=None)
    if newest is None or newest.rc_code == agents.Ocf.NOT_RUNNING:
        return False
    if newest.rc_code in _RUNNING:
        return newest.task not in ("stop", "migrate_to")
    return newest.task not in ("start", "migrate_from") and (newest.task != "monitor" or newest.interval_ms > 0)


def is_complete(replica: Replica, node: str) -> bool:
    """Return whether the node's history has an answer for every configured primitive: else it may run one unseen."""
    entry = status.node_state(replica.document, node_ids.node_id(replica, node))
    found = () if entry is None else (record for _, record in history.operations(entry))
    recorded = {record.resource_id.partition(":")[0] for record in found if _is_answered(record)}
    resources = replica.document.section("resources")
    elsewhere = {p.get("id") for p in resources.iterfind(".//bundle/primitive")}
    wanted = {p.get("id") for p in resources.iter("primitive") if p.get("class") != "stonith"}
    return wanted - elsewhere <= recorded


def active_on(replica: Replica, resource: str) -> tuple[str, ...]:
    """Return the nodes on which a resource (or any part of it) runs."""
    found = [
        node
        for node, recorded in _recorded_resources(replica, "")
        if _names(replica, resource, recorded) and is_active(replica, node, recorded)
    ]
    return tuple(dict.fromkeys(found))


def recorded_agent(replica: Replica, node: str, resource: str) -> AgentName:
    """Return the agent that a node's history of a resource is of."""
    entry = status.resource_history(replica.document, node_ids.node_id(replica, node), resource)
    if entry is None:
        return AgentName("", "")
    return AgentName(entry.get("class", ""), entry.get("type", ""), entry.get("provider", ""))


def last_call(replica: Replica, node: str, resource: str) -> int:
    """Return the highest call id in a resource's history on a node; 0 if it has none."""
    return max((r.call_id for r in _answered(replica, node, resource)), default=0)


def _answered(replica: Replica, node: str, resource: str) -> list[history.OperationRecord]:
    entry = status.resource_history(replica.document, node_ids.node_id(replica, node), resource)
    if entry is None:
        return []
    records = (history.read(op) for op in entry.iterchildren("lrm_rsc_op"))
    return [record for record in records if _is_answered(record)]


def _is_answered(record: history.OperationRecord) -> bool:
    return record.op_status != history.PENDING and record.task != "notify"


def _outdate(replica: Replica, node: str, resource: str) -> None:
    entry = status.resource_history(replica.document, node_ids.node_id(replica, node), resource)
    assert entry is not None
    for operation in entry.iterchildren("lrm_rsc_op"):
        if operation.get("interval", "0") == "0" and operation.get("op-status") == "0":
            operation.set("op-digest", _OVERDUE)
            operation.set("op-restart-digest", _OVERDUE)


# --- what is said of it


def _fields(node: str, operation: executor.Operation) -> dict[str, str]:
    parts = operation.transition_key.split(":")
    transition = parts[1] if len(parts) == 4 else ""
    return {"node": node, "resource": operation.resource_id, "operation": operation.key, "transition": transition}


def _ordered_note(message: Order) -> Note:
    operation = message.operation
    verb = "cancel" if message.cancel else operation.task
    interval = f" every {operation.interval_ms} ms" if operation.interval_ms else ""
    text = f"{verb} {operation.resource_id}{interval} on {message.node} is ordered"
    return Note("operation-ordered", text, "info", _fields(message.node, operation))


def _result_note(recorded: Recorded) -> Note:
    result, operation = recorded.result, recorded.result.operation
    text = f"{operation.task} {operation.resource_id} on {recorded.node}: {result.status.name.lower()}"
    text += f", exit code {result.exit_code}" + (f" ({legible(result.exit_reason)})" if result.exit_reason else "")
    fields = _fields(recorded.node, operation)
    fields |= {"rc": str(result.exit_code), "status": result.status.name.lower(), "exec_ms": str(result.exec_ms)}
    return Note("operation", text, "warning" if recorded.failed else "info", fields)
