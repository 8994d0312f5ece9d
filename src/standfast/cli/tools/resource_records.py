"""Resources as the daemon's status has them, looked up by the names that operators use."""

from __future__ import annotations

from standfast.cli.tools.exits import NO_SUCH, ToolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def base(instance: str) -> str:
    """Return an instance's resource: `db:1` is of `db`."""
    return instance.partition(":")[0]


def instances(status: dict[str, Any], resource: str) -> list[dict[str, Any]]:
    """Return the instances that a name means: itself, or all within a group or clone. Raises: ToolError (105)."""
    found = [r for r in status["resources"] if resource in _names(r)]
    if not found:
        raise ToolError(f"Resource '{resource}' not found\nError performing operation: No such object", NO_SUCH)
    return found


def _names(record: dict[str, Any]) -> set[str]:
    return {record["id"], base(record["id"]), *(name for _, name in record.get("parents", []))}


def active(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the nodes where instances are, and the role on each, in the order of the status."""
    return [(node, r["role"]) for r in found for node in r.get("nodes", [])]
