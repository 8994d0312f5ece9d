"""What is done when an operation fails: `on-fail`, its defaults, and the role that follows."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from standfast.scheduler import meta, operations, roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standfast.scheduler.working import Node, Resource


class OnFail(enum.IntEnum):
    """Responses to a failure, the graver ones last."""

    IGNORE = 0
    DEMOTE = 1
    RESTART = 2
    RESET_REMOTE = 3
    RESTART_CONTAINER = 4
    BAN = 5
    BLOCK = 6
    STOP = 7
    STANDBY = 8
    FENCE = 9


_NAMED = {
    "block": OnFail.BLOCK,
    "standby": OnFail.STANDBY,
    "ignore": OnFail.IGNORE,
    "nothing": OnFail.IGNORE,
    "migrate": OnFail.BAN,
    "stop": OnFail.STOP,
    "restart": OnFail.RESTART,
    "demote": OnFail.DEMOTE,
}


def respond(resource: Resource, node: Node, task: str, interval_ms: int) -> tuple[OnFail, int]:
    """Return how a failure of this operation is responded to, and the role that it leaves possible."""
    operation = operations.find(resource, task, interval_ms)
    attributes = meta.operation_meta(resource, node, task, interval_ms, operation)
    response = _response(resource, task, interval_ms, attributes)
    return response, _role_after(resource, task, response)


def _response(resource: Resource, task: str, interval_ms: int, attributes: Mapping[str, str]) -> OnFail:
    fencing = resource.cluster.options.fencing_enabled
    text = (attributes.get("on-fail") or "").lower()
    named = _NAMED.get(text)
    if text == "fence":
        named = OnFail.FENCE if fencing else OnFail.STOP
    elif text == "restart-container" and resource.launcher is not None:
        named = OnFail.RESTART_CONTAINER
    node = resource.cluster.node(resource.id) if resource.is_remote_connection else None
    resets = (
        node is not None and node.is_plain_remote and not operations.is_probe(task, interval_ms) and task != "start"
    )
    if named is not None and not (resets and not resource.managed):
        return named
    if resource.launcher is not None:
        return OnFail.RESTART_CONTAINER
    if resets:
        return OnFail.RESET_REMOTE if resource.managed else OnFail.STOP
    if task == "stop":
        return OnFail.FENCE if fencing else OnFail.BLOCK
    return OnFail.RESTART


def _role_after(resource: Resource, task: str, response: OnFail) -> int:
    if response is OnFail.STOP or (response is OnFail.RESET_REMOTE and resource.reconnect_ms):
        return roles.STOPPED
    return roles.UNPROMOTED if task == "promote" else roles.STARTED
