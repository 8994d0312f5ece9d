"""The sequencer process: `python -m standfast.messaging.live.sequencer SOCKET --config JSON`.

The configuration: `{"nodes": [{"id": 1, "name": "n1", "votes": 1}], "expected_votes": 0, "two_node": false,
"wait_for_all": null, "gather_ms": 1000, "slow_reader_ms": 2000, "queue_bytes": 8388608}`; all but `nodes` may be
missing. `--config @FILE` reads it from a file.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from standfast.errors import ConfigError, Exit, RemoteProtocolError, Report
from standfast.messaging import quorum, sequencer_events, wire
from standfast.messaging.sequencer import Sequencer, Settings
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired

log = logging.getLogger("standfast.sequencer")

VIEWS_RESERVED = 1000


class VoterConfig(msgspec.Struct, forbid_unknown_fields=True):
    """One node of the configuration."""

    id: int
    name: str
    votes: int = 1


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """The sequencer's configuration."""

    nodes: list[VoterConfig]
    expected_votes: int = 0
    two_node: bool = False
    wait_for_all: bool | None = None
    gather_ms: int = 1000
    slow_reader_ms: int = 2000
    queue_bytes: int = 8 << 20

    def electorate(self) -> quorum.Electorate:
        """Return who may vote. Raises: ConfigError."""
        voters = tuple(quorum.Voter(node.id, node.name, node.votes) for node in self.nodes)
        return quorum.Electorate(voters, self.expected_votes, self.two_node, self.wait_for_all)


def read_config(text: str) -> Config:
    """Return the configuration in this text. Raises: ConfigError."""
    try:
        return msgspec.json.decode(text.encode(), type=Config)
    except msgspec.MsgspecError as error:
        raise ConfigError([Report("messaging.sequencer-config", str(error), "the sequencer's JSON")]) from None


class _Peer(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, server: Server, number: int) -> None:
        self.server = server
        self.number = number
        self.role = ""
        self.node_id = 0
        self._splitter = wire.Splitter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=self.server.config.queue_bytes)
        self.server.peers[self.number] = self

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._splitter.feed(data):
                self.server.receive(self, wire.decode_up(body))
                if self.transport.is_closing():
                    break
        except RemoteProtocolError as error:
            self.server.refuse(self, str(error))
        self.server.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.lost(self)

    def pause_writing(self) -> None:
        self.server.do(sequencer_events.Backlogged(self.number))

    def resume_writing(self) -> None:
        self.server.do(sequencer_events.Drained(self.number))


