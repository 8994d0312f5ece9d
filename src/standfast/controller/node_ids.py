"""Which id a node has in the document, and which nodes the configuration names."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from standfast import cib
from standfast.controller.replica import Replica

_REMOTE = ("remote", "ping")
_NODES = etree.XPath("configuration/nodes/node[@uname=$name]/@id")


def configured(document: cib.Document) -> Iterator[etree._Element]:
    """Return the configured cluster nodes' elements: remote nodes are not among them."""
    for entry in document.root.iterfind("configuration/nodes/node"):
        if entry.get("type", "member") not in _REMOTE:
            yield entry


def configured_names(document: cib.Document) -> list[str]:
    """Return the configured cluster nodes' names, in the document's order."""
    return [entry.get("uname", "") for entry in configured(document)]


def add_missing(replica: Replica) -> bool:
    """Write members, and nodes that left without having stopped, into the configuration where it does not name them;
    return whether any was missing. An unclean node that nobody names could not be fenced."""
    known = {entry.get("uname") for entry in replica.document.root.iterfind("configuration/nodes/node")}
    present = {m.name: m.id for m in replica.members.values()} | {d.name: d.id for d in replica.departed.values()}
    missing = sorted((number, name) for name, number in present.items() if name not in known)
    for number, name in missing:
        etree.SubElement(replica.document.section("nodes"), "node", id=str(number), uname=name)
    return bool(missing)


def unseen(replica: Replica) -> list[str]:
    """Return the configured nodes that no view has contained and that nobody fenced."""
    seen = {entry.get("uname") for entry in replica.document.status.iterchildren("node_state")}
    return [name for name in configured_names(replica.document) if name not in seen]


def node_id(replica: Replica, name: str) -> str:
    """Return the id of a node in the document: the configured one, else the membership's, else (remote) its name."""
    found = _NODES(replica.document.root, name=name)
    if isinstance(found, list) and found:
        return str(found[0]) or name
    member = replica.member(name)
    if member is not None:
        return str(member.id)
    departed = replica.departed.get(name)
    return name if departed is None else str(departed.id)


def is_known(replica: Replica, name: str) -> bool:
    """Return whether anything is known of a node of this name: configuration, status, or membership."""
    if replica.member(name) is not None or name in replica.departed:
        return True
    root = replica.document.root
    entries = (*root.iterfind("configuration/nodes/node"), *root.iterfind("status/node_state"))
    return any(entry.get("uname") == name for entry in entries) or name in _remote_names(root)


def _remote_names(root: etree._Element) -> set[str]:
    """Return the names of remote and guest nodes that resources of the configuration make."""
    primitives = root.iterfind("configuration/resources//primitive[@type='remote']")
    guests = root.iterfind("configuration/resources//meta_attributes/nvpair[@name='remote-node']")
    return {p.get("id", "") for p in primitives} | {g.get("value", "") for g in guests}
