"""Real connections through NAT, DR and TUN, set up by our own commands, on a real kernel's IPVS."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from standfast.cli import app, ipvsadm
from standfast.cli.main import main

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy]
in_guest = pytest.mark.skipif(
    not os.environ.get("STANDFAST_IN_UML"), reason="runs inside user-mode-linux, started by the test above"
)

PRELOADED = (app.build(("director", "realserver")), ipvsadm)  # once, and not in every forked process
REAL = "/usr/sbin/ipvsadm"
VIP, DIRECTOR, CLIENTS = "10.50.0.100", "10.50.0.1", ("10.50.0.9", "10.50.0.10")
INNER_DIRECTOR = "10.60.0.1"
EXPIRE = "net.ipv4.vs.expire_nodest_conn"
"""1: a client whose port was used in an earlier test is not held by that connection."""
SERVERS = {"rs1": ("10.50.0.11", "10.60.0.11"), "rs2": ("10.50.0.12", "10.60.0.12")}
PORTS, UDP_PORT = (80, 443, 8080), 53
PATIENCE_S = 60
_IP_FREEBIND = 15


def test_traffic_goes_through_a_real_kernel(run_in_uml: Callable[[str], Any]) -> None:
    """If this failed, a director set up by our commands would not carry connections."""
    tests = "tests/live/director/test_traffic.py -k guest -p no:cacheprovider --basetemp=/run/pytest -rs"
    result = run_in_uml(f"{shlex.quote(sys.executable)} -m pytest {tests}")
    assert result.status == 0, result.output[-8000:]
    assert "4 passed" in result.output, result.output[-2000:]


def command(*words: str, stdin: str = "") -> Callable[[], tuple[int, str]]:
    """Return a call of our command that gives its status and all that it printed."""

    def call() -> tuple[int, str]:
        said = io.StringIO()
        sys.stdin = io.StringIO(stdin)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = main(["standfast", *words])
        return status & 255, said.getvalue()

    return call


def serve(name: str) -> None:
    """Answer with a name on all addresses, and over UDP from the VIP if it was asked there."""
    for port in PORTS:
        listening = socket.create_server(("0.0.0.0", port), backlog=64)
        threading.Thread(target=_serve_tcp, args=(listening, name), daemon=True).start()
    for address in (VIP, "0.0.0.0"):
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_IP, _IP_FREEBIND, 1)
        opened.bind((address, UDP_PORT))
        threading.Thread(target=_serve_udp, args=(opened, name), daemon=True).start()
    threading.Event().wait()


def _serve_tcp(listening: socket.socket, name: str) -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_converse, args=(connection, name), daemon=True).start()


def _converse(connection: socket.socket, name: str) -> None:
    with connection, contextlib.suppress(OSError):
        while connection.recv(1024):
            connection.sendall(name.encode())


def _serve_udp(opened: socket.socket, name: str) -> None:
    while True:
        _, client = opened.recvfrom(1024)
        opened.sendto(name.encode(), client)


def dial(port: int, client: str = CLIENTS[0], timeout_s: float = 10) -> socket.socket:
    return socket.create_connection((VIP, port), timeout_s, (client, 0))


def ask(connection: socket.socket) -> str:
    connection.sendall(b"who?")
    return connection.recv(1024).decode()


def answers(times: int, port: int, client: str = CLIENTS[0]) -> Callable[[], list[str]]:
    """Return what says who answered so many TCP connections."""

    def call() -> list[str]:
        names = []
        for _ in range(times):
            with dial(port, client) as connection:
                names.append(ask(connection))
        return names

    return call


def datagrams(times: int) -> Callable[[], list[str]]:
    """Return what says who answered so many UDP questions, each from a port of its own."""

    def call() -> list[str]:
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(times)]
        names = []
        for opened in sockets:
            opened.connect((VIP, UDP_PORT))
            names.append(_asked_again(opened))
        return names

    return call


def _asked_again(opened: socket.socket) -> str:
    """Return the answer to a datagram; one may be lost."""
    opened.settimeout(3)
    for _ in range(5):
        with contextlib.suppress(TimeoutError):
            return ask(opened)
    raise TimeoutError


@pytest.fixture(scope="module")
def lan(lasting_network: Any) -> Iterator[Any]:
    """A client, a director and two real servers in one network; director and real servers in an inner one besides."""
    network = lasting_network
    subprocess.run(["/sbin/modprobe", "ipip"], check=True)  # tunl0 comes to all at once, and stays
    network.switch("lan")
    network.switch("inner")
    network.add("client", "director", *SERVERS)
    network.plug("client", "eth0", "lan", f"{CLIENTS[0]}/24")
    network.run("client", "ip", "addr", "add", f"{CLIENTS[1]}/24", "dev", "eth0")
    network.plug("director", "eth0", "lan", f"{DIRECTOR}/24")
    network.plug("director", "eth1", "inner", f"{INNER_DIRECTOR}/24")
    for name, (outer, inner) in SERVERS.items():
        network.plug(name, "eth0", "lan", f"{outer}/24")
        network.plug(name, "eth1", "inner", f"{inner}/24")
        strict = "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $f; done"
        network.run(name, "sh", "-c", strict)
    running = [network.fork(name, lambda name=name: serve(name)) for name in SERVERS]
    yield network
    for process in running:
        process.close()


class Site:
    """The director and the real servers, set up for a method and taken back."""

    def __init__(self, network: Any, method: str, inner: bool) -> None:
        self.network, self.method = network, method
        self.rips = {name: addresses[inner] for name, addresses in SERVERS.items()}
        self.hosts = ("director", *SERVERS)

    def command(self, host: str, *words: str) -> tuple[int, str]:
        state = () if "doctor" in words else ("--state", self.network.state(host))
        return self.network.inside(host, command(*words, *state))

    def set_up(self, rules: str) -> None:
        """Set all up and make the table; check that the real ipvsadm sees it as ours does."""
        self.before = {host: self.network.everything(host) for host in self.hosts}
        words = ("director", "setup", "-m", self.method, "--vip", VIP, "--sysctl", f"{EXPIRE}=1")
        assert self.command("director", *words) == self.said()
        vip = () if self.method == "nat" else ("--vip", VIP)
        gateway = INNER_DIRECTOR if self.method == "nat" else DIRECTOR
        for name in SERVERS:
            status, text = self.command(name, "realserver", "setup", "-m", self.method, *vip, "--director", gateway)
            assert status == 0, text
            assert self.command(name, "realserver", "status")[0] == 0
        self.restore(rules)

    def said(self) -> tuple[int, str]:
        vip = f"set {EXPIRE} = 1\nadd {VIP}/32 to eth0 and announce it\n"
        if self.method != "nat":
            return 0, vip
        redirects = [f"set net.ipv4.conf.{link}.send_redirects = 0\n" for link in ("all", "eth0")]
        return 0, "".join(["set net.ipv4.ip_forward = 1\n", *redirects, vip])

    def restore(self, rules: str) -> None:
        text = rules.format(vip=VIP, **self.rips)
        assert self.network.inside("director", command("ipvsadm", "-R", stdin=text)) == (0, "")
        self.compare()

    def ipvsadm(self, line: str) -> None:
        words = line.format(vip=VIP, **self.rips).split()
        assert self.network.inside("director", command("ipvsadm", *words)) == (0, "")

    def compare(self) -> None:
        """Check that both programs save the same rules."""
        status, ours = self.network.inside("director", command("ipvsadm", "-S", "-n"))
        assert (status, ours) == (0, self.network.run("director", REAL, "-S", "-n"))
        assert ours.count("-A ") >= 2

    def doctor(self, *words: str) -> tuple[int, list[str]]:
        """Return the doctor's status and the codes of what it found."""
        status, text = self.command("director", "director", "doctor", "--json", *words)
        return status, [finding["code"].removeprefix("director.") for finding in json.loads(text)]

    def asked(self, call: Callable[[], Any]) -> Any:
        return self.network.inside("client", call)

    def take_back(self) -> None:
        """Undo all; check that nothing is left."""
        self.ipvsadm("-C")
        for host in self.hosts:
            role = "director" if host == "director" else "realserver"
            status, text = self.command(host, role, "unsetup")
            assert status == 0, text
            assert self.network.everything(host) == self.before[host], text


