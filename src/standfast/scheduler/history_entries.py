"""The history of operations as the status section stores it: one entry an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler.operations import is_probe

if TYPE_CHECKING:
    from lxml import etree

# Status of an execution. Source: Pacemaker's pcmk_exec_status.
PENDING, DONE, CANCELLED, TIMEOUT, NOT_SUPPORTED, ERROR, ERROR_HARD, ERROR_FATAL = range(-1, 7)
NOT_INSTALLED, NOT_CONNECTED, INVALID, NO_FENCE_DEVICE, NO_SECRETS = range(7, 12)

# OCF exit codes.
OK, GENERIC_ERROR, INVALID_PARAMETER, UNIMPLEMENTED, INSUFFICIENT_PRIVILEGES = range(5)
AGENT_NOT_INSTALLED, NOT_CONFIGURED, NOT_RUNNING, RUNNING_PROMOTED, FAILED_PROMOTED = range(5, 10)
DEGRADED, DEGRADED_PROMOTED = 190, 191


class HistoryEntry:
    """One `lrm_rsc_op`. `expected_rc` is -1 where the entry does not say; `node_name` is where it was recorded."""

    __slots__ = (
        "call_id", "element", "expected_rc", "id", "interval_ms", "key", "node_name", "rc", "restart_digest", "status",
        "task",
    )  # fmt: skip

    def __init__(self, element: etree._Element, node_name: str) -> None:
        get = element.get
        self.element = element
        self.node_name = node_name
        self.id = get("id")
        self.task = get("operation") or ""
        self.key = get("operation_key") or self.id or ""
        self.interval_ms = max(0, cib.values.integer(get("interval")) or 0)
        self.call_id = _integer(get("call-id"), -1)
        self.rc = cib.values.integer(get("rc-code"))
        self.status = cib.values.integer(get("op-status"))
        self.expected_rc = _expected_rc(get("transition-key"))
        self.restart_digest = get("op-restart-digest")

    # Most entries are probes that found nothing: what they are not asked for is not read.

    @property
    def magic(self) -> str | None:
        """Return status, exit code and the transition's key in one."""
        return self.element.get("transition-magic")

    @property
    def last_change_s(self) -> int | None:
        """Return the second when the result last differed from the one before."""
        return cib.values.integer(self.element.get("last-rc-change"))

    @property
    def exec_time_ms(self) -> int:
        """Return how long the operation ran."""
        return _integer(self.element.get("exec-time"), 0)

    @property
    def queue_time_ms(self) -> int:
        """Return how long the operation waited for its start."""
        return _integer(self.element.get("queue-time"), 0)

    @property
    def exit_reason(self) -> str:
        """Return what the agent said about the result."""
        return self.element.get("exit-reason") or ""

    @property
    def on_node(self) -> str | None:
        """Return the name of the node where the operation ran."""
        return self.element.get("on_node")

    @property
    def migrate_source(self) -> str | None:
        """Return where a migration came from."""
        return self.element.get("migrate_source")

    @property
    def migrate_target(self) -> str | None:
        """Return where a migration went to."""
        return self.element.get("migrate_target")

    @property
    def feature_set(self) -> str | None:
        """Return the version of what recorded the entry."""
        return self.element.get("crm_feature_set")

    @property
    def digest(self) -> str | None:
        """Return the digest of all parameters."""
        return self.element.get("op-digest")

    @property
    def force_restart(self) -> str | None:
        """Return the names of parameters whose change needs a restart."""
        return self.element.get("op-force-restart")

    @property
    def secure_digest(self) -> str | None:
        """Return the digest of the parameters that are no secrets."""
        return self.element.get("op-secure-digest")

    @property
    def secure_parameters(self) -> str | None:
        """Return the names of parameters that are secrets."""
        return self.element.get("op-secure-params")

    @property
    def is_probe(self) -> bool:
        """Return whether this was a one-shot monitor."""
        return is_probe(self.task, self.interval_ms)

    @property
    def is_masked(self) -> bool:
        """Return whether this is a probe that says no more than that the resource cannot run there."""
        return self.is_probe and (self.rc in (AGENT_NOT_INSTALLED, INVALID_PARAMETER) or self.status == NOT_INSTALLED)

    @property
    def is_absence(self) -> bool:
        """Return whether this is a probe that did not find the resource, and not the record of a failure."""
        if self.rc != NOT_RUNNING or self.status != DONE or self.id is None or not self.is_probe:
            return False
        return not self.is_last_failure

    @property
    def is_last_failure(self) -> bool:
        """Return whether this is kept as the last failure, whatever came after."""
        return (self.id or "").endswith("_last_failure_0")


def _integer(text: str | None, default: int) -> int:
    value = cib.values.integer(text)
    return default if value is None else value


def _expected_rc(key: str | None) -> int:
    """Return the third field of a transition key `action:transition:rc:uuid`."""
    fields = key.split(":") if key else []
    if len(fields) < 4:
        return -1
    value = cib.values.integer(fields[2])
    return -1 if value is None else value


def _transition(magic: str | None) -> tuple[str, int] | None:
    """Return uuid and number of the transition in a magic `status:rc;action:transition:rc:uuid`."""
    _, _, key = (magic or "").partition(";")
    fields = key.split(":")
    if len(fields) < 4:
        return None
    number = cib.values.integer(fields[1])
    return (fields[3][:36].lower(), number) if number is not None else None


def age(a: HistoryEntry, b: HistoryEntry) -> int:
    """Return below 0 if entry a is the older, above 0 if it is the newer, else 0."""
    same_node = (a.on_node or "").lower() == (b.on_node or "").lower()
    if (same_node and a.id == b.id) or (a.call_id == -1 and b.call_id == -1):
        return 0
    if same_node and 0 <= a.call_id < b.call_id:
        return -1
    if same_node and 0 <= b.call_id < a.call_id:
        return 1
    if a.call_id >= 0 and b.call_id >= 0:
        return _by_change(a, b)
    return _by_transition(a, b)


def _by_change(a: HistoryEntry, b: HistoryEntry) -> int:
    last_a = -1 if a.last_change_s is None else a.last_change_s
    last_b = -1 if b.last_change_s is None else b.last_change_s
    if 0 <= last_a < last_b:
        return -1
    return 1 if 0 <= last_b < last_a else 0


def _by_transition(a: HistoryEntry, b: HistoryEntry) -> int:
    """Compare where one is pending: it is the newer, unless the transitions' numbers say otherwise."""
    in_a, in_b = _transition(a.magic), _transition(b.magic)
    if in_a is None or in_b is None:
        return 0
    (uuid_a, number_a), (uuid_b, number_b) = in_a, in_b
    if uuid_a != uuid_b or number_a == number_b:
        return -1 if b.call_id == -1 else 1
    if 0 <= number_a < number_b or number_b == -1:
        return -1
    return 1
