"""When an operation counts as done or ordered: after what came before it, whatever the clocks of its node say.

The scheduler compares times of different nodes, in whole seconds, in two places: an order under way with the last
failure of the same operation, which it would not count if that were newer; and a migration with what its target knows,
which would say that nothing has come there.
"""

from __future__ import annotations

from collections.abc import Iterator

from standfast.cib import history, status
from standfast.controller import node_ids
from standfast.controller.replica import Replica


def time_s(replica: Replica, node: str, record: history.OperationRecord) -> int:
    """Return the time of a record that is about to be kept, in seconds since 1970."""
    return max((record.last_change_s, *(before.last_change_s + 1 for before in _before(replica, node, record))))


def _before(replica: Replica, node: str, record: history.OperationRecord) -> Iterator[history.OperationRecord]:
    resource = record.resource_id
    if record.op_status == history.PENDING:
        failure = status.operation(
            replica.document, node_ids.node_id(replica, node), resource, f"{resource}_last_failure_0"
        )
        if failure is not None:
            yield history.read(failure)
    if record.task == "migrate_to" and record.migrate_target:
        target_id = node_ids.node_id(replica, record.migrate_target)
        known = status.resource_history(replica.document, target_id, resource)
        yield from (history.read(entry) for entry in ([] if known is None else known.iterchildren("lrm_rsc_op")))
