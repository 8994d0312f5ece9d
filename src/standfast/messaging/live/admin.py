"""Orders to the sequencer: cut the network, heal it, change the expected votes, ask."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from standfast.errors import LiveError, RemoteProtocolError
from standfast.messaging import wire

TIMEOUT_S = 10.0


def cut(socket_path: str, groups: Iterable[Iterable[int]]) -> list[dict[str, object]]:
    """Let each group hear only itself; nodes in no group are one together. Return the components. Raises: LiveError."""
    return _ask(socket_path, wire.Command("cut", [sorted(group) for group in groups]))


def heal(socket_path: str) -> list[dict[str, object]]:
    """Let all hear each other. Return the components. Raises: LiveError."""
    return _ask(socket_path, wire.Command("heal"))


def expect(socket_path: str, votes: int) -> list[dict[str, object]]:
    """Change the expected votes (0: the sum). Return the components. Raises: LiveError."""
    return _ask(socket_path, wire.Command("expect", votes=votes))


def status(socket_path: str) -> list[dict[str, object]]:
    """Return the components: view, nodes, members, quorum and votes of each. Raises: LiveError."""
    return _ask(socket_path, wire.Command("status"))


def _ask(socket_path: str, command: wire.Command) -> list[dict[str, object]]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(socket_path)
            connection.sendall(wire.encode(wire.Hello(wire.PROTOCOL, "admin")) + wire.encode(command))
            return _answer(connection)
    except OSError as error:
        raise LiveError(f"no answer of the sequencer at {socket_path}: {error}") from None


def _answer(connection: socket.socket) -> list[dict[str, object]]:
    splitter = wire.Splitter()
    while data := connection.recv(65536):
        for body in splitter.feed(data):
            match wire.decode_down(body):
                case wire.Answer(components):
                    return components
                case wire.Refusal(reason):
                    raise LiveError(f"the sequencer refused: {reason}")
                case frame:
                    raise RemoteProtocolError(f"a {type(frame).__name__} to an admin")
    raise LiveError("the sequencer closed the connection")
