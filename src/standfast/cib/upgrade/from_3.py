"""From schema 3.x: promotable clones, one rule a location, no lifetimes, no classes that nothing runs any more."""

from __future__ import annotations

from lxml import etree

from standfast.cib import values
from standfast.cib.document import Document
from standfast.cib.upgrade import locations, removals
from standfast.cib.upgrade.notes import drop, name, note
from standfast.errors import Report

_RENAMED = {
    "crmd-finalization-timeout": "join-finalization-timeout",
    "crmd-integration-timeout": "join-integration-timeout",
    "crmd-transition-delay": "transition-delay",
}
_LEVELS = 9


def upgrade(document: Document) -> list[Report]:
    """Change the document in place; return what was lost."""
    return [
        *_pairs(document),
        *_rules(document),
        *_levels(document),
        *_operations(document),
        *removals.remove_unsupported(document),
        *_promotables(document),
        *_ping_nodes(document),
        *locations.upgrade(document),
    ]


def _pairs(document: Document) -> list[Report]:
    reports = []
    for pair in list(document.configuration.iter("nvpair")):
        if pair.get("value") is None and pair.get("id-ref") is None:
            drop(pair)
    for pair in list(document.root.iterfind("configuration/crm_config/cluster_property_set/nvpair")):
        pair_name = pair.get("name", "")
        if pair_name in _RENAMED:
            pair.set("name", _RENAMED[pair_name])
        elif pair_name == "stonith-action" and pair.get("value") == "poweroff":
            pair.set("value", "off")
        elif pair_name == "remove-after-stop":
            reports.append(note(pair, "the property remove-after-stop is no more"))
            drop(pair)
    return reports


def _rules(document: Document) -> list[Report]:
    for spec in document.configuration.iter("date_spec"):
        if spec.get("moon") is not None:
            del spec.attrib["moon"]
    return []


def _levels(document: Document) -> list[Report]:
    reports = []
    for level in list(document.root.iterfind("configuration/fencing-topology/fencing-level")):
        if (values.integer(level.get("index")) or 0) > _LEVELS:
            reports.append(note(level, f"{name(level)} is dropped: levels end at {_LEVELS}"))
            drop(level)
    return reports


def _operations(document: Document) -> list[Report]:
    reports = []
    for block in list(document.configuration.iter("meta_attributes")):
        parent = block.getparent()
        of_operation = parent is not None and parent.tag in ("op", "op_defaults")
        unknown = ("can_fail", "role_after_failure") if of_operation else ("restart-type",)
        for pair in [p for p in block.iterchildren("nvpair") if p.get("name") in unknown]:
            reports.append(note(pair, f"{pair.get('name')} of {name(block)} is no more"))
            drop(pair)
    return reports


def _promotables(document: Document) -> list[Report]:
    for master in [*document.configuration.iter("master")]:
        master.tag = "clone"
        set_id = f"{master.get('id')}-upgraded-meta"
        block = etree.Element("meta_attributes", {"id": set_id, "score": "INFINITY"})
        etree.SubElement(block, "nvpair", id=f"{set_id}-promotable", name="promotable", value="true")
        master.insert(0, block)
    for container in document.root.iterfind("configuration/resources/bundle/*"):
        if container.get("masters") is not None:
            container.set("promoted-max", container.get("masters", ""))
            del container.attrib["masters"]
    return []


def _ping_nodes(document: Document) -> list[Report]:
    """Make members of ping nodes, on which nothing runs and nothing is probed."""
    for node in document.root.iterfind("configuration/nodes/node"):
        if node.get("type") == "ping":
            node.set("type", "member")
            uname = node.get("uname", "")
            document.section("constraints").append(
                etree.Element("rsc_location", {"id": f"upgraded-ping-{uname}", "rsc-pattern": "", "node": uname,
                                               "score": "-INFINITY", "resource-discovery": "never"})
            )  # fmt: skip
    return []
