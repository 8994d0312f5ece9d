"""Views of nodes: as they are configured, and as the status says they are."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.cib import nvpairs
from standfast.cib.document import Document
from standfast.cib.rules import Context


class Node(msgspec.Struct, frozen=True):
    """A configured node with its permanent attributes. `type` is member or remote."""

    id: str
    uname: str
    type: str = "member"
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    utilization: Mapping[str, str] = msgspec.field(default_factory=dict)


class NodeStatus(msgspec.Struct, frozen=True):
    """A node's entry in the status section, as text; `attributes` are the transient ones."""

    id: str
    uname: str
    in_ccm: str = ""
    crmd: str = ""
    join: str = ""
    expected: str = ""
    remote: bool = False
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


def configured(document: Document, context: Context | None = None) -> tuple[Node, ...]:
    """Return the configured nodes in the document's order."""
    given = context or Context()
    return tuple(
        Node(
            id=element.get("id", ""),
            uname=element.get("uname", ""),
            type=element.get("type") or "member",
            attributes=nvpairs.unpack(element, nvpairs.INSTANCE, given),
            utilization=nvpairs.unpack(element, nvpairs.UTILIZATION, given),
        )
        for element in document.root.iterfind("configuration/nodes/node")
    )


def states(document: Document) -> tuple[NodeStatus, ...]:
    """Return the status of each node that has an entry, in the document's order."""
    return tuple(
        NodeStatus(
            id=element.get("id", ""),
            uname=element.get("uname", ""),
            in_ccm=element.get("in_ccm", ""),
            crmd=element.get("crmd", ""),
            join=element.get("join", ""),
            expected=element.get("expected", ""),
            remote=element.get("remote_node", "false").lower() == "true",
            attributes={
                p.get("name", ""): p.get("value", "")
                for p in element.iterfind("transient_attributes/instance_attributes/nvpair")
            },
        )
        for element in document.root.iterfind("status/node_state")
    )


def id_of(document: Document, name: str) -> str | None:
    """Return the id of the node with this name or id, whose case does not count; None if there is none."""
    wanted = name.lower()
    for path in ("configuration/nodes/node", "status/node_state"):
        for element in document.root.iterfind(path):
            if wanted in (element.get("uname", "").lower(), element.get("id", "").lower()):
                return element.get("id")
    return None
