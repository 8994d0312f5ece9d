"""crm_mon's XML. Source: Pacemaker's api-result schema 2.25 (crm_mon-2.25.rng)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from standfast import cib
from standfast.cib import history
from standfast.dialects.crm_mon.facts import FEATURE_SET_UNKNOWN, Facts, View, long_time, short_time
from standfast.dialects.crm_mon.words import EXIT_WORDS, PENDING_WORDS
from standfast.scheduler import Failure, NodeState, ResourceState, State

API_VERSION = "2.25"
_INFINITY = 1_000_000
_NOT_RUNNING = 7

Nodes = Mapping[str, NodeState]


def render(state: State, document: cib.Document, facts: Facts, view: View) -> str:
    """Return what `crm_mon --output-as=xml` prints."""
    root = etree.Element("pacemaker-result", {"api-version": API_VERSION, "request": view.request})
    _summary(root, state, facts, view)
    nodes = {n.name: n for n in state.nodes}
    _nodes(root, state, facts)
    if state.resources:
        section = _add(root, "resources", {})
        for resource in state.resources:
            if resource.active or not resource.orphaned:
                _resource(section, resource, nodes)
    _attributes(root, state)
    _history(root, state, document, facts, view)
    _failures(root, state, view)
    _fencing(root, view)
    _bans(root, document)
    _add(root, "status", {"code": "0", "message": "OK"})
    etree.indent(root)
    return etree.tostring(root, encoding="unicode") + "\n"


def _add(parent: etree._Element, tag: str, attributes: Mapping[str, str]) -> etree._Element:
    return etree.SubElement(parent, tag, dict(attributes))


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _summary(root: etree._Element, state: State, facts: Facts, view: View) -> None:
    summary = _add(root, "summary", {})
    _add(summary, "stack", {"type": view.stack})
    dc = next((n for n in state.nodes if n.name == state.dc), None)
    if dc is None:
        _add(summary, "current_dc", {"present": "false"})
    else:
        known = {"present": "true", "version": view.version, "name": dc.name, "id": dc.id}
        _add(summary, "current_dc", known | {"with_quorum": _truth(state.quorate), "mixed_version": "false"})
    change = facts.change
    _add(summary, "last_update", {"time": long_time(view.now_s, view.offset_s)})
    words = {"time": change.time, "user": change.user, "client": change.client, "origin": change.origin}
    _add(summary, "last_change", words)
    _add(summary, "nodes_configured", {"number": str(len(state.nodes))})
    counts = {"number": len(state.instances), "disabled": state.disabled_instances, "blocked": state.blocked_instances}
    _add(summary, "resources_configured", {k: str(v) for k, v in counts.items()})
    _options(summary, facts)


def _options(summary: etree._Element, facts: Facts) -> None:
    options = facts.options
    flags = ("symmetric-cluster", "maintenance-mode", "stop-all-resources")
    values = {"stonith-enabled": _truth(options.is_true("fencing-enabled"))}
    values |= {name: _truth(options.is_true(name)) for name in flags[:1]}
    values["no-quorum-policy"] = options.text("no-quorum-policy")
    values |= {name: _truth(options.is_true(name)) for name in flags[1:]}
    values["stonith-timeout-ms"] = str(options.duration_ms("fencing-timeout"))
    values["priority-fencing-delay-ms"] = str(options.duration_ms("priority-fencing-delay"))
    _add(summary, "cluster_options", values)


def _nodes(root: etree._Element, state: State, facts: Facts) -> None:
    nodes = _add(root, "nodes", {})
    for node in state.nodes:
        _node(nodes, node, facts, len(node.resources), is_dc=node.name == state.dc)


def _node(nodes: etree._Element, node: NodeState, facts: Facts, running: int, *, is_dc: bool) -> None:
    values = {
        "name": node.name,
        "id": node.id,
        "online": _truth(node.online),
        "standby": _truth(node.standby),
        "standby_onfail": _truth(node.standby_on_fail),
        "maintenance": _truth(node.maintenance),
        "pending": _truth(node.pending),
        "unclean": _truth(node.unclean),
        "health": node.health,
    }
    if node.online and node.kind == "member":
        values["feature_set"] = facts.feature_sets.get(node.name, FEATURE_SET_UNKNOWN)
    values |= {
        "shutdown": _truth(node.shutdown),
        "expected_up": _truth(node.name in facts.expected_up and not node.shutdown),
        "is_dc": _truth(is_dc),
        "resources_running": str(running),
        "type": "remote" if node.kind in ("remote", "guest") else "member",
    }
    if node.kind == "guest":
        values["id_as_resource"] = node.name
    _add(nodes, "node", values)


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
            if not resource.internal:
                _primitive(parent, resource, nodes)


def _group(parent: etree._Element, group: ResourceState, nodes: Nodes) -> None:
    values = {"id": group.id, "number_resources": str(len(group.children)), "managed": _truth(group.managed)}
    made = _add(parent, "group", values | {"disabled": _truth(group.disabled)})
    for member in group.children:
        _resource(made, member, nodes)


def _clone(parent: etree._Element, clone: ResourceState, nodes: Nodes) -> None:
    values = {
        "id": clone.id,
        "multi_state": _truth(clone.promotable),
        "unique": _truth(clone.unique),
        "managed": _truth(clone.managed),
        "disabled": _truth(clone.disabled),
        "failed": _truth(clone.failed),
        "failure_ignored": _truth(clone.failure_ignored),
    }
    if clone.target_role:
        values["target_role"] = clone.target_role
    made = _add(parent, "clone", values)
    for instance in clone.children:
        _resource(made, instance, nodes)


def _bundle(parent: etree._Element, bundle: ResourceState, nodes: Nodes) -> None:
    technology = bundle.replicas[0].container.agent.rpartition(":")[2] if bundle.replicas else "docker"
    values = {
        "id": bundle.id,
        "type": technology,
        "image": bundle.image,
        "unique": _truth(bundle.unique),
        "managed": _truth(bundle.managed),
        "failed": _truth(bundle.failed),
    }
    made = _add(parent, "bundle", values)
    for number, replica in enumerate(bundle.replicas):
        inner = _add(made, "replica", {"id": str(number)})
        for part in (replica.ip, replica.child, replica.container, replica.remote):
            if part is not None:
                _primitive(inner, part, nodes)


def _primitive(parent: etree._Element, resource: ResourceState, nodes: Nodes) -> None:
    role = PENDING_WORDS.get(resource.pending, resource.role.value)
    values = {"id": resource.name, "resource_agent": resource.agent, "role": role}
    if resource.target_role:
        values["target_role"] = resource.target_role
    values |= {
        "active": _truth(resource.active),
        "orphaned": _truth(resource.orphaned),
        "blocked": _truth(resource.blocked),
        "managed": _truth(resource.managed),
        "failed": _truth(resource.failed),
        "failure_ignored": _truth(resource.failure_ignored),
        "nodes_running_on": str(len(resource.nodes)),
    }
    if resource.pending == "monitor":
        values["pending"] = "Monitoring"
    if resource.lock_node:
        values["locked_to"] = resource.lock_node
    made = _add(parent, "resource", values)
    for name in resource.nodes:
        node = nodes.get(name)
        values = {"name": name, "id": node.id if node else name, "cached": _truth(node is not None and node.online)}
        _add(made, "node", values)


def _attributes(root: etree._Element, state: State) -> None:
    section = etree.Element("node_attributes")
    for node in state.nodes:
        shown = {k: v for k, v in sorted(node.attributes.items()) if _is_shown(k)}
        if node.online and shown:
            entry = _add(section, "node", {"name": node.name})
            for name, value in shown.items():
                _add(entry, "attribute", {"name": name, "value": value})
    if len(section):
        root.append(section)


def _is_shown(attribute: str) -> bool:
    """Return whether crm_mon shows an attribute: none of its own book-keeping."""
    hidden = ("fail-count-", "last-failure-", "#")
    return not attribute.startswith(hidden) and attribute not in ("shutdown", "terminate", "standby")


def _history(root: etree._Element, state: State, document: cib.Document, facts: Facts, view: View) -> None:
    """Add the operations of every node that is online, by resource, in the order of their calls."""
    section = _add(root, "node_history", {})
    online = {n.name for n in state.nodes if n.online}
    known = {r.id.partition(":")[0]: r for top in state.resources for r in _primitives(top)}
    counts = {i.id.partition(":")[0]: i.fail_counts for i in state.instances}
    for entry in document.root.iterfind("status/node_state"):
        resources = _by_resource(entry) if entry.get("uname") in online else {}
        if not resources:
            continue
        node = _add(section, "node", {"name": entry.get("uname", "")})
        for name, records in resources.items():
            resource = known.get(name.partition(":")[0])
            failures = counts.get(name.partition(":")[0], {}).get(entry.get("uname", ""), 0)
            values = _resource_history(name, resource, failures, facts)
            if last_s := facts.last_failure_s(entry.get("uname", ""), name):
                values["last-failure"] = long_time(last_s, view.offset_s)
            made = _add(node, "resource_history", values)
            for record in records:
                _add(made, "operation_history", _operation(record, view))


def _primitives(resource: ResourceState) -> Iterator[ResourceState]:
    if not resource.children:
        yield resource
    for child in resource.children:
        yield from _primitives(child)


def _is_probe(record: history.OperationRecord) -> bool:
    return record.task == "monitor" and not record.interval_ms


def _by_resource(entry: etree._Element) -> dict[str, list[history.OperationRecord]]:
    found: dict[str, list[history.OperationRecord]] = {}
    for _, record in history.operations(entry):
        quiet = record.task == "notify" or (_is_probe(record) and record.rc_code == _NOT_RUNNING)
        if not quiet:
            found.setdefault(record.resource_id, []).append(record)
    return {name: sorted(records, key=lambda r: (r.call_id < 0, r.call_id)) for name, records in found.items()}


def _resource_history(name: str, resource: ResourceState | None, failures: int, facts: Facts) -> dict[str, str]:
    shown = name if resource is None or resource.unique else resource.config_id
    threshold = str(cib.values.score(facts.thresholds.get(name.partition(":")[0], "INFINITY")))
    values = {"id": shown, "orphan": _truth(resource is None), "migration-threshold": threshold}
    if failures:
        values["fail-count"] = "INFINITY" if failures >= _INFINITY else str(failures)
    return values


def _operation(record: history.OperationRecord, view: View) -> dict[str, str]:
    words = EXIT_WORDS.get(record.rc_code, "unknown")
    task = "probe" if _is_probe(record) else record.task
    values = {"call": str(record.call_id), "task": task, "rc": str(record.rc_code), "rc_text": words}
    if record.interval_ms:
        values["interval"] = f"{record.interval_ms}ms"
    if record.last_change_s:
        values["last-rc-change"] = long_time(record.last_change_s, view.offset_s)
        values["exec-time"] = f"{record.exec_ms}ms"
        values["queue-time"] = f"{record.queue_ms}ms"
    return values


def _failures(root: etree._Element, state: State, view: View) -> None:
    if not state.failures:
        return
    section = _add(root, "failures", {})
    for failure in state.failures:
        _add(section, "failure", _failure(failure, view))


def _failure(failure: Failure, view: View) -> dict[str, str]:
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
            "last-rc-change": short_time(failure.last_change_s, view.offset_s),
            "queued": "0",
            "exec": str(failure.exec_ms),
            "interval": str(failure.interval_ms),
            "task": failure.task,
        }
    return values


def _fencing(root: etree._Element, view: View) -> None:
    if not view.fencing:
        return
    section = _add(root, "fence_history", {"status": "0"})
    for event in view.fencing:
        values = {"action": event.action, "target": event.target, "client": event.client, "origin": event.origin}
        if event.delegate:
            values["delegate"] = event.delegate
        if event.exit_reason:
            values["exit-reason"] = event.exit_reason
        values["status"] = event.state
        if event.completed_s:
            values["completed"] = short_time(event.completed_s, view.offset_s)
        _add(section, "fence_event", values)


def _bans(root: etree._Element, document: cib.Document) -> None:
    """Add the constraints that keep a resource from a node."""
    section: etree._Element | None = None
    for constraint in reversed(document.root.findall("configuration/constraints/rsc_location")):
        weight = cib.values.score(constraint.get("score", "0"))
        if weight >= 0 or not constraint.get("node") or not constraint.get("rsc"):
            continue
        section = _add(root, "bans", {}) if section is None else section
        promoted = _truth(constraint.get("role", "") in ("Master", "Promoted"))
        values = {"id": constraint.get("id", ""), "resource": constraint.get("rsc", "")}
        values |= {"node": constraint.get("node", ""), "weight": str(weight)}
        _add(section, "ban", values | {"promoted-only": promoted, "master_only": promoted})
