"""The operation history of the status section, as data: who ran what, when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from lxml import etree

from standfast.cib import values

PENDING = -1
CANCELLED = 1
_FAILED = frozenset(
    (2, 3, 4, 8, 9, 10, 11)
)  # timeout, not supported, error, not connected, invalid, no device, secrets
_MIGRATIONS = ("migrate_to", "migrate_from")
DIGESTS = ("op-digest", "op-restart-digest", "op-force-restart", "op-secure-digest", "op-secure-params")


class Agent(msgspec.Struct, frozen=True):
    """The agent a history is of: what an `lrm_resource` says besides its id."""

    standard: str
    type: str
    provider: str = ""
    container: str = ""


class OperationRecord(msgspec.Struct, frozen=True):
    """One `lrm_rsc_op`. `op_status` is -1 while the operation is pending; `rc_code` is its exit code.

    `transition_key` is `ACTION:TRANSITION:TARGET_RC:UUID`. Times: milliseconds for durations, seconds since 1970 for
    `last_change_s`.
    """

    resource_id: str
    task: str
    interval_ms: int = 0
    call_id: int = -1
    rc_code: int = 193
    op_status: int = PENDING
    transition_key: str = ""
    exit_reason: str = ""
    on_node: str = ""
    exec_ms: int = 0
    queue_ms: int = 0
    last_change_s: int = 0
    digests: Mapping[str, str] = msgspec.field(default_factory=dict)
    migrate_source: str = ""
    migrate_target: str = ""
    notify_type: str = ""
    notify_operation: str = ""
    origin: str = ""

    @property
    def operation_key(self) -> str:
        """Return `RESOURCE_TASK_INTERVAL`."""
        return f"{self.resource_id}_{self.recorded_task}_{self.interval_ms}"

    @property
    def recorded_task(self) -> str:
        """Return the task as history has it: a successful reload is a start, a failed one a monitor."""
        if self.task not in ("reload", "reload-agent"):
            return self.task
        return "start" if self.op_status == 0 else "monitor"

    @property
    def transition_magic(self) -> str:
        """Return `STATUS:RC;TRANSITION_KEY`."""
        return f"{self.op_status}:{self.rc_code};{self.transition_key}"

    @property
    def target_rc(self) -> int:
        """Return the exit code that the transition expected; -1 if the key does not say."""
        parts = self.transition_key.split(":")
        value = values.integer(parts[2]) if len(parts) == 4 else None
        return -1 if value is None else value

    @property
    def failed(self) -> bool:
        """Return whether the result is not what was expected."""
        if self.op_status in (PENDING, CANCELLED):
            return False
        return self.op_status in _FAILED or (self.target_rc >= 0 and self.rc_code != self.target_rc)

    def entry_ids(self) -> tuple[str, ...]:
        """Return the ids of the entries that this record is kept under. Source: Pacemaker's history.

        A failure that was noticed or pretended (asyncmon) is no step: here it leaves the last one where it is.
        """
        if self.task == "notify":
            return (f"{self.resource_id}_{self.notify_type}_notify_{self.notify_operation}_0",)
        if self.task in _MIGRATIONS:
            return (self.operation_key,)
        if self.failed:
            last_failure = f"{self.resource_id}_last_failure_0"
            is_step = self.interval_ms == 0 and self.task != "asyncmon"
            return (last_failure, f"{self.resource_id}_last_0") if is_step else (last_failure,)
        return (self.operation_key,) if self.interval_ms else (f"{self.resource_id}_last_0",)


def attributes(record: OperationRecord, feature_set: str) -> dict[str, str]:
    """Return the record as an `lrm_rsc_op`'s attributes, without its id, in Pacemaker's order."""
    found = {
        "operation_key": record.operation_key,
        "operation": record.recorded_task,
        "crm-debug-origin": record.origin,
        "crm_feature_set": feature_set,
        "transition-key": record.transition_key,
        "transition-magic": record.transition_magic,
        "exit-reason": record.exit_reason if record.failed else "",
        "on_node": record.on_node,
        "call-id": str(record.call_id),
        "rc-code": str(record.rc_code),
        "op-status": str(record.op_status),
        "interval": str(record.interval_ms),
        "last-rc-change": str(record.last_change_s),
        "exec-time": str(record.exec_ms),
        "queue-time": str(record.queue_ms),
    }
    if record.task in _MIGRATIONS:
        found.update(migrate_source=record.migrate_source, migrate_target=record.migrate_target)
    found.update((name, record.digests[name]) for name in DIGESTS if name in record.digests)
    return found


def read(entry: etree._Element, resource_id: str = "") -> OperationRecord:
    """Return what an `lrm_rsc_op` says; absent or invalid numbers have the defaults."""
    get = entry.get
    if not resource_id:
        parent = entry.getparent()
        resource_id = "" if parent is None else parent.get("id", "")

    def number(name: str, default: int) -> int:
        value = values.integer(get(name))
        return default if value is None else value

    return OperationRecord(
        resource_id=resource_id,
        task=get("operation", ""),
        interval_ms=number("interval", 0),
        call_id=number("call-id", -1),
        rc_code=number("rc-code", 193),
        op_status=number("op-status", PENDING),
        transition_key=get("transition-key") or get("transition-magic", "").partition(";")[2],
        exit_reason=get("exit-reason", ""),
        on_node=get("on_node", ""),
        exec_ms=number("exec-time", 0),
        queue_ms=number("queue-time", 0),
        last_change_s=number("last-rc-change", 0),
        digests={name: value for name in DIGESTS if (value := get(name)) is not None},
        migrate_source=get("migrate_source", ""),
        migrate_target=get("migrate_target", ""),
        origin=get("crm-debug-origin", ""),
    )


def operations(node_state: etree._Element) -> Iterator[tuple[etree._Element, OperationRecord]]:
    """Return each `lrm_resource` of a node with each of its records, in the document's order."""
    for resource in node_state.iterfind("lrm/lrm_resources/lrm_resource"):
        for entry in resource.iterchildren("lrm_rsc_op"):
            yield resource, read(entry, resource.get("id", ""))
