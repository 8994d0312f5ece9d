"""Three groups for one contract: over links in memory, over sockets, and over Corosync."""

import asyncio
import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from standfast import messaging
from standfast.errors import LiveError
from standfast.messaging import memory, quorum
from standfast.messaging.live import anchor, local
from standfast.messaging.live import sequencer as live_sequencer

PATIENCE_S = 20.0


def _beside(name: str):
    """Return a module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


corosyncs = _beside("corosync_group")


@dataclass
class Daemon:
    """One life of a node's daemon: its engine and all that it delivered."""

    engine: messaging.Engine
    events: list[messaging.Event] = field(default_factory=list)

    @property
    def views(self) -> list[messaging.RegularView]:
        return [event for event in self.events if isinstance(event, messaging.RegularView)]

    @property
    def view(self) -> messaging.RegularView:
        return self.views[-1]

    @property
    def members(self) -> set[int]:
        """Who is in the present view; nobody if the engine is lost."""
        last = [e for e in self.events if isinstance(e, messaging.RegularView | messaging.EngineLost)]
        return set(last[-1].members) if last and isinstance(last[-1], messaging.RegularView) else set()

    @property
    def payloads(self) -> list[bytes]:
        return [event.payload for event in self.events if isinstance(event, messaging.Delivered)]


