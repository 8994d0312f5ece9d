"""Two daemons of one network namespace do not meet: `instance` names their files, `umask` says who may read them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

TEXT = """instance {name}
global_defs {{
    umask 027
}}
vrrp_instance A {{
    state BACKUP
    interface eth0
    virtual_router_id {vrid}
    version 3
    advert_int 0.1
    virtual_ipaddress {{
        10.70.0.{vrid}/24
    }}
}}
"""
SAME_CODE = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[4] / "src")}
PROGRAM = "import sys; from standfast.cli.main import main; sys.exit(main())"


def test_two_daemons_in_one_namespace(lan: Callable[..., Any], wait: Callable[..., Any], tmp_path: Path) -> None:
    """The second would not start, or write the first one's pid file, and everybody could read it."""
    place = lan(1)
    folder = Path(f"/run/keepalived-{place.names['a']}")
    running = []
    for number, name in enumerate(("one", "two"), 100):
        (tmp_path / name).write_text(TEXT.format(name=name, vrid=number))
        words = [sys.executable, "-c", PROGRAM, "keepalived", "-n", "-l", "-P", "-f", str(tmp_path / name)]
        with (tmp_path / f"{name}.log").open("wb") as log:
            running.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", place.names["a"], *words], stdout=log, stderr=log, env=SAME_CODE
                )
            )
    try:
        files = [folder / f"{part}_{name}.pid" for part in ("keepalived", "vrrp") for name in ("one", "two")]
        logs = [tmp_path / f"{name}.log" for name in ("one", "two")]
        assert wait(lambda: all("Startup complete" in log.read_text() for log in logs)), logs[0].read_text()
        assert wait(lambda: all(file.exists() for file in files)), files
        assert wait((folder / "keepalived_two.sock").exists)
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o640}
        told = [int((folder / f"keepalived_{name}.pid").read_text()) for name in ("one", "two")]
        assert told == [each.pid for each in running]
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(20)
    assert not folder.exists()
