"""The transition as a diagram: the graph, and what should be done but cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import relations as r
from standfast.scheduler.outcome import Draw
from standfast.transition import Diagram, Edge, Vertex

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster

_UNMANAGED = "purple"  # the font for what is not done because the resource is not managed


def draw(cluster: Cluster, what: Draw) -> Diagram:
    """Return the diagram of a scheduled cluster."""
    if what is Draw.NOTHING:
        return Diagram()
    everything = what is Draw.EVERYTHING
    shown: set[int] = set()
    vertices = []
    for action in reversed(cluster.actions):
        vertex = _vertex(action)
        if everything or vertex.color == "green" or (vertex.color == "red" and vertex.font != _UNMANAGED):
            shown.add(action.id)
            vertices.append(vertex)
    edges = []
    for action in reversed(cluster.actions):
        for one in action.before:
            both = one.action.id in shown and action.id in shown
            kept = one.flags != r.NONE and (everything or (both and one.flags != r.IF_ON_SAME_NODE_OR_TARGET))
            if one.graphed or kept:
                edges.append(Edge(_name(one.action), _name(action), one.graphed))
    return Diagram(tuple(vertices), tuple(edges))


def _vertex(action: Action) -> Vertex:
    """Return an action's vertex: green if it is done, red if it should be and cannot, blue if it need not be."""
    graphed = bool(action.flags & a.GRAPHED)
    font = "orange" if action.pseudo else "black"
    color = "green" if graphed else "red"
    if not graphed and action.resource is not None and not action.resource.managed:
        font = _UNMANAGED
    elif not graphed and action.optional:
        color = "blue"
    return Vertex(_name(action), graphed, color, font)


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
