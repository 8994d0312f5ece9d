"""The command `ipvsadm` on the model in memory."""

import pytest

from standfast.cli import ipvsadm, main
from standfast.director.memory import MemoryDataplane


def test_a_call_prints_and_ends_as_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, scripts would see another status than the message says."""
    plane = MemoryDataplane()
    assert ipvsadm.run(["-A", "-t", "192.0.2.1:80", "-s", "rr"], plane, ()) == 0
    assert ipvsadm.run(["-A", "-t", "192.0.2.1:80", "-s", "rr"], plane, ()) == 255
    assert ipvsadm.run(["-S", "-n"], plane, ()) == 0
    assert capsys.readouterr() == ("-A -t 192.0.2.1:80 -s rr\n", "Service already exists\n")


def test_strict_may_stand_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, `ipvsadm -R --strict` would be an unknown option."""
    lines = ["-A -t 192.0.2.1:80\n", "-A -t 192.0.2.1:80\n", "-A -t 192.0.2.1:81\n"]
    assert ipvsadm.run(["-R", "--strict"], MemoryDataplane(), lines) == 255
    assert ipvsadm.run(["-R"], MemoryDataplane(), lines) == 0
    assert capsys.readouterr().err == "Service already exists\n" * 2


@pytest.mark.parametrize(
    "words", [["ipvsadm", "-v"], ["/usr/sbin/ipvsadm", "--version"], ["standfast", "ipvsadm", "-v"]]
)
def test_the_version_needs_no_kernel(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, the link or the word would not reach the program."""
    assert main.main(words) == 0
    assert capsys.readouterr().out.startswith("ipvsadm v1.31 ")
