"""The director on a real kernel's IPVS, with real servers that die and clients that stay connected."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from standfast import director
from standfast.daemons.director.director import Director
from standfast.daemons.director.opening import set_first_table
from standfast.daemons.director.table import Table
from standfast.director import checks, lvs
from standfast.director.live import open_ipvs
from standfast.director.live.ledger import Ledger
from standfast.runtime.live import namespaces

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy]

VIP = ip_address("192.0.2.1")
KEY = lvs.ServiceAddress(lvs.Transport.TCP, VIP, 80)
PATIENCE_S = 60.0
GUEST_TESTS = 5


def test_the_director_works_on_a_real_kernel(run_in_uml: Callable[[str], Any]) -> None:
    """If this failed, the director would work in the model only."""
    tests = "tests/live/director/test_director.py -k guest --durations=5 -p no:cacheprovider --basetemp=/run/pytest"
    result = run_in_uml(f"{shlex.quote(sys.executable)} -m pytest {tests}")
    assert result.status == 0, result.output[-8000:]
    assert f"{GUEST_TESTS} passed" in result.output, result.output[-2000:]


@pytest.fixture(scope="module")
def address() -> Iterator[None]:
    """The virtual service's address on the loopback interface."""
    if not os.environ.get("STANDFAST_IN_UML"):
        pytest.skip("runs inside user-mode-linux, started by the test above")
    subprocess.run(["ip", "addr", "add", f"{VIP}/32", "dev", "lo"], check=True)
    yield
    subprocess.run(["ip", "addr", "del", f"{VIP}/32", "dev", "lo"], check=True)


class Echo:
    """A real server: it sends back what it gets, as long as it lives."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.server: asyncio.Server | None = None

    async def live(self) -> None:
        """Listen."""
        self.server = await asyncio.start_server(self._serve, f"127.0.0.{self.number}", 8080)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(str(self.number).encode() + b" " + data)
        writer.close()

    def die(self) -> None:
        """Refuse from now on; who is connected stays."""
        assert self.server is not None
        self.server.close()


def configuration(*numbers: int, **how: Any) -> director.Configuration:
    """Return a service of these real servers, checked each half second."""
    check = checks.Check(checks.TcpCheck(checks.Connect(timeout_ms=5000)), checks.Rhythm(500, 1, 200, warmup_ms=0))
    servers = tuple(
        director.CheckedServer(
            lvs.RealServer(lvs.ServerKey(ip_address(f"127.0.0.{n}"), 8080), lvs.Forwarding.NAT),
            director.Terms((check,)),
        )
        for n in numbers
    )
    noun = director.CheckedService(f"[{VIP}]:tcp:80", (lvs.VirtualService(KEY, "rr"),), servers, **how)
    return director.Configuration((noun,))


def pool(plane: director.Dataplane) -> set[int]:
    """Return which real servers stand in the kernel's table with a weight, by number."""
    return {int(str(s.server.key.address).rpartition(".")[2]) for s in plane.servers(KEY) if s.server.weight}


async def until(plane: director.Dataplane, wanted: set[int]) -> float:
    """Wait until these stand in the table; return after how many seconds."""
    began = time.monotonic()
    while pool(plane) != wanted:
        assert time.monotonic() < began + PATIENCE_S, f"{pool(plane)} instead of {wanted}"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


def begun(wanted: director.Configuration, dataplane: director.Dataplane, ledger: Ledger) -> Director:
    """Return a director that has begun with this."""
    made = Director(set_first_table(wanted, Table(dataplane, ledger, pytest.fail)), lambda: None)
    made.begin()
    return made


