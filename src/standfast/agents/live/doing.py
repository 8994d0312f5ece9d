"""What a process and its descendants are doing: for the record, before they are killed.

Reading some files of /proc waits for locks that a hung process may hold for ever (cmdline needs its memory map).
All is read in a thread that nobody waits for longer than a moment; what it has found by then is the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
PROCESSES_MAX = 40
STACK_LINES = 12
COMMAND_MAX = 400


def read(path: Path) -> str:
    """Return a file of /proc as text, "" if it cannot be had."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """Return a process's children by all of its threads."""
    found = " ".join(read(task / "children") for task in PROC.glob(f"{pid}/task/*"))
    return [int(word) for word in found.split()]


def tree(pid: int, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Yield a process and all its descendants with their depth, parents first."""
    yield depth, pid
    for child in children(pid):
        yield from tree(child, depth + 1)


def session(pid: int) -> list[int]:
    """Return the other processes of the session that this process leads: their parents may be gone."""
    found = []
    for folder in PROC.iterdir():
        if folder.name.isdecimal() and stat_fields(int(folder.name))[3:4] == [str(pid)]:
            found.append(int(folder.name))
    return found


def stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: state, parent, process group, session. Source: proc(5)."""
    return read(PROC / str(pid) / "stat").rpartition(")")[2].split()


def stack(folder: Path) -> list[str]:
    """Return a process's kernel stack, innermost first, by function names; [] where it may not be read."""
    return [line.split("] ", 1)[-1].split("+")[0] for line in read(folder / "stack").splitlines()[:STACK_LINES]]


def describe(pid: int, depth: int, lines: list[str]) -> None:
    """Add what can be said of a process. The lines are added at once and completed as more is known: see above."""
    folder = PROC / str(pid)
    fields = stat_fields(pid)
    if not fields:
        return
    indent = "  " * depth
    name = read(folder / "comm").strip()
    waits = read(folder / "wchan").strip("0\n")
    head = f"{indent}{pid} {name} state={fields[0]}" + (f" wchan={waits}" if waits else "")
    lines.append(head)
    at = len(lines) - 1
    frames = stack(folder)
    if frames:
        lines.append(f"{indent}  kernel stack: {' < '.join(frames)}")
    command = " ".join(read(folder / "cmdline").split("\0")).strip()[:COMMAND_MAX]
    if command:
        lines[at] = f"{head}: {command}"


def describe_all(pid: int, lines: list[str]) -> None:
    """Add what can be said of a process, its descendants and its session."""
    seen: set[int] = set()
    for depth, found in tree(pid):
        if len(seen) < PROCESSES_MAX and found not in seen:
            seen.add(found)
            describe(found, depth, lines)
    for found in session(pid):
        if len(seen) < PROCESSES_MAX and found not in seen:
            seen.add(found)
            describe(found, 1, lines)


async def doing(pid: int, wait_s: float = 0.5) -> str:
    """Return what a process and all that belongs to it are doing, one line each; found within `wait_s` seconds."""
    loop = asyncio.get_running_loop()
    lines: list[str] = []
    done = asyncio.Event()

    def look() -> None:
        describe_all(pid, lines)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=look, name="doing", daemon=True).start()
    try:
        await asyncio.wait_for(done.wait(), wait_s)
    except TimeoutError:
        return "\n".join([*lines, "(more could not be read in time)"])
    return "\n".join(lines)
