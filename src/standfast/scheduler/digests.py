"""Digests: whether parameters are what they were when an operation ran.

Source: Pacemaker's operation digests, MD5 over one space, the `parameters` element with sorted attributes, a newline.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from standfast import cib
from standfast.scheduler import meta, operations

if TYPE_CHECKING:
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.working import Node, Resource

_NOT_HASHED = frozenset(("id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip"))
_FENCING_PARAMETERS = frozenset(
    (
        "provides", "stonith-timeout", "pcmk_action_limit", "pcmk_delay_base", "pcmk_delay_max", "pcmk_host_argument",
        "pcmk_host_check", "pcmk_host_list", "pcmk_host_map",
    )
)  # fmt: skip
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
)


class Verdict(enum.Enum):
    """How an operation's stored digests compare with those of now."""

    SAME = 0
    UNKNOWN = 1
    CHANGED = 2
    RESTART = 3


class Digests(msgspec.Struct):
    """The digests of now for one operation, and what they say. `secure` leaves secrets out."""

    every: str
    secure: str = ""
    restart: str | None = None
    verdict: Verdict = Verdict.SAME


def md5(parameters: Mapping[str, str]) -> str:
    """Return the digest of parameters."""
    text = "".join(f' {name}="{parameters[name].translate(_ESCAPES)}"' for name in sorted(parameters))
    return hashlib.md5(f" <parameters{text}/>\n".encode(), usedforsecurity=False).hexdigest()


def hashed(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that a digest counts: no meta attributes, but a recurring operation's timeout."""
    kept = {n: v for n, v in parameters.items() if n not in _NOT_HASHED and not n.startswith("CRM_meta_")}
    if parameters.get("CRM_meta_interval", "0") != "0" and "CRM_meta_timeout" in parameters:
        kept["CRM_meta_timeout"] = parameters["CRM_meta_timeout"]
    return kept


def meta_name(name: str) -> str:
    """Return the name under which a meta attribute travels among parameters."""
    return "CRM_meta_" + name.replace("-", "_")


def _is_fencing_parameter(name: str) -> bool:
    if name in _FENCING_PARAMETERS:
        return True
    return name.startswith("pcmk_") and name.endswith(("_action", "_retries", "_timeout"))


def needs_remote_name(resource: Resource) -> bool:
    """Return whether this connection's address is the name of the node that its container runs on."""
    return resource.is_remote_connection and meta.parameters(resource, None).get("addr", "").lower() == "#uname"


def remote_name(resource: Resource) -> str | None:
    """Return the address that such a connection has."""
    if not needs_remote_name(resource) or resource.launcher is None:
        return None
    node = resource.launcher.assigned_node
    if node is None and resource.launcher.active_nodes:
        node = resource.launcher.active_nodes[0]
    return node.name if node is not None else None


def _calculate(
    resource: Resource, task: str, interval_ms: int, node: Node, entry: HistoryEntry | None, *, secure: bool
) -> Digests:
    parameters: dict[str, str] = {}
    address = remote_name(resource)
    if address is not None:
        parameters["addr"] = address
    own = meta.parameters(resource, node)
    for name, value in own.items():
        parameters.setdefault(name, value)
    operation = operations.find(resource, task, interval_ms)
    of_operation = meta.operation_parameters(resource.cluster, operation, node)
    for name, value in of_operation.items():
        parameters.setdefault(name, value)
    if interval_ms:
        for name, value in meta.operation_meta(resource, node, task, interval_ms, operation).items():
            parameters.setdefault(meta_name(name), value)
    kept = hashed(parameters)
    found = Digests(md5(kept))
    if of_operation and not interval_ms:
        found.verdict = Verdict.RESTART
    if secure:
        found.secure = _secure(resource, kept, own, entry)
    if entry is not None and restart_digest(resource.cluster, entry) is not None:
        forced = entry.force_restart
        wanted = None if forced is None else set(forced.split(" "))
        found.restart = md5({n: v for n, v in kept.items() if wanted is None or n in wanted})
    return found


def _secure(resource: Resource, kept: Mapping[str, str], own: Mapping[str, str], entry: HistoryEntry | None) -> str:
    version = entry.feature_set if entry is not None else None
    version = version or resource.cluster.root.get("crm_feature_set") or cib.FEATURE_SET
    old = cib.values.compare_versions(version, "3.16.0") < 0
    parameters = dict(own if old else kept)
    secrets = " passwd password user " if entry is None else entry.secure_parameters or ""
    for name in secrets.split(" "):
        parameters.pop(name, None)
    if old and resource.is_fence_device:
        parameters = {n: v for n, v in parameters.items() if not _is_fencing_parameter(n)}
    parameters = hashed(parameters) if old else parameters
    if old:
        parameters.pop("CRM_meta_timeout", None)
    return md5(parameters)


def _known(
    resource: Resource, task: str, interval_ms: int, node: Node, entry: HistoryEntry | None, *, secure: bool
) -> Digests:
    key = f"{resource.id}_{task}_{interval_ms}"
    found = node.digests.get(key)
    if found is None:
        found = node.digests[key] = _calculate(resource, task, interval_ms, node, entry, secure=secure)
    assert isinstance(found, Digests)
    return found


def restart_digest(cluster: Cluster, entry: HistoryEntry) -> str | None:
    """Return the digest of the parameters whose change needs a restart, as it was recorded."""
    return "calculated-failure-timeout" if entry in cluster.outdated else entry.restart_digest


def compare(resource: Resource, entry: HistoryEntry, node: Node) -> Digests:
    """Return the digests of now for an entry of the history, with the verdict."""
    found = _known(resource, entry.task, entry.interval_ms, node, entry, secure=resource.cluster.sanitized)
    recorded = restart_digest(resource.cluster, entry)
    if None not in (recorded, found.restart) and found.restart != recorded:
        found.verdict = Verdict.RESTART
    elif entry.digest is None:
        found.verdict = Verdict.UNKNOWN
    elif entry.digest != found.every:
        if not (entry.interval_ms == 0 and found.verdict is Verdict.RESTART):
            found.verdict = Verdict.CHANGED
    else:
        found.verdict = Verdict.SAME
    return found


def compare_unfencing(device: Resource, agent: str, node: Node) -> Digests:
    """Return the digests of a device's parameters; the node's attributes say with which ones it was unfenced."""
    found = _known(device, "stonith-on", 0, node, None, secure=True)
    every = node.attributes.get("#digests-all")
    if every is None:
        found.verdict = Verdict.UNKNOWN
        return found
    if f"{device.id}:{agent}:{found.every}" in every:
        found.verdict = Verdict.SAME
        return found
    if f"{device.id}:{agent}:{found.secure}" in node.attributes.get("#digests-secure", ""):
        found.verdict = Verdict.SAME
        device.cluster.notices.append(f"Only 'private' parameters to {device.id} for unfencing {node.name} changed")
        return found
    found.verdict = Verdict.CHANGED
    if device.cluster.sanitized:
        device.cluster.notices.append(
            f"Parameters to {device.id} for unfencing {node.name} changed, try '{device.id}:{agent}:{found.secure}'"
        )
    return found


def digest(attributes: Mapping[str, str]) -> str:
    """Return the digest that an executor records with an operation of these attributes."""
    return md5(hashed(attributes))
