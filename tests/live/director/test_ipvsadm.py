"""Our ipvsadm beside the real one, on a real kernel."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from standfast.cli import ipvsadm as command
from standfast.director.live import open_ipvs

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy]

in_guest = pytest.mark.skipif(
    not os.environ.get("STANDFAST_IN_UML"), reason="runs inside user-mode-linux, started by the test above"
)
REAL = "/usr/sbin/ipvsadm"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "ipvs"

LINES = """\
-C
-A -t 10.0.0.1:80 -b sh-port -s sh
-A -t 10.0.0.1:81 -b sh-port
-A -t 10.0.0.1:81 -b nosuch -r 10.0.0.2
-A -t 10.0.0.2:80 -s sh -b sh-port -p 60 -M 255.255.255.0 --pe sip
-A -t 10.0.0.1:81 --numeric=3
-A -t
-A -t 10.0.0.1:82 -nQ
-A -t10.0.0.1:83 -s=rr
-A -t 10.0.0.1:84 -p60
-A -t 10.0.0.1:85 -p 2678400
-A -t 10.0.0.1:86 -p 2678401
-A -t 203.0.113.1:80
-A -t 127.0.0.1:80
-A -t 192.168.0.1:443 -s wrr
-A -t 0x0a000009:80
-A -u 10.1:53 -o -s rr
-A -u [2001:db8::5]:53
-A --sctp-service 10.0.0.1:9899
-A -f 4294967295 -s rr
-A -f 3 -6 -p 10 -M 64
-a -r 10.0.0.9 -t 10.0.0.1:80 -m
-a -t 10.0.0.1:80 -r 10.0.0.8 -i --tun-type gre --tun-csum
-a -t 10.0.0.1:80 -r 10.0.0.7 -i --tun-type gue --tun-port 6080 --tun-remcsum -w 7
-a -t 10.0.0.1:80 -r 203.0.113.9:80 -m -x 9 -y 3
-a -t 10.0.0.1:80 -r 127.0.0.1 -w 0
-a -u [2001:db8::5]:53 -r [2001:db8::6]:53 -m
-a -f 3 -r [2001:db8::7]:0
-L
-L -n
-L -n --nosort
-L -n --tun-info
-L -n --thresholds
-L -n --persistent-conn
-L -n --stats
-L -n --stats --exact
-L -n --rate
-L -n -c
-L -n -c --persistent-conn
-L -n -t 10.0.0.1:80
-L -n -f 3 -6
-S
-S -n
-Z
--set 800 0 30
-L --timeout
--set 900 120 300
--start-daemon master --mcast-interface eth0 --sync-maxlen 65508
--start-daemon master --mcast-interface eth0 --mcast-group fe80::1
--start-daemon master --mcast-interface eth0 --mcast-group nonsense
--start-daemon master --mcast-interface eth0 --mcast-port 0
--start-daemon master --mcast-interface nosuch0
--start-daemon backup --mcast-interface eth0 --syncid 3
-L --daemon
--stop-daemon backup
--stop-daemon backup
--stop-daemon other
-A -t 10.0.0.1:90 -h
"""


def ours(capfd: pytest.CaptureFixture[str], line: str, stdin: str = "") -> tuple[int, str, str]:
    plane = open_ipvs()
    try:
        status = command.run(shlex.split(line), plane, stdin.splitlines(keepends=True))
    finally:
        plane.close()
    out, err = capfd.readouterr()
    return status & 255, out, err


def test_both_are_the_same_on_a_real_kernel(run_in_uml: Callable[[str], Any]) -> None:
    """If this failed, the real ipvsadm and ours would not stand in for each other."""
    recorded = SHARED / "ipvsadm_cases.json"
    copied = f"cp {shlex.quote(str(recorded))} /run/cases.json; " if recorded.exists() else ""
    tests = "tests/live/director/test_ipvsadm.py -k guest -p no:cacheprovider --basetemp=/run/pytest"
    result = run_in_uml(f"{copied}{shlex.quote(sys.executable)} -m pytest {tests}")
    assert result.status == 0, result.output[-8000:]
    assert "4 passed" in result.output, result.output[-2000:]


@in_guest
def test_in_guest_each_line_ends_alike(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """If this failed, a message, a status or a listing would differ from ipvsadm's."""
    monkeypatch.setattr(sys, "argv", [REAL])
    tables, wrong = [], []
    subprocess.run([REAL, "-C"], check=True)
    real = [subprocess.run([REAL, *shlex.split(line)], capture_output=True, text=True, check=False)
            for line in LINES.splitlines()]  # fmt: skip
    tables.append(ours(capfd, "-S -n")[1])
    for line, one in zip(LINES.splitlines(), real, strict=True):
        got = ours(capfd, line)
        if got != (one.returncode, one.stdout, one.stderr):
            wrong.append((line, (one.returncode, one.stdout, one.stderr), got))
    tables.append(subprocess.run([REAL, "-S", "-n"], capture_output=True, text=True, check=True).stdout)
    assert wrong == []
    assert tables[0] == tables[1]


