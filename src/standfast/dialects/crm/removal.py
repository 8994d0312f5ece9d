"""Orders that change or remove what exists: delete, rename, modgroup, set, monitor, erase.

Facts: crmsh's manual. A container that loses its last member goes; constraints that name nothing any more go.
"""

from __future__ import annotations

from collections.abc import Collection

from lxml import etree

from standfast.dialects.crm import nouns, vocabulary
from standfast.dialects.crm.configuration import CONTAINERS, MEMBERS, Configuration
from standfast.dialects.crm.tokens import Token
from standfast.errors import Place

_CONSTRAINTS = ("rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket")
_NAMES = ("rsc", "with-rsc", "first", "then")


def execute(target: Configuration, command: nouns.Command) -> None:
    """Carry out one order."""
    target.file = command.place.file
    match command:
        case nouns.Delete():
            _delete_all(target, command)
        case nouns.Rename():
            _rename(target, command)
        case nouns.ModifyGroup():
            _modify_group(target, command)
        case nouns.SetValue():
            _set_value(target, command)
        case nouns.AddOperation():
            _add_operation(target, command)
        case nouns.Erase():
            erase(target.root, nodes=command.nodes)
    target.reindex()


def erase(root: etree._Element, *, nodes: bool) -> None:
    """Remove everything but the nodes (with `nodes`: them too)."""
    for section in root:
        if section.tag != "nodes" or nodes:
            for child in list(section):
                section.remove(child)


def release(resources: etree._Element, container: etree._Element) -> None:
    """Put the members of a container on top, after what it stands in."""
    top = container
    while (parent := top.getparent()) is not None and parent is not resources:
        top = parent
    at = resources.index(top) + 1
    for member in reversed(container.findall("primitive") + container.findall("group")):
        resources.insert(at, member)


def redirect(root: etree._Element, container: etree._Element) -> None:
    """Constraints on what is now inside a container are the container's."""
    if container.tag not in CONTAINERS:
        return
    name = container.get("id", "")
    members = [m.get("id", "") for m in container if m.tag in MEMBERS]
    for constraint in list(root.iter(*_CONSTRAINTS)):
        renamed = [_rename_in(constraint, member, name) for member in members]
        if any(renamed) and _is_silly(constraint):
            _unlink(constraint)


def _rename_in(constraint: etree._Element, old: str, new: str) -> bool:
    """Let the constraint name another resource; return whether it named the old one."""
    hit = False
    for key in _NAMES:
        if constraint.get(key) == old:
            constraint.set(key, new)
            hit = True
    for reference in list(constraint.iter("resource_ref")):
        if reference.get("id") == old:
            hit = True
            if any(r.get("id") == new for r in constraint.iter("resource_ref")):
                _unlink(reference)
            else:
                reference.set("id", new)
    return hit


def _is_silly(constraint: etree._Element) -> bool:
    """Return whether the constraint says nothing: one resource with itself, or sets that are too small."""
    if constraint.find("resource_set") is not None:
        for part in constraint.findall("resource_set"):
            if not len(part):
                constraint.remove(part)
        least = 2 if constraint.tag in ("rsc_colocation", "rsc_order") else 1
        return sum(1 for _ in constraint.iter("resource_ref")) < least
    named = [constraint.get(k) for k in _NAMES if constraint.get(k)]
    if constraint.tag in ("rsc_colocation", "rsc_order"):
        return len(set(named)) < 2
    return not named and "rsc-pattern" not in constraint.attrib


