"""What an administrator should hear of a run, and how bad it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.errors import Report, Severity
from standfast.scheduler import where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Resource
    from standfast.transition import Action


def collect(cluster: Cluster, left_out: Sequence[Action]) -> tuple[Report, ...]:
    """Return the run's reports, those of the cluster first, of what is left out of the graph last."""
    return (*_of_cluster(cluster), *_of_nodes(cluster), *_of_resources(cluster), *_of_graph(left_out))


def severity(reports: tuple[Report, ...]) -> str:
    """Return `error`, `warning` or `normal`: the series that the run's input is kept in."""
    found = {report.severity for report in reports}
    if Severity.ERROR in found:
        return "error"
    return "warning" if Severity.WARNING in found else "normal"


def _of_cluster(cluster: Cluster) -> Iterator[Report]:
    if cluster.options.fencing_enabled and not cluster.have_fencing and cluster.resources:
        yield Report("scheduler.no-fencing", "nothing is started, for there is no fence device", "a fence device")
    if not cluster.quorate:
        yield Report("scheduler.no-quorum", "the nodes have no quorum", severity=Severity.WARNING)


def _of_nodes(cluster: Cluster) -> Iterator[Report]:
    for node in cluster.nodes:
        if node.unclean:
            message = f"what {node.name} does is unknown until it is fenced"
            yield Report("scheduler.unclean-node", message, severity=Severity.WARNING)


def _of_resources(cluster: Cluster) -> Iterator[Report]:
    for entry, node_name, resource_id in cluster.failures:
        message = f"{entry.task} of {resource_id} failed on {node_name} with exit code {entry.rc}"
        yield Report("scheduler.failed-operation", message, severity=Severity.WARNING)
    for resource in cluster.resources:
        yield from _of_resource(resource)


def _of_resource(resource: Resource) -> Iterator[Report]:
    for child in resource.children:
        yield from _of_resource(child)
    if resource.children:
        return
    migrates = resource.partial_source is not None
    if len(resource.active_nodes) > 1 and not migrates:
        names = ", ".join(node.name for node in where.nodes_of(resource, current=True))
        yield Report("scheduler.multiple-active", f"{resource.id} is active on {names}", "one node")
    if resource.blocked:
        message = f"nothing is done about {resource.id}, for it is blocked"
        yield Report("scheduler.blocked", message, severity=Severity.WARNING)


def _of_graph(left_out: Sequence[Action]) -> Iterator[Report]:
    if left_out:
        keys = ", ".join(action.operation_key or action.operation for action in left_out)
        message = f"left out, for they wait for each other or for what nobody executes: {keys}"
        yield Report("scheduler.impossible", message, "constraints that can be met together")
