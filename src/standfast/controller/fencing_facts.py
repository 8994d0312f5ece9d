"""What the fencing machine must know, derived from the document and the view."""

from __future__ import annotations

from standfast import cib, fencing
from standfast.cib import values
from standfast.controller import coordination, node_ids
from standfast.controller.properties import Properties
from standfast.controller.replica import Replica
from standfast.fencing import reading


def configured(replica: Replica, properties: Properties) -> fencing.Configured:
    """Return devices, topology and nodes as the document says."""
    document = replica.document
    devices = reading.devices(document)
    names = node_ids.configured_names(document)
    return fencing.Configured(
        devices if properties.fencing_enabled else (),
        reading.levels(document),
        tuple(sorted(_nodes(replica))),
        node_attributes=reading.attributes(document),
        usable=_usable(document, [d.id for d in devices], names),
        timeout_ms=properties.fencing_timeout_ms,
        action=properties.fencing_action,
    )


def membership(replica: Replica, *, may_fence: bool) -> fencing.Membership:
    """Return who can call devices, who coordinates, and the members' lives."""
    dc = coordination.coordinator(replica)
    lives = {m.name: str(m.incarnation) for m in replica.members.values()}
    return fencing.Membership(frozenset(replica.names()), "" if dc is None else dc.name, may_fence, lives)


def _nodes(replica: Replica) -> set[tuple[int, str]]:
    """Return the cluster nodes' ids and names: those of the membership, else those that the document gives."""
    found = {m.name: m.id for m in replica.members.values()} | {d.name: d.id for d in replica.departed.values()}
    for entry in node_ids.configured(replica.document):
        number = values.integer(entry.get("id"))
        found.setdefault(entry.get("uname", ""), number or 0)
    return {(number, name) for name, number in found.items()}


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
