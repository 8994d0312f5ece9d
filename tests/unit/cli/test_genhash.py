"""The command `genhash` against small servers on this machine's loopback."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable

import pytest

from standfast.cli import main

DIGEST = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()


@pytest.fixture
def serve() -> Callable[[bytes], tuple[str, list[bytes]]]:
    """Return a server that gives one answer, by its port, and where the request will be found."""

    def serving(answer: bytes) -> tuple[str, list[bytes]]:
        listener = socket.create_server(("127.0.0.1", 0))
        requests: list[bytes] = []

        def once() -> None:
            with listener, listener.accept()[0] as connection:
                requests.append(connection.recv(4096))
                connection.sendall(answer)

        threading.Thread(target=once, daemon=True).start()
        return str(listener.getsockname()[1]), requests

    return serving


def genhash(port: str, *words: str) -> int:
    """Return the status of a call."""
    return main.main(["genhash", "-s", "127.0.0.1", "-p", port, "-u", "/a", *words])


def test_the_digest_is_of_the_body_alone(serve, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """If this failed, a digest taken by genhash would take its server out."""
    port, requests = serve(b"HTTP/1.0 404 Not Found\r\nContent-Length: 5\r\n\r\nhelloEXTRA")
    assert genhash(port) == 0
    assert capfdbinary.readouterr() == (DIGEST.encode() + b"\n", b"")
    assert requests == [f"GET /a HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()]


def test_host_and_protocol_are_as_told(serve, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """If this failed, the digest would be that of another site."""
    port, requests = serve(b"HTTP/1.1 200 OK\r\n\r\nhello")
    assert genhash(port, "-V", "www.example.org", "-P", "1.1", "-v") == 0
    assert b"GET /a HTTP/1.1\r\n" in requests[0]
    assert b"Connection: close\r\nHost: www.example.org\r\n" in requests[0]
    out, _ = capfdbinary.readouterr()
    assert out.splitlines()[-3:-1] == [DIGEST.encode(), b""]
    assert out.splitlines()[-1].startswith(b"Global response time for [/a] = ")


def test_failures_are_told_and_end_with_0(serve, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """If this failed, scripts would not find genhash's words."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = str(gone.getsockname()[1])
    assert genhash(port) == 0
    assert capfdbinary.readouterr() == (b"Connection failed\n", b"")
    assert genhash(serve(b"")[0]) == 0
    assert capfdbinary.readouterr() == (b"", b"no data received from remote webserver\n")
    assert genhash(serve(b"HTTP/1.0 200 OK\r\n\r\n")[0], "-S") == 0
    assert capfdbinary.readouterr() == (b"SSL handshake/communication error connecting to\n", b"")


def test_a_silent_server_is_given_up(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """If this failed, genhash would hang on a server that a check gives up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert genhash(str(silent.getsockname()[1]), "-t", "1") == 0
    assert capfdbinary.readouterr() == (b"Timeout WEB read\n", b"")


@pytest.mark.parametrize(
    ("words", "program"),
    [(["/usr/bin/genhash", "-h"], "genhash"), (["keepalived", "-T", "-h"], "keepalived --genhash")],
)
def test_help_is_a_refusal_as_with_the_real_one(
    words: list[str], program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this failed, neither the link nor `keepalived -T` would be genhash."""
    assert main.main(words) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"Usage: {program} COMMAND [OPTIONS]"


def test_options_before_genhash_s_are_told_to_be_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, `keepalived -n -T` would start a daemon."""
    assert main.main(["keepalived", "-n", "-T", "-h"]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert first == "Warning -- `-T` not used as first option, previous options ignored"