def _unlink(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _delete_all(target: Configuration, command: nouns.Delete) -> None:
    found = [(token, target.find(token.text)) for token in command.ids]
    for token, element in found:
        if element is not None and element.tag in ("primitive", *CONTAINERS, "template"):
            continue
        if element is None and not command.missing_ok:
            _missing(target, token, target.object_names())
        elif element is not None:
            _delete(target, element)
    order = {tag: n for n, tag in enumerate(("clone", "master", "bundle", "group", "primitive", "template"))}
    resources = [e for _, e in found if e is not None and e.tag in order]
    for element in sorted(resources, key=lambda e: order[str(e.tag)]):
        if element.getroottree().getroot() is target.document.root:
            _delete(target, element)


def _missing(target: Configuration, token: Token, known: Collection[str]) -> None:
    place = Place(target.file, token.line, token.column)
    target.report("crm.no-such-object", f"{token.text!r} is not defined", vocabulary.nearest(token.text, known), place)


def _delete(target: Configuration, element: etree._Element) -> None:
    """Remove an object with what only it holds together."""
    name = element.get("id", "")
    parent = element.getparent()
    if parent is not None and parent.tag in CONTAINERS and len(_members(parent)) == 1:
        _delete(target, parent)
        parent = element.getparent()
    members = _members(element)
    if element.tag in CONTAINERS:
        release(target.section("resources"), element)
    if element.tag == "template":
        for primitive in [p for p in target.root.iter("primitive") if p.get("template") == name]:
            _delete(target, primitive)
    _unlink(element)
    if element.tag in ("primitive", "template", *CONTAINERS):
        _forget(target.root, name, members[0].get("id", "") if members else "")
    _forget_tagged(target.root, name)


def _members(element: etree._Element) -> list[etree._Element]:
    return [m for m in element if m.tag in MEMBERS] if element.tag in CONTAINERS else []


def _forget(root: etree._Element, name: str, heir: str) -> None:
    """Remove a resource from constraints: its first member inherits simple ones; what says nothing then goes."""
    for constraint in list(root.iter(*_CONSTRAINTS)):
        if heir and constraint.find("resource_set") is None:
            _rename_in(constraint, name, heir)
            continue
        hit = [k for k in _NAMES if constraint.get(k) == name]
        for key in hit:
            del constraint.attrib[key]
        references = [r for r in constraint.iter("resource_ref") if r.get("id") == name]
        for reference in references:
            _unlink(reference)
        if (hit or references) and (hit or _is_silly(constraint)):
            _unlink(constraint)


def _forget_tagged(root: etree._Element, name: str) -> None:
    for reference in list(root.iterfind("tags/tag/obj_ref")):
        if reference.get("id") == name:
            tag = reference.getparent()
            _unlink(reference)
            if tag is not None and tag.find("obj_ref") is None:
                _unlink(tag)


def drop_others(root: etree._Element, defined: Collection[str]) -> None:
    """Remove every object that the text did not define (nodes stay)."""
    for section in root:
        if section.tag == "nodes":
            continue
        for child in list(section):
            if section.tag == "fencing-topology":
                keep = "fencing_topology" in defined
            else:
                keep = child.get("id") in defined
            if not keep:
                members = [m for m in child.iter(*MEMBERS) if m.get("id") in defined] if child.tag in CONTAINERS else []
                section.remove(child)
                section.extend(members)


def _rename(target: Configuration, command: nouns.Rename) -> None:
    element = target.find(command.old.text)
    if element is None:
        _missing(target, command.old, target.object_names())
        return
    if command.new.text in target.index:
        target.report("crm.exists", f"{command.new.text!r} exists already", "another id", command.place)
        return
    element.set("id", command.new.text)
    for constraint in target.root.iter(*_CONSTRAINTS):
        _rename_in(constraint, command.old.text, command.new.text)
    for reference in target.root.iterfind("tags/tag/obj_ref"):
        if reference.get("id") == command.old.text:
            reference.set("id", command.new.text)


def _resource(target: Configuration, token: Token, tag: str) -> etree._Element | None:
    found = target.resource(token.text, (tag,))
    if found is None:
        _missing(target, token, target.names(tag))
    return found


def _modify_group(target: Configuration, command: nouns.ModifyGroup) -> None:
    group = _resource(target, command.group, "group")
    member = _resource(target, command.member, "primitive")
    if group is None or member is None:
        return
    inside = member.getparent() is group
    if not command.add:
        _remove_member(target, command, group, member, inside=inside)
        return
    parent = member.getparent()
    if not inside and parent is not None and parent.tag in CONTAINERS:
        message = f"{command.member.text!r} is already in {parent.tag} {parent.get('id')!r}"
        target.report("crm.member", message, "a resource that is in nothing else", command.place)
        return
    anchor = command.before or command.after
    if anchor is None:
        group.append(member)
        return
    at = next((m for m in group.findall("primitive") if m.get("id") == anchor.text), None)
    if at is None:
        _missing(target, anchor, [m.get("id", "") for m in group.findall("primitive")])
    elif at is not member:
        _unlink(member)
        group.insert(group.index(at) + (command.after is not None), member)


def _remove_member(
    target: Configuration, command: nouns.ModifyGroup, group: etree._Element, member: etree._Element, *, inside: bool
) -> None:
    if not inside or len(_members(group)) == 1:
        message = f"{command.member.text!r} is not in {command.group.text!r}"
        if inside:
            message = f"{command.member.text!r} is the last member of {command.group.text!r}"
        target.report("crm.member", message, f"delete {command.group.text}" if inside else "a member", command.place)
        return
    resources = target.section("resources")
    top = group
    while (parent := top.getparent()) is not None and parent is not resources:
        top = parent
    resources.insert(resources.index(top) + 1, member)


def _set_value(target: Configuration, command: nouns.SetValue) -> None:
    """Set an attribute in the first list that has it, else in the object's first list (made if missing)."""
    element = target.find(command.object_id)
    if element is None:
        token = Token(command.object_id, command.token.line, command.token.column)
        _missing(target, token, target.object_names())
        return
    own = (p for p in element.iter("nvpair") if p.get("name") == command.name)
    pair = next(own, None)
    if pair is None:
        home = element if element.tag in ("cluster_property_set", "meta_attributes") else _first_list(element)
        pair = etree.SubElement(home, "nvpair", name=command.name)
    pair.set("value", command.value)
    target.fill(element)


def _first_list(element: etree._Element) -> etree._Element:
    found = element.find("instance_attributes")
    if found is None:
        found = etree.Element("instance_attributes")
        element.insert(0, found)
    return found


def _add_operation(target: Configuration, command: nouns.AddOperation) -> None:
    primitive = _resource(target, command.resource, "primitive")
    if primitive is None:
        return
    operations = primitive.find("operations")
    if operations is None:
        operations = etree.SubElement(primitive, "operations")
    keys = ("name", "interval", "role")
    if any(all(o.get(k) == command.element.get(k) for k in keys) for o in operations):
        message = f"{command.resource.text!r} has this operation with this interval already"
        target.report("crm.exists", message, "another interval", command.place)
        return
    operations.append(command.element)
    target.fill(primitive)
