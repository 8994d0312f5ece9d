"""Whether what a definition names exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lxml import etree

from standfast.dialects.crm import nouns, vocabulary
from standfast.dialects.crm.configuration import RESOURCES, TOPOLOGY, Configuration
from standfast.errors import Severity

_NAMES = ("rsc", "with-rsc", "first", "then")


def check_all(target: Configuration, batch: Iterable[nouns.Define]) -> None:
    """Report what the definitions name and is not there; turn references to objects into ones to their lists."""
    located = frozenset(target.names(*RESOURCES, "template", "tag"))
    nodes = [n.get("uname", "") for n in target.root.iterfind("nodes/node")]
    for define in batch:
        _check_hard(target, define, located)
        _check_soft(target, define, nodes)
        _resolve(target, define)


def _check_hard(target: Configuration, define: nouns.Define, located: frozenset[str]) -> None:
    element = define.element
    if str(element.tag).startswith("rsc_"):
        names = [element.get(k, "") for k in _NAMES]
        names += [e.get("id", "") for e in element.iter("resource_ref")]
        _require(target, [n for n in names if n], located, "crm.no-such-resource", define)
    elif element.tag == "tag":
        _require(target, [e.get("id", "") for e in element], target.index, "crm.no-such-object", define)
    elif element.tag in ("acl_target", "acl_group"):
        _require(target, [e.get("id", "") for e in element], target.names("acl_role"), "crm.no-such-role", define)
    elif template := element.get("template"):
        _require(target, [template], target.names("template"), "crm.no-such-template", define)


def _require(
    target: Configuration,
    names: Iterable[str],
    known: Collection[str],
    code: str,
    define: nouns.Define,
    severity: Severity = Severity.ERROR,
) -> None:
    for name in dict.fromkeys(names):
        if name not in known and name not in target.unread:
            near = vocabulary.nearest(name, known)
            target.report(code, f"{name!r} is not defined", near, define.place_of(name), severity)


def _check_soft(target: Configuration, define: nouns.Define, nodes: list[str]) -> None:
    """Warn of nodes and devices that do not exist (yet)."""
    element = define.element
    if nodes and (node := element.get("node")):
        _require(target, [node], nodes, "crm.no-such-node", define, Severity.WARNING)
    if element.tag == "fencing-topology":
        devices = [d for level in element for d in level.get("devices", "").split(",") if d]
        _require(target, devices, target.names("primitive"), "crm.no-such-device", define, Severity.WARNING)


def _resolve(target: Configuration, define: nouns.Define) -> None:
    made = target.find(define.element.get("id") or define.element.get("uname") or TOPOLOGY)
    if made is None:
        return
    for element in made.iter(etree.Element):
        name = element.get("id-ref", "")
        if not name:
            continue
        owner = _owner(target, name, str(element.tag))
        if owner:
            element.set("id-ref", owner)
        elif name not in target.unread:
            near = vocabulary.nearest(name, target.names(str(element.tag))) or f"the id of some {element.tag}"
            target.report("crm.no-such-reference", f"{name!r} is not defined", near, define.place_of(name))


def _owner(target: Configuration, name: str, tag: str) -> str:
    """Return the id of the element that is meant: the one named, or the first of this kind in the object named."""
    found = target.index.get(name)
    if found is None:
        return ""
    inner = found if found.tag == tag else next(iter(found.iter(tag)), None)
    return inner.get("id", "") if inner is not None else ""
