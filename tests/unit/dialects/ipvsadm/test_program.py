"""ipvsadm beside recordings of the real one, on the model in memory."""

from __future__ import annotations

import json
import shlex
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any, ClassVar

import pytest

from standfast import director
from standfast.dialects import ipvsadm
from standfast.director import lvs
from standfast.director.memory import MemoryDataplane

SHARED = Path(__file__).resolve().parents[5] / "shared" / "ipvs"
NOT_HERE = "no recordings of the real ipvsadm beside the sources"


class Names:
    """The names that the recordings' machine knew."""

    services: ClassVar[dict[tuple[str, int], str]] = {
        ("tcp", 21): "ftp", ("tcp", 80): "http", ("tcp", 88): "kerberos", ("tcp", 443): "https",
        ("tcp", 5060): "sip", ("tcp", 6000): "x11", ("tcp", 8080): "http-alt", ("udp", 53): "domain",
    }  # fmt: skip

    def host_address(self, name: str) -> IPv4Address | None:
        return IPv4Address("127.0.0.1") if name == "localhost" else None

    def host_name(self, address: lvs.Address) -> str | None:
        return "localhost" if address == ip_address("127.0.0.1") else None

    def service_port(self, name: str, transport: str) -> int | None:
        return next((p for (t, p), n in self.services.items() if (t, n) == (transport, name)), None)

    def service_name(self, port: int, transport: str) -> str | None:
        return self.services.get((transport, port))


def call(plane: director.Dataplane, line: str, stdin: str = "", strict: bool = False) -> tuple[int, str, str]:
    """Return status, output and messages of one command line."""
    program = ipvsadm.Ipvsadm(plane, Names(), "/usr/sbin/ipvsadm", strict)
    output = program.run(shlex.split(line), stdin.splitlines())
    return output.status, "".join(output.stdout), "".join(output.stderr)


def all_equal(cases: list[dict[str, Any]], plane: director.Dataplane) -> list[str]:
    """Return the command lines that end otherwise than recorded."""
    wrong = []
    for case in cases:
        status, out, err = call(plane, case["args"], case["stdin"].replace("|", "\n"))
        if (status, out, err) != (case["rc"], case["out"], case["err"]):
            wrong.append(
                f"{case['args']}: {status} {err or out!r} instead of {case['rc']} {case['err'] or case['out']!r}"
            )
    return wrong


def recording(name: str) -> Any:
    if not SHARED.is_dir():
        pytest.skip(NOT_HERE)
    return json.loads((SHARED / name).read_text())


def test_every_odd_command_line_ends_as_recorded() -> None:
    """If this failed, a script that relies on ipvsadm's messages or statuses would break."""
    cases = recording("ipvsadm_cases.json")["cases"]
    assert len(cases) == 138
    wrong = {seed: all_equal(cases, MemoryDataplane(seed, ("dummy9",))) for seed in range(256)}
    assert min(wrong.values(), key=len) == []


def test_every_everyday_command_ends_as_recorded() -> None:
    """If this failed, ipvsadm's place could not be taken."""
    plane = MemoryDataplane()
    saved, wrong = "", []
    for case in recording("oracle.json")["commands"]:
        line = case["cmd"].removeprefix("ipvsadm ")
        stdin = saved if line == "-R < saved" else ""
        status, out, err = call(plane, line.removesuffix(" < saved"), stdin)
        saved = out if line == "-S -n" else saved
        if (status, out + err) != (case["rc"], case["out"]):
            wrong.append((line, status, out + err, case["rc"], case["out"]))
    assert wrong == []
    assert call(plane, "-S -n")[1] == saved


NOTEBOOK = """\
-A -t 172.16.100.3:80 -s rr
-a -t 172.16.100.3:80 -r 192.168.10.7 -m
-a -t 172.16.100.3:80 -r 192.168.10.8 -m
-d -t 172.16.100.3:80 -r 192.168.10.7
-A -f 10 -s rr -p
-a -f 10 -r 192.168.10.7 -g
-A -t 192.168.0.219:80 -s wlc
-a -t 192.168.0.219:80 -r 192.168.0.221 -g -w 1
"""


def test_the_notebooks_lines_work_word_for_word() -> None:
    """If this failed, what people learnt would not work."""
    plane = MemoryDataplane()
    assert [call(plane, line) for line in NOTEBOOK.splitlines()] == [(0, "", "")] * 8
    assert call(plane, "-L -n")[1].splitlines()[3:] == [
        "TCP  172.16.100.3:80 rr",
        "  -> 192.168.10.8:80              Masq    1      0          0         ",
        "TCP  192.168.0.219:80 wlc",
        "  -> 192.168.0.221:80             Route   1      0          0         ",
        "FWM  10 rr persistent 360",
        "  -> 192.168.10.7:0               Route   1      0          0         ",
    ]


def test_what_is_saved_can_be_restored() -> None:
    """If this failed, a director would come up with another table after a reboot."""
    plane, other = MemoryDataplane(), MemoryDataplane()
    for line in NOTEBOOK.splitlines():
        call(plane, line)
    saved = call(plane, "-S")[1]
    assert call(other, "-R", saved) == (0, "", "")
    assert director.table(other) == director.table(plane)


FAULTY = "-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.2:80 -s rr\n"


def test_strict_restores_fail_when_anything_failed() -> None:
    """If this failed, a boot script would not notice that half of the rules are missing."""
    assert call(MemoryDataplane(), "-R", FAULTY) == (0, "", "Service already exists\n")
    assert call(MemoryDataplane(), "-R", FAULTY, strict=True) == (255, "", "Service already exists\n")


def test_strict_restores_change_nothing_when_a_line_is_wrong() -> None:
    """If this failed, a typing mistake would leave half a table."""
    plane = MemoryDataplane()
    status, _, err = call(plane, "-R", "-A -t 10.0.0.1:80\n# no\n-A -t 10.0.0.1:99999\n", strict=True)
    assert status == 2
    assert err.splitlines() == [
        "line 2: no command of ipvsadm",
        "line 3: illegal virtual server address[:port] specified",
    ]
    assert plane.services() == []


def test_connections_are_listed() -> None:
    """If this failed, nobody could see who is connected where."""
    plane = MemoryDataplane()
    call(plane, "-A -t 10.1.0.100:8080 -s rr -p 60")
    call(plane, "-a -t 10.1.0.100:8080 -r 10.2.0.11:8080 -m")
    client, virtual = lvs.ServerKey(ip_address("10.1.0.10"), 59132), lvs.ServerKey(ip_address("10.1.0.100"), 8080)
    plane.connect(lvs.Transport.TCP, client, virtual)
    plane.disconnect(lvs.Transport.TCP, client, virtual)
    plane.pass_time(3)
    assert call(plane, "-L -n -c")[1].splitlines() == [
        "IPVS connection entries",
        "pro expire state       source             virtual            destination",
        "TCP 00:57  ASSURED     10.1.0.10:0        10.1.0.100:8080    10.2.0.11:8080",
        "TCP 01:57  TIME_WAIT   10.1.0.10:59132    10.1.0.100:8080    10.2.0.11:8080",
    ]
