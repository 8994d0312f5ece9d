"""What `director` and `realserver` refuse before anything is changed, and their exit statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast.cli.commands import setting_up
from standfast.cli.main import main
from standfast.director import setup
from standfast.errors import Severity


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("director setup --vip 10.255.0.1", 64, "--method"),
        ("director setup -m dr --vip nonsense", 78, "director.address"),
        ("director setup -m dr --vip 10.255.0.1 -i nosuch0 --plan", 78, "director.no-link"),
        ("director setup -m dr --sysctl net.ipv4.x", 64, "not NAME=VALUE"),
        ("realserver setup -m tun --vip 2001:db8::1 --plan", 78, "director.tunnel-family"),
        ("realserver setup -m nat", 78, "director.no-director"),
        ("realserver unsetup --vip 10.255.0.1", 105, "not set up here"),
        ("realserver status", 105, "not set up"),
        ("director status", 105, "not set up"),
        ("realserver setup -m dr --vip 10.255.0.1 --plan", 0, "add 10.255.0.1/32 to lo"),
        ("realserver unsetup --plan", 0, "Nothing would be done"),
    ],
)
def test_statuses(words: str, status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, a script could not tell a mistake of its own from a machine that is not set up."""
    assert main(["standfast", *words.split(), "--state", str(tmp_path)]) == status
    out, err = capsys.readouterr()
    assert said in out + err
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_of_a_real_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, a file that is something else would be examined as a real server."""
    path = tmp_path / "web1.json"
    path.write_text("[]")
    assert main(["standfast", "director", "doctor", "--real-server", str(path)]) in (65, 77)
    assert "standfast: " in capsys.readouterr().err


def test_the_status_follows_the_worst_finding() -> None:
    """If this failed, a monitoring script would be told that all is well."""
    mistakes = {s: setup.Finding("director.x", s, "web1", "", "", "") for s in (Severity.ERROR, Severity.WARNING)}
    assert setting_up.status_of([]) == 0
    assert setting_up.status_of([mistakes[Severity.WARNING]]) == 0
    assert setting_up.status_of([mistakes[Severity.WARNING]], strict=True) == 1
    assert setting_up.status_of(list(mistakes.values())) == 1
