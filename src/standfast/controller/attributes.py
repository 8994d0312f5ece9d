"""Node attributes: permanent, transient and private ones, counting and dampening.

Source: Pacemaker's attribute daemon (`attrd_updater`): a dampened change waits until no other one of its name came for
so long; then all nodes' values of that name go to the CIB at once.
"""

from __future__ import annotations

import re

from standfast import cib
from standfast.cib import status, values
from standfast.controller import node_ids, permanent
from standfast.controller.applied import NOTHING, Applied, Note
from standfast.controller.legible import legible
from standfast.controller.messages import ChangeAttribute, FlushAttribute
from standfast.controller.replica import Replica
from standfast.errors import Exit, RequestError

_COUNTING = re.compile(r"(?P<name>.*)(?:\+\+|\+=(?P<step>[+-]?\d+))", re.ASCII)
SHUTDOWN = "shutdown"


def expand(old: str | None, new: str) -> str:
    """Return the value that `new` means after `old`: `++`, `NAME++`, `+=N`, `NAME+=N` count, all else is literal."""
    match = _COUNTING.fullmatch(new)
    if match is None:
        return new
    step = int(match["step"]) if match["step"] else 1
    return str(max(-cib.INFINITY, min(cib.INFINITY, values.score(old) + step)))


def change(replica: Replica, message: ChangeAttribute) -> Applied:
    """Set, count or delete an attribute."""
    if not node_ids.is_known(replica, message.node):
        return Applied(refused=RequestError(f"there is no node {message.node}", Exit.NO_SUCH))
    if message.permanent:
        return permanent.change(replica, message, expand)
    if message.private:
        return _change_private(replica, message)
    if message.node in node_ids.unseen(replica):
        # An entry of its own in the status would say that the node was seen: nobody would wait for it, or fence it.
        return Applied(refused=RequestError(f"{message.node} was not seen yet", Exit.UNSATISFIED))
    if message.name == SHUTDOWN and message.value is not None and _is_absent(replica, message.node):
        # The scheduler takes a node that is gone and is shutting down for one that has stopped.
        return Applied(refused=RequestError(f"{message.node} takes no part in the cluster", Exit.UNSATISFIED))
    if message.dampening_ms is not None:
        replica.dampening_ms[message.name] = message.dampening_ms
    old = current(replica, message.node, message.name)
    new = _new(old, message.value)
    if new == old:
        return NOTHING
    if replica.dampening_ms.get(message.name, 0) > 0:
        replica.held.setdefault(message.name, {})[message.node] = new
        return NOTHING
    _write(replica, message.node, message.name, new)
    return _changed(message.name, {message.node: new})


def flush(replica: Replica, message: FlushAttribute) -> Applied:
    """Write what was held back of an attribute."""
    held = replica.held.pop(message.name, {})
    changed = {node: value for node, value in held.items() if _written(replica, node, message.name) != value}
    for node, value in changed.items():
        _write(replica, node, message.name, value)
    return _changed(message.name, changed) if changed else NOTHING


def current(replica: Replica, node: str, name: str) -> str | None:
    """Return a transient attribute's value, one that is held back included; None if it is not set."""
    held = replica.held.get(name, {})
    return held[node] if node in held else _written(replica, node, name)


def erase(replica: Replica, name: str, node_id: str) -> None:
    """Drop all transient and private attributes of a node that is gone."""
    status.erase_attributes(replica.document, node_id)
    replica.private.pop(name, None)
    for held in replica.held.values():
        held.pop(name, None)


def _is_absent(replica: Replica, node: str) -> bool:
    """Return whether this is a cluster node that is no member now."""
    return replica.member(node) is None and node in node_ids.configured_names(replica.document)


def _change_private(replica: Replica, message: ChangeAttribute) -> Applied:
    mine = replica.private.setdefault(message.node, {})
    new = _new(mine.get(message.name), message.value)
    if new is None:
        mine.pop(message.name, None)
    else:
        mine[message.name] = new
    return NOTHING


def _new(old: str | None, value: str | None) -> str | None:
    return None if value is None else legible(expand(old, value))


def _written(replica: Replica, node: str, name: str) -> str | None:
    return status.attribute(replica.document, node_ids.node_id(replica, node), name)


def _write(replica: Replica, node: str, name: str, value: str | None) -> None:
    node_id = node_ids.node_id(replica, node)
    if value is None:
        status.delete_attribute(replica.document, node_id, name)
    else:
        status.set_attribute(replica.document, node_id, node, name, value)


def _changed(name: str, changed: dict[str, str | None]) -> Applied:
    words = ", ".join(f"{node}: {'unset' if value is None else value}" for node, value in changed.items())
    nodes = ",".join(changed)
    note = Note("attribute", f"attribute {name} ({words})", "debug", {"node": nodes, "attribute": name})
    return Applied(reason=f"attribute {name} changed", notes=(note,))
