"""The cluster's status as XML elements. Source: Pacemaker's api-result schema 2.25 (crm_mon-2.25.rng)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from standfast import cib
from standfast.dialects.status.facts import FEATURE_SET_UNKNOWN, Facts, counted, long_time, short_time
from standfast.dialects.status.words import EXIT_WORDS, PENDING_WORDS
from standfast.scheduler import Failure, NodeState, ResourceState, State

API_VERSION = "2.25"
_INFINITY = 1_000_000

Nodes = Mapping[str, NodeState]


def result(request: str) -> etree._Element:
    """Return the root of a tool's answer; `request` is the command line."""
    return etree.Element("pacemaker-result", {"api-version": API_VERSION, "request": request})


def finished(root: etree._Element, code: int = 0, message: str = "OK") -> str:
    """Add the status to an answer and return it as text."""
    add(root, "status", {"code": str(code), "message": message})
    return text(root)


def text(root: etree._Element) -> str:
    """Return an answer as text."""
    etree.indent(root)
    return etree.tostring(root, encoding="unicode") + "\n"


def add(parent: etree._Element, tag: str, attributes: Mapping[str, str]) -> etree._Element:
    """Add an element and return it."""
    return etree.SubElement(parent, tag, dict(attributes))


def truth(value: bool) -> str:
    """Return `true` or `false`."""
    return "true" if value else "false"


def nodes(parent: etree._Element, state: State, facts: Facts) -> None:
    """Add the list of nodes."""
    section = add(parent, "nodes", {})
    for node in state.nodes:
        _node(section, node, facts, len(node.resources), is_dc=node.name == state.dc)


def _node(nodes: etree._Element, node: NodeState, facts: Facts, running: int, *, is_dc: bool) -> None:
    values = {
        "name": node.name,
        "id": node.id,
        "online": truth(node.online),
        "standby": truth(node.standby),
        "standby_onfail": truth(node.standby_on_fail),
        "maintenance": truth(node.maintenance),
        "pending": truth(node.pending),
        "unclean": truth(node.unclean),
        "health": node.health,
    }
    if node.online and node.kind == "member":
        values["feature_set"] = facts.feature_sets.get(node.name, FEATURE_SET_UNKNOWN)
    values |= {
        "shutdown": truth(node.shutdown),
        "expected_up": truth(node.name in facts.expected_up and not node.shutdown),
        "is_dc": truth(is_dc),
        "resources_running": str(running),
        "type": "remote" if node.kind in ("remote", "guest") else "member",
    }
    if node.kind == "guest":
        values["id_as_resource"] = node.host or node.name
    add(nodes, "node", values)


def resources(parent: etree._Element, state: State) -> None:
    """Add the list of resources, if there are any."""
    if not state.resources:
        return
    section = add(parent, "resources", {})
    nodes = {n.name: n for n in state.nodes}
    for one in state.resources:
        if one.active or not one.orphaned:
            _resource(section, one, nodes)


def _resource(parent: etree._Element, resource: ResourceState, nodes: Nodes) -> None:
    """Add a resource with all that is in it."""
    match resource.kind:
        case "group":
            _group(parent, resource, nodes)
        case "clone":
            _clone(parent, resource, nodes)
        case "bundle":
            _bundle(parent, resource, nodes)
        case _:
            _primitive(parent, resource, nodes)


def _group(parent: etree._Element, group: ResourceState, nodes: Nodes) -> None:
    values = {"id": group.id, "number_resources": str(len(group.children)), "managed": truth(group.managed)}
    made = add(parent, "group", values | {"disabled": truth(group.disabled)})
    for member in group.children:
        _resource(made, member, nodes)


def _clone(parent: etree._Element, clone: ResourceState, nodes: Nodes) -> None:
    values = {
        "id": clone.id,
        "multi_state": truth(clone.promotable),
        "unique": truth(clone.unique),
        "managed": truth(clone.managed),
        "disabled": truth(clone.disabled),
        "failed": truth(clone.failed),
        "failure_ignored": truth(clone.failure_ignored),
    }
    if clone.target_role:
        values["target_role"] = clone.target_role
    made = add(parent, "clone", values)
    for instance in clone.children:
        _resource(made, instance, nodes)


def _bundle(parent: etree._Element, bundle: ResourceState, nodes: Nodes) -> None:
    technology = bundle.replicas[0].container.agent.rpartition(":")[2] if bundle.replicas else "docker"
    values = {
        "id": bundle.id,
        "type": technology,
        "image": bundle.image,
        "unique": truth(bundle.unique),
        "managed": truth(bundle.managed),
        "failed": truth(bundle.failed),
    }
    made = add(parent, "bundle", values)
    for number, replica in enumerate(bundle.replicas):
        inner = add(made, "replica", {"id": str(number)})
        for part in (replica.ip, replica.child, replica.container, replica.remote):
            if part is not None:
                _primitive(inner, part, nodes)


