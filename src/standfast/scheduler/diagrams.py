"""The transition as a diagram: the graph, and what should be done but cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import relations as r
from standfast.transition import Diagram, Edge, Vertex

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster

NOTHING = Diagram()


def draw(cluster: Cluster) -> Diagram:
    """Return the diagram of a scheduled cluster."""
    shown: dict[int, str] = {}
    vertices = []
    for action in reversed(cluster.actions):
        graphed = bool(action.flags & a.GRAPHED)
        unmanaged = action.resource is not None and not action.resource.managed
        if graphed or not (unmanaged or action.optional):
            shown[action.id] = _name(action)
            vertices.append(Vertex(_name(action), action.pseudo, graphed, "green" if graphed else "red"))
    edges = []
    for action in reversed(cluster.actions):
        for one in action.before:
            both = one.action.id in shown and action.id in shown
            kept = one.flags not in (r.NONE, r.IF_ON_SAME_NODE_OR_TARGET)
            if one.graphed or (kept and both):
                edges.append(Edge(_name(one.action), _name(action), one.graphed))
    return Diagram(tuple(vertices), tuple(edges))


def _name(action: Action) -> str:
    """Return how a diagram names an action."""
    resource = action.resource
    host = action.node.name if action.node is not None else "" if action.pseudo else "<none>"
    prefix = "Cancel " if action.task == "cancel" else ""
    if resource is not None and resource.history_id is not None:
        return _with_host(prefix + _history_key(action, resource.history_id), host)
    if action.task == "stonith":
        return f"stonith '{action.meta.get('stonith_action', '')}' {host}"
    if resource is not None and host:
        return f"{prefix}{action.uuid} {host}"
    return f"{prefix}{action.task} {host}" if host else action.uuid


def _with_host(key: str, host: str) -> str:
    return f"{key} {host}" if host else key


def _history_key(action: Action, history_id: str) -> str:
    if action.task in ("notify", "notified"):
        kind, task = action.meta.get("notify_key_type", ""), action.meta.get("notify_key_operation", "")
        return a.notify_key(history_id, kind, task)
    interval = action.meta.get("interval", "0")
    return f"{history_id}_{action.cancel_task or action.task}_{interval}"
