"""The replicated state machine: one function from the state and a message to the new state.

Invariant: members that applied the same messages in the same order have equal states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standfast.cib import status, versions
from standfast.controller import attributes, configuration, coordination, histories, lost_nodes, node_ids
from standfast.controller.applied import NOTHING, Applied, Note
from standfast.controller.messages import (
    ChangeAttribute,
    ChangeEdits,
    Fenced,
    FlushAttribute,
    Forget,
    GiveUp,
    History,
    Mark,
    Message,
    Order,
    Poke,
    Restart,
    Results,
    ShutDown,
)
from standfast.controller.replica import Replica
from standfast.errors import Exit, RequestError, StandfastError

FROM_DC = (FlushAttribute, Order, Mark, ShutDown, GiveUp, Fenced)
"""What only the DC of the present view may say."""


def changes_state(message: Message) -> bool:
    """Return whether the message belongs to the replicated state machine."""
    return type(message) in _APPLY


def apply(replica: Replica, sender: int, message: Message, payload: bytes) -> Applied:
    """Apply a message of this sender; what is not allowed or impossible changes nothing and is refused."""
    replica.advance(sender, payload)
    refused = _refused(replica, sender, message)
    if refused is not None:
        return Applied(refused=refused)
    before = _version(replica)
    try:
        applied = _APPLY[type(message)](replica, message)
    except (StandfastError, ValueError, TypeError, KeyError) as e:
        return Applied(refused=RequestError(f"a {type(message).__name__} could not be applied: {e}", Exit.DATA))
    if applied.reason and _version(replica) == before:
        versions.raise_updates(replica.document)
    return applied


def _version(replica: Replica) -> tuple[str | None, str | None]:
    root = replica.document.root
    return root.get("epoch"), root.get("num_updates")


def _refused(replica: Replica, sender: int, message: Message) -> RequestError | None:
    member = replica.members.get(sender)
    if member is None:
        return RequestError(f"a {type(message).__name__} of node {sender}, which is no member")
    if isinstance(message, FROM_DC) and member is not coordination.coordinator(replica):
        return RequestError(f"a {type(message).__name__} of {member.name}, which is not the DC")
    if isinstance(message, Results | History) and not _is_own_word(replica, sender, message):
        return RequestError(f"a {type(message).__name__} of {member.name} of a life that is over")
    return None


def _is_own_word(replica: Replica, sender: int, message: Results | History) -> bool:
    if isinstance(message, Results) and message.lost:
        return True
    return replica.members[sender].incarnation == message.incarnation


def _shut_down(replica: Replica, message: ShutDown) -> Applied:
    member = replica.member(message.node)
    if member is None:
        return NOTHING
    if message.node not in replica.leaving:
        replica.leaving.append(message.node)
    node_id = node_ids.node_id(replica, message.node)
    status.set_node_state(replica.document, node_id, message.node, expected="down", origin=histories.ORIGIN)
    note = Note("shutdown", f"{message.node} may leave: nothing runs there any more", "notice", {"node": message.node})
    return Applied(reason=f"{message.node} is leaving", notes=(note,))


def _mark(replica: Replica, message: Mark) -> Applied:
    for name, in_maintenance in sorted(message.maintenance.items()):
        value = "1" if in_maintenance else "0"
        status.set_node_state(replica.document, node_ids.node_id(replica, name), name, node_in_maintenance=value)
    return NOTHING


def _poke(replica: Replica, message: Poke) -> Applied:
    return Applied(reason="a recheck was asked for")


_APPLY: dict[type, Callable[[Replica, Any], Applied]] = {
    ChangeEdits: configuration.change,
    ChangeAttribute: attributes.change,
    FlushAttribute: attributes.flush,
    Order: histories.order,
    Results: histories.results,
    History: histories.bring,
    Forget: histories.forget,
    Restart: histories.restart,
    Mark: _mark,
    ShutDown: _shut_down,
    GiveUp: lost_nodes.give_up,
    Fenced: lost_nodes.fenced,
    Poke: _poke,
}
