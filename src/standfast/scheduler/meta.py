"""What resources and operations are configured with: meta attributes, instance attributes, node attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import operations

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.operations import Operation
    from standfast.scheduler.working import Node, Resource

_TIMEOUT_MS_MAX = 0x7FFFFFFF


def resource_meta(resource: Resource) -> dict[str, str]:
    """Return the meta attributes of a resource.

    Its element's XML attributes come first, then its sets, those of the collectives around it, `rsc_defaults`,
    and at last whatever its parent has.
    """
    cluster, parent = resource.cluster, resource.parent
    known = cluster.cache("resource_meta")
    cached = known.get(resource.element)
    if cached is None:
        cached = known[resource.element] = _own_meta(cluster, resource.element, parent)
    meta: dict[str, str] = dict(cached)  # type: ignore[call-overload]
    if resource.clone_number is not None:
        meta["clone"] = resource.clone_number
    if parent is not None:
        for name, value in parent.meta.items():
            meta.setdefault(name, value)
    return meta


def _own_meta(cluster: Cluster, element: etree._Element, parent: Resource | None) -> dict[str, str]:
    context = cluster.context((element.get("class"), element.get("provider"), element.get("type")))
    meta = {str(k): str(v) for k, v in element.attrib.items() if str(v).lower() != "#default"}
    owners = [element]
    while parent is not None:
        owners.append(parent.element)
        parent = parent.parent
    if cluster.rsc_defaults is not None:
        owners.append(cluster.rsc_defaults)
    for owner in owners:
        for name, value in cluster.sets(owner, cib.nvpairs.META, context).items():
            meta.setdefault(name, value)
    return meta


def parameters(resource: Resource, node: Node | None) -> dict[str, str]:
    """Return the instance attributes of a resource on a node; they differ by node only where rules do."""
    name = node.name if node is not None else ""
    known = resource.parameters.get(name)
    if known is None:
        known = {}
        for owner in resource.ancestors():
            for attribute, value in _instance_sets(owner, node).items():
                known.setdefault(attribute, value)
        resource.parameters[name] = known
    return known


def _instance_sets(owner: Resource, node: Node | None) -> dict[str, str]:
    cluster = owner.cluster
    cache = cluster.cache("instance_attributes")
    ruled = cache.get(owner.element)
    if ruled is None:
        plain = {} if _has_rules(owner.element, cib.nvpairs.INSTANCE) else _evaluated(cluster, owner.element, None)
        ruled = cache[owner.element] = (_has_rules(owner.element, cib.nvpairs.INSTANCE), plain)
    has_rules, pairs = ruled  # type: ignore[misc]
    return _evaluated(cluster, owner.element, node) if has_rules else pairs  # type: ignore[has-type]


def _has_rules(element: etree._Element, tag: str) -> bool:
    return any(block.find("rule") is not None for block in cib.nvpairs.ordered(element, tag))


def _evaluated(cluster: Cluster, element: etree._Element, node: Node | None) -> dict[str, str]:
    context = cluster.context() if node is None else cib.Context(cluster.now_s, node.attributes)
    return cluster.sets(element, cib.nvpairs.INSTANCE, context)


def operation_parameters(cluster: Cluster, operation: Operation | None, node: Node | None) -> dict[str, str]:
    """Return the operation's own instance attributes on a node."""
    if operation is None or not operation.has_parameters:
        return {}
    return _evaluated(cluster, operation.element, node)


def operation_meta(
    resource: Resource, node: Node | None, task: str, interval_ms: int, operation: Operation | None
) -> dict[str, str]:
    """Return the meta attributes of an action: of its operation, of `op_defaults`, in ms where they are times."""
    by_parameters = resource.is_fence_device and (task == "start" or operations.is_probe(task, interval_ms))
    cache = resource.cluster.cache("operation_meta")
    key = (resource.element, task, interval_ms, operation.element if operation is not None else None)
    meta = None if by_parameters else cache.get(key)
    if meta is None:
        meta = _operation_meta(resource, node if by_parameters else None, task, interval_ms, operation)
        if by_parameters:
            return meta
        cache[key] = meta
    return dict(meta)  # type: ignore[call-overload,no-any-return]


