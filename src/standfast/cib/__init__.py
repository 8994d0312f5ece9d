"""The configuration and status document: Pacemaker's CIB."""

from standfast.cib.document import SECTIONS, Document, Version

__all__ = ["SECTIONS", "Document", "Version"]
