"""The table of processes."""

from __future__ import annotations

import os
import subprocess

from standfast.executor.live import process_table


def test_a_process_is_found_with_its_parent_until_it_has_ended() -> None:
    """A daemon that died would be taken for alive, or the wrong process would be watched."""
    child = subprocess.Popen(["/bin/sh", "-c", "read x"], stdin=subprocess.PIPE)
    found = process_table.entry(child.pid)
    assert found is not None
    assert found.parent == os.getpid()
    assert found in process_table.younger(child.pid - 1)
    assert child.pid not in [e.pid for e in process_table.younger(child.pid)]
    assert os.getpid() in process_table.ancestors(child.pid)
    child.communicate(b"")
    assert process_table.entry(child.pid) is None


def test_ancestors_end_with_the_first_process() -> None:
    """The search for orphans would not end, or would not know who takes them in."""
    assert list(process_table.ancestors(os.getpid()))[-1] in (0, 1)
    assert list(process_table.ancestors(1)) == []
