"""Views of constraints: locations, colocations, orders, tickets, and their resource sets. Text stays as written."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from lxml import etree

from standfast.cib.document import Document


class ResourceSet(msgspec.Struct, frozen=True):
    """A set of resources inside a constraint. None: the attribute is not given."""

    id: str
    members: tuple[str, ...]
    sequential: str | None = None
    require_all: str | None = None
    ordering: str | None = None
    action: str | None = None
    role: str | None = None
    score: str | None = None
    kind: str | None = None


class Location(msgspec.Struct, frozen=True, eq=False):
    """Where a resource may or shall run: a node and a score, or rules."""

    id: str
    resource: str
    pattern: str
    sets: tuple[ResourceSet, ...]
    node: str
    score: str
    role: str
    discovery: str
    rules: tuple[etree._Element, ...]


class Colocation(msgspec.Struct, frozen=True):
    """A dependent resource's place relative to a primary's."""

    id: str
    dependent: str
    primary: str
    sets: tuple[ResourceSet, ...]
    score: str
    dependent_role: str
    primary_role: str
    node_attribute: str
    influence: str


class Order(msgspec.Struct, frozen=True):
    """What must be done first, and then."""

    id: str
    first: str
    then: str
    sets: tuple[ResourceSet, ...]
    kind: str
    score: str
    first_action: str
    then_action: str
    symmetrical: str
    require_all: str


class Ticket(msgspec.Struct, frozen=True):
    """A resource that needs a ticket."""

    id: str
    ticket: str
    resource: str
    sets: tuple[ResourceSet, ...]
    role: str
    loss_policy: str


Constraint = Location | Colocation | Order | Ticket


def read(document: Document) -> tuple[Constraint, ...]:
    """Return the constraints in the document's order; unknown elements are passed over."""
    makers: dict[str, Callable[[etree._Element], Constraint]] = {
        "rsc_location": location,
        "rsc_colocation": colocation,
        "rsc_order": order,
        "rsc_ticket": ticket,
    }
    found = document.root.iterfind("configuration/constraints/*")
    return tuple(makers[e.tag](e) for e in found if e.tag in makers)


def naming(document: Document, resource_id: str) -> tuple[etree._Element, ...]:
    """Return the elements of the constraints that name this resource, in an attribute or a set."""
    return tuple(
        e
        for e in document.root.iterfind("configuration/constraints/*")
        if resource_id in (e.get("rsc"), e.get("with-rsc"), e.get("first"), e.get("then"))
        or any(ref.get("id") == resource_id for ref in e.iter("resource_ref"))
    )


def location(element: etree._Element) -> Location:
    """Return an `rsc_location`."""
    get = element.get
    return Location(
        get("id", ""), get("rsc", ""), get("rsc-pattern", ""), _sets(element), get("node", ""), get("score", ""),
        get("role", ""), get("resource-discovery", ""), tuple(element.iterchildren("rule")),
    )  # fmt: skip


def colocation(element: etree._Element) -> Colocation:
    """Return an `rsc_colocation`."""
    get = element.get
    return Colocation(
        get("id", ""), get("rsc", ""), get("with-rsc", ""), _sets(element), get("score", ""), get("rsc-role", ""),
        get("with-rsc-role", ""), get("node-attribute", ""), get("influence", ""),
    )  # fmt: skip


def order(element: etree._Element) -> Order:
    """Return an `rsc_order`."""
    get = element.get
    return Order(
        get("id", ""), get("first", ""), get("then", ""), _sets(element), get("kind", ""), get("score", ""),
        get("first-action", ""), get("then-action", ""), get("symmetrical", ""), get("require-all", ""),
    )  # fmt: skip


def ticket(element: etree._Element) -> Ticket:
    """Return an `rsc_ticket`."""
    get = element.get
    return Ticket(get("id", ""), get("ticket", ""), get("rsc", ""), _sets(element), get("rsc-role", ""),
                  get("loss-policy", ""))  # fmt: skip


def _sets(element: etree._Element) -> tuple[ResourceSet, ...]:
    return tuple(_set(e) for e in element.iterchildren("resource_set"))


def _set(element: etree._Element) -> ResourceSet:
    get = element.get
    return ResourceSet(
        get("id", ""), tuple(ref.get("id", "") for ref in element.iterchildren("resource_ref")), get("sequential"),
        get("require-all"), get("ordering"), get("action"), get("role"), get("score"), get("kind"),
    )  # fmt: skip
