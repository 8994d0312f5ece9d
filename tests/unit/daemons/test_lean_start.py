"""What a process does not import before it needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from standfast import compiled

SELDOM = {"smtplib", "email", "difflib", "argparse", "ctypes", "inspect", "standfast.director.memory"}
OF_A_LOOP = {"asyncio", "ssl"}
OF_A_PROGRAM = {"asyncio", "logging", "lxml", "standfast.errors"}
"""What is only imported where the collector waits."""
OF_HTTP = {"smtplib", "email", "urllib.request", "http.client", "typing_extensions"}
OF_THE_WORKER = {"standfast.daemons.work", "standfast.daemons.planning", "standfast.dialects.crm"}
OF_LATER = {
    "subprocess", "standfast.director.checks.http_messages", "hashlib", "json", "uuid", "decimal", "datetime",
    "standfast.runtime.histogram", "socket", "selectors",
}  # fmt: skip
PATTERNS_MAX = 6
OF_A_LOG = {"logging", "traceback", "threading", "weakref", "string"}
"""What only who says something needs."""
OF_OTHER_HALVES = {"standfast.director.vrrp", "standfast.director.bfd"} | {
    f"standfast.dialects.keepalived.{name}"
    for name in ("vrrp_table", "vrrp_rules", "vrrp_nouns", "track_table", "bfd_table", "bfd_nouns")
}
OF_A_CHECKER = SELDOM | OF_A_LOOP | OF_LATER | OF_A_LOG | OF_OTHER_HALVES
START = f"""
import os, sys
sys.path[:] = {sys.path!r}
from standfast.cli.main import main as command
from standfast.daemons.director import main

class Ending:
    def services(self):
        return []

    def apply(self, changes):
        print(*sys.modules, flush=True)
        os._exit(0)

main.open_dataplane = lambda *_: Ending()
file, folder = sys.argv[1:]
command(["keepalived", "-n", "-l", "-f", file, "-p", folder + "/p", "-c", folder + "/c"])
"""
SERVICE = "virtual_server 192.0.2.1 80 {\n protocol TCP\n real_server 127.0.0.1 9 {\n TCP_CHECK {\n}\n}\n}\n"
SCRIPT = "vrrp_script a {\n script /bin/true\n}\n"


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("standfast.daemons.main", OF_A_PROGRAM),
        ("standfast.daemons.program, standfast.daemons.node", OF_HTTP | OF_THE_WORKER | {"dataclasses"}),
        ("standfast.daemons.worker_program", OF_A_PROGRAM),
        ("standfast.daemons.worker, standfast.daemons.work", OF_HTTP | {"asyncio", "dataclasses"}),
        ("standfast.daemons.director.keepalived", OF_A_CHECKER),
        ("standfast.daemons.director.reader", OF_A_CHECKER),
        ("standfast.daemons.director.vrrp_program", SELDOM - {"ctypes"} | OF_A_LOOP),
        ("standfast.daemons.director.bfd_program", SELDOM - {"ctypes"} | OF_A_LOOP),
        ("standfast.cli.personalities, standfast.cli.crm_simulate", OF_HTTP | OF_A_LOOP | {"dataclasses"}),
        (
            "standfast.cli.personalities, standfast.cli.keepalived",
            SELDOM | OF_A_LOOP | OF_LATER | OF_A_LOG | OF_OTHER_HALVES,
        ),
        ("standfast.cli.personalities, standfast.cli.ipvsadm", SELDOM | OF_A_LOOP | {"subprocess", "hashlib"}),
    ],
)
def test_a_start_waits_for_nothing_that_it_seldom_needs(module: str, unwanted: set[str]) -> None:
    """Addresses and services would be back later by tens of milliseconds, unnoticed."""
    script = f"import sys; sys.path[:] = {sys.path!r}; import {module}; print(*sorted(sys.modules))"
    assert not unwanted & said(script)


@pytest.mark.parametrize(
    ("text", "unwanted", "wanted"),
    [(SERVICE, OF_OTHER_HALVES, set()), (SERVICE + SCRIPT, set(), {"standfast.director.vrrp"})],
)
def test_a_table_stands_before_what_it_does_not_need(
    tmp_path: Path, text: str, unwanted: set[str], wanted: set[str]
) -> None:
    """Services would be back later by what a half takes that their configuration does not have."""
    (tmp_path / "conf").write_text(text)
    there = said(START, str(tmp_path / "conf"), str(tmp_path))
    assert not (SELDOM | OF_A_LOOP | OF_LATER | OF_A_LOG | unwanted) & there
    assert wanted <= there


def test_a_start_compiles_few_patterns() -> None:
    """Each takes longer than a module: what few configurations need is compiled when it is used."""
    script = f"""
import re, sys
sys.path[:] = {sys.path!r}
compile = re.compile
re.compile = lambda pattern, *flags: print(repr(pattern).replace(" ", "_")) or compile(pattern, *flags)
import standfast.cli.personalities, standfast.cli.keepalived, standfast.daemons.director.keepalived
"""
    assert len(said(script)) <= PATTERNS_MAX


def said(script: str, *words: str) -> set[str]:
    """Return the words that a script prints."""
    pure = {**os.environ, compiled.VARIABLE: "1"}  # sources that were touched are read to see whether they are the same
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True, env=pure)
    return set(done.stdout.split())


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
