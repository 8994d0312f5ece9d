"""A director's process with a table in memory, real listeners on loopback, real scripts and signals."""

import asyncio
import errno
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from standfast import director
from standfast.daemons.director.program import Program
from standfast.daemons.director.settings import Settings
from standfast.dialects.live.machine import Loaded
from standfast.director import checks, lvs
from standfast.director.live.ledger import Ledger
from standfast.director.memory import MemoryDataplane
from standfast.errors import ConfigError, Report

KEY = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80)
PATIENCE_S = 30.0


class Listener:
    """A real server: it accepts as long as it lives."""

    def __init__(self, address: str, port: int = 0) -> None:
        self.address = address
        self._socket = socket.create_server((address, port), backlog=100)
        self.port = int(self._socket.getsockname()[1])

    def die(self) -> None:
        """Refuse from now on."""
        self._socket.close()


class Run:
    """One run of the program, in the test's own loop."""

    def __init__(self, folder: Path, configuration: director.Configuration, table: MemoryDataplane) -> None:
        self.folder = folder
        self.table = table
        self.configuration = configuration
        self.faulty = False
        self.reads = 0
        settings = Settings(
            socket=str(folder / "d.sock"), ledger=str(folder / "ledger"), dump_folder=str(folder), memory=True
        )
        self.program = Program(settings, self.read, lambda: table)
        self.task = asyncio.get_running_loop().create_task(self.program.run(Loaded(configuration)))

    def read(self) -> Loaded:
        """Read again."""
        self.reads += 1
        if self.faulty:
            raise ConfigError([Report("keepalived.value", "a fault")])
        return Loaded(self.configuration)

    def status(self) -> dict[str, Any]:
        """Return what the checkers' half knows."""
        checkers = self.program.checkers
        return checkers.status() if checkers else {"probes": 0}

    def pool(self) -> dict[str, int]:
        """Return the weights in the table by address."""
        if not any(found.service.key == KEY for found in self.table.services()):
            return {}
        return {str(s.server.key.address): s.server.weight for s in self.table.servers(KEY)}

    async def until(self, true: Callable[[], object], what: str) -> float:
        """Wait until something is so; return after how many seconds."""
        began = time.monotonic()
        while not true():
            assert time.monotonic() < began + PATIENCE_S, f"never: {what}"
            assert not self.task.done(), "the program ended"
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    async def ask(self, path: str) -> str:
        """Return what the query socket answers."""
        reader, writer = await asyncio.open_unix_connection(str(self.folder / "d.sock"))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        return answer.partition("\r\n\r\n")[2]

    async def stop(self) -> None:
        """Stop it with a signal, as an init script does."""
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(self.task, PATIENCE_S) == 0


def configuration(listeners: list[Listener], notes: Path | None = None, **how: Any) -> director.Configuration:
    """Return a service of these real servers, checked twice a second."""
    rhythm = checks.Rhythm(500, 1, 100, warmup_ms=0)
    check = checks.Check(checks.TcpCheck(checks.Connect(timeout_ms=5000)), rhythm)
    down = None if notes is None else checks.Script(("/bin/sh", "-c", f"echo down >> {notes}"))
    up = None if notes is None else checks.Script(("/bin/sh", "-c", f"echo up >> {notes}"))
    servers = [
        director.CheckedServer(
            lvs.RealServer(lvs.ServerKey(ip_address(one.address), one.port), lvs.Forwarding.NAT),
            director.Terms((check,), notify_up=up, notify_down=down),
        )
        for one in listeners
    ]  # fmt: skip
    noun = director.CheckedService("[192.0.2.1]:tcp:80", (lvs.VirtualService(KEY, "rr"),), tuple(servers))
    return director.Configuration((noun,), **how)


def test_a_killed_server_goes_and_comes_back(tmp_path: Path) -> None:
    """If this failed, the director would not do what it is for."""

    async def go() -> None:
        one, two, notes = Listener("127.0.0.1"), Listener("127.0.0.2"), tmp_path / "notes"
        run = Run(tmp_path, configuration([one, two], notes), MemoryDataplane())
        await run.until(lambda: run.status()["probes"] >= 2, "checks ran")
        assert run.pool() == {"127.0.0.1": 1, "127.0.0.2": 1}
        two.die()
        await run.until(lambda: run.pool() == {"127.0.0.1": 1}, "the dead one is out")
        back = Listener("127.0.0.2", two.port)
        await run.until(lambda: len(run.pool()) == 2, "it is back")
        await run.until(lambda: notes.exists() and notes.read_text() == "down\nup\n", "scripts ran, in order")
        await run.stop()
        assert run.table.services() == []
        assert Ledger(tmp_path / "ledger").read() == frozenset()
        one.die()
        back.die()

    asyncio.run(go())