@in_guest
def test_in_guest_each_restores_what_the_other_saved(capfd: pytest.CaptureFixture[str]) -> None:
    """If this failed, nobody could change from one to the other with a saved file."""
    subprocess.run([REAL, "-C"], check=True)
    # the real one cannot read again how it writes marks of 2**31 and more
    for line in (line for line in LINES.splitlines() if "-f 4294967295" not in line):
        subprocess.run([REAL, *shlex.split(line)], capture_output=True, check=False)
    saved = subprocess.run([REAL, "-S", "-n"], capture_output=True, text=True, check=True).stdout
    assert ours(capfd, "-C") == (0, "", "")
    assert ours(capfd, "-R", saved) == (0, "", "")
    assert rules(ours(capfd, "-S -n")[1]) == rules(saved)
    mine = ours(capfd, "-S -n")[1]
    subprocess.run([REAL, "-C"], check=True)
    subprocess.run([REAL, "-R"], input=mine, text=True, check=True)
    again = subprocess.run([REAL, "-S", "-n"], capture_output=True, text=True, check=True).stdout
    assert again == ours(capfd, "-S -n")[1]
    assert rules(again) == rules(saved)


def rules(text: str) -> list[str]:
    """Return rules in one order: ipvsadm's own goes round in circles when addresses are far apart."""
    return sorted(text.splitlines())


@in_guest
def test_in_guest_the_recorded_lines_end_as_recorded(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this failed, the kernel and the model would refuse differently."""
    recorded = Path("/run/cases.json")
    if not recorded.exists():
        pytest.skip("no recordings beside the sources")
    monkeypatch.setattr(sys, "argv", [REAL])
    subprocess.run(["ip", "link", "add", "dummy9", "type", "dummy"], check=True)
    wrong = []
    for case in json.loads(recorded.read_text())["cases"]:
        got = ours(capfd, case["args"], case["stdin"].replace("|", "\n"))
        if "--nosort" not in case["args"] and got != (case["rc"], case["out"], case["err"]):
            wrong.append((case["args"], case["rc"], case["out"], case["err"], got))
    assert wrong == []


@in_guest
def test_in_guest_the_link_is_the_program(tmp_path: Path) -> None:
    """If this failed, scripts that call `ipvsadm` would not reach ours."""
    link = tmp_path / "ipvsadm"
    link.write_text(f"#!{sys.executable}\nimport sys\nfrom standfast.cli.main import main\nsys.exit(main())\n")
    link.chmod(0o755)
    assert shutil.which("ipvsadm", path=str(tmp_path)) == str(link)
    subprocess.run([link, "-C"], check=True)
    subprocess.run([link, "-A", "-t", "172.16.100.3:80", "-s", "rr"], check=True)
    listed = subprocess.run([link, "-L", "-n"], capture_output=True, text=True, check=True).stdout
    assert "TCP  172.16.100.3:80 rr\n" in listed
    assert listed == subprocess.run([REAL, "-L", "-n"], capture_output=True, text=True, check=True).stdout
