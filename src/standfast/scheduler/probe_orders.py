"""Probes come before what depends on a resource being where it is thought to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import actions as a
from standfast.scheduler import compatible
from standfast.scheduler import relations as r
from standfast.scheduler.working import Kind, top

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.constraints import Order
    from standfast.scheduler.relations import Input
    from standfast.scheduler.working import Resource


def add_all(cluster: Cluster) -> None:
    """Put probes before the starts and restarts that follow from theirs, and where stops come first."""
    for resource in cluster.resources:
        _before_starts(resource)
    for order in cluster.orders:
        _as_stop(order)


def _before_starts(resource: Resource) -> None:
    if not resource.is_primitive:
        for child in resource.children:
            _before_starts(child)
        return
    for probe in a.of_task(resource, "monitor"):
        for after in reversed(probe.after):
            if after.action.resource is not None:
                _block_instances(probe, after, after.action.resource)
            _before_restarts(probe, after.action, set())


def _block_instances(probe: Action, after: Input, collective: Resource) -> None:
    """Let a probe that cannot run block the starts of its clone's inactive instances."""
    if (
        collective.kind <= Kind.GROUP
        or probe.flags & a.RUNNABLE
        or after.flags & r.UNRUNNABLE_FIRST_BLOCKS
        or probe.resource is None
        or top(probe.resource) is not collective
        or after.action.task != "start"
    ):
        return
    for then in reversed(after.action.after):
        resource = then.action.resource
        if resource is None or resource.active_nodes or top(resource) is not collective:
            continue
        if then.action.task == "start":
            r.relate(probe, then.action, r.ORDERED | r.UNRUNNABLE_FIRST_BLOCKS)


def _before_restarts(probe: Action, after: Action, visited: set[int]) -> None:
    """Put a probe before the stops (demotes) of all that will start (be promoted) because of what follows it."""
    if probe.resource is None or after.id in visited:
        return
    visited.add(after.id)
    resource = after.resource
    if resource is not None and resource.is_primitive and probe.resource is not resource:
        opposite = {"start": "stop", "promote": "demote"}.get(after.task)
        for then in a.of_task(resource, opposite) if opposite is not None else ():
            if not then.pseudo:
                r.relate(probe, then, r.ORDERED)
    interleave = False
    mate: Resource | None = None
    if resource is not None and resource.kind > Kind.GROUP:
        interleave = cib.values.is_true(resource.meta.get("interleave"))
        if interleave:
            mate = compatible.compatible(probe.resource, resource)
    for following in reversed(after.after):
        if not following.flags & r.FIRST_IMPLIES_THEN and not _is_inside(
            probe, resource, following.action.resource, interleave, mate
        ):
            continue
        _before_restarts(probe, following.action, visited)


def _is_inside(
    probe: Action, collective: Resource | None, chained: Resource | None, interleave: bool, mate: Resource | None
) -> bool:
    """Return whether a relation leads from a collective into itself, to an instance that the probe concerns."""
    if collective is None or collective.is_primitive or chained is None or probe.resource is None:
        return False
    if probe.resource.parent is collective or chained.kind > Kind.GROUP or chained.parent is not collective:
        return False
    return not (collective.kind > Kind.GROUP and interleave and (mate is None or mate is not chained))


def _as_stop(order: Order) -> None:
    """Put the probes of a resource where its stop is first in an order."""
    if order.flags == r.NONE or order.first is None or order.first is order.then:
        return
    if order.then_action is None and not order.then_key:
        return
    is_stop = order.first_action.task == "stop" if order.first_action else order.first_key.endswith("_stop_0")
    if not is_stop or _is_own_launcher(order):
        return
    flags = r.ORDERED | (order.flags & (r.IF_FIRST_UNMIGRATABLE | r.IF_ON_SAME_NODE))
    if order.flags in (r.IF_REQUIRED_ON_SAME_NODE, r.IF_ON_SAME_NODE_OR_TARGET):
        flags = order.flags
    probes = a.of_task(order.first, "monitor")
    if not probes:
        return
    if order.then_action is not None:
        thens = [order.then_action]
    else:
        thens = a.matching(order.then, order.then_key) if order.then is not None else []
    for probe in probes:
        for then in thens:
            if _is_needed(probe, then):
                r.relate(probe, then, flags)


def _is_own_launcher(order: Order) -> bool:
    if order.then is None or order.first is None or order.first.launcher is not order.then:
        return False
    if order.then_action is not None:
        return order.then_action.task == "stop"
    return order.then_key.endswith("_stop_0")


def _is_needed(probe: Action, then: Action) -> bool:
    """Return whether the probe matters: not for its own node's unfencing, nor for other nodes' shutdown."""
    if then.task == "stonith" and probe.node is then.node:
        return then.meta.get("stonith_action", "").lower() != "on"
    if then.task == "do_shutdown" and probe.node is not None and then.node is not None:
        return probe.node is then.node
    return True