def _operation_meta(
    resource: Resource, node: Node | None, task: str, interval_ms: int, operation: Operation | None
) -> dict[str, str]:
    cluster = resource.cluster
    context = cluster.context(resource.agent, task, interval_ms)
    meta: dict[str, str] = {}
    if operation is not None:
        meta.update(cluster.sets(operation.element, cib.nvpairs.META, context))
        meta.update(operation.attributes)
    if operations.is_probe(task, interval_ms) and "timeout" not in meta:
        monitor = operations.most_frequent_monitor(resource)
        if monitor is not None and "timeout" in monitor.attributes:
            meta["timeout"] = monitor.attributes["timeout"]
    for name, value in cluster.sets(cluster.op_defaults, cib.nvpairs.META, context).items():
        meta.setdefault(name, value)
    meta.pop("id", None)
    meta.pop("interval", None)
    if interval_ms:
        meta["interval"] = str(interval_ms)
    _times(resource, node, task, interval_ms, meta)
    _on_fail(resource, task, operation, meta)
    return meta


def _times(resource: Resource, node: Node | None, task: str, interval_ms: int, meta: dict[str, str]) -> None:
    if resource.is_fence_device and (task == "start" or operations.is_probe(task, interval_ms)):
        timeout = parameters(resource, node).get("pcmk_monitor_timeout")
        if timeout is not None:
            meta["timeout"] = timeout
    meta["timeout"] = str(timeout_ms(meta.get("timeout")))
    delay = meta.get("start-delay")
    if delay is not None:
        meta["start-delay"] = str(cib.times.interval_ms(delay))
    elif meta.get("interval-origin") is not None and interval_ms:
        origin = cib.times.parse_instant(meta["interval-origin"], resource.cluster.now_s)
        if origin is not None:
            meta["start-delay"] = str(_from_origin(resource.cluster.now_s - origin, interval_ms) * 1000)


def _from_origin(elapsed_s: int, interval_ms: int) -> int:
    interval_s = max(1, (interval_ms + 500) // 1000)
    rest = abs(elapsed_s) % interval_s * (1 if elapsed_s >= 0 else -1)
    return (0 if rest <= 0 else interval_s) - rest


def timeout_ms(text: str | None) -> int:
    """Return a timeout in milliseconds; the default for none and for what is no positive time."""
    value = cib.times.parse_interval_ms(text) if text and text[0] != "P" else None
    return min(value, _TIMEOUT_MS_MAX) if value else operations.DEFAULT_TIMEOUT_MS


def _on_fail(resource: Resource, task: str, operation: Operation | None, meta: dict[str, str]) -> None:
    """Take away what `on-fail` may not be for this task, and let demotes inherit from promoted monitors."""
    value = meta.get("on-fail")
    if task == "stop" and value is not None and value.lower() in ("standby", "demote", "stop"):
        del meta["on-fail"]
    elif task == "demote" and value is None:
        for monitor in resource.operations:
            inherited = monitor.attributes.get("on-fail")
            if inherited is not None and inherited.lower() != "demote" and _is_promoted_monitor(monitor):
                meta["on-fail"] = inherited
    elif task == "lrm_delete":
        meta["on-fail"] = "ignore"
    elif (
        value is not None
        and value.lower() == "demote"
        and not (operation is not None and (operation.name == "promote" or _is_promoted_monitor(operation)))
    ):
        del meta["on-fail"]


def _is_promoted_monitor(operation: Operation) -> bool:
    role = (operation.role or "").lower()
    return operation.name == "monitor" and operation.interval_ms > 0 and role in ("promoted", "master")


def node_attribute(node: Node | None, name: str, *, of_host: bool = False, assigned: bool = True) -> str | None:
    """Return a node's attribute; for guests, of the host instead if that is wanted.

    `assigned`: the host is where the guest will run, else where it runs.
    """
    if node is None:
        return None
    if not (of_host and node.is_guest):
        return node.attributes.get(name)
    launcher = node.host()
    if assigned:
        host = launcher.assigned_node
    else:
        host = launcher.active_nodes[0] if launcher.active_nodes else None
    return host.attributes.get(name) if host is not None else None


def wants_host(resource: Resource) -> bool:
    """Return whether node attributes of this resource are those of the host that its guest runs on."""
    return resource.meta.get("container-attribute-target", "").lower() == "host"
