"""crm_mon's XML. Source: Pacemaker's api-result schema 2.25 (crm_mon-2.25.rng)."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from standfast import cib
from standfast.cib import history
from standfast.dialects.crm_mon import tree
from standfast.dialects.crm_mon.facts import FEATURE_SET_UNKNOWN, Facts, View, long_time, short_time
from standfast.dialects.crm_mon.words import EXIT_WORDS
from standfast.scheduler import Failure, InstanceState, NodeState, State

API_VERSION = "2.25"
_INFINITY = 1_000_000


def render(state: State, document: cib.Document, facts: Facts, view: View) -> str:
    """Return what `crm_mon --output-as=xml` prints."""
    root = etree.Element("pacemaker-result", {"api-version": API_VERSION, "request": view.request})
    _summary(root, state, facts, view)
    ids = {n.name: n.id for n in state.nodes}
    _nodes(root, state, facts)
    top = tree.grow(state.instances, facts)
    if top:
        _resources(etree.SubElement(root, "resources"), top, facts, ids)
    _attributes(root, facts)
    _history(root, state, document, view)
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
    running: dict[str, int] = {}
    for instance in state.instances:
        if tree.is_active(instance):
            for name in instance.nodes:
                running[name] = running.get(name, 0) + 1
    for node in state.nodes:
        _node(nodes, node, facts, running.get(node.name, 0), is_dc=node.name == state.dc)


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
        "expected_up": _truth(node.name in facts.expected_up),
        "is_dc": _truth(is_dc),
        "resources_running": str(running),
        "type": "remote" if node.kind in ("remote", "guest") else "member",
    }
    if node.kind == "guest":
        values["id_as_resource"] = node.name
    _add(nodes, "node", values)


def _resources(
    parent: etree._Element, items: list[tree.Branch | InstanceState], facts: Facts, ids: Mapping[str, str]
) -> None:
    for item in items:
        if isinstance(item, InstanceState):
            _instance(parent, item, facts, ids)
        elif item.kind == "group":
            values = {"id": item.id, "number_resources": str(len(item.children)), "managed": _truth(item.managed)}
            group = _add(parent, "group", values | {"disabled": _truth(item.facts.disabled)})
            _resources(group, item.children, facts, ids)
        elif item.kind == "bundle":
            _bundle(parent, item, facts, ids)
        else:
            _resources(_clone(parent, item), item.children, facts, ids)


def _clone(parent: etree._Element, branch: tree.Branch) -> etree._Element:
    values = {
        "id": branch.id,
        "multi_state": _truth(branch.facts.promotable),
        "unique": _truth(branch.facts.unique),
        "managed": _truth(branch.managed),
        "disabled": _truth(branch.facts.disabled),
        "failed": _truth(any(i.failed for i in branch.instances())),
        "failure_ignored": "false",
    }
    if branch.facts.target_role:
        values["target_role"] = branch.facts.target_role
    return _add(parent, "clone", values)


def _bundle(parent: etree._Element, branch: tree.Branch, facts: Facts, ids: Mapping[str, str]) -> None:
    values = {
        "id": branch.id,
        "type": branch.facts.technology,
        "image": branch.facts.image,
        "unique": _truth(branch.facts.unique),
        "managed": _truth(branch.managed),
        "failed": _truth(any(i.failed for i in branch.instances())),
    }
    bundle = _add(parent, "bundle", values)
    for number, instance in enumerate(branch.instances()):
        _instance(_add(bundle, "replica", {"id": str(number)}), instance, facts, ids)


def _instance(parent: etree._Element, instance: InstanceState, facts: Facts, ids: Mapping[str, str]) -> None:
    values = {
        "id": tree.shown_name(instance, facts),
        "resource_agent": instance.agent,
        "role": instance.role.value,
    }
    if instance.target_role:
        values["target_role"] = instance.target_role
    values |= {
        "active": _truth(tree.is_active(instance)),
        "orphaned": _truth(instance.orphaned),
        "blocked": _truth(instance.blocked),
        "managed": _truth(instance.managed),
        "failed": _truth(instance.failed),
        "failure_ignored": "false",
        "nodes_running_on": str(len(instance.nodes)),
    }
    if instance.pending:
        values["pending"] = instance.pending
    made = _add(parent, "resource", values)
    for name in instance.nodes:
        _add(made, "node", {"name": name, "id": ids.get(name, name), "cached": "true"})


def _attributes(root: etree._Element, facts: Facts) -> None:
    shown = {name: values for name, values in facts.attributes.items() if values}
    if not shown:
        return
    section = _add(root, "node_attributes", {})
    for node, values in shown.items():
        entry = _add(section, "node", {"name": node})
        for name, value in values.items():
            _add(entry, "attribute", {"name": name, "value": value})


def _history(root: etree._Element, state: State, document: cib.Document, view: View) -> None:
    """Add every node's operations, by resource, in the order of their calls."""
    entries = list(document.root.iterfind("status/node_state"))
    counts = {i.id.partition(":")[0]: i for i in state.instances}
    section: etree._Element | None = None
    for entry in entries:
        resources = _by_resource(entry)
        if not resources:
            continue
        section = _add(root, "node_history", {}) if section is None else section
        node = _add(section, "node", {"name": entry.get("uname", "")})
        for name, records in resources.items():
            _resource_history(node, name, records, counts.get(name.partition(":")[0]), view)


def _by_resource(entry: etree._Element) -> dict[str, list[history.OperationRecord]]:
    found: dict[str, list[history.OperationRecord]] = {}
    for _, record in history.operations(entry):
        if record.call_id >= 0 and not (record.task == "monitor" and not record.interval_ms):
            found.setdefault(record.resource_id, []).append(record)
    return {name: sorted(records, key=lambda r: r.call_id) for name, records in found.items()}


def _resource_history(
    node: etree._Element, name: str, records: list[history.OperationRecord], instance: InstanceState | None, view: View
) -> None:
    values = {"id": name, "orphan": _truth(instance is None or instance.orphaned)}
    values["migration-threshold"] = str(_INFINITY)
    count = instance.fail_counts.get(node.get("name", ""), 0) if instance else 0
    if count:
        values["fail-count"] = "INFINITY" if count >= _INFINITY else str(count)
    made = _add(node, "resource_history", values)
    for record in records:
        words = EXIT_WORDS.get(record.rc_code, "unknown")
        operation = {"call": str(record.call_id), "task": record.task, "rc": str(record.rc_code), "rc_text": words}
        if record.interval_ms:
            operation["interval"] = f"{record.interval_ms}ms"
        if record.last_change_s:
            operation["last-rc-change"] = long_time(record.last_change_s, view.offset_s)
            operation["exec-time"] = f"{record.exec_ms}ms"
            operation["queue-time"] = f"{record.queue_ms}ms"
        _add(made, "operation_history", operation)


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
    for constraint in document.root.iterfind("configuration/constraints/rsc_location"):
        weight = cib.values.score(constraint.get("score", "0"))
        if weight >= 0 or not constraint.get("node") or not constraint.get("rsc"):
            continue
        section = _add(root, "bans", {}) if section is None else section
        promoted = _truth(constraint.get("role", "") in ("Master", "Promoted"))
        values = {"id": constraint.get("id", ""), "resource": constraint.get("rsc", "")}
        values |= {"node": constraint.get("node", ""), "weight": str(weight)}
        _add(section, "ban", values | {"promoted-only": promoted, "master_only": promoted})
