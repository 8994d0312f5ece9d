"""`crm_simulate` with files, and resident."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from standfast import cib, cli
from standfast.cli import crm_simulate
from standfast.errors import Exit

SOURCE = Path(cli.__file__).resolve().parents[2]


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    text = (
        f'<cib epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1" validate-with="{cib.SCHEMA}">'
        '<configuration><crm_config/><nodes><node id="1" uname="n1"/></nodes><resources/><constraints/></configuration>'
        '<status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"/></status>'
        "</cib>"
    )
    path = tmp_path / "cluster.xml"
    path.write_text(text)
    return path


def test_a_file_in_and_files_out(cluster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The graph would not be saved where somebody wants it."""
    graph = tmp_path / "graph.xml"
    assert crm_simulate.main(["-S", "-x", str(cluster), "-G", str(graph), "-O", str(tmp_path / "after.xml")]) == Exit.OK
    assert "Online: [ n1 ]" in capsys.readouterr().out
    assert graph.read_text().startswith("<transition_graph")
    assert cib.Document.parse((tmp_path / "after.xml").read_bytes()).root.tag == "cib"


def test_in_place(cluster: Path) -> None:
    """Simulations in several steps would begin anew each time."""
    assert crm_simulate.main(["-X", "-Q", "-x", str(cluster), "-d", "n1"]) == Exit.OK
    state = next(cib.Document.parse(cluster.read_bytes()).root.iter("node_state"))
    assert state.get("crmd") == "offline"


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["--nonsense"], Exit.USAGE),
        (["-x", "nowhere.xml"], Exit.NO_INPUT),
        (["--help"], Exit.OK),
        (["-L"], Exit.DISCONNECTED),
    ],
)
def test_what_went_wrong_is_the_exit_status(
    argv: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts would go on with a result that is none."""
    monkeypatch.setenv("STANDFAST_SOCKET", str(tmp_path / "no-daemon"))
    assert crm_simulate.main([word.replace("nowhere", str(tmp_path / "nowhere")) for word in argv]) == status


def test_text_that_is_no_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Garbage would be taken for an empty cluster."""
    path = tmp_path / "garbage.xml"
    path.write_text("<cib")
    assert crm_simulate.main(["-S", "-x", str(path)]) == Exit.DATA
    assert str(path) in capsys.readouterr().err


def test_resident_it_answers_every_line(cluster: Path, tmp_path: Path) -> None:
    """One bad request would end the service for all that follow."""
    requests = [
        json.dumps({"argv": ["-S", "-x", str(cluster)], "merge": True}),
        "no request",
        json.dumps({"argv": ["--nonsense"]}),
        json.dumps({"argv": ["-x", str(tmp_path / "nowhere")]}),
        json.dumps({"argv": ["-R", "-x", str(cluster)]}),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "standfast.cli.crm_simulate", "--serve"], input="\n".join(requests) + "\n",
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["rc"] for answer in answers] == [Exit.OK, Exit.SOFTWARE, Exit.USAGE, Exit.NO_INPUT, Exit.OK]
    assert "Transition Summary" in answers[0]["stdout"]
    assert answers[4]["stdout"].startswith("Current cluster status:")
