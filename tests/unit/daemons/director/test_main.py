"""A director's process from its start on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONF = "virtual_server 192.0.2.1 80 {\n protocol TCP\n real_server 127.0.0.1 9 {\n TCP_CHECK {\n}\n}\n}\n"
ENDED_WHILE_IT_SETS_ITS_TABLE = f"""
import os, signal, sys
sys.path[:] = {sys.path!r}
from standfast.daemons.director import main
from standfast.daemons.director.settings import Settings
from standfast.director.memory import MemoryDataplane

class Interrupted(MemoryDataplane):
    def apply(self, changes):
        if not self.services():
            os.kill(os.getpid(), signal.SIGTERM)
        print(*(type(each).__name__ for each in changes))
        return super().apply(changes)

main.open_dataplane = lambda *_: Interrupted()
file, folder = sys.argv[1:]
paths = dict(file=file, socket=folder + "/s", ledger=folder + "/ledger")
settings = Settings(foreground=True, console=True, vrrp=False, **paths)
sys.exit(main.run(settings))
"""
WITHOUT_A_LEDGER = ENDED_WHILE_IT_SETS_ITS_TABLE.replace('folder + "/ledger"', '"/proc/none/ledger"')


def test_a_signal_that_comes_too_early_is_heeded_later(tmp_path: Path) -> None:
    """A director that is stopped while it starts would leave half a table that nobody takes out."""
    (tmp_path / "conf").write_text(CONF)
    words = [sys.executable, "-c", ENDED_WHILE_IT_SETS_ITS_TABLE, str(tmp_path / "conf"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["AddService", "AddServer", "DeleteService"]
    assert "Stopped" in done.stderr
    assert not (tmp_path / "ledger").exists()


def test_what_is_said_of_a_start_is_said_in_its_order(tmp_path: Path) -> None:
    """An operator would miss that the next start will not know its services, or look for the cause elsewhere."""
    (tmp_path / "conf").write_text(CONF.replace("TCP\n", "TCP\n no_such_word\n", 1))
    words = [sys.executable, "-c", WITHOUT_A_LEDGER, str(tmp_path / "conf"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    said = [line.partition("] ")[2] for line in done.stderr.splitlines()]
    unknown = f"WARNING {tmp_path}/conf:3:2: error: no_such_word is no keyword here [keepalived.unknown-keyword]"
    ledger = "ERROR the ledger cannot be written: /proc/none/ledger: No such file or directory"
    assert [line for line in said if "NOTICE" in line or line in (ledger, unknown)] == [
        ledger,
        unknown,
        "NOTICE up with 1 virtual services, 1 real servers, 1 checks",
        "NOTICE Startup complete",
        "NOTICE Stopping",
        ledger,
        "NOTICE Stopped",
    ]
