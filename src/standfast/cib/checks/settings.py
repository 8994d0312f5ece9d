"""Whether the options that are set exist and have values that count. All are warnings: the cluster uses the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from standfast.cib import options, properties, resources, values
from standfast.cib.checks.findings import close_to, named, warning
from standfast.cib.document import Document
from standfast.cib.options import Option
from standfast.errors import Report

_UNLISTED = frozenset(
    ("last-lrm-refresh", "node-health-custom", "hostlist", "maintenance", "site-name", "stonith-fabric")
)

_PROMOTABLE_ROLES = ("promoted", "unpromoted", "master", "slave")


def check(document: Document) -> Iterator[Report]:
    """Give a warning for each option that is unknown or has a value that does not count."""
    yield from _properties(document)
    for block in document.configuration.iter("meta_attributes"):
        parent = block.getparent()
        if parent is None or parent.tag in ("alert", "recipient"):
            continue
        table = options.OPERATION if parent.tag in ("op", "op_defaults") else options.META
        for pair in block.iterchildren("nvpair"):
            yield from _value(pair, table)
    yield from _fencing(document)
    yield from _on_fail(document)
    yield from _target_roles(document)


def _properties(document: Document) -> Iterator[Report]:
    for pair in document.root.iterfind("configuration/crm_config/cluster_property_set/nvpair"):
        name = pair.get("name", "")
        known = name in options.PROPERTIES or name in options.current_names(options.PROPERTIES) or name in _UNLISTED
        close = "" if known else close_to(name, options.PROPERTIES)
        if close:
            yield warning("unknown-property", pair, f"the property {name} is unknown; it has no effect", close)
        yield from _value(pair, options.PROPERTIES)


def _value(pair: etree._Element, table: Mapping[str, Option]) -> Iterator[Report]:
    name, value = pair.get("name", ""), pair.get("value")
    option = table.get(options.current_names(table).get(name, name))
    if option is None or value is None or value.lower() == "#default" or option.accepts(value):
        return
    owner = pair.getparent()
    where = named(owner) if owner is not None else "nothing"
    message = f"{name} in {where} is {value!r}: it counts as unset"
    yield warning("bad-option", pair, message, option.expected)


def _fencing(document: Document) -> Iterator[Report]:
    """Give a warning if nodes shall be fenced and nothing can do it."""
    read = properties.read(document)
    if not read.is_true("fencing-enabled") or read.integer("fencing-watchdog-timeout"):
        return
    tree = resources.tree(document)
    if tree and not any(r.standard == "stonith" for top in tree for r in top.walk()):
        message = "fencing is enabled and there is no fence device: nothing will be started"
        yield warning("no-fencing", document.configuration, message, "a device, or fencing-enabled=false")


def _on_fail(document: Document) -> Iterator[Report]:
    """Give a warning for each reaction to a failure that is not possible: the default is used."""
    fencing = properties.read(document).is_true("fencing-enabled")
    for operation in document.configuration.iter("op"):
        pairs = operation.iterfind("meta_attributes/nvpair[@name='on-fail']")
        reaction = operation.get("on-fail") or next((pair.get("value") for pair in pairs), "")
        where = f"on-fail of {named(operation)}"
        if operation.get("name") == "stop" and reaction == "stop":
            yield warning(
                "on-fail", operation, f"{where} is stop: what failed to stop cannot be stopped", "block or fence"
            )
        elif reaction == "fence" and not fencing:
            yield warning(
                "on-fail", operation, f"{where} is fence, and fencing is disabled", "stop, or fencing-enabled=true"
            )


def _target_roles(document: Document) -> Iterator[Report]:
    """Give a warning for each role that a resource cannot have: it counts as unset."""
    for top in resources.tree(document):
        promotable = top.kind == "master" or values.is_true(top.meta().get("promotable")) or top.kind == "bundle"
        for resource in () if promotable else top.walk():
            role = resource.meta().get("target-role", "")
            if role.lower() in _PROMOTABLE_ROLES:
                message = f"target-role of {named(resource.element)} is {role}, and it cannot be promoted"
                yield warning("target-role", resource.element, message, "Started or Stopped")
