"""The resources that the configuration names: primitives, groups, clones, and what their elements say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import bundles, meta, roles, where
from standfast.scheduler.options import QuorumPolicy
from standfast.scheduler.scores import INFINITY
from standfast.scheduler.working import Kind, MultipleActive, Probing, Resource, top

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Node

_KINDS = {"primitive": Kind.PRIMITIVE, "group": Kind.GROUP, "clone": Kind.CLONE, "bundle": Kind.BUNDLE}
_UNIQUE_STANDARDS = frozenset(("ocf", "stonith"))


def unpack(
    cluster: Cluster, element: etree._Element, parent: Resource | None = None, clone_number: str | None = None
) -> Resource | None:
    """Return the resource of an element, with all that is in it; None if its configuration is invalid."""
    kind = _KINDS.get(element.tag)
    config_id = element.get("id")
    if kind is None or not config_id:
        return None
    effective = _expanded(cluster, element)
    if effective is None:
        return None
    resource = Resource(kind, config_id, effective, cluster)
    resource.parent = parent
    resource.clone_number = clone_number
    if clone_number is not None:
        resource.id = f"{config_id}:{clone_number}"
    resource.operations = cluster.memory.operations(effective)
    resource.meta = meta.resource_meta(resource)
    _configure(resource)
    if not _unpack_contents(resource):
        return None
    _add_default_places(resource)
    resource.utilization = cluster.sets(effective, cib.nvpairs.UTILIZATION, cluster.context())
    cluster.by_id.setdefault(resource.id, resource)
    return resource


def _expanded(cluster: Cluster, element: etree._Element) -> etree._Element | None:
    """Return the element with its template applied; None if the template is not there."""
    reference = element.get(cib.templates.REFERENCE)
    if reference is None:
        return element
    cache = cluster.cache("expanded")
    known = cache.get(element)
    if known is None:
        section = cluster.configuration.find("resources")
        found = {t.get("id", ""): t for t in section.iterchildren("template")} if section is not None else {}
        if reference not in found or reference == element.get("id"):
            return None
        known = cache[element] = cib.templates.expand(element, found)
    if element.get("id") not in cluster.templates.setdefault(reference, []):
        cluster.templates[reference].append(element.get("id") or "")
    return known  # type: ignore[return-value]


def _configure(resource: Resource) -> None:
    cluster, values = resource.cluster, resource.meta
    resource.priority = cib.values.score(values.get("priority"))
    resource.critical = "critical" not in values or cib.values.is_true(values["critical"])
    resource.notify = cib.values.is_true(values.get("notify"))
    is_remote = _is_remote_connection(resource)
    plain_remote = is_remote and "container" not in values
    resource.is_remote_connection = is_remote
    resource.migratable = cib.values.is_true(values.get("allow-migrate")) or (
        plain_remote and "allow-migrate" not in values
    )
    _configure_management(resource)
    _configure_uniqueness(resource)
    resource.multiple_active = _multiple_active(values.get("multiple-active"))
    resource.stickiness = cib.values.score(values.get("resource-stickiness"))
    threshold = cib.values.score(values.get("migration-threshold"), INFINITY)
    resource.migration_threshold = threshold if threshold >= 0 else INFINITY
    if (resource.element.get("class") or "").lower() == "stonith":
        cluster.have_fencing = True
        resource.is_fence_device = True
    _configure_requires(resource, values.get("requires"))
    resource.fail_expiry_ms = cib.times.interval_ms(values.get("failure-timeout"))
    if plain_remote:
        interval = meta.parameters(resource, None).get("reconnect_interval")
        if interval is not None:
            resource.reconnect_ms = resource.fail_expiry_ms = cib.times.interval_ms(interval)
    resource.next_role = target_role(resource) or roles.UNKNOWN


def _is_remote_connection(resource: Resource) -> bool:
    standard, provider, agent = (part.lower() if part else "" for part in resource.agent)
    return (standard, provider, agent) == ("ocf", "pacemaker", "remote")


def _configure_management(resource: Resource) -> None:
    in_maintenance = resource.cluster.options.maintenance
    resource.managed = not in_maintenance
    managed = resource.meta.get("is-managed")
    if managed is not None and managed.lower() != "default":
        resource.managed = cib.values.is_true(managed)
    if cib.values.is_true(resource.meta.get("maintenance")) or in_maintenance:
        resource.managed = False
        resource.maintenance = True


def _configure_uniqueness(resource: Resource) -> None:
    if top(resource).kind is not Kind.CLONE:
        resource.unique = True
        return
    unique = resource.meta.get("globally-unique")
    if unique is None:
        resource.unique = (cib.values.integer(resource.meta.get("clone-node-max")) or 0) > 1
    else:
        resource.unique = cib.values.is_true(unique)
    resource.promotable = cib.values.is_true(resource.meta.get("promotable"))


def _multiple_active(text: str | None) -> MultipleActive:
    try:
        return MultipleActive((text or "stop_start").lower())
    except ValueError:
        return MultipleActive.STOP_START


def _configure_requires(resource: Resource, value: str | None) -> None:
    cluster = resource.cluster
    wanted = (value or "").lower()
    if wanted not in ("nothing", "quorum", "fencing", "unfencing"):
        wanted = _default_requires(resource)
    if wanted == "unfencing" and (resource.is_fence_device or not cluster.options.fencing_enabled):
        wanted = "quorum"
    resource.needs_quorum = wanted == "quorum"
    resource.needs_fencing = wanted in ("fencing", "unfencing")
    resource.needs_unfencing = wanted == "unfencing"


def _default_requires(resource: Resource) -> str:
    cluster = resource.cluster
    if resource.is_fence_device or (resource.is_primitive and resource.is_remote_connection):
        return "quorum"
    if cluster.enable_unfencing:
        return "unfencing"
    if cluster.options.fencing_enabled:
        return "fencing"
    return "nothing" if cluster.no_quorum_policy is QuorumPolicy.IGNORE else "quorum"


def target_role(resource: Resource) -> int | None:
    """Return the role that target-role limits the resource to; None where it limits nothing."""
    text = resource.meta.get("target-role")
    if text is None or text.lower() in ("started", "default"):
        return None
    role = roles.parse(text)
    if role == roles.UNKNOWN or role == roles.PROMOTED:
        return None
    if role == roles.UNPROMOTED and not top(resource).promotable:
        return None
    return role


def is_disabled(resource: Resource) -> bool:
    """Return whether target-role keeps the resource from its highest role."""
    role = roles.parse(resource.meta.get("target-role"))
    return role == roles.STOPPED or (role == roles.UNPROMOTED and top(resource).promotable)


def _add_default_places(resource: Resource) -> None:
    cluster = resource.cluster
    is_guest_connection = resource.is_remote_connection and "container" in resource.meta
    if cluster.options.symmetric or is_guest_connection:
        for node in cluster.nodes:
            if node.id not in resource.allowed and _is_default(resource, node):
                resource.allowed[node.id] = where.default_place(node)


def _is_default(resource: Resource, node: Node) -> bool:
    """Return whether a node is allowed by default: not one that only some resources may use."""
    return not resource.cluster.options.symmetric or node.probing is not Probing.NEVER


def _unpack_contents(resource: Resource) -> bool:
    match resource.kind:
        case Kind.PRIMITIVE:
            return _unpack_primitive(resource)
        case Kind.GROUP:
            return _unpack_group(resource)
        case Kind.CLONE:
            return _unpack_clone(resource)
    return bundles.unpack(resource, unpack)


def _unpack_primitive(resource: Resource) -> bool:
    standard = (resource.element.get("class") or "").lower()
    parent = top(resource)
    if standard not in _UNIQUE_STANDARDS and resource.unique and parent.kind is Kind.CLONE:
        parent.clone_node_max = 1
        parent.clone_max = min(parent.clone_max, len(resource.cluster.nodes))
        _clear_unique(parent)
        _clear_unique(resource)
    return standard == "ocf" or not parent.promotable


def _clear_unique(resource: Resource) -> None:
    resource.unique = False
    resource.meta["globally-unique"] = "false"
    for child in resource.children:
        _clear_unique(child)


def _unpack_group(resource: Resource) -> bool:
    resource.ordered = cib.values.is_true(resource.meta.get("ordered"), True)
    resource.colocated = cib.values.is_true(resource.meta.get("collocated"), True)
    for element in resource.element.iterchildren("primitive"):
        member = unpack(resource.cluster, element, resource, resource.clone_number)
        if member is not None:
            resource.children.append(member)
    return bool(resource.children)


INSTANCES_MAX = 1000
"""How many instances of one resource there are at most: a slip of the finger in clone-max must not take all memory."""


def _number(resource: Resource, name: str, old_name: str, default: int) -> int:
    text = resource.meta.get(name, resource.meta.get(old_name))
    value = cib.values.integer(text)
    return default if value is None else max(value, 0)


def _unpack_clone(resource: Resource) -> bool:
    if resource.promotable:
        resource.promoted_max = _number(resource, "promoted-max", "master-max", 1)
        resource.promoted_node_max = _number(resource, "promoted-node-max", "master-node-max", 1)
    resource.clone_node_max = _number(resource, "clone-node-max", "", 1)
    wanted = _number(resource, "clone-max", "", max(1, len(resource.cluster.nodes)))
    resource.clone_max = min(wanted, INSTANCES_MAX)
    resource.ordered = cib.values.is_true(resource.meta.get("ordered"))
    if not resource.unique:
        resource.clone_node_max = min(resource.clone_node_max, 1)
    cloned = list(resource.element.iterchildren("primitive", "group"))
    if not cloned:
        return False
    resource.instance_element = cloned[0]
    resource.meta.setdefault("resource-stickiness", "1")
    resource.meta["globally-unique"] = "true" if resource.unique else "false"
    if resource.clone_max <= 0:
        return add_instance(resource) is not None
    while resource.total_clones < resource.clone_max:
        if add_instance(resource) is None:
            return False
    return True


def add_instance(clone: Resource) -> Resource | None:
    """Add one more instance; one beyond clone-max counts as removed."""
    assert clone.instance_element is not None, f"{clone.id} has nothing to clone"
    number, removed = clone.total_clones, clone.total_clones >= clone.clone_max
    instance = unpack(clone.cluster, clone.instance_element, clone, str(number))
    if instance is None:
        return None
    clone.total_clones += 1
    clone.children.append(instance)
    if removed:
        _mark_removed(instance)
    instance.meta["clone-max"] = str(clone.clone_max)
    return instance


def _mark_removed(resource: Resource) -> None:
    resource.removed = True
    for child in resource.children:
        _mark_removed(child)


def unpack_section(cluster: Cluster) -> None:
    """Add all configured resources, the highest priority first, and link what launches what."""
    section = cluster.configuration.find("resources")
    if section is None:
        return
    for element in (*section.iterchildren("*"), *cluster.guest_connections):
        if element.tag == "template":
            cluster.templates.setdefault(element.get("id") or "", [])
        else:
            resource = unpack(cluster, element)
            if resource is not None:
                cluster.resources.append(resource)
    for resource in cluster.resources:
        _link_launcher(resource)
        link_remote_node(cluster, resource)
    cluster.resources.sort(key=lambda r: -r.priority)


def _link_launcher(resource: Resource) -> None:
    if resource.children:
        for child in resource.children:
            _link_launcher(child)
        return
    launcher_id = resource.meta.get("container")
    if launcher_id is None or launcher_id == resource.id:
        return
    launcher = where.find_any(resource.cluster, launcher_id)
    if launcher is not None:
        resource.launcher = launcher
        launcher.launched.append(resource)


def link_remote_node(cluster: Cluster, resource: Resource) -> None:
    """Link a connection resource with the node that it connects."""
    if not resource.is_remote_connection:
        return
    node = cluster.node(resource.id)
    if node is None:
        return
    node.remote = resource
    if resource.launcher is None:
        node.unclean = cluster.options.startup_fencing
    else:
        node.attributes["#kind"] = "container"


def wants_unfencing(cluster: Cluster) -> bool:
    """Return whether any resource provides or requires unfencing."""
    section = cluster.configuration.find("resources")
    blocks = list(section.iter(cib.nvpairs.META)) if section is not None else []
    if cluster.rsc_defaults is not None:
        blocks += cluster.rsc_defaults.iterchildren(cib.nvpairs.META)
    return any(
        pair.get("name") in ("provides", "requires") and pair.get("value") == "unfencing"
        for block in blocks
        for pair in block.iterchildren("nvpair")
    )
