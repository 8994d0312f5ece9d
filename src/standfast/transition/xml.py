"""The graph as XML. Source: Pacemaker's transition graph, as `crm_simulate --save-graph` writes it."""

from __future__ import annotations

import re

from lxml import etree

from standfast import cib
from standfast.transition.graph import Action, Graph, Kind, ResourceRef, Synapse

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)  # what XML takes for an attribute's name


def render(graph: Graph) -> bytes:
    """Return the graph as XML text."""
    root = etree.Element("transition_graph", dict(graph.attributes))
    known = {synapse.action.id: synapse.action for synapse in graph.synapses}
    known |= {action.id: action for action in graph.missing}
    for synapse in graph.synapses:
        element = etree.SubElement(root, "synapse", {"id": str(synapse.id)})
        if synapse.priority > 0:
            element.set("priority", str(synapse.priority))
        _action(etree.SubElement(element, "action_set"), synapse.action, details=True)
        inputs = etree.SubElement(element, "inputs")
        for number in sorted(synapse.inputs):
            _action(etree.SubElement(inputs, "trigger"), known[number], details=False)
    return etree.tostring(root, encoding="utf-8", pretty_print=True)


def _action(parent: etree._Element, action: Action, *, details: bool) -> None:
    element = etree.SubElement(parent, action.kind.value)
    fields = {
        "mode": action.mode,
        "id": str(action.id),
        "operation": action.operation,
        "operation_key": action.operation_key,
        "internal_operation_key": action.internal_operation_key,
        "on_node": action.on_node,
        "on_node_uuid": action.on_node_uuid,
        "router_node": action.router_node,
        "shutdown-lock": str(action.shutdown_lock_s) if details and action.shutdown_lock_s else "",
    }
    for name, value in fields.items():
        if value:
            element.set(name, value)
    if details:
        _details(element, action)


def _details(element: etree._Element, action: Action) -> None:
    ref = action.resource
    if ref is not None:
        fields = {"id": ref.id, "long-id": ref.long_id, "class": ref.standard, "provider": ref.provider}
        primitive = etree.SubElement(element, "primitive", {name: value for name, value in fields.items() if value})
        primitive.set("type", ref.type)
    attributes = etree.SubElement(element, "attributes")
    for name, value in sorted({**action.attributes, "crm_feature_set": cib.FEATURE_SET}.items()):
        if _NAME.fullmatch(name) is None:
            etree.SubElement(attributes, "param", {"name": name, "value": value})
        else:
            attributes.set(name, value)
    if action.downed:
        downed = etree.SubElement(element, "downed")
        for node_id in action.downed:
            etree.SubElement(downed, "node", {"id": node_id})
    if action.maintenance:
        maintenance = etree.SubElement(element, "maintenance")
        for node_id, on in action.maintenance.items():
            etree.SubElement(maintenance, "node", {"id": node_id, "node_in_maintenance": "1" if on else "0"})


def parse(text: bytes | str) -> Graph:
    """Return the graph in this text, as `render` writes it."""
    root = etree.fromstring(text.encode() if isinstance(text, str) else text)
    synapses = tuple(_synapse(element) for element in root.iterchildren("synapse"))
    known = {synapse.action.id for synapse in synapses}
    missing = {
        action.id: action
        for element in root.iterfind("synapse/inputs/trigger/*")
        if (action := _parse_action(element)).id not in known
    }
    attributes = {str(k): str(v) for k, v in root.attrib.items()}
    return Graph(
        synapses,
        attributes,
        batch_limit=cib.values.integer(attributes.get("batch-limit")) or 0,
        cluster_delay_ms=cib.times.interval_ms(attributes.get("cluster-delay"), 60000),
        fencing_timeout_ms=cib.times.interval_ms(attributes.get("fencing-timeout"), 60000),
        recheck_by_s=cib.values.integer(attributes.get("recheck-by")),
        missing=tuple(missing.values()),
    )


def _synapse(element: etree._Element) -> Synapse:
    action = element.find("action_set/*")
    assert action is not None, "a synapse holds an action"
    inputs = frozenset(int(found.get("id", "0")) for found in element.iterfind("inputs/trigger/*"))
    priority = cib.values.integer(element.get("priority")) or 0
    return Synapse(int(element.get("id", "0")), _parse_action(action), inputs, priority)


def _parse_action(element: etree._Element) -> Action:
    get = element.get
    primitive = element.find("primitive")
    attributes = element.find("attributes")
    found: dict[str, str] = {}
    if attributes is not None:
        found = {str(k): str(v) for k, v in attributes.attrib.items() if k != "crm_feature_set"}
        found |= {p.get("name") or "": p.get("value") or "" for p in attributes.iterchildren("param")}
    return Action(
        id=int(get("id", "0")),
        kind=Kind(element.tag),
        operation=get("operation", ""),
        operation_key=get("operation_key", ""),
        internal_operation_key=get("internal_operation_key", ""),
        on_node=get("on_node", ""),
        on_node_uuid=get("on_node_uuid", ""),
        router_node=get("router_node", ""),
        resource=None if primitive is None else _resource(primitive),
        attributes=dict(sorted(found.items())),
        downed=tuple(node.get("id") or "" for node in element.iterfind("downed/node")),
        maintenance={
            node.get("id") or "": node.get("node_in_maintenance") == "1"
            for node in element.iterfind("maintenance/node")
        },
        mode=get("mode", ""),
        shutdown_lock_s=cib.values.integer(get("shutdown-lock")) or 0,
    )


def _resource(element: etree._Element) -> ResourceRef:
    get = element.get
    return ResourceRef(get("id", ""), get("class", ""), get("type", ""), get("provider", ""), get("long-id", ""))
