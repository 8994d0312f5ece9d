"""One run, phase by phase: from the document to what is to be done, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from standfast import cib, compiled, garbage, transition
from standfast.scheduler import actions as a
from standfast.scheduler import (
    apply_orders,
    built_in,
    changes,
    colocation,
    config_changes,
    constraint_sets,
    diagrams,
    explain,
    fail_counts,
    fencing_actions,
    graphing,
    health,
    location,
    nodes,
    options,
    ordering,
    probes,
    remote,
    remote_nodes,
    reports,
    resources,
    shutdown_locks,
    status,
    tickets,
    utilization,
    variants,
    where,
)
from standfast.scheduler import relations as r
from standfast.scheduler.cluster import Cluster
from standfast.scheduler.memory import Memory
from standfast.scheduler.orders import add as add_order
from standfast.scheduler.outcome import Draw, Outcome, State
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.state import take as take_state
from standfast.scheduler.working import Node, Probing, Resource, top


def schedule(
    document: cib.Document,
    now_s: int,
    *,
    quorum: bool | None = None,
    sanitized: bool = False,
    draw: Draw = Draw.NOTHING,
    explained: bool = True,
    described: bool = True,
    memory: Memory | None = None,
) -> Outcome:
    """Return what is to be done about the cluster in this document at this second, and why.

    `quorum` overrides what the document says. `sanitized`: secrets were taken out of it, and are no change.
    `draw` asks for a diagram. Where they are not wanted, scores and assignments (`explained`) and the state
    (`described`) are left out. `memory` is of the run before, and is this one's afterwards: it makes the same outcome
    cheaper. The document is not changed, and the same input gives the same outcome.
    """
    with _prepared():
        cluster = unpack(document, now_s, quorum=quorum, memory=memory)
        cluster.sanitized, cluster.explained = sanitized, explained
        outcome = _schedule(cluster, take_state(cluster) if described else State(), draw)
        if memory is not None:
            cluster.dissolve()
        return outcome


def _schedule(cluster: Cluster, state: State, draw: Draw) -> Outcome:
    _constrain(cluster)
    _place(cluster)
    _request_actions(cluster)
    apply_orders.apply_all(cluster)
    summary = changes.summarize(cluster)
    graph, left_out = transition.possible(graphing.build(cluster))
    found = reports.collect(cluster, left_out)
    return Outcome(
        graph=graph,
        reports=found,
        severity=reports.severity(found),
        state=state,
        assignments=explain.assignments(list(cluster.noted.values())),
        changes=summary,
        fencing=_fencing(cluster),
        recheck_by_s=cluster.recheck_by_s or None,
        scores=tuple(cluster.score_lines),
        promotions=tuple(cluster.promotions.values()),
        notices=tuple(cluster.notices),
        diagram=diagrams.draw(cluster, draw),
    )


def state(document: cib.Document, now_s: int, *, quorum: bool | None = None) -> State:
    """Return the cluster as the document's status section says it is."""
    with _prepared():
        return take_state(unpack(document, now_s, quorum=quorum))


@contextmanager
def _prepared() -> Iterator[None]:
    """Allow deep recursion, for chains of relations are as long as configurations are; collect garbage at the end.

    Nearly everything that a run makes lives as long as the run: to look for garbage meanwhile costs a third more.
    """
    with garbage.held_back(), compiled.deep_recursion():
        yield


def unpack(document: cib.Document, now_s: int, *, quorum: bool | None = None, memory: Memory | None = None) -> Cluster:
    """Return the working data of a document: configuration and status."""
    root = cib.upgrade.upgrade(document)[0].root
    quorate = cib.values.is_true(root.get("have-quorum")) if quorum is None else quorum
    panic = (cib.values.integer(root.get("no-quorum-panic")) or 0) != 0
    configuration = root.find("configuration")
    section = configuration.find("crm_config") if configuration is not None else None
    raw = {}
    if section is not None:
        context = cib.Context(now_s=now_s)
        raw = cib.nvpairs.unpack(section, cib.nvpairs.PROPERTIES, context, first=cib.BOOTSTRAP_OPTIONS)
    cluster = Cluster(root, options.read(raw, quorate=quorate, no_quorum_panic=panic), now_s, quorate=quorate)
    cluster.memory = memory or cluster.memory
    cluster.memory.next_run()
    cluster.methods = dict(variants.METHODS)
    cluster.enable_unfencing = resources.wants_unfencing(cluster)
    nodes.unpack(cluster)
    remote_nodes.create(cluster)
    resources.unpack_section(cluster)
    variants.bind(cluster)
    constraint_sets.unpack_tags(cluster)
    status.unpack(cluster)
    return cluster


