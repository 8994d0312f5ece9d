"""`crm_simulate` with files, and resident."""

from __future__ import annotations

import bz2
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

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


def test_what_a_dc_kept_is_read_and_written_compressed(cluster: Path, tmp_path: Path) -> None:
    """An input that was kept could not be looked at; or what is stored into it could not be read again."""
    kept = tmp_path / "pe-input-0.bz2"
    kept.write_bytes(bz2.compress(cluster.read_bytes()))
    assert crm_simulate.main(["-X", "-Q", "-x", str(kept), "-d", "n1"]) == Exit.OK
    state = next(cib.Document.parse(bz2.decompress(kept.read_bytes())).root.iter("node_state"))
    assert state.get("crmd") == "offline"


def test_an_answer_in_a_file(cluster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script would find nothing in the file that it named."""
    file = tmp_path / "answer.xml"
    assert crm_simulate.main(["-R", "-x", str(cluster), "--output-as=xml", f"--output-to={file}"]) == Exit.OK
    root = etree.fromstring(file.read_bytes())
    assert [child.tag for child in root] == ["cluster_status", "actions", "status"]
    assert capsys.readouterr().out == ""


def test_a_folder_of_inputs_is_timed(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could see which input takes long."""
    (cluster.parent / "other.bz2").write_bytes(bz2.compress(cluster.read_bytes()))
    (cluster.parent / "notes.txt").write_text("no input")
    assert crm_simulate.main(["-P", str(cluster.parent), "-N", "2"]) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Timings:"
    assert [Path(line.split()[2]).name for line in lines[1:]] == ["cluster.xml", "other.bz2"]
    assert crm_simulate.main(["-P", str(cluster.parent), "--output-as=xml"]) == Exit.OK
    assert len(etree.fromstring(capsys.readouterr().out.encode()).findall("timings/timing")) == 2


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["--output-as=html"], Exit.NO_SUCH),
        (["-X"], Exit.USAGE),
        (["--version"], Exit.OK),
        (["--version", "--output-as=xml"], Exit.OK),
        (["-N", "many"], Exit.USAGE),
    ],
)
def test_statuses_are_pacemakers(argv: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A script could not tell a wrong call from a simulation."""
    assert crm_simulate.main(argv) == status
    printed = capsys.readouterr()
    assert (printed.out if status == Exit.OK else printed.err) != ""
