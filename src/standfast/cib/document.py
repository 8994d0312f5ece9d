"""The CIB document: Pacemaker's XML, the cluster's only truth."""

from __future__ import annotations

import copy

import msgspec
from lxml import etree

from standfast.cib import templates, values
from standfast.errors import ConfigError, Place, Report

SECTIONS = (
    "crm_config",
    "nodes",
    "resources",
    "constraints",
    "rsc_defaults",
    "op_defaults",
    "acls",
    "tags",
    "alerts",
    "fencing-topology",
)

FEATURE_SET = "3.16.1"
"""The `crm_feature_set` that new documents say: what Pacemaker 2.1.5 and later read."""

SCHEMA = "pacemaker-3.9"
"""The `validate-with` of new documents: the newest that both Pacemaker 2.1 and 3.0 read."""

BOOTSTRAP_OPTIONS = "cib-bootstrap-options"
"""The id of the property set that counts before all others."""


class Version(msgspec.Struct, frozen=True, order=True):
    """`admin_epoch.epoch.num_updates`: copies compare by it, field by field."""

    admin_epoch: int = 0
    epoch: int = 0
    num_updates: int = 0

    def __str__(self) -> str:
        return f"{self.admin_epoch}.{self.epoch}.{self.num_updates}"


class Document:
    """A CIB. Whoever holds one owns it: nothing that is passed to a pure function is changed by it."""

    __slots__ = ("root",)

    def __init__(self, root: etree._Element) -> None:
        self.root = root

    @classmethod
    def parse(cls, data: bytes | str, file: str = "") -> Document:
        """Return the document in this text; entities and network are off. Raises: ConfigError if it is no XML."""
        try:
            root = etree.fromstring(data.encode(errors="replace") if isinstance(data, str) else data, cls.parser())
        except etree.XMLSyntaxError as e:
            line, column = e.position
            raise ConfigError([Report("cib.not-xml", e.msg, "well-formed XML", Place(file, line, column))]) from None
        return cls(root)

    @staticmethod
    def parser() -> etree.XMLParser:
        """Return a new parser: entities and network are off, blank text is left out."""
        return etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, remove_pis=True)

    @classmethod
    def empty(cls, cluster_name: str = "") -> Document:
        """Return a document of version 0.0.0 with the required sections and nothing in them but the cluster's name."""
        root = etree.Element("cib", {"crm_feature_set": FEATURE_SET, "validate-with": SCHEMA, "epoch": "0",
                                     "num_updates": "0", "admin_epoch": "0"})  # fmt: skip
        configuration = etree.SubElement(root, "configuration")
        for name in SECTIONS[:4]:
            etree.SubElement(configuration, name)
        etree.SubElement(root, "status")
        if cluster_name:
            options = etree.SubElement(configuration[0], "cluster_property_set", id=BOOTSTRAP_OPTIONS)
            etree.SubElement(options, "nvpair", id=f"{BOOTSTRAP_OPTIONS}-cluster-name", name="cluster-name",
                             value=cluster_name)  # fmt: skip
        return cls(root)

    def render(self, *, pretty: bool = False) -> bytes:
        """Return the document as UTF-8 text."""
        return etree.tostring(self.root, encoding="utf-8", pretty_print=pretty)

    def copy(self) -> Document:
        """Return an independent copy."""
        return Document(copy.deepcopy(self.root))

    def copy_configuration(self) -> Document:
        """Return an independent copy with an empty status: far cheaper than a whole one in a large cluster."""
        root = etree.Element(self.root.tag, nsmap=self.root.nsmap)  # type: ignore[arg-type]
        for name, value in self.root.items():
            root.set(name, value)
        for child in self.root:
            root.append(etree.Element("status") if child.tag == "status" else copy.deepcopy(child))
        return Document(root)

    @property
    def version(self) -> Version:
        """Return the version; a missing or invalid number counts as 0."""
        names = ("admin_epoch", "epoch", "num_updates")
        return Version(*(max(0, values.integer(self.root.get(name)) or 0) for name in names))

    @property
    def configuration(self) -> etree._Element:
        """Return the `configuration` element; it is made if it is missing."""
        return _child(self.root, "configuration")

    @property
    def status(self) -> etree._Element:
        """Return the `status` element; it is made if it is missing."""
        return _child(self.root, "status")

    def section(self, name: str) -> etree._Element:
        """Return this section of the configuration (or `configuration`, `status`, `cib`); made if it is missing."""
        if name == "cib":
            return self.root
        if name in ("configuration", "status"):
            return _child(self.root, name)
        return _child(self.configuration, name)

    def find(self, element_id: str) -> etree._Element | None:
        """Return the element of the configuration with this id (the first one); None if there is none."""
        found = self.root.xpath("configuration//*[@id=$id]", id=element_id)
        return found[0] if isinstance(found, list) and found else None  # type: ignore[return-value]

    def templates(self) -> dict[str, etree._Element]:
        """Return the resource templates by id."""
        return {e.get("id", ""): e for e in self.root.iterfind("configuration/resources/template")}

    def effective(self, primitive: etree._Element) -> etree._Element:
        """Return what the primitive amounts to with its template; itself if it names none. See `templates.expand`."""
        if primitive.get(templates.REFERENCE) is None:
            return primitive
        return templates.expand(primitive, self.templates())

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Return the tags' ids and what each one's `obj_ref`s name, in the document's order."""
        return {
            tag.get("id", ""): tuple(ref.get("id", "") for ref in tag.iterchildren("obj_ref"))
            for tag in self.root.iterfind("configuration/tags/tag")
        }


def _child(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.find(tag)
    return etree.SubElement(parent, tag) if found is None else found


def line_of(element: etree._Element) -> int:
    """Return the line that an element was read from; 0 if it was not read."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0
