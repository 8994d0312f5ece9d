"""A configuration that is being changed: where its objects are, and what could not be done."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lxml import etree

from standfast import cib
from standfast.dialects.crm import elements, ids, nouns, vocabulary
from standfast.errors import Place, Report, Severity

CONTAINERS = ("group", "clone", "master", "bundle")
RESOURCES = ("primitive", *CONTAINERS)
MEMBERS = ("primitive", "group")
TOPOLOGY = "fencing_topology"
_SECTION_ORDER = (
    "crm_config",
    "nodes",
    "resources",
    "constraints",
    "tags",
    "fencing-topology",
    "rsc_defaults",
    "op_defaults",
    "acls",
    "alerts",
)


class Configuration:
    """A configuration that is being changed. `index` holds every id with its element, `reports` what cannot be done."""

    def __init__(self, document: cib.Document, unread: Iterable[str] = ()) -> None:
        self.document = document.copy()
        root = self.document.root
        found = root if root.tag == "configuration" else root.find("configuration")
        self.root: etree._Element = found if found is not None else etree.SubElement(root, "configuration")
        for element in self.root.iter():
            elements.set_line(element, 0)  # lines are the text's that is applied
        self.reports: list[Report] = []
        self.unread = frozenset(unread)
        self.defined: dict[str, nouns.Define] = {}
        self.file = ""  # of the order that is being carried out
        self.fresh: set[str] = set()  # made by the batch that is being defined
        self.index: dict[str, etree._Element] = {}
        self.reindex()

    def reindex(self) -> None:
        """Look at all ids again."""
        self.index = dict(ids.all_of(self.root))

    def forget(self, element: etree._Element) -> None:
        """The ids in this tree are free."""
        for name, owner in ids.all_of(element):
            if self.index.get(name) is owner:
                del self.index[name]

    def fill(self, element: etree._Element, prefix: str = "") -> None:
        """Give the parts of this tree the ids they lack."""
        ids.fill(element, self.index, prefix)

    def section(self, name: str) -> etree._Element:
        """Return a section, made at its place where it is missing."""
        found = self.root.find(name)
        if found is None:
            found = etree.Element(name)
            before = _SECTION_ORDER[: _SECTION_ORDER.index(name)]
            place = [i + 1 for i, c in enumerate(self.root) if c.tag in before]
            self.root.insert(max(place, default=0), found)
        return found

    def find(self, name: str) -> etree._Element | None:
        """Return the object with this id (or node with this name)."""
        if name == TOPOLOGY:
            return self.root.find("fencing-topology")
        found = self.index.get(name)
        if found is not None and is_object(found):
            return found
        return self.node(name)

    def node(self, name: str) -> etree._Element | None:
        """Return the node of this name."""
        nodes = self.root.iterfind("nodes/node")
        return next((n for n in nodes if n.get("uname", "").lower() == name.lower()), None)

    def resource(self, name: str, kinds: Collection[str] = RESOURCES) -> etree._Element | None:
        """Return the resource with this id, if it is of one of these kinds."""
        found = self.index.get(name)
        return found if found is not None and found.tag in kinds else None

    def names(self, *tags: str) -> list[str]:
        """Return the ids of all elements of these kinds."""
        return [e.get("id", "") for e in self.root.iter(*tags)]

    def object_names(self) -> list[str]:
        """Return what can be deleted and shown."""
        return [name for name, element in self.index.items() if is_object(element)]

    def report(self, code: str, message: str, expected: str, place: Place, severity: Severity = Severity.ERROR) -> None:
        """Keep a finding."""
        self.reports.append(Report(code, message, expected, place, severity))


def is_object(element: etree._Element) -> bool:
    """Return whether the element is a thing of its own, not a part of one."""
    if element.tag in ("cluster_property_set", "meta_attributes"):
        parent = element.getparent()
        return parent is not None and parent.tag in ("crm_config", "rsc_defaults", "op_defaults")
    return bool(vocabulary.section_of(str(element.tag)))
