"""The command `keepalived -t`, `director check` and `director plan` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from standfast.cli import main

SERVICE = """virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 198.51.100.1 80 {
        weight 1
    }
}
"""


@pytest.fixture
def write(tmp_path: Path):
    def writing(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return writing


def test_t_names_lines_as_keepalived_does_and_ends_with_its_status(write, capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, deployments that ask `keepalived -t` would pass faulty files."""
    name = write("a.conf", SERVICE.replace("weight 1", "weight x"))
    assert main.main(["keepalived", "-t", "-f", name]) == 5
    assert capsys.readouterr().err.startswith(f"({name}: Line 6) ")
    assert main.main(["/usr/sbin/keepalived", "-t", "-f", write("b.conf", SERVICE)]) == 0
    assert capsys.readouterr().err == ""


def test_strict_refuses_what_keepalived_overlooks(write, capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, --strict would be no stricter."""
    name = write("a.conf", SERVICE + SERVICE)
    assert main.main(["keepalived", "-t", "-f", name]) == 0
    assert main.main(["keepalived", "-t", "--strict", "-f", name]) == 78
    assert "[keepalived.service-twice]" in capsys.readouterr().err


def test_t_can_write_to_a_file(write, tmp_path: Path) -> None:
    """If this failed, reload_check_config's log would be empty."""
    assert main.main(["keepalived", f"--config-test={tmp_path}/log", "-f", write("a.conf", "frobnicate\n")]) == 5
    assert "frobnicate" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("text", "status", "verdict"),
    [
        (SERVICE, 0, "clean"),
        (SERVICE.replace("weight 1", "weight x"), 1, "runs with faults"),
        (SERVICE.replace("weight 1", "weight"), 78, "does not start"),
        (SERVICE + SERVICE, 1, "clean"),
    ],
)
def test_check_tells_what_becomes_of_a_file(
    write, capsys: pytest.CaptureFixture[str], text: str, status: int, verdict: str
) -> None:
    """If this failed, a file that does not start would look like one with a warning."""
    name = write("a.conf", text)
    assert main.main(["standfast", "director", "check", name]) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{name}: {verdict}")
    assert main.main(["standfast", "director", "check", name, "--json"]) == status
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_plan_shows_what_a_reload_would_change(write, capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, an operator would learn of a deleted service from its clients."""
    old = write("old.conf", SERVICE)
    new = write("new.conf", SERVICE.replace("weight 1", "weight 2").replace("rr", "wrr"))
    assert main.main(["standfast", "director", "plan", new, "--from", old]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "~ TCP 192.0.2.1:80 wrr",
        "~ TCP 192.0.2.1:80 -> 198.51.100.1:80 nat weight 2",
    ]
    assert main.main(["standfast", "director", "plan", old, "--from", old]) == 0
    assert capsys.readouterr().out == "nothing changes\n"


def test_plan_refuses_a_file_that_does_not_start(write, capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, a plan would be shown for what never runs."""
    name = write("a.conf", "virtual_server\n")
    assert main.main(["standfast", "director", "plan", name, "--from", name]) == 78
    assert "a.conf:1" in capsys.readouterr().err