class Server:
    """The machine's binding: connections to events, effects to bytes."""

    def __init__(self, config: Config, socket_path: Path) -> None:
        self.config = config
        self.peers: dict[int, _Peer] = {}
        self._path = socket_path
        self._reserved = _read_reserved(self._reserve_path)
        settings = Settings(config.gather_ms, config.slow_reader_ms)
        self._machine = Sequencer(config.electorate(), settings, self._reserved + 1)
        self._connections = 0
        self._out: dict[int, list[bytes]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._held = False
        self._listener: asyncio.AbstractServer | None = None

    @property
    def _reserve_path(self) -> Path:
        return self._path.with_name(self._path.name + ".views")

    async def start(self) -> None:
        """Listen. A socket file that a dead predecessor left is replaced."""
        self._reserve()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_unix_server(self._accept, str(self._path))
        self._path.chmod(0o600)
        self.do(sequencer_events.Started())
        log.info("serving %d nodes at %s", len(self.config.nodes), self._path)

    def stop(self) -> None:
        """Close everything at once, as a death would."""
        if self._listener is not None:
            self._listener.close()
        for peer in list(self.peers.values()):
            peer.transport.abort()
        self.peers.clear()
        for timer in self._timers.values():
            timer.cancel()

    # --- events in

    def _accept(self) -> _Peer:
        self._connections += 1
        return _Peer(self, self._connections)

    def receive(self, peer: _Peer, frame: wire.Up) -> None:
        """Take one frame of a peer. Raises: RemoteProtocolError."""
        match frame:
            case wire.Cast(payload) if peer.role == "member":
                self._feed(sequencer_events.Cast(peer.number, payload))
            case wire.Goodbye() if peer.role == "member":
                self._feed(sequencer_events.SaidGoodbye(peer.number))
            case wire.Command() if peer.role == "admin":
                self._command(peer, frame)
            case wire.Hello() if not peer.role:
                self._hello(peer, frame)
            case _:
                raise RemoteProtocolError(f"a {type(frame).__name__} from {peer.role or 'somebody without a hello'}")

    def lost(self, peer: _Peer) -> None:
        """Take note that a connection is gone."""
        if self.peers.pop(peer.number, None) is None:
            return
        if peer.role in ("member", "anchor"):
            log.info("the %s of node %d is gone", peer.role, peer.node_id)
        self._out.pop(peer.number, None)
        self.do(sequencer_events.Closed(peer.number))

    def _hello(self, peer: _Peer, hello: wire.Hello) -> None:
        if hello.protocol != wire.PROTOCOL:
            raise RemoteProtocolError(f"protocol {hello.protocol}, this is {wire.PROTOCOL}")
        peer.role, peer.node_id = hello.role, hello.node_id
        match hello.role:
            case "anchor":
                self._feed(sequencer_events.Anchored(peer.number, hello.node_id))
            case "member":
                if self._held:
                    peer.transport.pause_reading()
                self._feed(sequencer_events.Joined(peer.number, hello.node_id, hello.last_sequence, hello.was_quorate))
            case "admin":
                pass
            case _:
                raise RemoteProtocolError(f"a hello as {hello.role!r}")

    def _command(self, peer: _Peer, command: wire.Command) -> None:
        match command.name:
            case "cut":
                self._feed(sequencer_events.Cut(tuple(frozenset(group) for group in command.groups)))
            case "heal":
                self._feed(sequencer_events.Healed())
            case "expect":
                self._feed(sequencer_events.ExpectedVotesSet(command.votes))
            case "status":
                pass
            case _:
                raise RemoteProtocolError(f"a command {command.name!r}")
        if command.name != "status":
            log.info("%s %s", command.name, command.groups or command.votes or "")
        self._write(peer.number, wire.encode(wire.Answer(self._machine.status())))

    def do(self, event: sequencer_events.Event) -> None:
        """Handle an event and send what follows from it."""
        self._feed(event)
        self.flush()

    def _feed(self, event: sequencer_events.Event) -> None:
        for effect in self._machine.handle(event, _now()):
            self._perform(effect)
        if self._machine.next_sequence > self._reserved:
            self._reserve()

    # --- effects out

    def _perform(self, effect: sequencer_events.Effect) -> None:
        match effect:
            case sequencer_events.Send(connections, event):
                data = wire.encode(wire.from_event(event))
                for connection in connections:
                    self._write(connection, data)
            case sequencer_events.Refuse(connection, reason):
                if connection in self.peers:
                    self.refuse(self.peers[connection], reason)
            case sequencer_events.HoldSenders() | sequencer_events.ReleaseSenders():
                self._hold(isinstance(effect, sequencer_events.HoldSenders))
            case SetTimer(name, generation, delay_ms):
                self._cancel(name)
                fired = TimerFired(name, generation)
                self._timers[name] = asyncio.get_running_loop().call_later(delay_ms / 1000, self.do, fired)
            case CancelTimer(name):
                self._cancel(name)

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _hold(self, held: bool) -> None:
        self._held = held
        for peer in self.peers.values():
            if peer.role == "member" and not peer.transport.is_closing():
                if held:
                    peer.transport.pause_reading()
                else:
                    peer.transport.resume_reading()

    def refuse(self, peer: _Peer, reason: str) -> None:
        """Say why, and close. A peer that does not read is not waited for."""
        log.warning("refused the %s of node %d: %s", peer.role or "connection", peer.node_id, reason)
        pending = b"".join(self._out.pop(peer.number, []))
        known = self.peers.pop(peer.number, None) is not None
        if peer.transport.get_write_buffer_size():
            peer.transport.abort()
        else:
            peer.transport.write(pending + wire.encode(wire.Refusal(reason)))
            peer.transport.close()
        if known:
            self._feed(sequencer_events.Closed(peer.number))

    def _write(self, connection: int, data: bytes) -> None:
        self._out.setdefault(connection, []).append(data)

    def flush(self) -> None:
        """Send what was written since the last time, one call of the kernel for each connection."""
        while self._out:
            connection, parts = self._out.popitem()
            peer = self.peers.get(connection)
            if peer is not None:
                peer.transport.write(b"".join(parts) if len(parts) > 1 else parts[0])

    # --- the number of the next view outlives us

    def _reserve(self) -> None:
        self._reserved = max(self._reserved, self._machine.next_sequence) + VIEWS_RESERVED
        temporary = self._reserve_path.with_name(self._reserve_path.name + ".new")
        temporary.write_text(f"{self._reserved}\n")
        temporary.replace(self._reserve_path)


def _read_reserved(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _now() -> Now:
    return Now(int(time.monotonic() * 1000), 0)


async def _run(config: Config, socket_path: Path) -> None:
    server = Server(config, socket_path)
    await server.start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    server.stop()


def main(argv: list[str]) -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(prog="standfast-sequencer", description="The embedded engine's sequencer.")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--config", required=True, help="JSON, or @FILE")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        text = arguments.config
        if text.startswith("@"):
            text = Path(text[1:]).read_text()
        config = read_config(text)
        config.electorate()
        asyncio.run(_run(config, arguments.socket))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return Exit.CONFIG
    except OSError as error:
        sys.stderr.write(f"{os.strerror(error.errno or 0)}: {error.filename}\n")
        return Exit.IO
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
