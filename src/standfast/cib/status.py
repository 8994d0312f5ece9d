"""Changes of the status section, on a document that the caller owns and changes in place.

Each costs at most the size of its node's entry. None raises the version: one change may be many calls, then
`versions.raise_updates`. Nodes are told by the id that `configuration/nodes` gives them.
"""

from __future__ import annotations

import re

from lxml import etree

from standfast.cib import history, values
from standfast.cib.document import FEATURE_SET, Document
from standfast.cib.history import Agent, OperationRecord

_NOT_IN_IDS = re.compile(r"[^\w.-]")


def node_state(document: Document, node_id: str) -> etree._Element | None:
    """Return the node's entry; None if it has none."""
    for entry in document.status.iterchildren("node_state"):
        if entry.get("id") == node_id:
            return entry
    return None


def set_node_state(
    document: Document,
    node_id: str,
    uname: str,
    *,
    in_ccm: str | None = None,
    crmd: str | None = None,
    join: str | None = None,
    expected: str | None = None,
    origin: str | None = None,
    **more: str | None,
) -> etree._Element:
    """Set what is given of a node's state; what is None stays. The entry is made if it is missing.

    `in_ccm` is true, false or (Pacemaker 3) the second when the node joined the membership; `crmd` likewise online,
    offline or a second; `join` down, pending, member, nack, banned; `expected` member, down. `more` are attributes
    such as remote_node or node_in_maintenance.
    """
    entry = _node_entry(document, node_id, uname)
    fields = {"in_ccm": in_ccm, "crmd": crmd, "crm-debug-origin": origin, "join": join, "expected": expected}
    for name, value in (*fields.items(), *more.items()):
        if value is not None:
            entry.set(name, values.xml_text(value))
    return entry


def erase_history(document: Document, node_id: str) -> bool:
    """Forget all operations of a node; return whether there were any."""
    return _remove_children(node_state(document, node_id), "lrm")


def erase_attributes(document: Document, node_id: str) -> bool:
    """Forget all transient attributes of a node; return whether there were any."""
    return _remove_children(node_state(document, node_id), "transient_attributes")


def erase_node(document: Document, node_id: str) -> bool:
    """Forget a node's entry wholly (the node was removed); return whether there was one."""
    entry = node_state(document, node_id)
    if entry is not None:
        document.status.remove(entry)
    return entry is not None


def record_operation(
    document: Document, node_id: str, uname: str, agent: Agent, record: OperationRecord
) -> tuple[etree._Element, ...]:
    """Write the record into the node's history under the ids that Pacemaker uses; return the entries.

    A failure is kept as `ID_last_failure_0`, and a one-shot one as `ID_last_0` too; a recurring operation under its
    key; a migration under its key; everything else as `ID_last_0`. A pending one is replaced by its result.
    """
    resource = _resource_entry(_node_entry(document, node_id, uname), node_id, record.resource_id, agent)
    fields = history.attributes(record, FEATURE_SET)
    return tuple(_write(resource, entry_id, fields) for entry_id in record.entry_ids())


def operation(document: Document, node_id: str, resource_id: str, entry_id: str) -> etree._Element | None:
    """Return the `lrm_rsc_op` with this id; None if there is none."""
    resource = resource_history(document, node_id, resource_id)
    return None if resource is None else _child(resource, "lrm_rsc_op", entry_id)


def resource_history(document: Document, node_id: str, resource_id: str) -> etree._Element | None:
    """Return the node's `lrm_resource` with this id; None if there is none."""
    entry = node_state(document, node_id)
    resources = None if entry is None else entry.find("lrm/lrm_resources")
    return None if resources is None else _child(resources, "lrm_resource", resource_id)


def delete_resource(document: Document, node_id: str, resource_id: str) -> bool:
    """Forget a resource's history on a node; return whether there was any."""
    return _drop(resource_history(document, node_id, resource_id))


def delete_operation(
    document: Document, node_id: str, resource_id: str, task: str, interval_ms: int, call_id: int | None = None
) -> bool:
    """Forget a recurring operation (it was cancelled); with `call_id`, only if it is that call's."""
    entry = operation(document, node_id, resource_id, f"{resource_id}_{task}_{interval_ms}")
    if entry is None or (call_id is not None and entry.get("call-id") != str(call_id)):
        return False
    return _drop(entry)


def clear_failure(document: Document, node_id: str, resource_id: str, task: str = "", interval_ms: int = 0) -> bool:
    """Forget a resource's last failure on a node (with `task`: only if it was of that operation)."""
    entry = operation(document, node_id, resource_id, f"{resource_id}_last_failure_0")
    key = f"{resource_id}_{task}_{interval_ms}"
    if entry is None or (task and entry.get("operation_key") != key):
        return False
    return _drop(entry)


