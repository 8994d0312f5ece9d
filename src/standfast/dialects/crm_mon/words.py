"""Words that crm_mon has for exit codes and nodes. Facts: Pacemaker 2.1.5."""

from __future__ import annotations

from standfast.scheduler import NodeState

EXIT_WORDS = {
    0: "ok",
    1: "error",
    2: "invalid parameter",
    3: "unimplemented feature",
    4: "insufficient privileges",
    5: "not installed",
    6: "not configured",
    7: "not running",
    8: "promoted",
    9: "promoted (failed)",
    190: "degraded",
    191: "promoted (degraded)",
}


def node_words(node: NodeState, *, busy: bool) -> str:
    """Return a node's state. `busy`: something runs there."""
    if node.unclean:
        where = "pending" if node.pending else "online" if node.online else "offline"
        return f"UNCLEAN ({where})"
    if node.pending:
        return "pending"
    if node.standby_on_fail and node.online:
        return "standby (on-fail)"
    if node.standby:
        busy_words = " (with active resources)" if busy else ""
        return f"standby{busy_words}" if node.online else "OFFLINE (standby)"
    if node.maintenance:
        return "maintenance" if node.online else "OFFLINE (maintenance)"
    return "online" if node.online else "OFFLINE"
