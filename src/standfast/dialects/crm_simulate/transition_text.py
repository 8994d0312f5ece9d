"""The summary of a transition as text. Source: `crm_simulate`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from standfast.scheduler import Change, Role

if TYPE_CHECKING:
    from standfast.dialects.status.outline import Outline

WHOLE_NODES = ("Fence", "Shutdown")
"""What is done to a node; it stands in no column."""


def render(changes: Sequence[Change], outline: Outline) -> None:
    """Add the summary of these changes."""
    widths = _Widths()
    for change in changes:
        widths.take(change)
    with outline.list("Transition Summary"):
        for change in changes:
            if change.action in WHOLE_NODES:
                if change.reason:
                    how = f" ({change.detail})" if change.detail else ""
                    outline.item(f"{change.action}{how} {change.resource} '{change.reason}'")
            else:
                outline.item(widths.line(change))


class _Widths:
    """How wide the columns are: a resource that is wider than those before it gets two more."""

    def __init__(self) -> None:
        self.resource = self.detail = 5

    def take(self, change: Change) -> None:
        """Make room for a change."""
        if change.action in WHOLE_NODES:
            return
        if len(change.resource) > self.resource:
            self.resource = len(change.resource) + 2
        self.detail = max(self.detail, len(describe(change)))

    def line(self, change: Change) -> str:
        """Return one line."""
        place = f"{describe(change):>{self.detail}}"
        return f"{change.action:<8}   {change.resource:<{self.resource}}   ( {place} )" + _reason(change)


def _reason(change: Change) -> str:
    if change.reason:
        return f"  due to {change.reason}" + (" (blocked)" if change.blocked else "")
    return "  blocked" if change.blocked else ""


def roles_matter(change: Change) -> bool:
    """Return whether the roles are to be shown."""
    return change.role in (Role.UNPROMOTED, Role.PROMOTED) or change.next_role is Role.PROMOTED


def describe(change: Change) -> str:
    """Return from where to where, and from which role to which, where roles matter."""
    source, target, role, next_role = change.source, change.target, change.role, change.next_role
    needed = roles_matter(change)
    if not source:
        return f"{role} -> {next_role} {target}" if needed else target
    if not target:
        return f"{role} {source}" if needed else source
    same_node, same_role = source == target, role is next_role
    if same_role and same_node:
        return f"{role} {source}" if needed else source
    if same_role:
        return f"{source} -> {target} {role}" if needed else f"{source} -> {target}"
    if same_node:
        return f"{role} -> {next_role} {source}"
    return f"{role} {source} -> {next_role} {target}"