def set_shutdown_lock(document: Document, node_id: str, resource_id: str, locked_s: int | None) -> bool:
    """Lock a resource to its cleanly shut down node since that second, or (None) end the lock."""
    resource = resource_history(document, node_id, resource_id)
    if resource is None:
        return False
    if locked_s is None:
        return _unset(resource, "shutdown-lock")
    resource.set("shutdown-lock", str(locked_s))
    return True


def attribute(document: Document, node_id: str, name: str) -> str | None:
    """Return a transient attribute's value; None if it is not set."""
    pair = _pair(node_state(document, node_id), name)
    return None if pair is None else pair.get("value")


def attributes(document: Document, node_id: str) -> dict[str, str]:
    """Return a node's transient attributes."""
    entry = node_state(document, node_id)
    if entry is None:
        return {}
    pairs = entry.iterfind("transient_attributes/instance_attributes/nvpair")
    return {p.get("name", ""): p.get("value", "") for p in pairs}


def set_attribute(document: Document, node_id: str, uname: str, name: str, value: str) -> etree._Element:
    """Set a transient attribute, as `status-NODE-NAME`; return its nvpair. See `values.xml_text`."""
    entry = _node_entry(document, node_id, uname)
    name, value = values.xml_text(name), values.xml_text(value)
    pair = _pair(entry, name)
    if pair is None:
        block = _made(_made(entry, "transient_attributes", node_id), "instance_attributes", f"status-{node_id}")
        pair = etree.SubElement(block, "nvpair", id=attribute_id(node_id, name), name=name)
    pair.set("value", value)
    return pair


def delete_attribute(document: Document, node_id: str, name: str) -> bool:
    """Remove a transient attribute; return whether it was set."""
    return _drop(_pair(node_state(document, node_id), name))


def attribute_id(node_id: str, name: str) -> str:
    """Return the id of a transient attribute's nvpair: what ids cannot hold is a dot."""
    return _NOT_IN_IDS.sub(".", f"status-{node_id}-{name}")


def _node_entry(document: Document, node_id: str, uname: str) -> etree._Element:
    entry = node_state(document, node_id)
    if entry is None:
        return etree.SubElement(document.status, "node_state", id=node_id, uname=uname)
    if uname:
        entry.set("uname", uname)
    return entry


def _resource_entry(entry: etree._Element, node_id: str, resource_id: str, agent: Agent) -> etree._Element:
    lrm = _made(entry, "lrm", node_id)
    resources = lrm.find("lrm_resources")
    if resources is None:
        resources = etree.SubElement(lrm, "lrm_resources")
    resource = _made(resources, "lrm_resource", resource_id)
    named = {"class": agent.standard, "provider": agent.provider, "type": agent.type, "container": agent.container}
    for name, value in named.items():
        if value:
            resource.set(name, values.xml_text(value))
        else:
            _unset(resource, name)
    return resource


def _write(resource: etree._Element, entry_id: str, fields: dict[str, str]) -> etree._Element:
    entry = _child(resource, "lrm_rsc_op", entry_id)
    if entry is None:
        entry = etree.SubElement(resource, "lrm_rsc_op")
    entry.attrib.clear()
    entry.set("id", entry_id)
    for name, value in fields.items():
        entry.set(name, values.xml_text(value))
    return entry


def _pair(entry: etree._Element | None, name: str) -> etree._Element | None:
    if entry is None:
        return None
    for pair in entry.iterfind("transient_attributes/instance_attributes/nvpair"):
        if pair.get("name") == name:
            return pair
    return None


def _made(parent: etree._Element, tag: str, element_id: str) -> etree._Element:
    found = _child(parent, tag, element_id)
    return etree.SubElement(parent, tag, id=element_id) if found is None else found


def _child(parent: etree._Element, tag: str, element_id: str) -> etree._Element | None:
    for child in parent.iterchildren(tag):
        if child.get("id") == element_id:
            return child
    return None


def _remove_children(parent: etree._Element | None, tag: str) -> bool:
    children = [] if parent is None else parent.findall(tag)
    for child in children:
        _drop(child)
    return bool(children)


def _unset(element: etree._Element, name: str) -> bool:
    if element.get(name) is None:
        return False
    del element.attrib[name]
    return True


def _drop(element: etree._Element | None) -> bool:
    parent = None if element is None else element.getparent()
    if element is None or parent is None:
        return False
    parent.remove(element)
    return True
