"""The units, as systemd reads them, and what the daemons say to it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.live]

ROOT = Path(__file__).resolve().parents[3]
UNITS = sorted((ROOT / "packaging" / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_reads_the_unit(unit: Path, tmp_path: Path) -> None:
    """A package would ship a unit that does not start."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze")
    text = unit.read_text().replace("/usr/bin/standfastd", "/bin/true").replace("/usr/bin/standfast", "/bin/true")
    (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
    assert done.returncode == 0, done.stderr


def test_the_agent_says_when_it_is_ready_alive_and_ends(tmp_path: Path) -> None:
    """systemd would start what needs the agent too early, or wait until its time-out."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        code = (
            "import pathlib; from standfast.enrolment.live import agent, places as p;"
            f"agent.places = lambda: p.Places(socket=pathlib.Path({str(tmp_path / 'agent.sock')!r})); agent.main()"
        )
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000",
                       "PYTHONPATH": str(ROOT / "src")}  # fmt: skip
        with subprocess.Popen([sys.executable, "-c", code], env=environment) as agent:
            try:
                said = [systemd.recv(1024).decode() for _ in range(3)]
                agent.send_signal(signal.SIGTERM)
                assert any(text.startswith("READY=1") for text in said)
                assert "WATCHDOG=1" in said
                while (text := systemd.recv(1024).decode()) != "STOPPING=1":
                    assert text == "WATCHDOG=1"
                assert agent.wait(60) == 0
            finally:
                agent.kill()
