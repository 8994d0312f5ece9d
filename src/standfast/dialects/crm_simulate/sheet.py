"""The status section of a document: read as plain values, and written back once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest

from lxml import etree

from standfast import cib
from standfast.dialects.crm_simulate.known import Fields, Histories, History, Node

_PAIRS = "transient_attributes/instance_attributes/nvpair"


def read_configured(document: cib.Document) -> dict[str, str]:
    """Return the ids of the configured nodes by their names."""
    ids: dict[str, str] = {}
    for node in document.root.iterfind("configuration/nodes/node"):
        ids.setdefault(node.get("uname", ""), node.get("id", ""))
    return ids


def read_states(document: cib.Document) -> list[etree._Element]:
    """Return the states of nodes, in order."""
    return document.root.findall("status/node_state")


def read_node(state: etree._Element) -> Node:
    """Return what is known of a node. Of attributes, and of entries, of the same name the first counts."""
    attributes: dict[str, str] = {}
    for pair in state.iterfind(_PAIRS):
        attributes.setdefault(pair.get("name", ""), pair.get("value", ""))
    histories = Histories(map(_read_history, state.iterfind("lrm/lrm_resources/lrm_resource")))
    return Node(_fields(state), attributes, histories)


def _read_history(element: etree._Element) -> History:
    entries: dict[str, Fields] = {}
    for entry in element.iterchildren("lrm_rsc_op"):
        entries.setdefault(entry.get("id", ""), _fields(entry))
    return History(_fields(element), entries)


def _fields(element: etree._Element) -> Fields:
    return {str(name): str(value) for name, value in element.items()}


def write_nodes(document: cib.Document, nodes: Mapping[int, Node]) -> None:
    """Write what is known of nodes, by their place among the document's; new ones come last, in order."""
    states = read_states(document)
    for place, node in sorted(nodes.items()):
        state = states[place] if place < len(states) else etree.SubElement(document.status, "node_state")
        _update(state, node.fields)
        if node.forgotten:
            for child in (*state.findall("lrm"), *state.findall("transient_attributes")):
                state.remove(child)
        _write_attributes(state, node)
        _write_histories(state, node)


def _write_attributes(state: etree._Element, node: Node) -> None:
    present: dict[str, etree._Element] = {}
    for pair in state.iterfind(_PAIRS):
        present.setdefault(pair.get("name", ""), pair)
    for name, value in node.attributes.items():
        if name in present:
            present[name].set("value", value)
            continue
        named = node.id or node.fields.get("uname", "")
        block = _child(_child(state, "transient_attributes", named), "instance_attributes", named)
        pair_id = f"{named}-{name}".replace("#", "-")
        etree.SubElement(block, "nvpair", {"id": pair_id, "name": name, "value": value})


def _write_histories(state: etree._Element, node: Node) -> None:
    present = state.findall("lrm/lrm_resources/lrm_resource")
    for element, history in zip_longest(present, node.histories):
        if not history.changed:
            continue
        if element is None:
            holder = _child(_child(state, "lrm", node.id), "lrm_resources")
            element = etree.SubElement(holder, "lrm_resource")
        _update(element, history.fields)
        written = {entry.get("id"): entry for entry in reversed(element.findall("lrm_rsc_op"))}
        for entry_id, fields in history.entries.items():
            entry = written.get(entry_id)
            _update(etree.SubElement(element, "lrm_rsc_op") if entry is None else entry, fields)


def read_tickets(document: cib.Document) -> dict[str, Fields]:
    """Return the tickets' states by their ids."""
    return {state.get("id", ""): _fields(state) for state in document.root.iterfind("status/tickets/ticket_state")}


def write_tickets(document: cib.Document, tickets: Iterable[Fields]) -> None:
    """Write the tickets' states; those that the document has come first, in order."""
    present = document.root.findall("status/tickets/ticket_state")
    for element, fields in zip_longest(present, tickets):
        if element is None:
            element = etree.SubElement(_child(document.status, "tickets"), "ticket_state")
        _update(element, fields)


def write_option(document: cib.Document, name: str, value: str) -> None:
    """Write a cluster option into the first set, which is made if need be; not if options have no section."""
    section = document.root.find("configuration/crm_config")
    if section is None:
        return
    block = _child(section, "cluster_property_set", cib.BOOTSTRAP_OPTIONS)
    for pair in block.iterchildren("nvpair"):
        if pair.get("name") == name:
            pair.set("value", value)
            return
    etree.SubElement(block, "nvpair", {"id": f"{block.get('id')}-{name}", "name": name, "value": value})


def write_configured(document: cib.Document, names: Iterable[str]) -> None:
    """Write that nodes are configured, whose ids are their names."""
    for name in names:
        etree.SubElement(document.section("nodes"), "node", {"id": name, "uname": name})


def _update(element: etree._Element, fields: Fields) -> None:
    for name, value in fields.items():
        element.set(name, value)


def _child(parent: etree._Element, tag: str, child_id: str | None = None) -> etree._Element:
    found = parent.find(tag)
    if found is not None:
        return found
    return etree.SubElement(parent, tag, {} if child_id is None else {"id": child_id})
