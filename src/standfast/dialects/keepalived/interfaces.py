"""Interfaces that a configuration names: a missing one stops VRRP unless interfaces are dynamic."""

from __future__ import annotations

from standfast.dialects.keepalived.engine import Session

DEFAULT = "eth0"


def interface(session: Session, name: str) -> bool:
    """Return whether an interface may be used: it is there, or may come; note if VRRP cannot start without it."""
    if session.around.has_interface(name) or session.shared.get("dynamic_interfaces"):
        return True
    session.shared["missing_interface"] = True
    return False


def default_interface(session: Session) -> str | None:
    """Return the interface of what names none, if there is one."""
    name = session.current["global_defs"].get("default_interface", DEFAULT)
    return name if interface(session, name) else None