class Grudging(MemoryDataplane):
    """It refuses what it is asked for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[lvs.AddServer] = []

    def apply(self, changes: Sequence[lvs.Change]) -> list[director.Refusal]:
        """Refuse the first real server, as if it were there; make the rest."""
        first = [change for change in changes if isinstance(change, lvs.AddServer)][: not self.refused]
        self.refused += first
        refusals = [director.Refusal(change, errno.EEXIST) for change in first]
        return refusals + super().apply([change for change in changes if change not in first])


def test_what_is_refused_at_the_start_is_taken_up(tmp_path: Path) -> None:
    """If this failed, the director would believe of its first table what is not so."""

    async def go() -> None:
        one, two = Listener("127.0.0.1"), Listener("127.0.0.2")
        table = Grudging()
        run = Run(tmp_path, configuration([one, two]), table)
        await run.until(lambda: run.status()["probes"] >= 2, "checks ran")
        assert [str(change.server.key.address) for change in table.refused] == ["127.0.0.1"]
        assert run.pool() == {"127.0.0.1": 1, "127.0.0.2": 1}, "an edit was refused too, and then it was added"
        await run.stop()
        one.die()
        two.die()

    asyncio.run(go())


def test_a_reload_by_signal_changes_what_changed(tmp_path: Path) -> None:
    """If this failed, an operator would have to stop the service to change it, or a fault in the file would end it."""

    async def go() -> None:
        one, two = Listener("127.0.0.1"), Listener("127.0.0.2")
        run = Run(tmp_path, configuration([one]), MemoryDataplane())
        await run.until(lambda: run.pool() == {"127.0.0.1": 1}, "the table is set")
        run.faulty = True
        os.kill(os.getpid(), signal.SIGHUP)
        await run.until(lambda: run.reads, "it is read again")
        assert run.pool() == {"127.0.0.1": 1}
        run.faulty, run.configuration = False, configuration([one, two])

        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        await run.until(lambda: len(run.pool()) == 2, "the second is there")
        await run.stop()
        one.die()
        two.die()

    asyncio.run(go())


def test_a_successor_cleans_up_after_a_kill(tmp_path: Path) -> None:
    """If this failed, services would stay in the table that nobody looks after."""

    async def go() -> None:
        one = Listener("127.0.0.1")
        table = MemoryDataplane()
        stranger = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.9"), 80)
        gone = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.8"), 80)
        table.apply([lvs.AddService(lvs.VirtualService(key)) for key in (stranger, gone)])
        Ledger(tmp_path / "ledger").write([gone, KEY])
        run = Run(tmp_path, configuration([one]), table)
        await run.until(lambda: {s.service.key for s in table.services()} == {stranger, KEY}, "cleaned up")
        assert Ledger(tmp_path / "ledger").read() == {KEY}
        await run.stop()
        assert [s.service.key for s in table.services()] == [stranger]
        one.die()

    asyncio.run(go())


def test_questions_are_answered(tmp_path: Path) -> None:
    """If this failed, nobody could see what the director knows without reading its log."""

    async def go() -> None:
        one = Listener("127.0.0.1")
        run = Run(tmp_path, configuration([one]), MemoryDataplane())
        await run.until(lambda: run.status()["probes"], "checks ran")
        told = json.loads(await run.ask("/v1/status"))
        server = told["virtual_servers"][0]["real_servers"][0]
        assert (told["ready"], server["up"], server["checks"][0]["kind"]) == (True, True, "TCP_CHECK")
        run.configuration = configuration([one, one])
        assert json.loads(await run.ask("/v1/plan")) == []
        run.configuration = director.Configuration()
        assert json.loads(await run.ask("/v1/plan")) == ["- TCP 192.0.2.1:80"]
        run.configuration = configuration([one])
        metrics = await run.ask("/metrics")
        assert "keepalived_up 1\n" in metrics
        assert 'keepalived_lvs_vip_conn{addr="192.0.2.1:80",proto="6"} 0\n' in metrics
        assert 'standfast_director_real_server_up{virtual_server="[192.0.2.1]:tcp:80"' in metrics
        assert "/v1/status" in await run.ask("/nothing")
        os.kill(os.getpid(), signal.SIGRTMIN + 2)
        dumped = tmp_path / "keepalived.json"
        await run.until(dumped.exists, "the dump is there")
        assert json.loads(dumped.read_text())["virtual_servers"][0]["quorum_met"]
        await run.stop()
        one.die()

    asyncio.run(go())


def test_a_fifo_gets_its_lines(tmp_path: Path) -> None:
    """If this failed, programs that announce routes by the FIFO would not learn of a loss."""

    async def go() -> None:
        one, path = Listener("127.0.0.1"), tmp_path / "fifo"
        run = Run(tmp_path, configuration([one], fifos=(director.Fifo(str(path)),)), MemoryDataplane())
        await run.until(path.exists, "the FIFO is there")
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        one.die()
        seen = b""

        def read() -> bool:
            nonlocal seen
            try:
                seen += os.read(fd, 4096)
            except BlockingIOError:
                return False
            return b"VS [192.0.2.1]:tcp:80 DOWN\n" in seen

        await run.until(read, "the loss is told")
        assert f"RS [127.0.0.1]:tcp:{one.port} [192.0.2.1]:tcp:80 DOWN\n".encode() in seen
        await run.stop()
        os.close(fd)
        assert not path.exists()

    asyncio.run(go())
