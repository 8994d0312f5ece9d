"""Machines as network namespaces: commands, sockets that stay in one, processes and all below them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
LIMIT_S = 40
_CLONE_NEWNET = 0x40000000


def run(*words: str, check: bool = True) -> str:
    """Run a command; return what it says."""
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=30).stdout


def until(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """Wait until a condition holds; return what it gave, or its last answer."""
    end = time.monotonic() + limit_s
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def within(namespace: str, make: Callable[[], Any]) -> Any:
    """Return what `make` gives in a namespace: sockets stay there."""
    box: list[Any] = []

    def work() -> None:
        fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        try:
            if LIBC.setns(fd, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            box.append(make())
        finally:
            os.close(fd)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert box, f"nothing was made in {namespace}"
    return box[0]


def descendants(pid: int) -> list[int]:
    """Return a process and all below it."""
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{found[-1]}/task"):
                todo += map(int, Path(f"/proc/{found[-1]}/task/{task}/children").read_text().split())
    return found
