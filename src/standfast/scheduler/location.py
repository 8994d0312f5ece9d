"""Location constraints: how well resources like nodes, by node or by rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import constraint_sets, meta, roles
from standfast.scheduler.constraints import Location
from standfast.scheduler.working import Kind, Part, Place, Probing

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node, Resource

_PROBING = {"always": Probing.ALWAYS, "never": Probing.NEVER, "exclusive": Probing.EXCLUSIVE}
_SUBMATCH = re.compile(r"%(\d)")


def unpack(cluster: Cluster, constraint: etree._Element) -> None:
    """Take over one `rsc_location`."""
    sets = constraint_sets.sets_of(cluster, constraint)
    resource_id = constraint.get("rsc")
    if sets == [] and constraint_sets.is_tag(cluster, resource_id):
        role = constraint.get("role")
        side = constraint_sets.side_set(cluster, resource_id or "", {} if role is None else {"role": role})
        sets = [] if side is None else [side]
    for one in sets or ():
        for reference in one.references:
            resource = constraint_sets.find(cluster, reference)
            if resource is None:
                return
            _unpack_for(constraint, resource, one.attributes.get("role"), one.attributes.get("score"))
    if sets == []:
        resource = constraint_sets.find(cluster, resource_id)
        if resource is not None:
            _unpack_for(constraint, resource)
        elif constraint.get("rsc-pattern") is not None:
            _unpack_pattern(cluster, constraint, constraint.get("rsc-pattern") or "")


def _unpack_pattern(cluster: Cluster, constraint: etree._Element, pattern: str) -> None:
    invert = pattern.startswith("!")
    try:
        regex = re.compile(pattern[1:] if invert else pattern)
    except re.error:
        return
    for resource in cluster.resources:
        match = regex.search(resource.id)
        if invert and match is None:
            _unpack_for(constraint, resource)
        elif match is not None and not invert:
            _unpack_for(constraint, resource, submatches=tuple(m or "" for m in (match.group(), *match.groups())))


def _unpack_for(
    constraint: etree._Element,
    resource: Resource,
    role_text: str | None = None,
    score_text: str | None = None,
    submatches: tuple[str, ...] | None = None,
) -> None:
    node_name, score_text = constraint.get("node"), score_text or constraint.get("score")
    if node_name is None or score_text is None:
        rule = constraint.find("rule")
        if rule is not None:
            _unpack_rule(constraint, rule, resource, submatches)
        return
    node = resource.cluster.node(node_name)
    score = cib.values.parse_score(score_text)
    role = _role(role_text or constraint.get("role"))
    if node is not None and score is not None and role is not None:
        location = add(constraint.get("id") or "", resource, constraint.get("resource-discovery"), role)
        location.scores.append((node, score))


def _role(text: str | None) -> int | None:
    """Return the role of a location (any but promotion is all roles alike), None if it is invalid."""
    if text is None:
        return roles.UNKNOWN
    role = roles.parse(text)
    if role == roles.UNKNOWN:
        return None
    return roles.UNKNOWN if role in (roles.STARTED, roles.UNPROMOTED) else role


def _unpack_rule(
    constraint: etree._Element, element: etree._Element, resource: Resource, submatches: tuple[str, ...] | None
) -> None:
    cluster = resource.cluster
    rule = cib.rules.resolve(element)
    if rule is None or rule.get("id") is None:
        return
    role = _role(rule.get("role"))
    attribute = rule.get("score-attribute")
    fixed = cib.values.parse_score(rule.get("score")) if attribute is None else 0
    if role is None or fixed is None or rule.get("boolean-op", "and").lower() not in ("and", "or"):
        return
    if attribute is not None and submatches is not None:
        attribute = _SUBMATCH.sub(lambda m: submatches[int(m[1])] if int(m[1]) < len(submatches) else "", attribute)
    location = add(rule.get("id") or "", resource, constraint.get("resource-discovery"), role)
    for node in cluster.nodes:
        context = cib.Context(
            cluster.now_s,
            node_attributes=node.attributes,
            parameters=meta.parameters(resource, node),
            meta=resource.meta,
            submatches=submatches,
        )
        verdict = cib.rules.judge(rule, context)
        if verdict.next_change_s is not None:
            cluster.recheck(verdict.next_change_s)
        score = _attribute_score(resource, node, attribute) if attribute is not None else fixed
        if verdict.holds and score is not None:
            location.scores.insert(0, (node, score))


def _attribute_score(resource: Resource, node: Node, attribute: str) -> int | None:
    text = meta.node_attribute(node, attribute, of_host=meta.wants_host(resource), assigned=False)
    return cib.values.parse_score(text)


def add(constraint_id: str, resource: Resource, discovery: str | None, role: int = roles.UNKNOWN) -> Location:
    """Add a location, with no scores yet."""
    probing = _PROBING.get((discovery or "always").lower(), Probing.ALWAYS)
    if probing is Probing.EXCLUSIVE:
        resource.exclusive_probes = True
    location = Location(constraint_id, resource, role, probing)
    resource.cluster.locations.append(location)
    resource.location_list.append(location)
    return location


def apply_all(cluster: Cluster) -> None:
    """Apply all locations, the newest first."""
    for location in reversed(cluster.locations):
        apply(location.resource, location)


def apply(resource: Resource, location: Location) -> None:
    """Apply a location to a resource and to what is in it."""
    match resource.kind:
        case Kind.PRIMITIVE:
            apply_to_one(resource, location)
        case Kind.GROUP:
            _apply_to_group(resource, location)
        case Kind.CLONE:
            apply_to_one(resource, location)
            for instance in resource.children:
                apply(instance, location)
        case Kind.BUNDLE:
            _apply_to_bundle(resource, location)


def apply_to_one(resource: Resource, location: Location, *, zero: bool = False) -> None:
    """Add a location's scores (or zeroes) to the resource's own table."""
    if location.role > roles.UNKNOWN and location.role != resource.next_role:
        return
    for node, score in location.scores:
        score = 0 if zero else score
        place = resource.allowed.get(node.id)
        if place is None:
            place = resource.allowed[node.id] = Place(node, score, Part(None, location.id, score), node.probing)
        elif score:
            place.add(score, location.id)
        if place.probing < location.probing:
            if location.probing is Probing.EXCLUSIVE:
                resource.exclusive_probes = True
            place.probing = location.probing


def _apply_to_group(group: Resource, location: Location) -> None:
    """Apply it to the group and its first member; colocated later ones follow that."""
    apply_to_one(group, location)
    for member in group.children:
        apply_to_one(member, location, zero=group.colocated and member is not group.children[0])


def _apply_to_bundle(bundle: Resource, location: Location) -> None:
    assert bundle.bundle is not None, f"{bundle.id} is no bundle"
    apply_to_one(bundle, location)
    for replica in bundle.bundle.replicas:
        apply(replica.container, location)
        if replica.ip is not None:
            apply(replica.ip, location)
    inner = bundle.bundle.child
    if inner is not None and location.role in (roles.UNPROMOTED, roles.PROMOTED):
        apply(inner, location)
        inner.location_list.append(location)
