"""The CIB document: Pacemaker's XML, the cluster's only truth."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from lxml import etree

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


@dataclass(frozen=True, slots=True, order=True)
class Version:
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
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, huge_tree=True)
        try:
            root = etree.fromstring(data.encode() if isinstance(data, str) else data, parser)
        except etree.XMLSyntaxError as e:
            line, column = e.position
            raise ConfigError([Report("cib.not-xml", e.msg, "well-formed XML", Place(file, line, column))]) from None
        return cls(root)

    def render(self, *, pretty: bool = False) -> bytes:
        """Return the document as UTF-8 text."""
        return etree.tostring(self.root, encoding="utf-8", pretty_print=pretty)

    def copy(self) -> Document:
        """Return an independent copy."""
        return Document(copy.deepcopy(self.root))

    @property
    def version(self) -> Version:
        """Return the version; a missing number counts as 0."""
        return Version(*(int(self.root.get(name, "0") or 0) for name in ("admin_epoch", "epoch", "num_updates")))
