"""The ring of saved scheduler inputs."""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest

from standfast.daemons import inputs


def test_each_series_counts_for_itself(tmp_path: Path) -> None:
    """A bug report would hold the wrong input."""
    kept = inputs.Inputs(tmp_path / "pengine")
    paths = [kept.keep(text, severity) for text, severity in ((b"a", "normal"), (b"b", "error"), (b"c", "normal"))]
    assert [p.name for p in paths] == ["pe-input-0.bz2", "pe-error-0.bz2", "pe-input-1.bz2"]
    assert [bz2.decompress(p.read_bytes()) for p in paths] == [b"a", b"b", b"c"]


def test_a_new_daemon_goes_on_where_the_old_one_ended(tmp_path: Path) -> None:
    """A restart would overwrite the inputs of the failure that led to it."""
    inputs.Inputs(tmp_path).keep(b"a", "warning")
    assert inputs.Inputs(tmp_path).keep(b"b", "warning").name == "pe-warn-1.bz2"


@pytest.mark.parametrize(
    ("severity", "last", "following"), [("normal", 3999, 0), ("warning", 4999, 0), ("error", 9999, 10000)]
)
def test_a_series_goes_round_at_its_limit(tmp_path: Path, severity: str, last: int, following: int) -> None:
    """The disk would fill with inputs; or the few that show errors would be lost."""
    name = inputs.SERIES[severity][0]
    (tmp_path / f"{name}.last").write_text(f"{last}\n")
    kept = inputs.Inputs(tmp_path)
    assert [kept.keep(b"x", severity).name for _ in range(2)] == [f"{name}-{last}.bz2", f"{name}-{following}.bz2"]
    assert (tmp_path / f"{name}.last").read_text() == f"{following + 1}\n"


def test_a_damaged_counter_begins_anew(tmp_path: Path) -> None:
    """A torn file would keep the DC from keeping anything."""
    (tmp_path / "pe-input.last").write_text("\0\0")
    assert inputs.Inputs(tmp_path).keep(b"x", "normal").name == "pe-input-0.bz2"