def check_spread(site: Site) -> None:
    """Check that rr deals connections in turn, and wrr datagrams by weight."""
    names = site.asked(answers(8, 80))
    assert all(one != other for one, other in itertools.pairwise(names)), names
    assert Counter(site.asked(datagrams(8))) == {"rs1": 6, "rs2": 2}


def check_persistence(site: Site) -> None:
    """Check that a client stays with its real server, and another client has the other."""
    first = set(site.asked(answers(4, 443)))
    second = set(site.asked(answers(4, 443, CLIENTS[1])))
    assert (len(first), len(second)) == (1, 1)
    assert first != second


def check_established(site: Site, folder: Path, port: int) -> None:
    """Check that a connection lives while the other real server is removed and added."""
    held, changed = folder / f"held-{site.method}", folder / f"changed-{site.method}"

    def hold() -> tuple[str, str]:
        with dial(80) as connection:
            before = ask(connection)
            held.write_text(before)
            wait_until(changed.exists)
            return before, ask(connection)

    holding = site.network.fork("client", hold)
    wait_until(lambda: held.exists() and held.read_text())
    other = next(name for name in SERVERS if name != held.read_text())
    letter = {"nat": "-m", "dr": "-g", "tun": "-i"}[site.method]
    site.ipvsadm(f"-d -t {{vip}}:80 -r {{{other}}}:{port}")
    assert set(site.asked(answers(3, 80))) == {held.read_text()}
    site.ipvsadm(f"-a -t {{vip}}:80 -r {{{other}}}:{port} {letter} -w 1")
    assert set(site.asked(answers(3, 80))) == set(SERVERS)
    changed.write_text("")
    before, after = holding.result(90)
    assert before == after
    site.compare()


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come in time"
        time.sleep(0.05)