async def echoed(client: socket.socket, text: bytes) -> bytes:
    """Return what comes back through the virtual service."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, text)
    return await asyncio.wait_for(loop.sock_recv(client, 1000), PATIENCE_S)


async def client() -> socket.socket:
    """Return a connection to the virtual service."""
    made = socket.socket()
    made.setblocking(False)
    await asyncio.wait_for(asyncio.get_running_loop().sock_connect(made, (str(VIP), 80)), PATIENCE_S)
    return made


@pytest.mark.usefixtures("address")
def test_guest_dead_servers_and_the_sorry_server(tmp_path: Path) -> None:
    """If this failed, the kernel would send clients to dead servers, or to none."""

    async def go() -> None:
        with_plane, watching = open_ipvs(), open_ipvs()
        one, two, sorry = Echo(101), Echo(102), Echo(199)
        for each in (one, two, sorry):
            await each.live()
        last = lvs.RealServer(lvs.ServerKey(ip_address("127.0.0.199"), 8080), lvs.Forwarding.NAT)
        ours = begun(configuration(101, 102, sorry=last), with_plane, Ledger(tmp_path / "ledger"))
        assert pool(watching) == {101, 102}
        await asyncio.sleep(1.2)
        two.die()
        await until(watching, {101})
        with await client() as connected:
            assert await echoed(connected, b"a") == b"101 a"
        one.die()
        await until(watching, {199})
        with await client() as connected:
            assert await echoed(connected, b"b") == b"199 b"
        await two.live()
        await until(watching, {102})
        ours.stop()
        await asyncio.wait_for(ours.ended.wait(), PATIENCE_S)
        assert watching.services() == []
        await ours.close()

    asyncio.run(go())


@pytest.mark.usefixtures("address")
def test_guest_a_reload_drops_no_connection(tmp_path: Path) -> None:
    """If this failed, every change of the configuration would cut clients off."""

    async def go() -> None:
        with_plane, watching = open_ipvs(), open_ipvs()
        for number in (121, 122, 123):
            await Echo(number).live()
        ours = begun(configuration(121, 122), with_plane, Ledger(tmp_path / "ledger"))
        clients = [await client() for _ in range(8)]
        before = [await echoed(each, b"x") for each in clients]
        for numbers in ((121, 122), (121, 122, 123), (123, 122, 121), (121, 122)):
            ours.configure(configuration(*numbers))
            await until(watching, set(numbers))
            assert [await echoed(each, b"x") for each in clients] == before
        assert {answer[:3] for answer in before} == {b"121", b"122"}
        for each in clients:
            each.close()
        ours.stop()
        await asyncio.wait_for(ours.ended.wait(), PATIENCE_S)
        await ours.close()

    asyncio.run(go())


@pytest.mark.usefixtures("address")
def test_guest_a_successor_takes_over(tmp_path: Path) -> None:
    """If this failed, a director that was killed would leave a table that its successor cuts or forgets."""

    async def go() -> None:
        watching, ledger = open_ipvs(), Ledger(tmp_path / "ledger")
        one = Echo(111)
        await one.live()
        killed = begun(configuration(111, 112), open_ipvs(), ledger)
        await until(watching, {111})
        await killed.close()  # no word to the kernel: as a kill leaves it
        with await client() as connected:
            assert await echoed(connected, b"a") == b"111 a"
            ours = begun(configuration(111, 112), open_ipvs(), ledger)
            assert pool(watching) == {111}, "the dead one was known, and stays out"
            assert await echoed(connected, b"b") == b"111 b"
        ours.stop()
        await asyncio.wait_for(ours.ended.wait(), PATIENCE_S)
        assert watching.services() == []
        assert ledger.read() == frozenset()
        await ours.close()

    asyncio.run(go())


CONF = """
virtual_server 192.0.2.1 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 127.0.0.131 8080 {
        weight 3
        TCP_CHECK {
        }
    }
    real_server 127.0.0.132 8080 {
        TCP_CHECK {
        }
    }
}
"""


class Daemon:
    """`keepalived` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        words = ["-n", "-l", "-D", "-f", str(folder / "conf"), "-p", str(folder / "m.pid"), "-c", str(folder / "c.pid")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "standfast.cli.main", "keepalived", *words], stderr=log, stdout=log
            )

    async def told(self, text: str) -> None:
        """Wait until its log says something."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("address")
def test_guest_the_daemon_under_keepalived_s_name(tmp_path: Path) -> None:
    """If this failed, the director could not take keepalived's place under an init script."""

    async def go() -> None:
        watching, one, conf = open_ipvs(), Echo(131), tmp_path / "conf"
        await one.live()
        conf.write_text(CONF)
        daemon = Daemon(tmp_path)
        await daemon.told("Startup complete")
        assert int((tmp_path / "m.pid").read_text()) == daemon.process.pid
        await until(watching, {131})
        assert "127.0.0.132:8080 failed" in daemon.log.read_text()
        with await client() as connected:
            assert await echoed(connected, b"a") == b"131 a"
            daemon.process.kill()
            daemon.process.wait()
            assert pool(watching) == {131}
            daemon = Daemon(tmp_path)
            await daemon.told("Startup complete")
            assert pool(watching) == {131}
            conf.write_text(CONF.replace("weight 3", "weight 7"))
            daemon.process.send_signal(1)
            end = time.monotonic() + PATIENCE_S
            while [s.server.weight for s in watching.servers(KEY)] != [7]:
                assert time.monotonic() < end
                await asyncio.sleep(0.02)
            assert await echoed(connected, b"b") == b"131 b"
        daemon.process.terminate()
        assert await asyncio.to_thread(daemon.process.wait, PATIENCE_S) == 0
        assert watching.services() == []
        assert not (tmp_path / "m.pid").exists()
        one.die()

    asyncio.run(go())


@pytest.fixture
def traffic() -> Iterator[str]:
    """Return a network namespace for a table of its own."""
    subprocess.run(["ip", "netns", "add", "traffic"], check=True)
    subprocess.run(["ip", "-n", "traffic", "link", "set", "lo", "up"], check=True)
    yield "traffic"
    subprocess.run(["ip", "netns", "del", "traffic"], check=True)


@pytest.mark.usefixtures("address")
def test_guest_the_table_in_another_namespace_than_the_checks(tmp_path: Path, traffic: str) -> None:
    """If this failed, `net_namespace_ipvs` would send the traffic's services to where the checks go out."""

    async def go() -> None:
        here, there, one, conf = open_ipvs(), open_ipvs(namespaces.file_of(traffic)), Echo(131), tmp_path / "conf"
        await one.live()
        conf.write_text(f"net_namespace_ipvs {traffic}\n{CONF}")
        daemon = Daemon(tmp_path)
        await daemon.told("Startup complete")
        await until(there, {131})
        assert here.services() == []
        assert there.connections() == []
        conf.write_text(CONF)
        daemon.process.send_signal(1)
        await daemon.told("cannot change while it runs")
        assert pool(there) == {131}
        daemon.process.terminate()
        assert await asyncio.to_thread(daemon.process.wait, PATIENCE_S) == 0
        assert there.services() == []
        one.die()

    asyncio.run(go())
