"""The sequencer process: killed, fed with rubbish, read slowly, asked by an admin."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from standfast import messaging
from standfast.errors import ConfigError, Exit, LiveError
from standfast.messaging import wire
from standfast.messaging.live import admin, anchor, local
from standfast.messaging.live import sequencer as live_sequencer

PATIENCE_S = 30.0
CONFIG = {"nodes": [{"id": i, "name": f"n{i}"} for i in (1, 2, 3)]}


class Process:
    """The sequencer as a process of its own."""

    def __init__(self, path, **rules) -> None:
        self.path = str(path)
        self.config = json.dumps(CONFIG | rules)
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "standfast.messaging.live.sequencer", self.path, "--config", self.config]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def process(tmp_path):
    made = Process(tmp_path / "s", gather_ms=100, slow_reader_ms=300, queue_bytes=100000)
    yield made
    made.kill()


async def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.002)


def daemon(path: str, node: int) -> tuple[local.LocalEngine, list]:
    engine, log = local.LocalEngine(path, node), []
    engine.start(log.append)
    return engine, log


def members(log) -> set[int]:
    last = [e for e in log if isinstance(e, messaging.RegularView | messaging.EngineLost)]
    return set(last[-1].members) if last and isinstance(last[-1], messaging.RegularView) else set()


def test_killed_sequencer_comes_back(process):
    """Broken, the death of one process would end the cluster on this machine."""

    async def story() -> None:
        made = [daemon(process.path, node) for node in (1, 2, 3)]
        await until(lambda: all(members(log) == {1, 2, 3} for _, log in made))
        made[0][0].multicast(b"before")
        await until(lambda: isinstance(made[1][1][-1], messaging.Delivered))
        process.kill()
        await until(lambda: all(isinstance(log[-1], messaging.EngineLost) for _, log in made))
        process.start()
        await until(lambda: all(members(log) == {1, 2, 3} for _, log in made))
        ids = [event.id.sequence for event in made[0][1] if isinstance(event, messaging.RegularView)]
        assert ids == sorted(set(ids))
        for engine, _ in made:
            engine.leave()

    asyncio.run(story())


def test_rubbish_ends_only_its_own_connection(process):
    """Broken, one bad peer would end the cluster on this machine."""

    async def story() -> None:
        engine, log = daemon(process.path, 1)
        await until(lambda: members(log) == {1})
        for rubbish in (
            b"\xff" * 100,
            b"\x00\x00\x00\x01\xc1",
            wire.encode(wire.Cast(b"x")),
            wire.encode(wire.Hello(9, "member", 2)),
            wire.encode(wire.Hello(1, "king", 2)),
            wire.encode(wire.Hello(1, "admin")) + wire.encode(wire.Command("burn")),
            wire.encode(wire.Hello(1, "member", 2)) + wire.encode(wire.Command("heal")),
        ):
            reader, writer = await asyncio.open_unix_connection(process.path)
            writer.write(rubbish)
            data = await asyncio.wait_for(reader.read(), PATIENCE_S)
            *_, last = [wire.decode_down(body) for body in wire.Splitter().feed(data)]
            assert isinstance(last, wire.Refusal)
            writer.close()
        engine.multicast(b"alive")
        await until(lambda: isinstance(log[-1], messaging.Delivered))
        assert members(log) == {1}
        engine.leave()

    asyncio.run(story())


def test_daemon_that_does_not_read_is_put_out_and_the_others_go_on(process):
    """Broken, a stopped daemon would stop the cluster, or fill the sequencer's memory."""

    async def story() -> None:
        engine, log = daemon(process.path, 1)
        await until(lambda: members(log) == {1})
        with socket.socket(socket.AF_UNIX) as sleeper:
            sleeper.connect(process.path)
            sleeper.sendall(wire.encode(wire.Hello(1, "member", 2)))
            await until(lambda: members(log) == {1, 2})
            sent = 0
            while members(log) == {1, 2}:
                if engine.backlog_bytes < 1 << 20:
                    engine.multicast(bytes(50000))
                    sent += 1
                await asyncio.sleep(0.001)
            assert sent < 2000
        await until(lambda: sum(isinstance(event, messaging.Delivered) for event in log) == sent)
        assert members(log) == {1}
        engine.leave()

    asyncio.run(story())


def test_admin_cuts_heals_and_asks(process):
    """Broken, the lab could not cut its network."""

    async def story() -> None:
        made = [daemon(process.path, node) for node in (1, 2, 3)]
        await until(lambda: all(members(log) == {1, 2, 3} for _, log in made))
        parts = admin.cut(process.path, [[3]])
        assert sorted((part["members"], part["quorate"]) for part in parts) == [([1, 2], True), ([3], False)]
        await until(lambda: members(made[2][1]) == {3} and members(made[0][1]) == {1, 2})
        assert [part["members"] for part in admin.heal(process.path)] == [[1, 2, 3]]
        assert admin.expect(process.path, 5)[0]["expected_votes"] == 5
        assert admin.status(process.path)[0]["quorate"]
        for engine, _ in made:
            engine.leave()

    asyncio.run(story())


def test_second_daemon_waits_until_the_first_is_gone(process):
    """Broken, a daemon started twice would speak twice, or a restarted one never come back."""

    async def story() -> None:
        first, first_log = daemon(process.path, 1)
        await until(lambda: members(first_log) == {1})
        second, second_log = daemon(process.path, 1)
        await until(lambda: "already" in second.trouble)
        assert second_log == []
        first.leave()
        await until(lambda: members(second_log) == {1})
        second.leave()

    asyncio.run(story())


def test_anchor_is_the_nodes_presence(process):
    """Broken, the lab's nodes would not be told from their daemons."""

    async def story() -> None:
        engine, log = daemon(process.path, 1)
        await until(lambda: members(log) == {1})
        hold = "import sys; from standfast.messaging.live import anchor; anchor.hold(sys.argv[1], 2)"
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
        holder = subprocess.Popen([sys.executable, "-c", hold, process.path], env=environment)
        try:
            await until(lambda: len(log[-1].nodes) == 2)
            assert members(log) == {1}
        finally:
            holder.kill()
            holder.wait()
        await until(lambda: len(log[-1].nodes) == 1)
        engine.leave()

    asyncio.run(story())


def test_nobody_there_is_said(tmp_path):
    """Broken, an order to a lab that is down would hang or show a traceback."""
    with pytest.raises(LiveError):
        admin.status(str(tmp_path / "nothing"))
    with pytest.raises(OSError):
        anchor.anchor(str(tmp_path / "nothing"), 1)


def test_wrong_configuration_is_said(tmp_path, capsys):
    """Broken, a typing mistake would show as a traceback."""
    assert live_sequencer.main([str(tmp_path / "s"), "--config", '{"nodes": [], "quack": 1}']) == Exit.CONFIG
    assert "quack" in capsys.readouterr().err
    with pytest.raises(ConfigError):
        live_sequencer.read_config("no json")
