"""What this node's own executor has: the mirror from which a joiner tells its history."""

from __future__ import annotations

from standfast import executor
from standfast.agents import ExecutionStatus
from standfast.controller.messages import Order


class OwnHistory:
    """Results by node (ours, and remote nodes that we run operations for) and operation, and orders under way."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._results: dict[tuple[str, str], executor.Result] = {}
        self._running: dict[str, Order] = {}  # by transition key

    def load(self, results: tuple[executor.Result, ...]) -> None:
        """Take over what a predecessor left; its recurring operations are not going on."""
        self._results = {(self._name, r.operation.key): r for r in results if r.operation.interval_ms == 0}

    def ordered(self, order: Order) -> None:
        """Note that our executor was given this."""
        self._running[order.operation.transition_key] = order

    def finished(self, result: executor.Result) -> str:
        """Note a result; return the node that it belongs to."""
        operation = result.operation
        order = self._running.get(operation.transition_key)
        if operation.interval_ms == 0 or result.status is ExecutionStatus.CANCELLED:
            self._running.pop(operation.transition_key, None)
        node = self._name if order is None else order.node
        if result.status is ExecutionStatus.CANCELLED:
            self._results.pop((node, operation.key), None)
        else:
            self._results[node, operation.key] = result
        if operation.task == "stop" and result.exit_code == 0:
            self._drop_recurring(node, operation.resource_id)
        return node

    def forget(self, node: str, resource: str) -> None:
        """Drop a resource."""
        self._results = {
            key: r for key, r in self._results.items() if (key[0], r.operation.resource_id) != (node, resource)
        }

    def _drop_recurring(self, node: str, resource: str) -> None:
        """Drop what a stop ended."""
        for key, result in tuple(self._results.items()):
            if (key[0], result.operation.resource_id) == (node, resource) and result.operation.interval_ms:
                del self._results[key]
        for name, order in tuple(self._running.items()):
            if (order.node, order.operation.resource_id) == (node, resource) and order.operation.interval_ms:
                del self._running[name]

    def results(self) -> tuple[executor.Result, ...]:
        """Return this node's own results, oldest first."""
        own = (r for (node, _), r in self._results.items() if node == self._name)
        return tuple(sorted(own, key=lambda r: r.call_id))

    def running(self) -> tuple[executor.Operation, ...]:
        """Return the one-shot operations that our executor was given and has not answered."""
        return tuple(
            o.operation
            for o in self._running.values()
            if o.node == self._name and not o.cancel and o.operation.interval_ms == 0
        )
