"""Views of the configured resources: the tree of primitives, groups, clones and bundles, and the operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from lxml import etree

from standfast.cib import nvpairs, templates, times, values
from standfast.cib.document import Document
from standfast.cib.rules import Context

KINDS = ("primitive", "group", "clone", "master", "bundle")


class Resource(msgspec.Struct, frozen=True, eq=False):
    """A configured resource. `element` is what it amounts to (templates merged in): read it, do not change it.

    `kind` is primitive, group, clone, master or bundle; the agent's words are empty but for primitives.
    """

    id: str
    kind: str
    element: etree._Element
    children: tuple[Resource, ...] = ()
    standard: str = ""
    provider: str = ""
    type: str = ""

    @property
    def agent(self) -> str:
        """Return `ocf:heartbeat:IPaddr2`; empty if it is no primitive."""
        return ":".join(word for word in (self.standard, self.provider, self.type) if word)

    def context(self, base: Context) -> Context:
        """Return the rule input with this resource's agent."""
        return Context(
            now_s=base.now_s, node_attributes=base.node_attributes, standard=self.standard or None,
            provider=self.provider or None, type=self.type or None, utc_offset_s=base.utc_offset_s,
        )  # fmt: skip

    def parameters(self, context: Context | None = None) -> dict[str, str]:
        """Return its own instance attributes."""
        return nvpairs.unpack(self.element, nvpairs.INSTANCE, self.context(context or Context()))

    def meta(self, context: Context | None = None) -> dict[str, str]:
        """Return its own meta attributes, without what it inherits."""
        return nvpairs.unpack(self.element, nvpairs.META, self.context(context or Context()))

    def promotable(self) -> bool:
        """Return whether it is a clone whose instances can be promoted."""
        if self.kind == "master":
            return True
        return self.kind == "clone" and values.is_true(self.meta().get("promotable"))

    def walk(self) -> Iterator[Resource]:
        """Give this resource and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Operation(msgspec.Struct, frozen=True):
    """A configured operation, without its defaults. `options` are its attributes and its meta attributes."""

    id: str
    name: str
    interval_ms: int
    role: str
    options: Mapping[str, str]


def tree(document: Document) -> tuple[Resource, ...]:
    """Return the top resources in the document's order."""
    section = document.root.find("configuration/resources")
    if section is None:
        return ()
    known = document.templates()
    return tuple(_resource(e, known) for e in section if e.tag in KINDS)


def index(resources: tuple[Resource, ...]) -> dict[str, Resource]:
    """Return all resources of a tree by id."""
    return {r.id: r for top in resources for r in top.walk()}


def top_of(resources: tuple[Resource, ...], resource_id: str) -> Resource | None:
    """Return the outermost resource that is or holds the one with this id; None if there is none."""
    for top in resources:
        if any(r.id == resource_id for r in top.walk()):
            return top
    return None


def operations(resource: Resource, context: Context | None = None) -> tuple[Operation, ...]:
    """Return a primitive's operations in the document's order."""
    given = resource.context(context or Context())
    return tuple(_operation(op, given) for op in resource.element.iterfind("operations/op"))


def _resource(element: etree._Element, known: Mapping[str, etree._Element]) -> Resource:
    effective = templates.expand(element, known)
    return Resource(
        id=element.get("id", ""),
        kind=str(element.tag),
        element=effective,
        children=tuple(_resource(child, known) for child in element if child.tag in KINDS),
        standard=effective.get("class", "") if element.tag == "primitive" else "",
        provider=effective.get("provider", "") if element.tag == "primitive" else "",
        type=effective.get("type", "") if element.tag == "primitive" else "",
    )


def _operation(op: etree._Element, context: Context) -> Operation:
    own = {str(name): str(value) for name, value in op.items() if name != "id"}
    options = {**nvpairs.unpack(op, nvpairs.INSTANCE, context), **nvpairs.unpack(op, nvpairs.META, context), **own}
    return Operation(
        id=op.get("id", ""),
        name=options.get("name", ""),
        interval_ms=times.interval_ms(options.get("interval")),
        role=options.get("role", ""),
        options=options,
    )
