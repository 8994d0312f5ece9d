"""What is under way: the present transition, and orders of earlier ones."""

from __future__ import annotations

import msgspec
from lxml import etree

from standfast import transition
from standfast.cib import detached, history, status
from standfast.controller import node_ids, orders
from standfast.controller.messages import Order
from standfast.controller.replica import Replica
from standfast.transition import Walk

KEPT = ("start", "stop", "demote")
"""The tasks that the scheduler is told of while they are under way: of all others it would take the end for granted."""


class Transition(msgspec.Struct):
    """One graph on its way. `actions` finds an action by the name under which its end is told."""

    number: int
    walk: Walk
    actions: dict[str, int] = msgspec.field(default_factory=dict)
    adopted: bool = False
    blockers: frozenset[str] = frozenset()

    def is_probing(self, node: str = "", resource: str = "") -> bool:
        """Return whether a probe on this node, or of this resource, is to come or not yet answered."""
        return any(
            a.on_node == node or (a.resource is not None and _name(a.resource.id) == _name(resource))
            for a in self.walk.graph.actions()
            if orders.is_probe(a) and a.id not in self.walk.done
        )


def _name(resource: str) -> str:
    """Return a resource's id without the number of an instance."""
    return resource.partition(":")[0]


def for_scheduler(state: Replica) -> bytes:
    """Return the document's text with only those operations under way whose end the scheduler does not take for
    granted."""
    entries = (_pending_entry(state, order) for order in state.pending.values() if _is_left_out(order))
    with detached.without([entry for entry in entries if entry is not None]):
        return state.document.render()


def _is_left_out(order: Order) -> bool:
    operation = order.operation
    return operation.interval_ms == 0 and not order.cancel and operation.task not in KEPT


def _pending_entry(state: Replica, order: Order) -> etree._Element | None:
    operation, node_id = order.operation, node_ids.node_id(state, order.node)
    entry = status.operation(state.document, node_id, operation.resource_id, operation.key)
    return None if entry is None or entry.get("op-status") != str(history.PENDING) else entry


def blockers(state: Replica, graph: transition.Graph) -> frozenset[str]:
    """Return the orders under way that change a state which the graph does not take into account.

    Of an operation that the scheduler was not told of, it knows only if it wants the same: it would stop what is being
    promoted without demoting it.
    """
    wanted = {
        (action.on_node, action.resource.id, action.operation)
        for action in graph.actions()
        if action.kind is transition.Kind.RESOURCE
        and action.resource is not None
        and action.operation in orders.STATE_CHANGING
    }
    touched = {(node, resource) for node, resource, _ in wanted}
    return frozenset(
        key
        for key, order in state.pending.items()
        if order.operation.task in orders.STATE_CHANGING
        and not order.cancel
        and (order.node, order.operation.resource_id, order.operation.task) not in wanted
        and (_is_left_out(order) or (order.node, order.operation.resource_id) not in touched)
    )
