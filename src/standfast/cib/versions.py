"""How a change raises the version, and who made the last one. The document is the caller's and changed in place."""

from __future__ import annotations

from standfast.cib import times
from standfast.cib.document import Document, Version

WRITTEN = "cib-last-written"
ORIGIN = ("update-origin", "update-client", "update-user")


def raise_epoch(document: Document, now_s: int, *, origin: str = "", client: str = "", user: str = "") -> Version:
    """Count a change of the configuration: epoch + 1, num_updates 0; note when and by whom. Return the new version."""
    old = document.version
    new = Version(old.admin_epoch, old.epoch + 1, 0)
    set_version(document, new)
    document.root.set(WRITTEN, times.moment(now_s).ctime())
    for name, value in zip(ORIGIN, (origin, client, user), strict=True):
        if value:
            document.root.set(name, value)
    return new


def raise_updates(document: Document) -> Version:
    """Count a change of the status alone: num_updates + 1. Return the new version."""
    old = document.version
    new = Version(old.admin_epoch, old.epoch, old.num_updates + 1)
    document.root.set("num_updates", str(new.num_updates))
    return new


def set_version(document: Document, version: Version) -> None:
    """Write the version's three numbers."""
    document.root.set("admin_epoch", str(version.admin_epoch))
    document.root.set("epoch", str(version.epoch))
    document.root.set("num_updates", str(version.num_updates))
