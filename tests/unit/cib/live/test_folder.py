"""The store in a real folder, its writer killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from standfast.cib.live import Folder, open_store
from standfast.errors import LiveError

WRITER = """
import sys
from pathlib import Path
from standfast import cib
from standfast.cib.live import open_store
store = open_store(Path(sys.argv[1]), keep=4)
epoch = int(sys.argv[2])
while True:
    epoch += 1
    document = cib.Document.empty("x" * 20000)
    document.root.set("epoch", str(epoch))
    store.save(document, epoch, ("n1",))
    sys.stdout.write(f"{epoch}\\n")
    sys.stdout.flush()
"""


def test_a_killed_writer_leaves_a_good_document(tmp_path: Path) -> None:
    """A daemon killed while storing (out of memory, an impatient operator) would not start again, or forget."""
    choose, acknowledged = random.Random(1), 0
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4] / "src")}
    for _ in range(6):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(acknowledged)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        assert first, "the writer must have stored once"
        time.sleep(choose.random() * 0.05)
        writer.send_signal(signal.SIGKILL)
        lines = [first, *writer.stdout]
        writer.wait()
        writer.stdout.close()
        acknowledged = int([line for line in lines if line.endswith("\n")][-1])
        found = open_store(tmp_path).load()
        assert found.document is not None
        assert found.document.version.epoch in (acknowledged, acknowledged + 1)
        assert found.term == found.document.version.epoch
        assert found.refused == ()
        acknowledged = found.document.version.epoch


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    """Passwords of fence devices would be everybody's."""
    folder = Folder(tmp_path / "new" / "cib")
    folder.write("f", b"secret")
    assert (tmp_path / "new" / "cib").stat().st_mode & 0o007 == 0
    assert (tmp_path / "new" / "cib" / "f").stat().st_mode & 0o007 == 0


def test_what_the_world_refuses_says_so(tmp_path: Path) -> None:
    """A wrong path would end the daemon with a traceback."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LiveError, match="file"):
        Folder(tmp_path / "file" / "cib")
    with pytest.raises(LiveError, match="nothing"):
        Folder(tmp_path).read("nothing")
