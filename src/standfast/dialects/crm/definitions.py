"""Definitions become objects of the configuration: created, replaced or merged, their members gathered."""

from __future__ import annotations

import copy

from lxml import etree

from standfast.dialects.crm import elements, ids, nouns, references, removal, vocabulary
from standfast.dialects.crm.configuration import CONTAINERS, TOPOLOGY, Configuration
from standfast.dialects.crm.nouns import REFERENCE, Method

_RANKS = {
    "node": 0,
    "template": 1,
    "primitive": 2,
    "group": 3,
    "bundle": 4,
    "clone": 4,
    "master": 4,
    "tag": 5,
    "rsc_location": 6,
    "rsc_colocation": 6,
    "rsc_order": 6,
    "rsc_ticket": 6,
    "acl_role": 7,
}
_CHILDREN = {"group": ("primitive",), "bundle": ("primitive",)} | dict.fromkeys(
    ("clone", "master"), ("primitive", "group")
)


def define_all(target: Configuration, batch: list[nouns.Define], method: Method) -> None:
    """Make the batch's objects exist: those that others hold first."""
    if method != Method.CREATE:
        _release_members(target, batch)
    for define in sorted(batch, key=lambda d: _RANKS.get(str(d.element.tag), 8)):
        _define(target, define, method)
    _keep_order(target, batch)
    references.check_all(target, batch)


def _keep_order(target: Configuration, batch: list[nouns.Define]) -> None:
    """Objects that are new stand in the text's order, whatever the order they were made in."""
    for section in ("resources", "constraints"):
        parent = target.section(section)
        made = [target.index.get(d.element.get("id", "")) for d in batch if d.element.get("id", "") in target.fresh]
        for element in made:
            if element is not None and element.getparent() is parent:
                parent.append(element)
    target.fresh.clear()


def _release_members(target: Configuration, batch: list[nouns.Define]) -> None:
    """Put the members of containers that are defined anew back on top, so that they can change places."""
    for define in batch:
        if define.element.tag in CONTAINERS and (old := target.find(define.element.get("id", ""))) is not None:
            removal.release(target.section("resources"), old)


def _define(target: Configuration, define: nouns.Define, method: Method) -> None:
    element = copy.deepcopy(define.element)
    _copy_lines(define.element, element)
    section = str(element.attrib.pop("section", "")) or vocabulary.section_of(str(element.tag))
    for text in reversed(define.statement.comments):
        element.insert(0, etree.Comment(_comment(text)))
    if element.tag == "node":
        _define_node(target, element, method)
    elif element.tag in ("cluster_property_set", "meta_attributes"):
        _define_settings(target, element, target.section(section), method, define)
    elif element.tag == "fencing-topology":
        _define_topology(target, element, define, method)
    else:
        _define_object(target, element, target.section(section), method, define)


def _define_object(
    target: Configuration, element: etree._Element, section: etree._Element, method: Method, define: nouns.Define
) -> None:
    name = element.get("id", "")
    old = target.find(name)
    if not _may_define(target, element, old, method, define) or not _gather(target, element, define):
        return
    target.defined[name] = define
    if old is None:
        section.append(element)
        target.fresh.add(name)
        removal.redirect(target.root, element)
    else:
        target.forget(old)
        _take_place(old, element)
    target.fill(element)


def _may_define(
    target: Configuration, element: etree._Element, old: etree._Element | None, method: Method, define: nouns.Define
) -> bool:
    name = element.get("id", "")
    if name in target.defined:
        where = target.defined[name].place
        target.report("crm.defined-twice", f"{name!r} is defined twice", f"one definition ({where})", define.place)
        return False
    if old is not None and old.tag != element.tag and not {old.tag, element.tag} <= {"clone", "master"}:
        kind = vocabulary.KEYWORD_OF_TAG.get(str(old.tag), str(old.tag))
        target.report("crm.id-taken", f"{name!r} is the id of a {kind}", "an id of its own", define.place_of(name))
        return False
    if old is not None and method == Method.CREATE:
        expected = "another id, or `load update` to replace it"
        target.report("crm.exists", f"{name!r} exists already", expected, define.place_of(name))
        return False
    if old is None and name in target.index:
        target.report("crm.id-taken", f"{name!r} is an id inside another object", "an id of its own", define.place)
        return False
    return True


def _gather(target: Configuration, element: etree._Element, define: nouns.Define) -> bool:
    """Replace references to members by the members themselves; return False if one cannot be had."""
    good = True
    for reference in element.findall(REFERENCE):
        member = _member(target, element, reference.get("id", ""), define)
        if member is None:
            good = False
            continue
        element.replace(reference, member)
    return good


