"""Which entries of a history are of the present life of a resource: those since it was last started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import history_entries as h
from standfast.scheduler.sorting import merge_sort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standfast.scheduler.history_entries import HistoryEntry


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
