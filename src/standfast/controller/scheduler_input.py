"""What the DC gives to the scheduler."""

from __future__ import annotations

from lxml import etree

from standfast.cib import detached, history, status
from standfast.controller import node_ids
from standfast.controller.messages import Order
from standfast.controller.replica import Replica

_KEPT_PENDING = ("start", "stop", "demote")


def render(state: Replica) -> bytes:
    """Return the document's text with only those operations under way whose end the scheduler does not take for
    granted."""
    entries = (_entry(state, order) for order in state.pending.values() if _is_left_out(order))
    with detached.without([entry for entry in entries if entry is not None]):
        return state.document.render()


def _is_left_out(order: Order) -> bool:
    operation = order.operation
    return operation.interval_ms == 0 and not order.cancel and operation.task not in _KEPT_PENDING


def _entry(state: Replica, order: Order) -> etree._Element | None:
    operation, node_id = order.operation, node_ids.node_id(state, order.node)
    entry = status.operation(state.document, node_id, operation.resource_id, operation.key)
    return None if entry is None or entry.get("op-status") != str(history.PENDING) else entry
