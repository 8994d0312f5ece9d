"""The log of a director's process."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast.daemons.director import process


def test_a_log_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    """A director would set its table and only then find that it cannot go on."""
    with pytest.raises(OSError, match="none"):
        process.Log(process.LogSettings(console=False, detail=False, name="test", file=str(tmp_path / "none" / "log")))
