"""Changes of the table for people."""

from __future__ import annotations

from collections.abc import Iterable

from standfast.director.lvs.services import VirtualService
from standfast.director.lvs.table import AddServer, AddService, Change, DeleteServer, DeleteService, EditService


def plan_lines(planned: Iterable[Change]) -> list[str]:
    """Return each change as a line: + what comes, ~ what is edited, - what goes."""
    return [_line(change) for change in planned]


def _line(change: Change) -> str:
    if isinstance(change, AddService | EditService):
        sign = "+" if isinstance(change, AddService) else "~"
        return f"{sign} {change.service.key} {_service(change.service)}"
    if isinstance(change, DeleteService):
        return f"- {change.key}"
    if isinstance(change, DeleteServer):
        return f"- {change.service} -> {change.server}"
    sign = "+" if isinstance(change, AddServer) else "~"
    server = change.server
    return f"{sign} {change.service} -> {server.key} {server.forwarding.name.lower()} weight {server.weight}"


def _service(service: VirtualService) -> str:
    persistent = f" persistent {service.persistence_timeout_s} s" if service.persistent else ""
    return f"{service.scheduler}{persistent}"
