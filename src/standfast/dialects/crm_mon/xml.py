"""crm_mon's XML. Source: Pacemaker's api-result schema 2.25 (crm_mon-2.25.rng)."""

from __future__ import annotations

from lxml import etree

from standfast import cib
from standfast.cib import history
from standfast.dialects.crm_mon.view import View
from standfast.dialects.status import xml
from standfast.dialects.status.facts import Facts, long_time, short_time
from standfast.dialects.status.words import EXIT_WORDS
from standfast.scheduler import State

_NOT_RUNNING = 7


def render(state: State, document: cib.Document, facts: Facts, view: View) -> str:
    """Return what `crm_mon --output-as=xml` prints."""
    root = xml.result(view.request)
    _summary(root, state, facts, view)
    xml.nodes(root, state, facts)
    xml.resources(root, state)
    xml.attributes(root, state)
    _history(root, state, document, facts, view)
    xml.failures(root, state, view.offset_s)
    _fencing(root, view)
    _bans(root, document)
    return xml.finished(root)


def _summary(root: etree._Element, state: State, facts: Facts, view: View) -> None:
    summary = xml.add(root, "summary", {})
    xml.add(summary, "stack", {"type": view.stack})
    dc = next((n for n in state.nodes if n.name == state.dc), None)
    if dc is None:
        xml.add(summary, "current_dc", {"present": "false"})
    else:
        known = {"present": "true", "version": view.version, "name": dc.name, "id": dc.id}
        xml.add(summary, "current_dc", known | {"with_quorum": xml.truth(state.quorate), "mixed_version": "false"})
    change = facts.change
    xml.add(summary, "last_update", {"time": long_time(view.now_s, view.offset_s)})
    words = {"time": change.time, "user": change.user, "client": change.client, "origin": change.origin}
    xml.add(summary, "last_change", words)
    xml.add(summary, "nodes_configured", {"number": str(len(state.nodes))})
    counts = {"number": len(state.instances), "disabled": state.disabled_instances, "blocked": state.blocked_instances}
    xml.add(summary, "resources_configured", {k: str(v) for k, v in counts.items()})
    _options(summary, facts)


def _options(summary: etree._Element, facts: Facts) -> None:
    options = facts.options
    flags = ("symmetric-cluster", "maintenance-mode", "stop-all-resources")
    values = {"stonith-enabled": xml.truth(options.is_true("fencing-enabled"))}
    values |= {name: xml.truth(options.is_true(name)) for name in flags[:1]}
    values["no-quorum-policy"] = options.text("no-quorum-policy")
    values |= {name: xml.truth(options.is_true(name)) for name in flags[1:]}
    values["stonith-timeout-ms"] = str(options.duration_ms("fencing-timeout"))
    values["priority-fencing-delay-ms"] = str(options.duration_ms("priority-fencing-delay"))
    xml.add(summary, "cluster_options", values)


def _history(root: etree._Element, state: State, document: cib.Document, facts: Facts, view: View) -> None:
    """Add the operations of every node that is online, by resource, in the order of their calls."""
    section = xml.add(root, "node_history", {})
    online = {n.name for n in state.nodes if n.online}
    known = {r.id.partition(":")[0]: r for top in state.resources for r in xml.primitives(top)}
    counts = {i.id.partition(":")[0]: i.fail_counts for i in state.instances}
    for entry in document.root.iterfind("status/node_state"):
        resources = _by_resource(entry) if entry.get("uname") in online else {}
        if not resources:
            continue
        node = xml.add(section, "node", {"name": entry.get("uname", "")})
        for name, records in resources.items():
            resource = known.get(name.partition(":")[0])
            failures = counts.get(name.partition(":")[0], {}).get(entry.get("uname", ""), 0)
            values = xml.resource_history(name, resource, failures, facts)
            if last_s := facts.last_failure_s(entry.get("uname", ""), name):
                values["last-failure"] = long_time(last_s, view.offset_s)
            made = xml.add(node, "resource_history", values)
            for record in records:
                xml.add(made, "operation_history", _operation(record, view))


def _is_probe(record: history.OperationRecord) -> bool:
    return record.task == "monitor" and not record.interval_ms


def _by_resource(entry: etree._Element) -> dict[str, list[history.OperationRecord]]:
    found: dict[str, list[history.OperationRecord]] = {}
    for _, record in history.operations(entry):
        quiet = record.task == "notify" or (_is_probe(record) and record.rc_code == _NOT_RUNNING)
        if not quiet:
            found.setdefault(record.resource_id, []).append(record)
    return {name: sorted(records, key=lambda r: (r.call_id < 0, r.call_id)) for name, records in found.items()}


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


def _fencing(root: etree._Element, view: View) -> None:
    if not view.fencing:
        return
    section = xml.add(root, "fence_history", {"status": "0"})
    for event in view.fencing:
        values = {"action": event.action, "target": event.target, "client": event.client, "origin": event.origin}
        if event.delegate:
            values["delegate"] = event.delegate
        if event.exit_reason:
            values["exit-reason"] = event.exit_reason
        values["status"] = event.state
        if event.completed_s:
            values["completed"] = short_time(event.completed_s, view.offset_s)
        xml.add(section, "fence_event", values)


def _bans(root: etree._Element, document: cib.Document) -> None:
    """Add the constraints that keep a resource from a node."""
    section: etree._Element | None = None
    for constraint in reversed(document.root.findall("configuration/constraints/rsc_location")):
        weight = cib.values.score(constraint.get("score", "0"))
        if weight >= 0 or not constraint.get("node") or not constraint.get("rsc"):
            continue
        section = xml.add(root, "bans", {}) if section is None else section
        promoted = xml.truth(constraint.get("role", "") in ("Master", "Promoted"))
        values = {"id": constraint.get("id", ""), "resource": constraint.get("rsc", "")}
        values |= {"node": constraint.get("node", ""), "weight": str(weight)}
        xml.add(section, "ban", values | {"promoted-only": promoted, "master_only": promoted})
