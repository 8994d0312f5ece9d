"""The actions, probes and orders of bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import actions as a
from standfast.scheduler import built_in, collective_actions, collective_flags, colocation, compatible, orders
from standfast.scheduler import relations as r
from standfast.scheduler.requests import pseudo
from standfast.scheduler.scores import INFINITY

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.bundle_parts import BundleParts, Replica
    from standfast.scheduler.working import Node, Resource


def _parts(bundle: Resource) -> BundleParts:
    assert bundle.bundle is not None, f"{bundle.id} is no bundle"
    return bundle.bundle


def create_actions(bundle: Resource) -> None:
    """Request the actions of all that a bundle stands for, and its own."""
    parts = _parts(bundle)
    for replica in parts.replicas:
        for part in (replica.ip, replica.container, replica.remote):
            if part is not None:
                part.methods.create_actions(part)
    collective_actions.create_for_instances(bundle, compatible.of(bundle))
    inner = parts.child
    if inner is None:
        return
    inner.methods.create_actions(inner)
    if inner.promotable:
        for task in ("promote", "demote"):
            pseudo(bundle, task, optional=True, runnable=True)
            completion = pseudo(bundle, a.COMPLETED[task], optional=True, runnable=True)
            completion.priority = INFINITY


def create_probe(bundle: Resource, node: Node) -> bool:
    """Request probes of a bundle's replicas on a node."""
    made = [_probe_replica(bundle, replica, node) for replica in _parts(bundle).replicas]
    return any(made)


def _probe_replica(bundle: Resource, replica: Replica, node: Node) -> bool:
    made = replica.ip is not None and replica.ip.methods.create_probe(replica.ip, node)
    child, container, remote = replica.child, replica.container, replica.remote
    if child is not None and node is replica.node:
        made |= child.methods.create_probe(child, node)
    if container.methods.create_probe(container, node):
        made = True
        if _parts(bundle).replicas_per_host == 1:
            for other in _parts(bundle).replicas:
                if other is not replica:
                    orders.tasks(container, "monitor", other.container, "start", r.ORDERED | r.IF_ON_SAME_NODE)
    if remote is not None and remote.methods.create_probe(remote, node):
        probe = a.first_action(remote.actions, "", node, uuid=a.key(remote.id, "monitor"))
        if probe is not None:
            made = True
            orders.add((container, a.key(container.id, "start")), probe, r.NESTED_REMOTE_PROBE)
    return made


def internal_constraints(bundle: Resource) -> None:
    """Add what comes with a bundle."""
    parts = _parts(bundle)
    for replica in parts.replicas:
        _replica_constraints(bundle, replica)
    inner = parts.child
    if inner is None:
        return
    down, up = r.THEN_IMPLIES_FIRST_GRAPHED, r.FIRST_IMPLIES_THEN_GRAPHED
    orders.tasks(bundle, "start", inner, "start", down)
    orders.tasks(inner, "running", bundle, "running", up)
    orders.tasks(bundle, "stop", inner, "stop", down)
    orders.tasks(inner, "stopped", bundle, "stopped", up)
    inner.methods.internal_constraints(inner)
    if inner.promotable:
        built_in.order_restarts(bundle)
        for task in ("demote", "promote"):
            orders.tasks(bundle, task, inner, task, down)
            orders.tasks(inner, a.COMPLETED[task], bundle, a.COMPLETED[task], up)


def _replica_constraints(bundle: Resource, replica: Replica) -> None:
    container, ip, child = replica.container, replica.ip, replica.child
    container.methods.internal_constraints(container)
    down = r.THEN_IMPLIES_FIRST_GRAPHED
    orders.tasks(bundle, "start", container, "start", r.UNRUNNABLE_FIRST_BLOCKS | down)
    if child is not None:
        orders.tasks(bundle, "stop", child, "stop", down)
    orders.tasks(bundle, "stop", container, "stop", down)
    orders.tasks(container, "start", bundle, "running", r.FIRST_IMPLIES_THEN_GRAPHED)
    orders.tasks(container, "stop", bundle, "stopped", r.FIRST_IMPLIES_THEN_GRAPHED)
    if ip is not None:
        ip.methods.internal_constraints(ip)
        orders.tasks(ip, "start", container, "start", r.UNRUNNABLE_FIRST_BLOCKS | r.GUEST_ALLOWED)
        orders.tasks(container, "stop", ip, "stop", r.THEN_IMPLIES_FIRST | r.GUEST_ALLOWED)
        colocation.add("#ip-with-container", INFINITY, ip, container, influence=True, explicit=False)
    if replica.remote is not None:
        replica.remote.methods.internal_constraints(replica.remote)


_INNER_TASKS = frozenset(("notify", "notified", "promote", "promoted", "demote", "demoted"))
_KNOWN_TASKS = frozenset((*a.COMPLETED, *a.BEGUN, "monitor", "do_shutdown", "stonith"))


def action_flags(action: Action, node: Node | None) -> int:
    """Return the effective flags of a bundle's action: by its containers', or by what runs in them."""
    bundle = action.resource
    assert bundle is not None
    inner = _parts(bundle).child
    if inner is not None and (action.task in _INNER_TASKS or action.task not in _KNOWN_TASKS):
        return collective_flags.of_instances(action, inner.children, node)
    return collective_flags.of_instances(action, compatible.of(bundle), node)
