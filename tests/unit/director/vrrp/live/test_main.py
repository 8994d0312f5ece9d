"""The program's beginning."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast.director.vrrp.live import main


def test_a_faulty_configuration_is_refused_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A router would run with half of what was asked; or a mistake end in a trace."""
    path = tmp_path / "vrrp.json"
    path.write_text('{"routers": [{"name": "V", "vrid": 0, "interface": "eth0", "addresses": [], "priority": 300}]}')
    assert main.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert "vrrp.vrid-range" in said
    assert "vrrp.priority-range" in said
