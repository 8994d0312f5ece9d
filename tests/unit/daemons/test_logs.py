"""The daemon's log."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3] / "src"
START = "import logging; from standfast.daemons import logs; log = logs.Logs('n1', 'info'); say = logging.info; "


def run(program: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", START + program]
    return subprocess.run(command, env=environment, check=True, timeout=60, **more)  # type: ignore[call-overload, no-any-return]


def test_all_is_written_before_the_end() -> None:
    """A daemon's last words, which say why it ended, would be lost."""
    said = run("[say('line %d', n) for n in range(500)]; log.end(); import os; os._exit(0)", stderr=subprocess.PIPE)
    lines = said.stderr.decode().splitlines()
    assert len(lines) == 500
    assert lines[0].split(" ", 1)[1] == "n1 INFO line 0"


def test_who_does_not_read_it_holds_nothing_up() -> None:
    """A journal that hangs would hang the daemon, and have its node fenced."""
    reading, writing = os.pipe()
    try:
        run("[say('x' * 1000) for n in range(20_000)]; log.end(); import os; os._exit(0)", stderr=writing)
        assert len(os.read(reading, 1000)) == 1000
    finally:
        os.close(reading)
        os.close(writing)


def test_the_journal_gets_priorities_and_no_second_time(tmp_path: Path) -> None:
    """`journalctl -p warning` would show everything, or nothing, and each line would have two times."""
    with open(tmp_path / "journal", "wb") as journal:
        status = os.fstat(journal.fileno())
        os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
        try:
            run("say('one'); logging.warning('two'); log.end(); import os; os._exit(0)", stderr=journal)
        finally:
            del os.environ["JOURNAL_STREAM"]
    assert (tmp_path / "journal").read_text().splitlines() == ["<6>one", "<4>two"]
