"""Remote and guest nodes: their connection is a resource, and its start and stop make their node's state.

Source: Pacemaker Remote, "Node life cycle": a node that connects begins with an empty history.
"""

from __future__ import annotations

from standfast import executor
from standfast.agents import ExecutionStatus
from standfast.cib import status
from standfast.controller.replica import Replica


def follow(replica: Replica, result: executor.Result) -> None:
    """Note in the status what a connection's operation did to its node."""
    operation = result.operation
    agent = operation.agent
    if (agent.type, agent.provider) != ("remote", "pacemaker"):
        return
    if result.status is not ExecutionStatus.DONE or result.exit_code != 0:
        return
    name = operation.resource_id
    if operation.task == "start":
        status.erase_history(replica.document, name)
        status.erase_attributes(replica.document, name)
        _mark(replica, name, "true")
    elif operation.task == "migrate_from":
        _mark(replica, name, "true")
    elif operation.task == "stop":
        status.erase_attributes(replica.document, name)
        _mark(replica, name, "false")


def _mark(replica: Replica, name: str, in_ccm: str) -> None:
    status.set_node_state(replica.document, name, name, in_ccm=in_ccm, origin="standfast", remote_node="true")