class Group:
    """Nodes and their daemons; the two kinds below say what happens in the world."""

    daemons: dict[int, Daemon]

    def boot(self, *node_ids: int) -> None:
        for node_id in node_ids:
            self.power_on(node_id)
            self.start_daemon(node_id)

    def form(self, *node_ids: int) -> None:
        """Boot these nodes and wait until all have the view of all."""
        self.boot(*node_ids)
        self.wait_members(*node_ids)

    def wait_members(self, *node_ids: int) -> None:
        self.wait(lambda: all(self.daemons[n].members == set(node_ids) for n in node_ids))

    def say(self, node_id: int, *payloads: bytes) -> int:
        """Multicast, and return the backlog right after it."""
        engine = self.daemons[node_id].engine
        for payload in payloads:
            engine.multicast(payload)
        return engine.backlog_bytes

    def power_on(self, node_id: int) -> None:
        raise NotImplementedError

    def start_daemon(self, node_id: int) -> None:
        raise NotImplementedError

    def power_off(self, node_id: int) -> None:
        raise NotImplementedError

    def crash_daemon(self, node_id: int) -> None:
        raise NotImplementedError

    def cut(self, *groups: set[int]) -> None:
        raise NotImplementedError

    def heal(self) -> None:
        raise NotImplementedError

    def expect(self, votes: int) -> None:
        raise NotImplementedError

    def restart_sequencer(self) -> None:
        raise NotImplementedError

    def wait(self, condition: Callable[[], bool]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class MemoryGroup(Group):
    def __init__(self, electorate: quorum.Electorate) -> None:
        self.daemons = {}
        self.network = memory.Network(electorate)

    def power_on(self, node_id: int) -> None:
        self.network.power_on(node_id)

    def start_daemon(self, node_id: int) -> None:
        daemon = self.daemons[node_id] = Daemon(self.network.engine(node_id))
        daemon.engine.start(daemon.events.append)

    def power_off(self, node_id: int) -> None:
        self.network.power_off(node_id)

    def crash_daemon(self, node_id: int) -> None:
        self.network.crash(node_id)

    def cut(self, *groups: set[int]) -> None:
        self.network.cut(*groups)

    def heal(self) -> None:
        self.network.heal()

    def expect(self, votes: int) -> None:
        self.network.expect(votes)

    def restart_sequencer(self) -> None:
        self.network.restart()

    def wait(self, condition: Callable[[], bool]) -> None:
        self.network.settle()
        assert condition()

    def close(self) -> None:
        self.network.settle()


class LocalGroup(Group):
    """The server and the engines in one event loop; sockets between them."""

    def __init__(self, electorate: quorum.Electorate, socket_path) -> None:
        self.daemons = {}
        self.path = socket_path
        self.loop = asyncio.new_event_loop()
        self.anchors: dict[int, object] = {}
        nodes = [live_sequencer.VoterConfig(v.id, v.name, v.votes) for v in electorate.voters]
        self.config = live_sequencer.Config(
            nodes, electorate.expected_votes, electorate.two_node, electorate.wait_for_all, gather_ms=0
        )
        self.server = self.serve()

    def serve(self) -> live_sequencer.Server:
        server = live_sequencer.Server(self.config, self.path)
        self.loop.run_until_complete(server.start())
        return server

    def power_on(self, node_id: int) -> None:
        self.anchors[node_id] = anchor.anchor(str(self.path), node_id)

    def start_daemon(self, node_id: int) -> None:
        async def begin() -> None:
            engine = local.LocalEngine(str(self.path), node_id)
            daemon = self.daemons[node_id] = Daemon(engine)
            engine.start(daemon.events.append)

        self.loop.run_until_complete(begin())

    def power_off(self, node_id: int) -> None:
        connection = self.anchors.pop(node_id)
        connection.close()
        self.crash_daemon(node_id)

    def crash_daemon(self, node_id: int) -> None:
        engine = self.daemons[node_id].engine
        engine._deliver = lambda event: None
        engine._task.cancel()
        engine._connection.transport.abort()

    def cut(self, *groups: set[int]) -> None:
        self.server.do(live_sequencer.sequencer_events.Cut(tuple(frozenset(group) for group in groups)))

    def heal(self) -> None:
        self.server.do(live_sequencer.sequencer_events.Healed())

    def expect(self, votes: int) -> None:
        self.server.do(live_sequencer.sequencer_events.ExpectedVotesSet(votes))

    def restart_sequencer(self) -> None:
        self.server.stop()
        self.config.gather_ms = 1000
        self.server = self.serve()
        for node_id in list(self.anchors):
            self.power_on(node_id)

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it did not come about"
            self.loop.run_until_complete(asyncio.sleep(0.001))

    def close(self) -> None:
        for daemon in self.daemons.values():
            daemon.engine.leave()
        self.server.stop()
        self.loop.run_until_complete(asyncio.sleep(0.001))
        self.loop.close()


class CorosyncGroup(Group):
    """Nodes of a lab with a Corosync each, and engines in processes there."""

    def __init__(self, electorate: quorum.Electorate, root: Path) -> None:
        self.daemons = {}
        try:
            self.world = corosyncs.Corosyncs(electorate, root)
        except LiveError as error:
            if "no namespaces" in str(error):
                pytest.skip(str(error))
            raise

    def power_on(self, node_id: int) -> None:
        self.world.power_on(node_id)

    def start_daemon(self, node_id: int) -> None:
        events: list[messaging.Event] = []
        engine = corosyncs.RemoteEngine(self.world.lab, self.world.node(node_id), events)
        self.daemons[node_id] = Daemon(engine, events)

    def power_off(self, node_id: int) -> None:
        self.world.power_off(node_id)

    def crash_daemon(self, node_id: int) -> None:
        self.daemons[node_id].engine.crash()

    def say(self, node_id: int, *payloads: bytes) -> int:
        return self.daemons[node_id].engine.say(*payloads)

    def cut(self, *groups: set[int]) -> None:
        self.world.cut(*groups)

    def heal(self) -> None:
        self.world.lab.heal()

    def expect(self, votes: int) -> None:
        self.world.expect(votes)

    def restart_sequencer(self) -> None:
        on = self.world.running()
        self.world.kill(*on)
        self.wait(lambda: all(corosyncs.lost(self.daemons[n].events) for n in on))
        self.world.start_again(*on)

    def wait(self, condition: Callable[[], bool]) -> None:
        for daemon in self.daemons.values():
            daemon.engine.flush()
        corosyncs.until(condition)

    def close(self) -> None:
        self.world.close()
        for daemon in self.daemons.values():
            daemon.engine.close()


SLOW = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(params=["memory", "local", pytest.param("corosync", marks=SLOW)])
def make_group(request, tmp_path) -> Iterator[Callable[..., Group]]:
    """Return a maker of one group of nodes n1, n2, …, with votes of one each unless said."""
    made: list[Group] = []
    if request.param == "corosync" and corosyncs.missing():
        pytest.skip(corosyncs.missing())

    def make(count: int = 3, **rules) -> Group:
        votes = rules.pop("votes", {})
        voters = tuple(quorum.Voter(i, f"n{i}", votes.get(i, 1)) for i in range(1, count + 1))
        electorate = quorum.Electorate(voters, **rules)
        match request.param:
            case "memory":
                made.append(MemoryGroup(electorate))
            case "local":
                made.append(LocalGroup(electorate, tmp_path / "sequencer"))
            case "corosync":
                made.append(CorosyncGroup(electorate, tmp_path))
        return made[-1]

    make.kind = request.param
    yield make
    for group in made:
        group.close()
