"""What the fencing machine must know, derived from the document and the view."""

from __future__ import annotations

from lxml import etree

from standfast import cib, fencing
from standfast.cib import nvpairs, values
from standfast.controller import coordination, node_ids
from standfast.controller.properties import Properties
from standfast.controller.replica import Replica

STANDARD = "stonith"


def configured(replica: Replica, properties: Properties) -> fencing.Configured:
    """Return devices, topology and nodes as the document says."""
    document = replica.document
    devices = tuple(_devices(document))
    names = node_ids.configured_names(document)
    return fencing.Configured(
        devices if properties.fencing_enabled else (),
        tuple(_levels(document)),
        tuple(sorted(_nodes(replica))),
        node_attributes=_attributes(document),
        usable=_usable(document, [d.id for d in devices], names),
        timeout_ms=properties.fencing_timeout_ms,
        action=properties.fencing_action,
    )


def membership(replica: Replica, *, may_fence: bool) -> fencing.Membership:
    """Return who can call devices and who coordinates."""
    dc = coordination.coordinator(replica)
    return fencing.Membership(frozenset(replica.names()), "" if dc is None else dc.name, may_fence)


def _devices(document: cib.Document) -> list[fencing.Device]:
    found = []
    for primitive in document.root.iterfind("configuration/resources//primitive"):
        whole = document.effective(primitive)
        if whole.get("class") != STANDARD or _is_disabled(whole):
            continue
        parameters = nvpairs.unpack(whole, nvpairs.INSTANCE)
        priority = values.score(nvpairs.unpack(whole, nvpairs.META).get("priority"))
        found.append(fencing.Device(whole.get("id", ""), whole.get("type", ""), parameters, priority))
    return found


def _is_disabled(primitive: etree._Element) -> bool:
    """Return whether an operator stopped the device, or a resource that holds it."""
    owners = [primitive, *(e for e in primitive.iterancestors("group", "clone"))]
    roles = (nvpairs.unpack(owner, nvpairs.META).get("target-role", "") for owner in owners)
    return any(role.lower() == "stopped" for role in roles)


def _levels(document: cib.Document) -> list[fencing.Level]:
    found = []
    for level in document.root.iterfind("configuration/fencing-topology/fencing-level"):
        index = values.integer(level.get("index"))
        devices = tuple(d.strip() for d in level.get("devices", "").split(",") if d.strip())
        if index is not None and devices:
            found.append(
                fencing.Level(
                    index,
                    devices,
                    target=level.get("target", ""),
                    target_pattern=level.get("target-pattern", ""),
                    target_attribute=level.get("target-attribute", ""),
                    target_value=level.get("target-value", ""),
                )
            )
    return found


def _nodes(replica: Replica) -> set[tuple[int, str]]:
    """Return the cluster nodes' ids and names: those of the membership, else those that the document gives."""
    found = {m.name: m.id for m in replica.members.values()} | {d.name: d.id for d in replica.departed.values()}
    for entry in node_ids.configured(replica.document):
        number = values.integer(entry.get("id"))
        found.setdefault(entry.get("uname", ""), number or 0)
    return {(number, name) for name, number in found.items()}


def _attributes(document: cib.Document) -> dict[str, dict[str, str]]:
    entries = document.root.iterfind("configuration/nodes/node")
    return {entry.get("uname", ""): nvpairs.unpack(entry, nvpairs.INSTANCE) for entry in entries}


def _usable(document: cib.Document, devices: list[str], names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return where banned devices may be called from, best first; others may be everywhere."""
    scores: dict[str, dict[str, int]] = {}
    for constraint in document.root.iterfind("configuration/constraints/rsc_location"):
        device, node = constraint.get("rsc", ""), constraint.get("node", "")
        if device in devices and node:
            score = values.score(constraint.get("score"))
            scores.setdefault(device, {})[node] = min(score, scores.get(device, {}).get(node, score))
    return {
        device: tuple(sorted((n for n in names if known.get(n, 0) > -cib.INFINITY), key=lambda n: -known.get(n, 0)))
        for device, known in scores.items()
    }
