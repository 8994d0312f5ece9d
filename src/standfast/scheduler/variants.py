"""Which functions each kind of resource has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import (
    assign,
    built_in,
    bundle_actions,
    bundle_assign,
    collective_actions,
    collective_flags,
    colocate,
    compatible,
    instances,
    probes,
    shutdown_locks,
    transitions,
    updates,
    utilization,
)
from standfast.scheduler.methods import Methods
from standfast.scheduler.working import Kind

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Resource

METHODS = {
    Kind.PRIMITIVE: Methods(
        assign=assign.assign_primitive,
        create_actions=transitions.create_actions,
        create_probe=probes.probe,
        internal_constraints=built_in.for_primitive,
        apply_colocation=colocate.with_primitive,
        action_flags=collective_flags.of_primitive,
        update_ordered=updates.update_pair,
        add_utilization=utilization.primitive_needs,
        shutdown_lock=shutdown_locks.lock_primitive,
    ),
    Kind.GROUP: Methods(
        assign=assign.assign_group,
        create_actions=collective_actions.create_for_group,
        create_probe=probes.probe,
        internal_constraints=built_in.for_group,
        apply_colocation=colocate.with_group,
        action_flags=collective_flags.of_group,
        update_ordered=updates.update_group,
        add_utilization=utilization.group_needs,
        shutdown_lock=shutdown_locks.lock_group,
    ),
    Kind.CLONE: Methods(
        assign=instances.assign_clone,
        create_actions=collective_actions.create_for_clone,
        create_probe=probes.probe_clone,
        internal_constraints=built_in.for_clone,
        apply_colocation=compatible.apply_clone_colocation,
        action_flags=collective_flags.of_clone,
        update_ordered=collective_flags.update_instances,
        add_utilization=utilization.clone_needs,
        shutdown_lock=shutdown_locks.lock_none,
    ),
    Kind.BUNDLE: Methods(
        assign=bundle_assign.assign,
        create_actions=bundle_actions.create_actions,
        create_probe=bundle_actions.create_probe,
        internal_constraints=bundle_actions.internal_constraints,
        apply_colocation=bundle_assign.apply_colocation,
        action_flags=bundle_actions.action_flags,
        update_ordered=collective_flags.update_instances,
        add_utilization=bundle_assign.add_utilization,
        shutdown_lock=shutdown_locks.lock_none,
    ),
}


def bind(cluster: Cluster) -> None:
    """Give every resource the functions of its kind."""
    cluster.methods = dict(METHODS)
    for resource in cluster.resources:
        _bind(resource, cluster)


def _bind(resource: Resource, cluster: Cluster) -> None:
    resource.methods = cluster.methods[resource.kind]
    for child in resource.children:
        _bind(child, cluster)
