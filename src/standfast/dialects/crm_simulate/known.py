"""What is known of a cluster's nodes, as plain values: their states, what ran on them, their transient attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from standfast import cib, scheduler

_ORIGIN = "crm_simulate"
_UUID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
_UP = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"}
_DOWN = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}
_NOT_RUNNING = 7

Fields = dict[str, str]
"""An element's attributes."""


class Operation(msgspec.Struct, frozen=True):
    """An operation that has ended with `rc`, where `target_rc` was expected. `attributes`: what it was called with."""

    resource_id: str
    task: str
    interval_ms: int
    node: str
    rc: int
    target_rc: int = 0
    reason: str = ""
    attributes: Mapping[str, str] | None = None

    @property
    def failed(self) -> bool:
        """Return whether it ended otherwise than expected; a notification never does."""
        return self._recorded_rc != self.target_rc

    @property
    def key(self) -> str:
        """Return `RESOURCE_TASK_INTERVAL`, under which it is known."""
        return f"{self.resource_id}_{self._recorded_task}_{self.interval_ms}"

    @property
    def _recorded_task(self) -> str:
        return "start" if self.task in ("reload", "reload-agent") else self.task

    @property
    def _recorded_rc(self) -> int:
        return 0 if self.task == "notify" else self.rc

    def _attribute(self, name: str) -> str:
        return (self.attributes or {}).get(f"CRM_meta_{name}", "")

    def entry_ids(self) -> list[str]:
        """Return the ids under which it is recorded: the last one-shot operation's is replaced by the next."""
        if self.task == "notify":
            kind, operation = self._attribute("notify_type"), self._attribute("notify_operation")
            return [f"{self.resource_id}_{kind}_notify_{operation}_0"]
        if self.task in ("migrate_to", "migrate_from"):
            return [self.key]
        last = self.key if self.interval_ms else f"{self.resource_id}_last_0"
        if not self.failed:
            return [last]
        return [f"{self.resource_id}_last_failure_0"] + ([] if self.interval_ms else [last])

    def fields(self, call_id: int, now_s: int) -> Fields:
        """Return what is recorded of it."""
        transition_key = f"{call_id}:-1:{self.target_rc}:{_UUID}"
        found = {
            "operation_key": self.key,
            "operation": self._recorded_task,
            "crm-debug-origin": _ORIGIN,
            "crm_feature_set": cib.FEATURE_SET,
            "transition-key": transition_key,
            "transition-magic": f"0:{self._recorded_rc};{transition_key}",
            "exit-reason": self.reason if self.failed else "",
            "on_node": self.node,
            "call-id": str(call_id),
            "rc-code": str(self._recorded_rc),
            "op-status": "0",
            "interval": str(self.interval_ms),
            "last-rc-change": str(now_s),
            "exec-time": "0",
            "queue-time": "0",
        }
        if self.task in ("migrate_to", "migrate_from"):
            for end in ("migrate_source", "migrate_target"):
                found[end] = self._attribute(end)
        if self.attributes is not None:
            found["op-digest"] = scheduler.digest(self.attributes)
        return found


class History(msgspec.Struct):
    """What ran of a resource on a node: `entries` by their ids, in order. `changed`: since it was read."""

    fields: Fields
    entries: dict[str, Fields] = msgspec.field(default_factory=dict)
    changed: bool = False

    def record(self, operation: Operation, now_s: int) -> None:
        """Record an operation's result."""
        calls = (cib.values.integer(entry.get("call-id")) or 0 for entry in self.entries.values())
        fields = operation.fields(1 + max(calls, default=0), now_s)
        for entry_id in operation.entry_ids():
            self.entries.setdefault(entry_id, {"id": entry_id}).update(fields)
        self.changed = True


class Histories:
    """What ran on a node, in order."""

    def __init__(self, known: Iterable[History] = ()) -> None:
        self._all: list[History] = []
        self._by_id: dict[str | None, list[History]] = {}
        for one in known:
            self._add(one)

    def _add(self, history: History) -> None:
        self._all.append(history)
        self._by_id.setdefault(history.fields.get("id"), []).append(history)

    def __iter__(self) -> Iterator[History]:
        return iter(self._all)

    def of(self, name: str, config_name: str, agent: tuple[str, str, str]) -> History:
        """Return the history of a resource (under either name), made if need be."""
        for wanted in (name, config_name):
            found = self._by_id.get(wanted, [])
            if len(found) == 1:  # of several, none is known to be the right one
                return found[0]
        standard, provider, kind = agent
        fields = {"id": config_name, "class": standard, "provider": provider, "type": kind}
        made = History({k: v for k, v in fields.items() if v}, changed=True)
        self._add(made)
        return made


class Node(msgspec.Struct):
    """A node's state. `attributes` are its transient ones. `forgotten`: what was known of it before is no more."""

    fields: Fields
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    histories: Histories = msgspec.field(default_factory=Histories)
    forgotten: bool = False

    @property
    def id(self) -> str:
        """Return the node's id."""
        return self.fields.get("id", "")

    def set(self, *, up: bool) -> None:
        """Let it be up, or cleanly down."""
        self.fields.update(_UP if up else _DOWN)

    def take_down(self) -> None:
        """Let it be cleanly down, with nothing known of what was on it."""
        self.set(up=False)
        self.attributes, self.histories, self.forgotten = {}, Histories(), True

    def count_failure(self, operation: Operation, name: str, fatal: bool, now_s: int) -> dict[str, str]:
        """Set the transient attributes that count one more failure of the resource of this name; return them.

        `fatal`: it may not be tried here again. Nothing is counted if the operation has not failed.
        """
        if operation.rc == 0 or (operation.rc == _NOT_RUNNING and operation.interval_ms == 0):
            return {}
        suffix = f"{name}#{operation.task}_{operation.interval_ms}"
        known = cib.values.integer(self.attributes.get(f"fail-count-{suffix}")) or 0
        count = "INFINITY" if fatal else str(known + 1)
        counted = {f"fail-count-{suffix}": count, f"last-failure-{suffix}": str(now_s)}
        self.attributes.update(counted)
        return counted