_CONSTRAINTS = {
    "rsc_order": ordering.unpack,
    "rsc_colocation": colocation.unpack,
    "rsc_location": location.unpack,
    "rsc_ticket": tickets.unpack,
}


def _constrain(cluster: Cluster) -> None:
    """Take over health and constraints, and apply what does not depend on the assignment."""
    health.apply(cluster)
    section = cluster.configuration.find("constraints")
    for constraint in section.iterchildren("*") if section is not None else ():
        unpack_one = _CONSTRAINTS.get(constraint.tag)
        if unpack_one is not None and constraint.get("id") is not None:
            unpack_one(cluster, constraint)
    shutdown_locks.apply(cluster)
    location.apply_all(cluster)
    for resource in cluster.resources:
        _apply_stickiness(resource)
    for node in cluster.nodes:
        for resource in cluster.resources:
            _apply_threshold(resource, node)
            _apply_discovery(resource, node)


def _apply_stickiness(resource: Resource) -> None:
    for child in resource.children:
        _apply_stickiness(child)
    if resource.children or not resource.managed or resource.stickiness < 1 or len(resource.active_nodes) != 1:
        return
    node = resource.active_nodes[0]
    if resource.cluster.options.symmetric or node.id in resource.allowed:
        where.add_score(resource, node, resource.stickiness, "stickiness")


def _apply_threshold(resource: Resource, node: Node) -> None:
    if resource.children:
        for child in resource.children:
            _apply_threshold(child, node)
        return
    cleared = a.exactly(resource, a.key(resource.id, "clear_failcount"), node)
    if not cleared and fail_counts.reached_threshold(resource, node):
        banned = resource if resource.unique else top(resource)
        where.add_score(banned, node, -INFINITY, "migration-threshold reached")


def _apply_discovery(resource: Resource, node: Node) -> None:
    if resource.exclusive_probes or top(resource).exclusive_probes:
        for child in resource.children:
            _apply_discovery(child, node)
        place = resource.allowed.get(node.id)
        if place is not None and place.probing is not Probing.EXCLUSIVE:
            place.ban("resource-discovery is exclusive elsewhere")


def _place(cluster: Cluster) -> None:
    """Assign every resource: connections to remote nodes first."""
    built_in.create(cluster)
    config_changes.handle(cluster)
    if cluster.options.placement_strategy != "default":
        utilization.sort_resources(cluster)
    explain.capacities(cluster, "Original")
    if cluster.have_remote_nodes:
        for resource in list(cluster.resources):
            if resource.is_remote_connection:
                resource.methods.assign(resource, resource.partial_target, True)
    for resource in list(cluster.resources):
        if not resource.is_remote_connection:
            resource.methods.assign(resource, None, True)
    explain.capacities(cluster, "Remaining")


def _request_actions(cluster: Cluster) -> None:
    config_changes.check_deferred(cluster)
    if cluster.options.startup_probes:
        probes.schedule(cluster)
    if cluster.options.stop_removed_resources:
        for resource in cluster.resources:
            _clear_if_removed(resource)
    for resource in list(cluster.resources):
        resource.methods.create_actions(resource)
    remote.order_connections(cluster)
    fencing_actions.schedule(cluster)


def _clear_if_removed(resource: Resource) -> None:
    if not resource.removed:
        return
    for node in resource.cluster.nodes:
        if node.online and fail_counts.fail_count(resource, node)[0]:
            clear = fail_counts.clear(resource, node, "it is removed")
            add_order(clear, (resource, a.key(resource.id, "stop")), r.ORDERED)


def _fencing(cluster: Cluster) -> dict[str, str]:
    """Return which nodes are fenced, and why."""
    return {
        action.node.name: action.reason
        for action in cluster.actions
        if action.task == "stonith" and action.node is not None and not action.optional
    }
