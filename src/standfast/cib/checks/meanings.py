"""What the grammar cannot say: attributes and children that need or exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from standfast.cib import times
from standfast.cib.checks.findings import error, named, warning
from standfast.errors import Report

_SETS = ("cluster_property_set", "meta_attributes", "instance_attributes", "utilization")


def check(configuration: etree._Element) -> Iterator[Report]:
    """Give a report for every element that contradicts itself."""
    for element in configuration.iter("*"):
        found = _CHECKS.get(str(element.tag))
        if found is not None:
            yield from found(element)


def _present(element: etree._Element, *names: str) -> list[str]:
    return [name for name in names if element.get(name) is not None]


def _identified(element: etree._Element) -> Iterator[Report]:
    given = _present(element, "id", "id-ref")
    if len(given) != 1:
        problem = "has both id and id-ref" if given else "has no id"
        yield error("missing-id", element, f"{named(element)} {problem}", "id, or id-ref to share another's content")


def _pair(element: etree._Element) -> Iterator[Report]:
    yield from _identified(element)
    if element.get("id-ref") is not None:
        return
    if element.get("name") is None:
        yield error("missing-attribute", element, f"{named(element)} has no name", "name")
    if element.get("value") is None:
        yield warning("bad-option", element, f"{named(element)} has no value: it counts as unset", "value")


def _rule(element: etree._Element) -> Iterator[Report]:
    yield from _identified(element)
    if len(_present(element, "score", "score-attribute")) > 1:
        yield error("contradiction", element, f"{named(element)} has score and score-attribute", "one of them")
    if element.get("id-ref") is None and not len(element):
        yield error("empty-rule", element, f"{named(element)} has no condition", "an expression")


def _expression(element: etree._Element) -> Iterator[Report]:
    unary = element.get("operation") in ("defined", "not_defined")
    if not unary and element.get("value") is None:
        yield error("missing-attribute", element, f"{named(element)} compares with nothing", "value")


def _date(element: etree._Element) -> Iterator[Report]:
    operation = element.get("operation", "in_range")
    needed = {"gt": ("start",), "lt": ("end",), "in_range": (), "date_spec": ()}.get(operation, ())
    for name in needed:
        if element.get(name) is None:
            yield error("missing-attribute", element, f"{named(element)} has no {name}", name)
    if operation == "in_range" and not _present(element, "start", "end"):
        yield error("missing-attribute", element, f"{named(element)} has neither start nor end", "start, end or both")
    if operation == "date_spec" and element.find("date_spec") is None:
        yield error("missing-element", element, f"{named(element)} has no <date_spec>", "<date_spec>")
    for name in _present(element, "start", "end"):
        if times.parse_moment(element.get(name)) is None:
            message = f"{name} of {named(element)} is {element.get(name)!r}"
            yield error("bad-value", element, message, "an ISO 8601 date (2026-01-31 12:00:00Z)")


def _primitive(element: etree._Element) -> Iterator[Report]:
    if element.get("template") is not None:
        if _present(element, "class", "type", "provider"):
            yield error("contradiction", element, f"{named(element)} has a template and an agent", "one of them")
        return
    yield from _agent(element)


def _agent(element: etree._Element) -> Iterator[Report]:
    for name in ("class", "type"):
        if element.get(name) is None:
            yield error("missing-attribute", element, f"{named(element)} has no {name}", name)
    if element.get("class") == "ocf" and element.get("provider") is None:
        yield error("missing-attribute", element, f"{named(element)} is of class ocf without provider", "provider")


def _clone(element: etree._Element) -> Iterator[Report]:
    inner = [child for child in element if child.tag in ("primitive", "group")]
    if len(inner) != 1:
        yield error(
            "clone-content", element, f"{named(element)} holds {len(inner)} resources", "one primitive or group"
        )


def _bundle(element: etree._Element) -> Iterator[Report]:
    containers = [child for child in element if child.tag in ("docker", "podman", "rkt")]
    if len(containers) != 1:
        yield error("bundle-content", element, f"{named(element)} has {len(containers)} containers", "docker or podman")


def _location(element: etree._Element) -> Iterator[Report]:
    whom = _present(element, "rsc", "rsc-pattern") + ["resource_set"] * (element.find("resource_set") is not None)
    if len(whom) != 1:
        what = " and ".join(whom) or "no resource"
        yield error("contradiction", element, f"{named(element)} names {what}", "rsc, rsc-pattern or resource_set")
    by_node = _present(element, "node")
    by_rule = element.find("rule") is not None
    if by_rule and _present(element, "node", "score"):
        yield error("contradiction", element, f"{named(element)} has a rule and a node or score", "one of them")
    elif by_node and element.get("score") is None:
        scored = element.find("resource_set[@score]") is not None
        if not scored:
            yield error("missing-attribute", element, f"{named(element)} has a node without a score", "score")
    elif not by_node and not by_rule and element.find("lifetime") is None and not _discovers(element):
        yield error("missing-attribute", element, f"{named(element)} says nowhere where", "node and score, or a rule")


def _discovers(element: etree._Element) -> bool:
    return element.get("resource-discovery") is not None


def _both_or_sets(*names: str) -> Callable[[etree._Element], Iterator[Report]]:
    def check_pair(element: etree._Element) -> Iterator[Report]:
        given = _present(element, *names)
        sets = element.find("resource_set") is not None
        if sets and given:
            yield error("contradiction", element, f"{named(element)} has {' and '.join(given)} and sets", "one of them")
        elif not sets:
            for name in [n for n in names if n not in given]:
                expected = f"{name}, or resource_set"
                yield error("missing-attribute", element, f"{named(element)} has no {name}", expected)

    return check_pair


def _resource_set(element: etree._Element) -> Iterator[Report]:
    yield from _identified(element)
    if element.get("id-ref") is None and element.find("resource_ref") is None:
        yield error("missing-element", element, f"{named(element)} is empty", "<resource_ref>")


def _level(element: etree._Element) -> Iterator[Report]:
    ways = _present(element, "target", "target-pattern", "target-attribute")
    if len(ways) != 1:
        what = " and ".join(ways) or "no node"
        yield error("contradiction", element, f"{named(element)} names {what}",
                    "target, target-pattern, or target-attribute with target-value")  # fmt: skip
    if element.get("target-attribute") is not None and element.get("target-value") is None:
        yield error("missing-attribute", element, f"{named(element)} has no target-value", "target-value")
    if element.get("index") in ("0", "00"):
        yield error("bad-value", element, f"index of {named(element)} is 0", "1 to 9")
    if element.get("devices") is not None and not element.get("devices", "").strip(" ,"):
        yield error("bad-value", element, f"{named(element)} has no devices", "fence devices, separated by commas")


def _one_of(*names: str) -> Callable[[etree._Element], Iterator[Report]]:
    def check_one(element: etree._Element) -> Iterator[Report]:
        if len(_present(element, *names)) != 1:
            what = " and ".join(_present(element, *names)) or "none of them"
            yield error("contradiction", element, f"{named(element)} has {what}", " or ".join(names))

    return check_one


def _operations(element: etree._Element) -> Iterator[Report]:
    """Give a warning for operations that are the same to the cluster: of one name and interval."""
    seen: dict[tuple[str, int], str] = {}
    for op in element.iterchildren("op"):
        key = (op.get("name", ""), times.interval_ms(op.get("interval")))
        if key in seen and key[1]:
            message = f"{named(op)} is a duplicate of {seen[key]}: name and interval are the same"
            yield warning("duplicate-operation", op, message, "another interval")
        seen.setdefault(key, op.get("id", ""))


_CHECKS: Mapping[str, Callable[[etree._Element], Iterator[Report]]] = {
    **dict.fromkeys(_SETS, _identified),
    "nvpair": _pair,
    "rule": _rule,
    "expression": _expression,
    "date_expression": _date,
    "primitive": _primitive,
    "template": _agent,
    "clone": _clone,
    "master": _clone,
    "bundle": _bundle,
    "rsc_location": _location,
    "rsc_colocation": _both_or_sets("rsc", "with-rsc"),
    "rsc_order": _both_or_sets("first", "then"),
    "rsc_ticket": _both_or_sets("rsc"),
    "resource_set": _resource_set,
    "fencing-level": _level,
    "storage-mapping": _one_of("source-dir", "source-dir-root"),
    "port-mapping": _one_of("port", "range"),
    "operations": _operations,
}