def _primitive(parent: etree._Element, resource: ResourceState, nodes: Nodes) -> None:
    role = PENDING_WORDS.get(resource.pending, resource.role.value)
    values = {"id": resource.name, "resource_agent": resource.agent, "role": role}
    if resource.target_role:
        values["target_role"] = resource.target_role
    values |= {
        "active": truth(resource.active),
        "orphaned": truth(resource.orphaned),
        "blocked": truth(resource.blocked),
        "managed": truth(resource.managed),
        "failed": truth(resource.failed),
        "failure_ignored": truth(resource.failure_ignored),
        "nodes_running_on": str(len(resource.nodes)),
    }
    if resource.pending == "monitor":
        values["pending"] = "Monitoring"
    if resource.lock_node:
        values["locked_to"] = resource.lock_node
    made = add(parent, "resource", values)
    for name in resource.nodes:
        node = nodes.get(name)
        values = {"name": name, "id": node.id if node else name, "cached": truth(node is not None and node.online)}
        add(made, "node", values)


def attributes(root: etree._Element, state: State) -> None:
    """Add the attributes of the nodes that are online, if there are any."""
    section = etree.Element("node_attributes")
    for node in state.nodes:
        shown = shown_attributes(node)
        if node.online and shown:
            entry = add(section, "node", {"name": node.name})
            for name, value in shown.items():
                add(entry, "attribute", {"name": name, "value": value})
    if len(section):
        root.append(section)


def shown_attributes(node: NodeState) -> dict[str, str]:
    """Return the attributes of a node that status commands show, by name."""
    return {k: v for k, v in sorted(node.attributes.items()) if _is_shown(k)}


def _is_shown(attribute: str) -> bool:
    """Return whether status commands show an attribute: none of its own book-keeping."""
    hidden = ("fail-count-", "last-failure-", "#")
    return not attribute.startswith(hidden) and attribute not in ("shutdown", "terminate", "standby")


def primitives(resource: ResourceState) -> Iterator[ResourceState]:
    """Yield the primitives in a resource."""
    if not resource.children:
        yield resource
    for child in resource.children:
        yield from primitives(child)


def resource_history(name: str, resource: ResourceState | None, failures: int, facts: Facts) -> dict[str, str]:
    """Return what is said of a resource on a node: threshold and failures."""
    shown = name if resource is None or resource.unique else resource.config_id
    threshold = str(cib.values.score(facts.thresholds.get(name.partition(":")[0], "INFINITY")))
    values = {"id": shown, "orphan": truth(resource is None), "migration-threshold": threshold}
    if failures:
        values["fail-count"] = "INFINITY" if failures >= _INFINITY else str(failures)
    return values


def fail_counts(root: etree._Element, state: State, facts: Facts, offset_s: int) -> None:
    """Add what is known of failures, by node and resource."""
    section = add(root, "node_history", {})
    known = {r.id.partition(":")[0]: r for top in state.resources for r in primitives(top)}
    for node, counts in counted(state).items():
        entry = add(section, "node", {"name": node})
        for name, failures in counts.items():
            values = resource_history(name, known.get(name), failures, facts)
            if last_s := facts.last_failure_s(node, name):
                values["last-failure"] = long_time(last_s, offset_s)
            add(entry, "resource_history", values)


def failures(root: etree._Element, state: State, offset_s: int) -> None:
    """Add the failed operations, if there are any."""
    if not state.failures:
        return
    section = add(root, "failures", {})
    for failure in state.failures:
        add(section, "failure", _failure(failure, offset_s))


def _failure(failure: Failure, offset_s: int) -> dict[str, str]:
    values = {
        "op_key": failure.operation_key,
        "node": failure.node,
        "exitstatus": EXIT_WORDS.get(failure.exit_code, "unknown"),
        "exitreason": failure.exit_reason or "none",
        "exitcode": str(failure.exit_code),
        "call": str(failure.call_id),
        "status": failure.status,
    }
    if failure.last_change_s:
        values |= {
            "last-rc-change": short_time(failure.last_change_s, offset_s),
            "queued": str(failure.queue_ms),
            "exec": str(failure.exec_ms),
            "interval": str(failure.interval_ms),
            "task": failure.task,
        }
    return values
