"""What a node's state says of one resource: its operations, and what follows from them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import history_entries as h
from standfast.scheduler.history_entries import HistoryEntry
from standfast.scheduler.sorting import merge_sort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree


class ResourceHistory:
    """One `lrm_resource`. It is read once, and never changed: a resident scheduler keeps it from run to run.

    `entries` are in the document's order, `ordered` by age, the oldest first. `present` are those since the resource
    was last started, none if it was stopped since; `recurring` those that run again and again since its last start or
    stop. `only_absent`: no more is known than that one probe did not find the resource.
    """

    __slots__ = ("agent", "container", "entries", "has_children", "id", "only_absent", "ordered", "present",
                 "recurring", "shutdown_lock", "element")  # fmt: skip

    def __init__(self, element: etree._Element, node_name: str) -> None:
        get = element.get
        self.element = element
        self.id = get("id")
        self.agent = (get("class"), get("provider"), get("type"))
        self.container = get("container")
        self.shutdown_lock = get("shutdown-lock")
        self.has_children = len(element) > 0
        self.entries = [HistoryEntry(op, node_name) for op in element.iterchildren("lrm_rsc_op")]
        self.ordered = in_order(self.entries)
        start, stop = bounds(self.ordered)
        since = stop + 1 if start < stop else max(start, 0)
        self.present = [] if start < stop else self.ordered[since:]
        self.recurring = [e for e in self.ordered[since:] if e.interval_ms and e.status != h.PENDING]
        self.only_absent = len(self.entries) == 1 and self.entries[0].is_absence


def of_state(state: etree._Element) -> list[ResourceHistory]:
    """Return what a `node_state` says of each resource, in the document's order."""
    name = state.get("uname") or ""
    return [ResourceHistory(one, name) for one in state.iterfind("lrm/lrm_resources/lrm_resource")]


def in_order(entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """Return the entries by age, the oldest first; where ages say nothing, the later in the document first."""
    return merge_sort(list(reversed(entries)), h.age)


def bounds(entries: Sequence[HistoryEntry]) -> tuple[int, int]:
    """Return the indices of the last start (or what implies one) and of the last successful stop; -1 for none."""
    start = stop = implied_by_monitor = implied_by_role = -1
    for index, entry in enumerate(entries):
        task = entry.task.lower()
        if task == "stop" and entry.status == h.DONE:
            stop = index
        elif task in ("start", "migrate_from"):
            start = index
        elif implied_by_monitor <= stop and task == "monitor":
            if entry.rc in (h.OK, h.RUNNING_PROMOTED):
                implied_by_monitor = index
        elif task in ("promote", "demote"):
            implied_by_role = index
    if start == -1:
        start = implied_by_role if implied_by_role != -1 else implied_by_monitor
    return start, stop
