"""Operations as configured: `op` elements, and the meta attributes that an action has from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from standfast import cib

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.working import Resource

DEFAULT_TIMEOUT_MS = 20_000


class Operation(msgspec.Struct, frozen=True):
    """One `op` element. `enabled` is False only where it says so."""

    id: str
    name: str
    interval_ms: int
    role: str | None
    enabled: bool
    attributes: Mapping[str, str]
    element: etree._Element
    has_parameters: bool


def read(element: etree._Element) -> tuple[Operation, ...]:
    """Return the operations of a resource's element (with its template applied)."""
    holder = element.find("operations")
    if holder is not None:
        holder = cib.rules.resolve(holder)
    if holder is None:
        return ()
    return tuple(_operation(op) for op in holder.iterchildren("op"))


def _operation(op: etree._Element) -> Operation:
    return Operation(
        id=op.get("id") or "",
        name=op.get("name") or "",
        interval_ms=cib.times.interval_ms(op.get("interval")),
        role=op.get("role"),
        enabled=cib.values.is_true(op.get("enabled"), True),
        attributes={str(k): str(v) for k, v in op.attrib.items()},
        element=op,
        has_parameters=op.find(cib.nvpairs.INSTANCE) is not None,
    )


def _exact(resource: Resource, task: str, interval_ms: int, disabled_too: bool) -> Operation | None:
    for op in resource.operations:
        if op.interval_ms == interval_ms and op.name == task and (disabled_too or op.enabled):
            return op
    return None


def find(resource: Resource, task: str, interval_ms: int, *, disabled_too: bool = True) -> Operation | None:
    """Return the operation that configures a task; those of a migration may be configured as `migrate`."""
    op = _exact(resource, task, interval_ms, disabled_too)
    if op is None and task in ("migrate_to", "migrate_from"):
        op = _exact(resource, "migrate", 0, disabled_too)
    return op


def is_probe(task: str, interval_ms: int) -> bool:
    """Return whether this is a one-shot monitor."""
    return interval_ms == 0 and task == "monitor"


def most_frequent_monitor(resource: Resource) -> Operation | None:
    """Return the enabled recurring monitor of the least interval."""
    monitors = [op for op in resource.operations if op.name == "monitor" and op.interval_ms and op.enabled]
    return min(monitors, key=lambda op: op.interval_ms, default=None)
