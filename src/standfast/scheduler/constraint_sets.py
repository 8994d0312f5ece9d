"""What constraints name: resources, tags and templates, and sets of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from standfast import cib
from standfast.scheduler import roles, where
from standfast.scheduler.working import top

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Resource


class ReferenceSet(msgspec.Struct, frozen=True):
    """A `resource_set`: ids, and the attributes it has itself."""

    id: str
    attributes: Mapping[str, str]
    references: tuple[str, ...]

    def flag(self, name: str) -> bool | None:
        """Return a boolean attribute, None if it is not said."""
        return cib.values.boolean(self.attributes.get(name))


def find(cluster: Cluster, wanted: str | None) -> Resource | None:
    """Return the resource that a constraint means by an id: for an instance's history id, its clone."""
    if not wanted:
        return None
    known = cluster.cache("constraint_resources")
    if wanted not in known:
        found = where.find_any(cluster, wanted)
        known[wanted] = top(found) if found is not None and found.id != wanted else found
    return known[wanted]  # type: ignore[return-value]


def tagged(cluster: Cluster, wanted: str) -> list[str] | None:
    """Return what a template or tag stands for; None if there is none, or nothing in it."""
    return cluster.templates.get(wanted) or cluster.tags.get(wanted) or None


def sets_of(cluster: Cluster, constraint: etree._Element) -> list[ReferenceSet] | None:
    """Return the constraint's sets, with tags replaced by what they stand for; None if an `id-ref` leads nowhere."""
    found = []
    for child in constraint.iterchildren("resource_set"):
        element = cib.rules.resolve(child)
        if element is None:
            return None
        references = [ref.get("id") or "" for ref in element.iterchildren("resource_ref")]
        attributes = {str(k): str(v) for k, v in element.attrib.items()}
        found.append((child is element, attributes, references))
    valid = all(find(cluster, r) or tagged(cluster, r) for own, _, refs in found if own for r in refs)
    return [
        ReferenceSet(attributes.get("id", ""), attributes, _expanded(cluster, refs) if own and valid else tuple(refs))
        for own, attributes, refs in found
    ]


def _expanded(cluster: Cluster, references: list[str]) -> tuple[str, ...]:
    expanded: list[str] = []
    for reference in references:
        if find(cluster, reference) is None:
            expanded += tagged(cluster, reference) or [reference]
        else:
            expanded.append(reference)
    return tuple(expanded)


def side_set(cluster: Cluster, wanted: str, attributes: Mapping[str, str]) -> ReferenceSet | None:
    """Return one side of a simple constraint as a set, for where a tag makes it one; None if it is nothing known."""
    if find(cluster, wanted) is not None:
        return ReferenceSet(wanted, dict(attributes), (wanted,))
    references = tagged(cluster, wanted)
    if references is None:
        return None
    return ReferenceSet(wanted, {**attributes, "sequential": "false"}, tuple(references))


def is_tag(cluster: Cluster, wanted: str | None) -> bool:
    """Return whether an id is no resource but a tag or template."""
    return bool(wanted) and find(cluster, wanted) is None and tagged(cluster, wanted or "") is not None


def role(text: str | None) -> int | None:
    """Return the role that a constraint is limited to (UNKNOWN: any); None if it is invalid."""
    if text is None:
        return roles.UNKNOWN
    parsed = roles.parse(text)
    if parsed == roles.UNKNOWN:
        return None
    return roles.UNKNOWN if parsed == roles.STARTED else parsed


def unpack_tags(cluster: Cluster) -> None:
    """Take over the tags."""
    section = cluster.configuration.find("tags")
    for tag in section.iterchildren("tag") if section is not None else ():
        tag_id = tag.get("id")
        if tag_id is not None:
            members = cluster.tags.setdefault(tag_id, [])
            for ref in tag.iterchildren("obj_ref"):
                reference = ref.get("id")
                if reference is not None and reference not in members:
                    members.append(reference)
