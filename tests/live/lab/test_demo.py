"""The demonstration as an operator runs it."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from standfast.lab.live import packages, programs

pytestmark = [pytest.mark.live, pytest.mark.slow]


def run(words: list[str], lab_root: Path) -> subprocess.CompletedProcess[str]:
    """Run `standfast WORDS`, with labs in this folder."""
    environment = programs.environment() | {"STANDFAST_LAB_DIR": str(lab_root)}
    command = [sys.executable, "-m", "standfast.cli.main", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    if "no namespaces" in done.stderr:
        pytest.skip(done.stderr.strip())
    return done


@pytest.mark.parametrize(
    "options",
    [[], ["--user-namespace"], ["--engine", "corosync"], ["--engine", "corosync", "--user-namespace"]],
    ids=["root", "user-namespace", "corosync", "corosync-user-namespace"],
)
def test_the_demonstration_shows_what_it_claims(options: list[str], lab_root: Path) -> None:
    """The first thing that a newcomer types would fail, or leave something behind."""
    lacking = packages.missing("corosync" if "corosync" in options else "local")
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)}")
    done = run(["demo", *options], lab_root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NO " not in done.stdout
    away = dict(re.findall(r"^ *(node death|process death|standby) +(\d+) ms$", done.stdout, re.MULTILINE))
    assert set(away) == {"node death", "process death", "standby"}
    assert not (lab_root / "lab").exists()


def test_keep_leaves_it_running(lab_root: Path) -> None:
    """Who wants to look around would find the lab gone; or could not end it."""
    if packages.missing():
        pytest.skip(f"needs {', '.join(packages.missing())}")
    try:
        done = run(["demo", "--keep", "--name", "kept"], lab_root)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "standfast lab down --name kept" in done.stdout
        inside = run(["lab", "exec", "--name", "kept", "n2", "standfast", "status"], lab_root)
        assert "Promoted" in inside.stdout
        time.sleep(1)
        assert run(["lab", "status", "--name", "kept"], lab_root).returncode == 0
        assert run(["demo", "--name", "kept"], lab_root).returncode == 108
    finally:
        assert run(["lab", "down", "--name", "kept"], lab_root).returncode == 0