def _member(target: Configuration, container: etree._Element, name: str, define: nouns.Define) -> etree._Element | None:
    kinds = _CHILDREN[str(container.tag)]
    keyword = vocabulary.KEYWORD_OF_TAG[str(container.tag)]
    found = target.resource(name)
    if found is None:
        if name not in target.unread:
            near = vocabulary.nearest(name, target.names(*kinds))
            target.report("crm.no-such-resource", f"{name!r} is not defined", near, define.place_of(name))
        return None
    parent = found.getparent()
    if found.tag not in kinds:
        message = f"{name!r} is a {found.tag}: it cannot be in a {keyword}"
        target.report("crm.member", message, " or ".join(kinds), define.place_of(name))
        return None
    if parent is not None and parent.tag in CONTAINERS and parent.get("id") != container.get("id"):
        message = f"{name!r} is already in {parent.tag} {parent.get('id')!r}"
        target.report("crm.member", message, "a resource that is in nothing else", define.place_of(name))
        return None
    return found


def _define_node(target: Configuration, element: etree._Element, method: Method) -> None:
    old = target.node(element.get("uname", ""))
    if old is None:
        target.section("nodes").append(element)
    elif method == Method.CREATE:
        for part in element.iterchildren("instance_attributes", "utilization"):
            _merge_into(old, part)
        element = old
    else:
        element.set("id", old.get("id", ""))
        elements.put(element, {str(k): str(v) for k, v in old.attrib.items() if k not in element.attrib})
        target.forget(old)
        _take_place(old, element)
    target.fill(element)


def _define_settings(
    target: Configuration, element: etree._Element, section: etree._Element, method: Method, define: nouns.Define
) -> None:
    name = element.get("id", "")
    old = next((e for e in section.iterchildren(element.tag) if e.get("id") == name), None)
    if old is None:
        if name in target.index:
            message = f"{name!r} is the id of something else"
            target.report("crm.id-taken", message, "an id of its own", define.place_of(name))
            return
        section.append(element)
    elif method == Method.PUSH and name not in target.defined:
        target.forget(old)
        _take_place(old, element)
    else:
        _merge_pairs(old, element)
        element = old
    target.defined[name] = define
    target.fill(element)


def _define_topology(target: Configuration, element: etree._Element, define: nouns.Define, method: Method) -> None:
    old = target.root.find("fencing-topology")
    if old is not None and method == Method.CREATE and len(old):
        expected = "`delete fencing_topology` first, or `load update`"
        target.report("crm.exists", "there is a fencing topology already", expected, define.place)
        return
    if TOPOLOGY in target.defined:
        target.report("crm.defined-twice", "fencing_topology is defined twice", "one definition", define.place)
        return
    target.defined[TOPOLOGY] = define
    _spread_levels(target, element)
    if old is None:
        old = target.section("fencing-topology")
    target.forget(old)
    _take_place(old, element)
    target.fill(element, "fencing")


def _spread_levels(target: Configuration, topology: etree._Element) -> None:
    """Give levels without a target to every node."""
    general = [e for e in topology if not any(str(k).startswith("target") for k in e.attrib)]
    for level in general:
        topology.remove(level)
    names = [n.get("uname", "") for n in target.root.iterfind("nodes/node")] if general else []
    for name in names:
        for level in general:
            made = copy.deepcopy(level)
            made.set("target", name)
            topology.append(made)


def _comment(text: str) -> str:
    """Return a comment's text as XML allows it."""
    text = text.replace("--", "- -")
    return text + " " if text.endswith("-") else text


def _copy_lines(source: etree._Element, target: etree._Element) -> None:
    for one, other in zip(source.iter(), target.iter(), strict=True):
        elements.set_line(other, elements.line_of(one))


def _take_place(old: etree._Element, new: etree._Element) -> None:
    """Put the new element where the old one is, with the ids of the parts that are alike."""
    ids.inherit(new, old)
    parent = old.getparent()
    assert parent is not None, "an object of the configuration is inside a section"
    parent.replace(old, new)


def _merge_into(parent: etree._Element, part: etree._Element) -> None:
    """Merge a list of attributes into the parent's first list of that kind."""
    mine = parent.find(str(part.tag))
    if mine is None:
        parent.append(part)
    else:
        _merge_pairs(mine, part)


def _merge_pairs(mine: etree._Element, other: etree._Element) -> None:
    """Set each attribute of the other list in mine; rules of the other replace mine."""
    if other.find("rule") is not None:
        for rule in mine.findall("rule"):
            mine.remove(rule)
        for at, rule in enumerate(other.findall("rule")):
            mine.insert(at, rule)
    for pair in other.findall("nvpair"):
        old = next((p for p in mine.iterchildren("nvpair") if p.get("name") == pair.get("name")), None)
        if old is None or "id-ref" in pair.attrib:
            mine.append(pair)
        else:
            elements.put(old, {str(k): str(v) for k, v in pair.attrib.items() if k != "id"})
