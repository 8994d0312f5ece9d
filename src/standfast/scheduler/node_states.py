"""What the status section says of nodes: online, pending, unclean, shutting down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import roles
from standfast.scheduler.fencing_needs import fence
from standfast.scheduler.nodes import add_attributes
from standfast.scheduler.options import QuorumPolicy
from standfast.scheduler.scores import INFINITY, seconds

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node


def unpack(cluster: Cluster, state: etree._Element) -> None:
    """Take over one `node_state`; those of remote nodes say no more here than whether they were fenced."""
    if state.get("id") is None:
        return
    node = cluster.node_of(state.get("id"), state.get("uname"))
    if node is None:
        return
    if node.is_remote:
        node.remote_fenced = (cib.values.integer(state.get("node_fenced")) or 0) > 0
        return
    _transient_attributes(cluster, node, state)
    node.unclean = False
    node.seen = True
    _online(cluster, node, state)
    lost_quorum = not cluster.quorate and cluster.no_quorum_policy is QuorumPolicy.FENCE
    if node.online and lost_quorum:
        fence(cluster, node, "cluster does not have quorum")


def _transient_attributes(cluster: Cluster, node: Node, state: etree._Element) -> None:
    add_attributes(cluster, node, state.find("transient_attributes"), overwrite=True)
    if cib.values.is_true(node.attributes.get("standby")):
        node.standby = True
    if cib.values.is_true(node.attributes.get("maintenance")):
        node.maintenance = True


def wants_shutdown(node: Node) -> bool:
    """Return whether the node asked to be shut down."""
    return node.attributes.get("shutdown", "0") != "0"


def _online(cluster: Cluster, node: Node, state: etree._Element) -> None:
    node.shutdown = wants_shutdown(node)
    if not node.shutdown:
        node.expected_up = (state.get("expected") or "").lower() == "member"
    if cluster.options.fencing_enabled:
        online = _online_with_fencing(cluster, node, state)
    else:
        online = _online_without_fencing(cluster, node, state)
    node.online = node.online or online
    if not online or node.shutdown:
        node.score = -INFINITY


def _member_since(cluster: Cluster, state: etree._Element) -> int:
    """Return when the node became a member; 0 if it is none, -1 if nothing says so."""
    text = state.get("in_ccm")
    said = cib.values.boolean(text)
    if said is not None:
        return cluster.now_s if said else 0
    when = cib.values.integer(text)
    return -1 if when is None or when < 0 else when


def _process_since(state: etree._Element) -> int:
    """Return when the node's controller joined the process group; 0 if it did not."""
    text = (state.get("crmd") or "offline").lower()
    if text in ("offline", "online"):
        return int(text == "online")
    return max(0, cib.values.integer(text) or 0)


def _online_without_fencing(cluster: Cluster, node: Node, state: etree._Element) -> bool:
    if _member_since(cluster, state) <= 0:
        return False
    if _process_since(state) > 0:
        return (state.get("join") or "").lower() == "member"
    if node.expected_up:
        fence(cluster, node, "peer is unexpectedly down")
    return False


def _wants_termination(node: Node) -> bool:
    text = node.attributes.get("terminate")
    said = cib.values.boolean(text)
    return (cib.values.integer(text) or 0) > 0 if said is None else said


def _online_with_fencing(cluster: Cluster, node: Node, state: etree._Element) -> bool:
    member, process = _member_since(cluster, state), _process_since(state)
    if node.shutdown:
        return process > 0
    if member < 0:
        fence(cluster, node, "peer has not been seen by the cluster")
        return False
    join = state.get("join")
    if join != _BANNED and _wants_termination(node) and member <= 0 and process <= 0 and join == "down":
        return False
    reason = _fencing_reason(cluster, node, state, member, process)
    if reason:
        fence(cluster, node, reason, priority_delay=reason == _LOST)
    return member > 0


_LOST = "peer is no longer part of the cluster"
_BANNED = "banned"  # the join state of a node that was turned down


def _fencing_reason(cluster: Cluster, node: Node, state: etree._Element, member: int, process: int) -> str:
    """Return why the node must be fenced, if it must; note whether it is pending."""
    join = state.get("join")
    if join == _BANNED:
        return "peer failed Pacemaker membership criteria"
    if _wants_termination(node):
        return "fencing was requested"
    if (state.get("expected") or "down") == "down":
        if _pending_too_long(cluster, member, process):
            return "peer pending timed out on joining the process group"
        if member > 0 or process > 0:
            node.standby = node.pending = True
        return ""
    if member <= 0:
        return _LOST
    if process <= 0:
        return "peer process is no longer available"
    if join == "member":
        return ""
    if join in ("pending", "down"):
        node.standby = node.pending = True
        return ""
    return "peer was in an unknown state"


def _pending_too_long(cluster: Cluster, member: int, process: int) -> bool:
    limit_ms = cluster.options.node_pending_timeout_ms
    if not limit_ms or member <= 0 or process > 0:
        return False
    until = member + seconds(limit_ms)
    if cluster.now_s >= until:
        return True
    cluster.recheck(until)
    return False


def remote_online(node: Node) -> None:
    """Decide whether a remote or guest node is online, by its connection and what launches it."""
    connection = node.remote
    if connection is None:
        node.online = False
        return
    launcher = connection.launcher
    host = None
    if launcher is not None and len(connection.active_nodes) == 1:
        host = connection.active_nodes[0]
    if connection.orig_role == roles.STARTED:
        node.online = True
        if connection.next_role == roles.STOPPED:
            node.shutdown = True
    if launcher is not None and launcher.failed:
        node.online = False
        node.remote_reset = True
    elif connection.failed:
        node.online = False
    elif connection.orig_role == roles.STOPPED or (launcher is not None and launcher.orig_role == roles.STOPPED):
        node.online = False
        node.remote_reset = False
    elif host is not None and not host.online and host.unclean:
        node.online = False
        node.remote_reset = True


def remote_attributes(cluster: Cluster, node: Node, state: etree._Element) -> None:
    """Take over what a remote node's state says of it."""
    node.remote_maintenance = (cib.values.integer(state.get("node_in_maintenance")) or 0) > 0
    if not node.remote_reset:
        node.unclean = False
        node.seen = True
    _transient_attributes(cluster, node, state)
    if wants_shutdown(node):
        node.shutdown = True
    if node.remote is not None and not node.remote.managed:
        node.maintenance = True
    discovery = node.attributes.get("resource-discovery-enabled")
    if (
        discovery is not None
        and not cib.values.is_true(discovery)
        and not (node.is_plain_remote and not cluster.options.fencing_enabled)
    ):
        node.probes_allowed = False
