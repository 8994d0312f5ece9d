"""What a process does not import before it needs it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from standfast import compiled

SELDOM = {"smtplib", "email", "difflib", "argparse", "ctypes", "inspect", "standfast.director.memory"}
OF_A_LOOP = {"asyncio", "ssl"}
OF_A_PROGRAM = {"asyncio", "logging", "lxml", "standfast.errors"}
"""What is only imported where the collector waits."""
OF_HTTP = {"smtplib", "email", "urllib.request", "http.client", "typing_extensions"}
OF_THE_WORKER = {"standfast.daemons.work", "standfast.daemons.planning", "standfast.dialects.crm"}
OF_LATER = {
    "subprocess", "logging.handlers", "standfast.director.vrrp.machine", "standfast.director.bfd.machine",
    "standfast.director.checks.http_messages", "hashlib", "json",
}  # fmt: skip


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("standfast.daemons.main", OF_A_PROGRAM),
        ("standfast.daemons.program, standfast.daemons.node", OF_HTTP | OF_THE_WORKER | {"dataclasses"}),
        ("standfast.daemons.worker_program", OF_A_PROGRAM),
        ("standfast.daemons.worker, standfast.daemons.work", OF_HTTP | {"asyncio", "dataclasses"}),
        ("standfast.daemons.director.keepalived", SELDOM | OF_A_LOOP | OF_LATER),
        ("standfast.daemons.director.reader", SELDOM | OF_A_LOOP | OF_LATER),
        ("standfast.daemons.director.vrrp_program", SELDOM - {"ctypes"} | OF_A_LOOP),
        ("standfast.daemons.director.bfd_program", SELDOM - {"ctypes"} | OF_A_LOOP),
        ("standfast.cli.main, standfast.cli.crm_simulate", OF_HTTP | OF_A_LOOP | {"dataclasses"}),
        ("standfast.cli.main, standfast.cli.keepalived", SELDOM | OF_A_LOOP),
        ("standfast.cli.main, standfast.cli.ipvsadm", SELDOM | OF_A_LOOP | {"subprocess", "hashlib"}),
    ],
)
def test_a_start_waits_for_nothing_that_it_seldom_needs(module: str, unwanted: set[str]) -> None:
    """Addresses and services would be back later by tens of milliseconds, unnoticed."""
    script = f"import sys; sys.path[:] = {sys.path!r}; import {module}; print(*sorted(sys.modules))"
    pure = {**os.environ, compiled.VARIABLE: "1"}  # sources that were touched are read to see whether they are the same
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=pure)
    assert not unwanted & set(done.stdout.split())


def test_what_the_modules_hold_is_not_looked_through() -> None:
    """A daemon's start would take a tenth longer, and its loop stand still whenever all was looked through later."""
    script = f"""
import gc, sys
sys.path[:] = {sys.path!r}
from standfast.daemons import main
try:
    main.main(["--no-such-option"])
except SystemExit as end:
    print(end.code, gc.get_freeze_count() > 10_000, gc.isenabled())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "True", "True"]