RULES = """\
-A -t {{vip}}:80 -s rr
-a -t {{vip}}:80 -r {{rs1}}:{port} {letter} -w 1
-a -t {{vip}}:80 -r {{rs2}}:{port} {letter} -w 1
-A -t {{vip}}:443 -s rr -p 60
-a -t {{vip}}:443 -r {{rs1}}:443 {letter} -w 1
-a -t {{vip}}:443 -r {{rs2}}:443 {letter} -w 1
-A -u {{vip}}:53 -s wrr
-a -u {{vip}}:53 -r {{rs1}}:53 {letter} -w 3
-a -u {{vip}}:53 -r {{rs2}}:53 {letter} -w 1
"""


@in_guest
def test_in_guest_a_module_that_was_loaded_goes_again(tmp_path: Path) -> None:
    """If this failed, a tunnel device would stay on a real server that is none any more."""

    def listed() -> str:
        return os.popen("ip -j -d link; ip -4 -j addr; grep -r . /proc/sys/net/ipv4/conf").read()

    state = ("--state", str(tmp_path))
    before = listed()
    status, text = command("realserver", "setup", "-m", "tun", "--vip", VIP, *state)()
    assert (status, "load the module ipip" in text) == (0, True), text
    assert "tunl0" in listed()
    assert command("realserver", "unsetup", *state)()[0] == 0
    assert listed() == before


@in_guest
def test_in_guest_nat(lan: Any, tmp_path: Path) -> None:
    """If this failed, NAT with mapped ports would not carry connections, or the doctor not see a wrong gateway."""
    for name in SERVERS:
        lan.run(name, "ip", "link", "set", "eth0", "down")
        lan.run(name, "ip", "route", "add", "default", "via", INNER_DIRECTOR)
    site = Site(lan, "nat", inner=True)
    site.set_up(RULES.format(letter="-m", port=8080))
    check_spread(site)
    check_established(site, tmp_path, 8080)
    assert site.doctor() == (0, ["expire-quiescent"])
    # rs1 forgets its gateway
    lan.run("rs1", "ip", "route", "del", "default")
    status, text = site.command("rs1", "realserver", "status")
    assert (status, "director.gateway-past-director" in text) == (1, True)
    site.ipvsadm("-d -t {vip}:80 -r {rs2}:8080")
    site.ipvsadm("-Z")
    assert site.asked(unanswered) == "timed out"
    wait_until(lambda: "no-answers" in site.doctor()[1])
    lan.run("rs1", "ip", "route", "add", "default", "via", INNER_DIRECTOR)
    site.take_back()
    for name in SERVERS:
        lan.run(name, "ip", "link", "set", "eth0", "up")


def unanswered() -> str:
    """Return how a connection fails."""
    try:
        with dial(80, timeout_s=2):
            return "answered"
    except TimeoutError:
        return "timed out"


@in_guest
def test_in_guest_direct_routing(lan: Any, tmp_path: Path) -> None:
    """If this failed, DR would not carry connections, or a real server take them past the director."""
    for name in SERVERS:
        lan.run(name, "sh", "-c", "ip route del default 2>/dev/null || true")
    site = Site(lan, "dr", inner=False)
    site.set_up(RULES.format(letter="-g", port=80))
    check_spread(site)
    check_persistence(site)
    check_established(site, tmp_path, 80)
    # by the client's address, and none to a quiesced real server
    site.ipvsadm("-E -t {vip}:80 -s sh")
    assert len(set(site.asked(answers(4, 80)))) == 1
    site.ipvsadm("-E -t {vip}:80 -s wlc")
    site.ipvsadm("-e -t {vip}:80 -r {rs1}:80 -g -w 0")
    assert set(site.asked(answers(4, 80))) == {"rs2"}
    site.compare()
    told = tmp_path / "rs1.json"
    told.write_text(site.command("rs1", "realserver", "status", "--json")[1])
    assert site.doctor("--real-server", str(told)) == (0, ["expire-quiescent"])
    # rs1 begins to answer ARP: seen from the director, and in what it tells
    lan.run("rs1", "sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore")
    told.write_text(site.command("rs1", "realserver", "status", "--json")[1])
    status, codes = site.doctor("--real-server", str(told))
    assert status == 1
    assert {"vip-answered", "arp-ignore"} <= set(codes)
    lan.run("rs1", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore")
    site.take_back()


@in_guest
def test_in_guest_tunnels(lan: Any, tmp_path: Path) -> None:
    """If this failed, TUN would not carry connections where rp_filter is strict."""
    site = Site(lan, "tun", inner=True)
    site.set_up(RULES.format(letter="-i", port=80))
    check_spread(site)
    check_established(site, tmp_path, 80)
    status, codes = site.doctor()
    assert (status, set(codes)) == (0, {"expire-quiescent", "tunnel-mtu"})
    # strict again: what comes out of the tunnel is dropped, and its real server knows why
    lan.run("rs1", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/tunl0/rp_filter")
    status, text = site.command("rs1", "realserver", "status")
    assert (status, "director.rp-filter" in text) == (1, True)
    lan.run("rs1", "sh", "-c", "echo 2 > /proc/sys/net/ipv4/conf/tunl0/rp_filter")
    site.take_back()
