"""Which nodes are fenced, and why; fencing and unfencing actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import digests
from standfast.scheduler.actions import OPTIONAL, PSEUDO, RUNNABLE, Action
from standfast.scheduler.options import QuorumPolicy
from standfast.scheduler.relations import ORDERED, relate
from standfast.scheduler.scores import seconds

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource


def can_fence(cluster: Cluster, node: Node | None) -> bool:
    """Return whether the cluster may and can fence this node."""
    if node is not None and node.is_guest:
        return all(host.online or can_fence(cluster, host) for host in node.host().active_nodes)
    if not (cluster.options.fencing_enabled and cluster.have_fencing):
        return False
    if cluster.quorate or cluster.no_quorum_policy is QuorumPolicy.IGNORE:
        return True
    if node is None or not node.online:
        return False
    if node.is_remote and not cluster.options.fence_remote_without_quorum and node.remote is not None:
        return all(place.node.online for place in node.remote.allowed.values())
    return True


def fence(cluster: Cluster, node: Node, reason: str, *, priority_delay: bool = False) -> None:
    """Mark a node as one to be fenced: for a guest, what launches it has failed."""
    remote = node.remote
    if node.is_guest:
        launcher = node.host()
        if not launcher.failed and launcher.managed:
            node.remote_reset = True
            launcher.failed = launcher.stop_if_failed = True
    elif node.is_remote and remote is not None and remote.launcher is None and remote.removed_launched:
        remote.failed = remote.stop_if_failed = True
    elif node.is_remote:
        if not (remote is not None and not remote.managed) and not node.remote_reset:
            node.remote_reset = True
        node.unclean = True
        fencing_action(cluster, node, None, optional=True, reason=reason)
    elif not node.unclean:
        node.unclean = True
        fencing_action(cluster, node, None, optional=True, reason=reason, priority_delay=priority_delay)


def singleton(cluster: Cluster, uuid: str, task: str, node: Node | None, *, optional: bool) -> Action:
    """Return the action of this uuid that belongs to no resource, made if need be."""
    action = cluster.singletons.get(uuid)
    if action is None:
        action = Action(cluster.next_action_id, uuid, task, None, node)
        cluster.next_action_id += 1
        if optional:
            action.flags |= OPTIONAL
        cluster.actions.append(action)
        cluster.singletons[uuid] = action
    if not optional:
        action.flags &= ~OPTIONAL
    return action


def pseudo(cluster: Cluster, name: str) -> Action:
    """Return the pseudo-action of this name, made if need be."""
    if name not in cluster.singletons:
        action = singleton(cluster, name, name, None, optional=True)
        action.flags |= PSEUDO | RUNNABLE
    return cluster.singletons[name]


def fencing_action(
    cluster: Cluster, node: Node, kind: str | None, *, optional: bool, reason: str = "", priority_delay: bool = False
) -> Action:
    """Return the fencing action (`reboot`, `off`, `on`; None: as configured) of a node, required if so asked."""
    kind = kind or cluster.options.fencing_action
    uuid = f"stonith-{node.name}-{kind}"
    action = cluster.singletons.get(uuid)
    if action is None:
        action = singleton(cluster, uuid, "stonith", node, optional=True)
        action.meta.update(on_node=node.name, on_node_uuid=node.id, stonith_action=kind)
        if cluster.enable_unfencing:
            optional = _add_device_digests(cluster, node, action) and optional
    if cluster.options.priority_fencing_delay_ms and (priority_delay or "priority-fencing-delay" in action.meta):
        action.meta["priority-fencing-delay"] = str(_priority_delay_s(cluster, node))
    if not optional and can_fence(cluster, node):
        action.flags &= ~OPTIONAL
        action.explain(reason)
    elif reason:
        action.explain(reason)
    return action


def _priority_delay_s(cluster: Cluster, node: Node) -> int:
    if node.is_remote or node.online:
        return 0
    members = [n for n in cluster.nodes if not n.is_remote]
    highest, lowest = max(n.priority for n in members), min(n.priority for n in members)
    online = sum(n.online for n in members)
    if online > len(members) // 2 or lowest == highest or node.priority < highest:
        return 0
    return seconds(cluster.options.priority_fencing_delay_ms)


def _unfencing_devices(resources: list[Resource]) -> list[Resource]:
    """Return the devices that unfence, in document order."""
    found: list[Resource] = []
    for resource in resources:
        if resource.children:
            found += _unfencing_devices(resource.children)
        elif resource.is_fence_device and (
            resource.needs_unfencing or resource.meta.get("provides", "").lower() == "unfencing"
        ):
            found.append(resource)
    return found


def _add_device_digests(cluster: Cluster, node: Node, action: Action) -> bool:
    """Add the digests of the unfencing devices' parameters; return whether all are as they were."""
    unchanged = True
    every: list[str] = []
    secure: list[str] = []
    for device in reversed(_unfencing_devices(cluster.resources)):
        agent = device.meta.get("type", "")
        found = digests.compare_unfencing(device, agent, node)
        if found.verdict is digests.Verdict.CHANGED:
            unchanged = False
            cluster.notices.append(f"notice: Unfencing node {node.name} because the definition of {device.id} changed")
        every.append(f"{device.id}:{agent}:{found.every},")
        secure.append(f"{device.id}:{agent}:{found.secure},")
    action.meta["digests-all"] = "".join(every)
    action.meta["digests-secure"] = "".join(secure)
    return unchanged


def is_unfenced(node: Node) -> bool:
    """Return whether unfencing of the node is not outstanding: attribute #node-unfenced is set, and not 0."""
    return node.attributes.get("#node-unfenced", "0") != "0"


def trigger_unfencing(
    cluster: Cluster, resource: Resource | None, node: Node | None, reason: str, dependency: Action | None = None
) -> None:
    """Require unfencing of a node, or of every node where the device may run."""
    if not cluster.enable_unfencing or (resource is not None and not resource.is_fence_device):
        return
    if node is not None and node.online and not node.unclean and not node.shutdown:
        action = fencing_action(cluster, node, "on", optional=False, reason=reason)
        relate(action, dependency, ORDERED)
    elif resource is not None:
        for place in list(resource.allowed.values()):
            other = place.node
            if other.online and not other.unclean and not other.shutdown:
                trigger_unfencing(cluster, resource, other, reason, dependency)
