"""Pacemaker's own regression cases, where they are at hand: the same texts, scores and graphs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast import scheduler

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("STANDFAST_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "pacemaker-cases" / "cases.tar.xz"
RUNNER = SHARED / "bench" / "scheduler_cases.py"
EQUAL_MIN = 680
"""How many cases have been the same in everything: no change may make them fewer."""


@pytest.mark.slow
@pytest.mark.skipif(
    not (ARCHIVE.is_file() and RUNNER.is_file()), reason=f"no cases in {SHARED} (STANDFAST_SHARED says where else)"
)
def test_as_many_cases_are_the_same_as_ever(tmp_path: Path) -> None:
    """A cluster that comes from Pacemaker would behave differently than it did."""
    out = tmp_path / "report.json"
    command = f"{sys.executable} -m standfast.cli.crm_simulate --serve"
    source = Path(scheduler.__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, RUNNER, ARCHIVE, "--serve", "-c", command, "-j", "2", "--json", out, "--keep", tmp_path],
        env=os.environ | {"PYTHONPATH": str(source)}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    report = json.loads(out.read_text())
    assert report["matching"]["four"] >= EQUAL_MIN, done.stdout
    # The runner overlooks white space; scripts that cut columns do not.
    other = [name for name, text in expected_summaries() if lines(text) != lines((tmp_path / name).read_text())]
    assert other == []


def expected_summaries() -> Iterator[tuple[str, str]]:
    """Yield each summary that Pacemaker prints, with its path below the folder of all."""
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            if member.name.endswith(".summary") and (file := archive.extractfile(member)):
                yield str(Path(*Path(member.name).parts[-2:])), file.read().decode()


def lines(text: str) -> list[str]:
    """Return the lines that are not empty."""
    return [line for line in text.splitlines() if line]
