"""From schemas 1.x and 2.x: names of properties, defaults in their sections, meta attributes of operations."""

from __future__ import annotations

import copy

from lxml import etree

from standfast.cib.document import Document
from standfast.cib.upgrade.notes import drop, note
from standfast.errors import Report

_DASHED = (
    "cluster_recheck_interval", "dc_deadtime", "election_timeout", "no_quorum_policy", "remove_after_stop",
    "shutdown_escalation", "startup_fencing", "stonith_action", "stonith_enabled", "stop_orphan_actions",
    "stop_orphan_resources", "symmetric_cluster",
)  # fmt: skip
_RENAMED = {**{old: old.replace("_", "-") for old in _DASHED}, "transition_idle_timeout": "cluster-delay"}
_DROPPED = frozenset(
    ("default-migration-threshold", "default_migration_threshold", "expected-quorum-votes", "notification-agent",
     "notification-recipient")
)  # fmt: skip
_DEFAULTS = {
    "default-action-timeout": ("op_defaults", "timeout"),
    "default-resource-stickiness": ("rsc_defaults", "resource-stickiness"),
    "is-managed-default": ("rsc_defaults", "is-managed"),
}
_FAILURE_STICKINESS = ("resource-failure-stickiness", "default-resource-failure-stickiness")
_FENCING_COMMANDS = ("list", "monitor", "off", "on", "reboot", "status")
_OF_OPERATIONS = frozenset(
    ("interval-origin", "start-delay", "enabled", "on-fail", "record-pending", "role", "timeout")
)


def upgrade(document: Document) -> list[Report]:
    """Change the document in place; return what changed its meaning."""
    reports = _properties(document)
    for node in document.root.iterfind("configuration/nodes/node"):
        if node.get("type") == "normal":
            node.set("type", "member")
    for resource in [*document.root.iter("primitive", "template")]:
        reports += _resource(resource)
    for element in document.root.iterfind("configuration/constraints/rsc_colocation"):
        for attribute in ("score-attribute", "score-attribute-mangle"):
            if element.get(attribute) is not None:
                del element.attrib[attribute]  # it never had an effect
    return reports


def _properties(document: Document) -> list[Report]:
    reports = []
    for pair in list(document.root.iterfind("configuration/crm_config/cluster_property_set/nvpair")):
        name = pair.get("name", "")
        dashed = name.replace("_", "-")
        if name in _RENAMED:
            pair.set("name", _RENAMED[name])
        elif name in _DROPPED or (name == "cluster-infrastructure" and pair.get("value") != "corosync"):
            drop(pair)
        elif dashed in _DEFAULTS:
            section, option = _DEFAULTS[dashed]
            _default(document, section, option, pair.get("value", ""))
            drop(pair)
        elif dashed in _FAILURE_STICKINESS:
            reports += _failure_stickiness(document, pair)
    return reports


def _failure_stickiness(document: Document, pair: etree._Element) -> list[Report]:
    if pair.get("value") == "-INFINITY":
        _default(document, "rsc_defaults", "migration-threshold", "1")
        drop(pair)
        return []
    report = note(pair, f"{pair.get('name')} is no more: migration-threshold is what there is instead")
    drop(pair)
    return [report]


def _default(document: Document, section_name: str, name: str, value: str) -> None:
    """Say a default in its section, unless it is said there already; the first set there counts last."""
    configuration = document.configuration
    section = configuration.find(section_name)
    if section is None:
        section = etree.Element(section_name)
        crm_config = configuration.find("crm_config")
        configuration.insert(0 if crm_config is None else configuration.index(crm_config) + 1, section)
    if any(p.get("name") == name for p in section.iterfind("meta_attributes/nvpair")):
        return
    set_id = f"upgraded-{section_name}"
    block = next((b for b in section if b.get("id") == set_id), None)
    if block is None:
        block = etree.Element("meta_attributes", id=set_id)
        section.insert(0, block)
    etree.SubElement(block, "nvpair", id=f"{set_id}-{name}", name=name, value=value)


def _resource(resource: etree._Element) -> list[Report]:
    reports: list[Report] = []
    for pair in list(resource.iterfind("instance_attributes/nvpair")):
        _fencing_parameter(pair)
    for pair in list(resource.iterfind("meta_attributes/nvpair")):
        reports += _meta(resource, pair)
    for op in resource.iterfind("operations/op"):
        _requires(resource, op)
        _operation(op)
    return reports


def _fencing_parameter(pair: etree._Element) -> None:
    name, value = pair.get("name", ""), pair.get("value", "")
    if name.startswith("pcmk_") and name.endswith("_cmd") and name[5:-4] in _FENCING_COMMANDS:
        pair.set("name", f"pcmk_{name[5:-4]}_action")
    elif name == "pcmk_arg_map":
        if value.startswith("port:"):
            pair.set("name", "pcmk_host_argument")
            pair.set("value", value.removeprefix("port:"))
        else:
            drop(pair)


def _meta(resource: etree._Element, pair: etree._Element) -> list[Report]:
    name = pair.get("name", "")
    if name.startswith("isolation"):
        pair.set("name", "target-role")
        pair.set("value", "Stopped")
        return [
            note(pair, f"{resource.get('id')} is disabled: isolation is no more, a bundle is what there is instead")
        ]
    if name.replace("_", "-") == "resource-failure-stickiness":
        if pair.get("value") == "-INFINITY":
            pair.set("name", "migration-threshold")
            pair.set("value", "1")
            return []
        report = note(pair, f"{name} of {resource.get('id')} is no more: there is migration-threshold instead")
        drop(pair)
        return [report]
    return []


def _requires(resource: etree._Element, op: etree._Element) -> None:
    """Move what start or promote requires to the resource, unless that says it itself."""
    pairs = [p for p in op.iter("nvpair") if p.get("name") == "requires"]
    value = op.get("requires") or next((p.get("value") for p in pairs), None)
    if op.get("requires") is not None:
        del op.attrib["requires"]
    for pair in pairs:
        drop(pair)
    said = any(p.get("name") == "requires" for p in resource.iterfind("meta_attributes/nvpair"))
    if value and not said and op.get("name") in ("start", "promote"):
        set_id = f"{resource.get('id')}-upgraded-meta"
        block = etree.Element("meta_attributes", id=set_id)
        etree.SubElement(block, "nvpair", id=f"{set_id}-requires", name="requires", value=value)
        resource.insert(0, block)


def _operation(op: etree._Element) -> None:
    """Move the meta attributes among an operation's parameters to its meta attributes; there they count last."""
    for block in list(op.iterchildren("instance_attributes")):
        moving = [p for p in block.iterchildren("nvpair") if p.get("name") in _OF_OPERATIONS]
        if not moving:
            continue
        made = etree.Element("meta_attributes", id=f"{block.get('id')}-upgraded-meta")
        if block.get("score") is not None:
            made.set("score", block.get("score", ""))
        for rule in block.iterchildren("rule"):
            made.append(etree.Element("rule", {"id-ref": rule.get("id", rule.get("id-ref", ""))}))
        for pair in moving:
            made.append(copy.deepcopy(pair))
            drop(pair)
        op.insert(0, made)
        if block.find("nvpair") is None and block.find("rule") is None:
            drop(block)
