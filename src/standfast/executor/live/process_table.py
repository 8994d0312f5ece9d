"""What /proc/PID/stat says of processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

_STATE, _PARENT, _BEGAN = 0, 1, 19  # of the fields after the name; fields 3, 4 and 22 of proc(5)


class Entry(msgspec.Struct, frozen=True):
    """A process: its parent, and when it began, in clock ticks since boot."""

    pid: int
    parent: int
    start_ticks: int


def entry(pid: int) -> Entry | None:
    """Return a process that runs; None if there is none, or it is only not yet reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    if len(fields) <= _BEGAN or fields[_STATE] in "ZX":
        return None
    return Entry(pid, int(fields[_PARENT]), int(fields[_BEGAN]))


def younger(pid: int) -> Iterator[Entry]:
    """Yield the processes with a higher number than this one's, lowest first."""
    for number in sorted(int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) > pid):
        if found := entry(number):
            yield found


def ancestors(pid: int) -> Iterator[int]:
    """Yield the parent of a process, its parent, and so on."""
    while pid > 1 and (found := entry(pid)):
        pid = found.parent
        yield pid
