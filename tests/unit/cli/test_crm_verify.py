"""`crm_verify` as scripts call it."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from standfast.cli import crm_verify
from standfast.errors import Exit

TEN = Path(__file__).resolve().parent / "samples" / "ten-mistakes.xml"
GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "scheduler"


def cib(resources: str = "", constraints: str = "", *, fencing: str = "false") -> str:
    return (
        '<cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config>'
        f'<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="{fencing}"/>'
        f"</cluster_property_set></crm_config><nodes/><resources>{resources}</resources><constraints>{constraints}</constraints></configuration>"
        "<status/></cib>"
    )


def primitive(inner: str = "", name: str = "a") -> str:
    return f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy">{inner}</primitive>'


MONITOR = '<op id="{}" name="monitor" interval="10s"/>'
META = '<meta_attributes id="m"><nvpair id="m1" name="target-role" value="Unpromoted"/></meta_attributes>'
CASES = {
    "sound": (cib(primitive()), Exit.OK),
    "no fencing": (cib(primitive(), fencing="true"), Exit.CONFIG),
    "no fencing, nothing to run": (cib(fencing="true"), Exit.OK),
    "a reference to nothing": (cib(constraints='<rsc_location id="l" rsc="b" node="n" score="5"/>'), Exit.CONFIG),
    "an unknown attribute": (cib(primitive().replace("type=", "typ=")), Exit.CONFIG),
    "two equal monitors": (
        cib(primitive(f"<operations>{MONITOR.format('x')}{MONITOR.format('y')}</operations>")), Exit.CONFIG,
    ),
    "a stop that stops": (
        cib(primitive('<operations><op id="x" name="stop" interval="0" on-fail="stop"/></operations>')), Exit.CONFIG,
    ),
    "fencing without fencing": (
        cib(primitive('<operations><op id="x" name="start" interval="0" on-fail="fence"/></operations>')), Exit.CONFIG,
    ),
    "a role that cannot be": (cib(primitive(META)), Exit.CONFIG),
    "no XML": ("<cib", Exit.CONFIG),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_pacemakers(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration that Pacemaker refuses to work with would be called sound, or the other way round."""
    text, status = CASES[case]
    assert crm_verify.main(["-X", text]) == status
    assert (capsys.readouterr().err != "") is (status != Exit.OK)


# Ours takes an empty cluster for sound, and finds out what Pacemaker finds out when it comes to act.
OTHERWISE = ("no fencing, nothing to run", "a stop that stops", "fencing without fencing")


@pytest.mark.skipif(shutil.which("crm_verify") is None, reason="no crm_verify here (pacemaker-cli-utils)")
@pytest.mark.parametrize("case", [name for name in CASES if name not in OTHERWISE])
def test_the_verdicts_are_those_of_the_real_one(case: str) -> None:
    """What is said above of Pacemaker would not be so."""
    text, status = CASES[case]
    done = subprocess.run(["crm_verify", "-X", text], capture_output=True, timeout=30, check=False)
    assert done.returncode == status


def test_ten_mistakes_give_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever corrects a configuration would need ten runs to find ten mistakes."""
    assert crm_verify.main(["-x", str(TEN)]) == Exit.CONFIG
    lines = capsys.readouterr().err.splitlines()
    found = [line for line in lines if line.startswith(f"{TEN}:")]
    assert {int(line.split(":")[1]) for line in found} == {6, 11, 14, 16, 17, 18, 21, 22, 23, 24}
    assert all("(expected " in line for line in found)
    assert lines[-1].startswith("crm_verify: Errors found during check: config not valid")


def test_as_xml(capsys: pytest.CaptureFixture[str]) -> None:
    """A tool that reads the answer would not find the status."""
    assert crm_verify.main(["-x", str(TEN), "--output-as=xml"]) == Exit.CONFIG
    status = etree.fromstring(capsys.readouterr().out.encode()).find("status")
    assert status is not None
    assert dict(status.attrib) == {"code": "78", "message": "Invalid configuration"}
    assert len(status.findall("errors/error")) >= 10


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A cron job would send mail each time."""
    assert crm_verify.main(["-q", "-x", str(TEN)]) == Exit.CONFIG
    assert capsys.readouterr() == ("", "")


def test_what_was_checked_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document that an operator looks at would be another than the one that was checked."""
    text = cib(primitive())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    saved = tmp_path / "saved.xml"
    assert crm_verify.main(["-p", "-S", str(saved)]) == Exit.OK
    assert etree.fromstring(saved.read_bytes()).find("configuration/resources/primitive") is not None


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["-x", "nowhere.xml"], Exit.ERROR),
        ([], Exit.ERROR),
        (["--bogus"], Exit.USAGE),
        (["-X", cib(), "--output-as", "html"], Exit.ERROR),
        (["-L"], Exit.DISCONNECTED),
        (["--version"], Exit.OK),
        (["--help"], Exit.OK),
    ],
)
def test_what_cannot_be_checked(argv: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script would take a wrong call for a verdict."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STANDFAST_SOCKET", str(tmp_path / "no-daemon"))
    assert crm_verify.main(argv) == status
