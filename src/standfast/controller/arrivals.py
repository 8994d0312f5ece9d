"""What a migration may have brought to a node, when the source's word of it is dropped.

A migrate_to is recorded at its source. While it is not followed by a migrate_from, it alone says that the resource may
be at its target: what the target knows is older, and says that it does not run there.
"""

from __future__ import annotations

from standfast import cib
from standfast.cib import history, status, values
from standfast.controller import node_ids
from standfast.controller.replica import Replica


def are_possible(document: cib.Document) -> bool:
    """Return whether anything in the configuration may migrate."""
    pairs = document.root.iterfind("configuration//nvpair[@name='allow-migrate']")
    return any(values.is_true(pair.get("value")) for pair in pairs)


def forget(replica: Replica, node_id: str) -> None:
    """Drop what targets know of resources that this node may have sent them: they are probed then. Called before the
    history of the node is dropped."""
    entry = status.node_state(replica.document, node_id)
    found = () if entry is None else tuple(history.operations(entry))
    for _, record in found:
        if record.task == "migrate_to" and record.migrate_target:
            target_id = node_ids.node_id(replica, record.migrate_target)
            if target_id != node_id and not _has_arrived(replica, target_id, record):
                status.delete_resource(replica.document, target_id, record.resource_id)


def _has_arrived(replica: Replica, target_id: str, sent: history.OperationRecord) -> bool:
    """Return whether the target has recorded the other half of this migration."""
    resource = status.resource_history(replica.document, target_id, sent.resource_id)
    if resource is None:
        return False
    records = (history.read(op) for op in resource.iterchildren("lrm_rsc_op"))
    return any(
        r.task == "migrate_from" and r.op_status != history.PENDING and r.last_change_s >= sent.last_change_s
        for r in records
    )
