"""The transition graph: which actions are in it, what each waits for, and with what attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import fencing_needs, graph_actions, notifications
from standfast.scheduler import relations as r
from standfast.scheduler.working import Kind
from standfast.transition import Graph, Synapse

if TYPE_CHECKING:
    from standfast import transition
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.relations import Input
    from standfast.scheduler.working import Node, Resource

# Relations of no other kinds than these cannot change actions.
_HARMLESS = r.THEN_IMPLIES_FIRST_GRAPHED | r.FIRST_IMPLIES_THEN_GRAPHED | r.ORDERED


def void_invalid(cluster: Cluster) -> None:
    """Void the relations that would make a graph impossible."""
    for action in reversed(cluster.actions):
        for one in reversed(action.before):
            if _is_invalid(action, one):
                one.flags = r.NONE


def _is_invalid(action: Action, one: Input) -> bool:
    if (
        not one.flags & r.GUEST_ALLOWED
        and one.action.resource is not None
        and action.resource is not None
        and _is_on_guest_of(action.resource, one.action.node)
    ):
        return True
    loops = one.flags == r.IF_ON_SAME_NODE_OR_TARGET and action.resource is not None and action.task == "migrate_to"
    return loops and _leads_back(action, action, one)


def _is_on_guest_of(resource: Resource, node: Node | None) -> bool:
    return bool(resource.launched) and node is not None and node.is_guest and node.host() is resource


def _leads_back(start: Action, action: Action, one: Input) -> bool:
    """Return whether an input leads, through those before it, back to where it started."""
    first = one.action
    if first.flags & a.VISITED or not _is_input(action, one):
        return False
    if first is start:
        return True
    first.flags |= a.VISITED
    found = any(_leads_back(start, first, further) for further in reversed(first.before))
    first.flags &= ~a.VISITED
    return found


def is_in_graph(action: Action) -> bool:
    """Return whether an action is to be executed in this transition."""
    resource, node = action.resource, action.node
    if not action.flags & a.RUNNABLE:
        return False
    if action.flags & a.OPTIONAL and not action.flags & a.IN_GRAPH:
        return False
    unmanaged = resource is not None and not resource.managed and action.task != "monitor"
    if unmanaged and action.meta.get("interval", "0") == "0":
        return False
    if action.flags & a.PSEUDO or action.task in ("stonith", "do_shutdown"):
        return True
    if node is None:
        return False
    if action.flags & a.ON_DC or (node.is_guest and not node.remote_reset):
        return True
    return node.online and not node.unclean


def _is_input(action: Action, one: Input) -> bool:
    """Return whether a relation is kept as an input; some are voided on the way."""
    first, flags = one.action, one.flags
    if one.graphed:
        return True
    if flags == r.NONE:
        return False
    if not first.flags & a.RUNNABLE and (
        not flags & ~_HARMLESS or flags & r.MIN_RUNNABLE or flags & r.UNMIGRATABLE_THEN_BLOCKS
    ):
        return False
    migrates = first.flags & a.MIGRATABLE
    if migrates and (flags & r.IF_FIRST_UNMIGRATABLE or (flags == r.ORDERED and first.uuid.endswith("_stop_0"))):
        return False
    if flags == r.IF_ON_SAME_NODE_OR_TARGET:
        return _keep(one, _is_on_same_node_or_target(action, first))
    if flags == r.IF_REQUIRED_ON_SAME_NODE:
        apart = first.node is not None and action.node is not None and first.node is not action.node
        return _keep(one, not apart and not first.flags & a.OPTIONAL)
    if _is_lost_stop(action, first):
        return False
    if first.flags & a.OPTIONAL and not first.flags & (a.IN_GRAPH | a.GRAPHED):
        return is_in_graph(first)
    return True


def _keep(one: Input, keep: bool) -> bool:
    if not keep:
        one.flags = r.NONE
    return keep


def _is_on_same_node_or_target(action: Action, first: Action) -> bool:
    if action.resource is not None and action.task == "migrate_to":
        return first.node is action.resource.assigned_node
    return first.node is action.node and not first.flags & a.OPTIONAL


def _is_lost_stop(action: Action, first: Action) -> bool:
    """Return whether first is the stop of another, failed and unmanaged resource, and a clone waits for it."""
    other = first.resource
    return (
        other is not None
        and other is not action.resource
        and other.failed
        and not other.managed
        and first.uuid.endswith("_stop_0")
        and action.resource is not None
        and action.resource.kind is Kind.CLONE
    )


class Builder:
    """Collects synapses in the order in which the graph has them."""

    __slots__ = ("cluster", "entries")

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.entries: list[tuple[Action, list[Action]]] = []

    def add_resource(self, resource: Resource) -> None:
        """Add the actions of a resource, its own newest first, then its children's; of clones the children first."""
        if resource.kind is Kind.CLONE:
            for action in reversed(list(resource.actions)):
                resource.methods.action_flags(action, None)
            notifications.complete(resource)
            for child in resource.children:
                self.add_resource(child)
        elif resource.kind is Kind.BUNDLE:
            self._add_bundle(resource)
            return
        for action in reversed(list(resource.actions)):
            self.add(action)
        for child in resource.children:
            self.add_resource(child)

    def _add_bundle(self, bundle: Resource) -> None:
        parts = bundle.bundle
        assert parts is not None
        if parts.child is not None:
            self.add_resource(parts.child)
        for replica in parts.replicas:
            for part in (replica.ip, replica.container, replica.remote):
                if part is not None:
                    self.add_resource(part)

    def add(self, action: Action) -> None:
        """Add an action, if it is to be executed and is not there yet."""
        if not action.deduplicated:
            _merge_duplicates(action)
            action.deduplicated = True
        if action.flags & a.GRAPHED or not is_in_graph(action):
            return
        action.flags |= a.GRAPHED
        inputs: list[Action] = []
        self.entries.append((action, inputs))
        for one in action.before:
            if _is_input(action, one):
                one.graphed = True
                inputs.append(one.action)


