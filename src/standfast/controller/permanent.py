"""Permanent node attributes: name-value pairs of the configuration's `<nodes>`."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from standfast.cib import versions
from standfast.controller import carrying, node_ids
from standfast.controller.applied import NOTHING, Applied, Note
from standfast.controller.legible import legible
from standfast.controller.messages import ChangeAttribute
from standfast.controller.replica import Replica
from standfast.errors import Exit, RequestError


def change(replica: Replica, message: ChangeAttribute, expand: Callable[[str | None, str], str]) -> Applied:
    """Set, count or delete a permanent attribute; this is a change of the configuration."""
    node = _node(replica, message.node)
    if node is None:
        return Applied(refused=RequestError(f"node {message.node} is not in the configuration", Exit.NO_SUCH))
    pair = _pair(node, message.name)
    old = None if pair is None else pair.get("value")
    new = None if message.value is None else legible(expand(old, message.value))
    if new == old:
        return NOTHING
    _write(node, pair, message.name, new)
    carrying.changed(replica, replica.document.version)
    version = versions.raise_epoch(replica.document, message.wall_s)
    text = f"attribute {message.name} of {message.node} is {'unset' if new is None else new} (version {version})"
    note = Note("configuration", text, "notice", {"node": message.node, "version": str(version)})
    result = {"version": str(version)}
    return Applied(reason=f"attribute {message.name} changed", configuration=True, result=result, notes=(note,))


def _node(replica: Replica, name: str) -> etree._Element | None:
    for entry in replica.document.root.iterfind("configuration/nodes/node"):
        if entry.get("uname") == name:
            return entry
    if not node_ids.is_known(replica, name):
        return None
    entry = etree.SubElement(replica.document.section("nodes"), "node")
    entry.set("id", node_ids.node_id(replica, name))
    entry.set("uname", name)
    if replica.member(name) is None and name not in replica.departed:
        entry.set("type", "remote")
    return entry


def _pair(node: etree._Element, name: str) -> etree._Element | None:
    for pair in node.iterfind("instance_attributes/nvpair"):
        if pair.get("name") == name:
            return pair
    return None


def _write(node: etree._Element, pair: etree._Element | None, name: str, value: str | None) -> None:
    if value is None:
        parent = None if pair is None else pair.getparent()
        if pair is not None and parent is not None:
            parent.remove(pair)
        return
    if pair is None:
        block = node.find("instance_attributes")
        if block is None:
            block = etree.SubElement(node, "instance_attributes", id=f"nodes-{node.get('id')}")
        pair = etree.SubElement(block, "nvpair", id=f"nodes-{node.get('id')}-{name}", name=name)
    pair.set("value", value)
