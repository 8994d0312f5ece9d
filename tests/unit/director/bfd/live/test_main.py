"""The program's beginning."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast.director.bfd.live import main


def test_a_faulty_configuration_is_refused_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A session would run with half of what was asked; or a mistake end in a trace."""
    path = tmp_path / "bfd.json"
    path.write_text('{"sessions": [{"name": "S", "neighbor": "10.0.0.1", "multiplier": 0, "ttl": 300}]}')
    assert main.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert "bfd.multiplier" in said
    assert "bfd.ttl" in said
