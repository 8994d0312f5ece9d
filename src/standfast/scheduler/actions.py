"""Actions: what may be done, with flags that the phases turn on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from standfast.scheduler.relations import Input

if TYPE_CHECKING:
    from standfast.scheduler.operations import Operation
    from standfast.scheduler.working import Node, Resource

OPTIONAL: Final = 1
RUNNABLE: Final = 2
PSEUDO: Final = 4
IN_GRAPH: Final = 8  # even if optional
MIGRATABLE: Final = 16
MIGRATION_ABORT: Final = 32
RESCHEDULE: Final = 64
ON_DC: Final = 128  # executed where the DC is: its node may be down
GRAPHED: Final = 256
VISITED: Final = 512

NEEDS_NOTHING: Final = 0
NEEDS_QUORUM: Final = 1
NEEDS_FENCING: Final = 2

# A task, and the name of its completion in collectives.
COMPLETED: dict[str, str] = {
    "stop": "stopped",
    "start": "running",
    "notify": "notified",
    "promote": "promoted",
    "demote": "demoted",
}
BEGUN: dict[str, str] = {completion: task for task, completion in COMPLETED.items()}
OPPOSITES = {
    "start": "stop",
    "stop": "start",
    "promote": "demote",
    "demote": "promote",
    "promoted": "demoted",
    "demoted": "promoted",
    "running": "stopped",
    "stopped": "running",
}
UP_TASKS = frozenset(("start", "promote", "migrate_from"))
DOWN_TASKS = frozenset(("stop", "demote", "migrate_to"))


def key(resource_id: str, task: str, interval_ms: int = 0) -> str:
    """Return the key of an operation: what identifies an action of a resource."""
    return f"{resource_id}_{task}_{interval_ms}"


def notify_key(resource_id: str, notify_type: str, task: str) -> str:
    """Return the key of a notification."""
    return f"{resource_id}_{notify_type}_notify_{task}_0"


_LONG_TASKS = ("_migrate_to", "_migrate_from")
_NOTIFY_PREFIXES = ("_confirmed-pre_notify", "_confirmed-post_notify", "_pre_notify", "_post_notify")


def split_key(text: str) -> tuple[str, str, int] | None:
    """Return resource id, task and interval of a key; None if it is none."""
    head, _, interval = text.rpartition("_")
    if not head or not interval.isdigit():
        return None
    for long_task in _LONG_TASKS:
        if head.endswith(long_task):
            return head[: -len(long_task)], long_task[1:], int(interval)
    resource_id, _, task = head.rpartition("_")
    for prefix in _NOTIFY_PREFIXES:
        if resource_id.endswith(prefix):
            return resource_id[: -len(prefix)], f"{prefix[1:]}_{task}", int(interval)
    return (resource_id, task, int(interval)) if resource_id else None


class Action:
    """One action. The flags are this module's; `parameters` are the operation's own."""

    __slots__ = (
        "after", "after_flags", "before", "cancel_task", "deduplicated", "evaluated", "flags", "id", "interval_ms",
        "meta", "needs", "node", "operation", "parameters", "priority", "reason", "required_runnable", "resource",
        "runnable_before", "task", "uuid",
    )  # fmt: skip

    def __init__(self, number: int, uuid: str, task: str, resource: Resource | None, node: Node | None) -> None:
        self.id = number
        self.uuid = uuid
        self.task = task
        self.resource = resource
        self.node = node
        self.flags = RUNNABLE
        self.needs = NEEDS_NOTHING
        self.operation: Operation | None = None
        self.meta: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.evaluated = False
        self.interval_ms = 0
        self.reason = ""
        self.priority = 0
        self.cancel_task = ""
        self.before: list[Input] = []  # the oldest first
        self.after: list[Input] = []
        self.after_flags: dict[int, int] = {}
        self.required_runnable = self.runnable_before = 0
        self.deduplicated = False

    def __repr__(self) -> str:
        return f"<{self.id} {self.uuid}@{self.node.name if self.node else None} {self.flags:b}>"

    @property
    def optional(self) -> bool:
        """Return whether the action need not be executed."""
        return bool(self.flags & OPTIONAL)

    @property
    def runnable(self) -> bool:
        """Return whether the action can be executed."""
        return bool(self.flags & RUNNABLE)

    @property
    def pseudo(self) -> bool:
        """Return whether nobody executes the action: it only orders others."""
        return bool(self.flags & PSEUDO)

    def explain(self, reason: str, *, overwrite: bool = False) -> None:
        """Note why the action is as it is; the first reason stays unless overwritten."""
        if overwrite or not self.reason:
            self.reason = reason


def first_action(actions: list[Action], task: str, node: Node | None = None, uuid: str | None = None) -> Action | None:
    """Return the newest action of a task (or uuid), on this node if one is given."""
    for action in reversed(actions):
        if uuid is not None:
            if action.uuid != uuid:
                continue
        elif action.task != task:
            continue
        if node is None or action.node is node:
            return action
    return None


def matching(resource: Resource, uuid: str, node: Node | None = None) -> list[Action]:
    """Return the actions of this uuid, the oldest first, on the node if one is given.

    An action without a node takes this one.
    """
    found = resource.by_uuid.get(uuid, ())
    if node is None:
        return list(found)
    result = []
    for action in reversed(found):
        if action.node is None:
            action.node = node
        if action.node is node:
            result.append(action)
    result.reverse()
    return result


def exactly(resource: Resource, uuid: str, node: Node | None) -> list[Action]:
    """Return the actions of this uuid that are on this very node, the oldest first."""
    if node is None:
        return []
    return [action for action in resource.by_uuid.get(uuid, ()) if action.node is node]


def of_task(resource: Resource, task: str, node: Node | None = None) -> list[Action]:
    """Return the resource's one-shot actions of a task as `matching` does."""
    return matching(resource, key(resource.id, task), node)