def _merge_duplicates(action: Action) -> None:
    """Sort the inputs by number, and merge those from the same action."""
    merged: list[Input] = []
    action.before.reverse()
    for one in sorted(action.before, key=lambda i: i.action.id):
        if merged and merged[-1].action is one.action:
            merged[-1].flags |= one.flags
            merged[-1].graphed |= one.graphed
        else:
            one.graphed = False
            merged.append(one)
    action.before = merged


def build(cluster: Cluster) -> Graph:
    """Return the transition graph."""
    builder = Builder(cluster)
    for resource in cluster.resources:
        builder.add_resource(resource)
    _add_maintenance(cluster)
    for action in reversed(list(cluster.actions)):
        builder.add(action)
    return _graph(cluster, builder)


def _add_maintenance(cluster: Cluster) -> None:
    if graph_actions.maintenance_changes(cluster):
        action = fencing_needs.pseudo(cluster, "maintenance_nodes")
        action.flags |= a.IN_GRAPH


def _graph(cluster: Cluster, builder: Builder) -> Graph:
    made: dict[int, transition.Action] = {}
    for action, _ in builder.entries:
        made[action.id] = graph_actions.make(action, cluster)
    missing = {
        one.id: graph_actions.make(one, cluster)
        for _, inputs in builder.entries
        for one in inputs
        if one.id not in made
    }
    synapses = tuple(
        Synapse(number, made[action.id], frozenset(one.id for one in inputs), _priority(action))
        for number, (action, inputs) in enumerate(builder.entries)
    )
    return Graph(
        synapses,
        graph_actions.graph_attributes(cluster),
        batch_limit=int(cluster.options.batch_limit),
        cluster_delay_ms=graph_actions.option_ms(cluster.options.cluster_delay),
        fencing_timeout_ms=graph_actions.option_ms(cluster.options.fencing_timeout),
        recheck_by_s=cluster.recheck_by_s or None,
        missing=tuple(missing.values()),
    )


def _priority(action: Action) -> int:
    priority = action.resource.priority if action.resource is not None else 0
    return max(priority, action.priority, 0)
