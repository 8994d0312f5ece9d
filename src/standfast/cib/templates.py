"""Resource templates: the element that a primitive with `template=` amounts to."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from lxml import etree

from standfast.cib import rules

_UNNAMED_ROLES = frozenset(("Started", "Slave", "Unpromoted"))
REFERENCE = "template"


def expand(primitive: etree._Element, templates: Mapping[str, etree._Element]) -> etree._Element:
    """Return the effective primitive: itself if it names no known template, else a new element outside the document.

    That is the template's copy under the primitive's tag and id, with the primitive's own children appended.
    Operations are merged by name and role, the primitive's own winning. `id-ref`s are resolved in it, because it has
    no document to look in. Source: Pacemaker Explained, "Reusing parts of the configuration".
    """
    template = templates.get(primitive.get(REFERENCE, ""))
    if template is None:
        return primitive
    effective = etree.Element(primitive.tag, {str(k): str(v) for k, v in template.attrib.items()})
    effective.set("id", primitive.get("id", ""))
    effective.set(REFERENCE, primitive.get(REFERENCE, ""))
    for child in (*template, *primitive):
        if isinstance(child.tag, str):
            effective.append(resolved_copy(child))
    _merge_operations(effective)
    return effective


def resolved_copy(element: etree._Element, within: tuple[etree._Element, ...] = ()) -> etree._Element:
    """Return a copy in which each `id-ref` is replaced by what it names; one that names nothing, or what it is part
    of, stays."""
    target = rules.resolve(element)
    if target in within:
        target = None
    if target is None or all(e.get("id-ref") is None for e in target.iter()):
        return copy.deepcopy(element if target is None else target)
    made = etree.Element(target.tag, {str(k): str(v) for k, v in target.attrib.items()})
    for child in target:
        if isinstance(child.tag, str):
            made.append(resolved_copy(child, (*within, target)))
    return made


def _merge_operations(effective: etree._Element) -> None:
    blocks = effective.findall("operations")
    if len(blocks) < 2:
        return
    inherited, own = blocks[0], blocks[-1]
    taken = {operation_key(op) for op in own.iterchildren("op")}
    for op in inherited.findall("op"):
        if operation_key(op) not in taken:
            own.append(op)
    effective.remove(inherited)


def operation_key(op: etree._Element) -> tuple[str, str]:
    """Return by what operations are the same: name and role; no role, Started and Unpromoted are one."""
    role = op.get("role", "")
    return op.get("name", ""), "" if role in _UNNAMED_ROLES else role
