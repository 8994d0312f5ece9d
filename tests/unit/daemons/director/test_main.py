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


def test_a_signal_that_comes_too_early_is_heeded_later(tmp_path: Path) -> None:
    """A director that is stopped while it starts would leave half a table that nobody takes out."""
    (tmp_path / "conf").write_text(CONF)
    words = [sys.executable, "-c", ENDED_WHILE_IT_SETS_ITS_TABLE, str(tmp_path / "conf"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["AddService", "AddServer", "DeleteService"]
    assert "Stopped" in done.stderr
    assert not (tmp_path / "ledger").exists()
