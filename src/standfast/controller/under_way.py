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


_AFTERWARDS = {"migrate_to": ("stop",)}
"""What a graph may want of the same instance after an operation that the scheduler was not told of."""


class Transition(msgspec.Struct):
    """One graph on its way. `actions` finds an action by the name under which its end is told; `probes` are those of
    each node that are not answered, by number."""

    number: int
    walk: Walk
    actions: dict[str, int] = msgspec.field(default_factory=dict)
    adopted: bool = False
    blockers: frozenset[str] = frozenset()
    probes: dict[str, set[int]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for action in self.walk.graph.actions():
            if orders.is_probe(action):
                self.probes.setdefault(action.on_node, set()).add(action.id)

    def end(self, action_id: int, *, failed: bool) -> None:
        """Note the end of an action."""
        if failed:
            self.walk.fail(action_id)
        else:
            self.walk.complete(action_id)
        self.probes.get(self.walk.action(action_id).on_node, set()).discard(action_id)

    def is_probing(self, node: str = "", resource: str = "") -> bool:
        """Return whether a probe on this node, or of this resource, is to come or not yet answered."""
        if self.probes.get(node):
            return True
        named = (self.walk.action(number).resource for numbers in self.probes.values() for number in numbers)
        return bool(resource) and any(found is not None and _name(found.id) == _name(resource) for found in named)

    def is_looking(self, node: str) -> bool:
        """Return whether a probe on this node runs or can, waiting for nothing else."""
        return any(self.walk.is_free(number) for number in self.probes.get(node, ()))


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
    """Return the orders under way that change a state which the graph does not take into account."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for action in graph.actions():
        if action.kind is transition.Kind.RESOURCE and action.resource and action.operation in orders.STATE_CHANGING:
            wanted.setdefault((action.on_node, action.resource.id), set()).add(action.operation)
    return frozenset(
        key
        for key, order in state.pending.items()
        if order.operation.task in orders.STATE_CHANGING
        and not order.cancel
        and not _is_known(order, wanted.get((order.node, order.operation.resource_id), set()))
    )


def _is_known(order: Order, wanted: set[str]) -> bool:
    """Return whether a graph that wants these operations of the same instance takes an order into account.

    One that the scheduler was not told of has to be the first of them: it would stop what is being promoted without
    demoting it.
    """
    task = order.operation.task
    if not _is_left_out(order):
        return bool(wanted)
    return task in wanted and wanted <= {task, *_AFTERWARDS.get(task, ())}
