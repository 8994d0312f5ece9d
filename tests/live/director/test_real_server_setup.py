"""Real servers are set up and taken back on a real kernel: silently, exactly, and wherever it is cut off."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

VIP, DIRECTOR, ROUTER = "10.77.0.100", "10.77.0.1", "10.77.0.254"
SETUP = ("realserver", "setup", "-m", "dr", "--vip", VIP, "--director", DIRECTOR)
PATIENCE_S = 30

# Asks for the VIP a thousand times a second, says `asking` after the first, and each answer.
ASKER = """
import socket, struct, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x806))
s.bind((sys.argv[1], 0x806)); s.settimeout(0.001)
mac, vip = s.getsockname()[4], socket.inet_aton(sys.argv[2])
own = socket.inet_aton(sys.argv[3])
question = struct.pack("!6s6sHHHBBH6s4s6s4s", b"\\xff" * 6, mac, 0x806, 1, 0x800, 6, 4, 1, mac, own, bytes(6), vip)
asked = 0
while True:
    s.send(question); asked += 1
    if asked % 100 == 1: print("asked", asked, flush=True)
    until = time.monotonic() + 0.001
    while time.monotonic() < until:
        try: frame = s.recv(2048)
        except (TimeoutError, BlockingIOError): break
        if frame[28:32] == vip: print("answer from", frame[22:28].hex(":"), flush=True)
"""


class Asker:
    """A neighbour that asks for the VIP all the time."""

    def __init__(self, network: Any, host: str, path: Path) -> None:
        self._path = path
        self._file = path.open("w")
        words = ["ip", "netns", "exec", network.real(host), sys.executable, "-c", ASKER, "eth0", VIP, "10.77.0.9"]
        self._process = subprocess.Popen(words, stdout=self._file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def asked(self) -> int:
        """Return how often it asked, to a hundred."""
        return sum(100 for line in self._path.read_text().splitlines() if line.startswith("asked"))

    def answers(self) -> list[str]:
        """Return the answers."""
        return [line for line in self._path.read_text().splitlines() if not line.startswith("asked")]

    def ask_more(self, times: int = 200) -> None:
        """Wait until it asked so many times more."""
        goal = self.asked() + times
        wait_until(lambda: self.asked() >= goal)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._file.close()


def wait_until(condition: Any) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come in time"
        time.sleep(0.02)


@pytest.fixture
def hosts(network: Any) -> Any:
    """A neighbour and a real server with two interfaces in one network."""
    network.switch("sw")
    network.add("rs", "nb")
    network.plug("nb", "eth0", "sw", "10.77.0.9/24")
    network.plug("rs", "eth0", "sw", "10.77.0.2/24")
    network.plug("rs", "eth1", "sw", "10.77.0.3/24")
    network.run("rs", "ip", "route", "add", "default", "via", ROUTER)
    for name in ("rs", "nb"):
        wait_until(lambda name=name: '"DOWN"' not in network.run(name, "ip", "-j", "link", "show", "up"))
    return network


def test_the_vip_is_never_answered(hosts: Any, tmp_path: Path) -> None:
    """If this failed, a neighbour would learn a real server's address for the VIP while it is set up or taken back."""
    asker = Asker(hosts, "nb", tmp_path / "answers")
    try:
        asker.ask_more()
        for _ in range(2):
            status, text = hosts.ours("rs", *SETUP)
            assert status == 0, text
            asker.ask_more()
            status, text = hosts.ours("rs", "realserver", "status")
            assert (status, "Nothing is wrong." in text) == (0, True), text
            status, text = hosts.ours("rs", "realserver", "unsetup")
            assert status == 0, text
        asker.ask_more()
        assert asker.answers() == []
        # the same address without the sysctls is answered: the neighbour hears what there is to hear
        hosts.run("rs", "ip", "addr", "add", f"{VIP}/32", "dev", "lo")
        wait_until(asker.answers)
    finally:
        asker.close()


def test_it_is_as_before(hosts: Any) -> None:
    """If this failed, a real server would keep settings of a set-up that is over."""
    hosts.run("rs", "sh", "-c", "echo 3 > /proc/sys/net/ipv4/conf/eth1/arp_ignore")
    before = hosts.everything("rs")
    assert hosts.ours("rs", *SETUP)[0] == 0
    changed = hosts.everything("rs")
    assert VIP in str(changed["links"])
    assert any("eth1/arp_ignore:1" in line for line in changed["sysctls"])
    assert hosts.ours("rs", *SETUP) == (0, "Nothing was left to do.\n")
    status, text = hosts.ours("rs", "realserver", "unsetup")
    assert status == 0, text
    assert hosts.everything("rs") == before
    assert hosts.ours("rs", "realserver", "status")[0] == 105


def test_it_is_as_before_after_being_killed(hosts: Any) -> None:
    """If this failed, a set-up that was killed could not be taken back, nor brought to its end."""
    before = hosts.everything("rs")
    for said in (1, 2):
        started = hosts.standfast("rs", *SETUP)
        for _ in range(said):
            assert started.stdout.readline()
        started.kill()
        started.communicate()
        if said == 2:
            assert hosts.ours("rs", *SETUP)[0] == 0
        assert hosts.ours("rs", "realserver", "unsetup")[0] == 0
        assert hosts.everything("rs") == before


def test_the_way_back_under_nat(hosts: Any) -> None:
    """If this failed, nobody would be told that answers go past the director."""
    setup = ("realserver", "setup", "-m", "nat", "--director", DIRECTOR)
    status, text = hosts.ours("rs", *setup)
    assert status == 1
    assert f"the default route goes through {ROUTER} [director.gateway-past-director]" in text
    assert f"ip route replace default via {DIRECTOR}" in text
    hosts.run("rs", "ip", "route", "replace", "default", "via", DIRECTOR)
    assert hosts.ours("rs", *setup)[0] == 0
    assert hosts.ours("rs", "realserver", "status")[0] == 0
