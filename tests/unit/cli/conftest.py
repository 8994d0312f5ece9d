"""A real HTTP server on a Unix socket that speaks the daemon's API, with a document that can be changed."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from standfast import cib
from standfast.cib import edits
from standfast.cli import main as command
from standfast.web import schema

DOCUMENT = (
    '<cib validate-with="pacemaker-3.9" epoch="7" num_updates="3" admin_epoch="0"><configuration><crm_config/><nodes>'
    '<node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources><primitive id="vip" class="ocf" '
    'provider="heartbeat" type="IPaddr2"><instance_attributes id="vip-instance_attributes"><nvpair '
    'id="vip-instance_attributes-ip" name="ip" value="10.0.0.1"/></instance_attributes></primitive></resources>'
    "<constraints/></configuration><status/></cib>"
)
STATUS = schema.Status(
    node="n1",
    cluster="web",
    dc="n1",
    version="0.7.3",
    term=4,
    quorum=schema.QuorumRecord(True, 3, 3, 2),
    nodes=[
        schema.NodeRecord("n1", 1, True, "online", dc=True),
        schema.NodeRecord("n2", 2, False, "UNCLEAN (offline)", unclean=True),
    ],
    resources=[
        schema.ResourceRecord("vip", "ocf:heartbeat:IPaddr2", "Started", ["n1"], parents=[("group", "web")]),
        schema.ResourceRecord("app", "lsb:app", "Stopped", [], parents=[("group", "web")], fail_counts={"n1": 2}),
    ],
    failures=[schema.FailureRecord("app_monitor_10000", "n1", 7, "complete", "it is gone", 12, 1700000000)],
)

Answer = tuple[int, bytes, str]


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@pytest.fixture
def environ() -> Callable[..., contextlib.AbstractContextManager[None]]:
    """Return what sets variables of the environment for a while."""
    return environment


class Daemon:
    """What the server answers. `answers` overrides a path; `asked` keeps each request's method, path and body."""

    def __init__(self) -> None:
        self.document = cib.Document.parse(DOCUMENT)
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[str, Answer] = {}
        self.events: list[schema.EventRecord] = []

    def fail(self, path: str, status: int, error: str, exit_status: int = 1, **more: Any) -> None:
        """Let this path be refused."""
        body = msgspec.json.encode(schema.ErrorAnswer(error, exit_status, **more))
        self.answers[path] = (status, body, "application/json")

    def give(self, path: str, record: Any) -> None:
        """Let this path answer a record."""
        self.answers[path] = (200, msgspec.json.encode(record), "application/json")

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        path = urlsplit(target).path
        self.asked.append((method, target, json.loads(body) if body else None))
        if path in self.answers:
            return self.answers[path]
        if (method, path) == ("POST", "/v1/cib"):
            return self.change(msgspec.json.decode(body, type=schema.ChangeRequest))
        made = {
            "/v1/status": lambda: (200, msgspec.json.encode(STATUS), "application/json"),
            "/v1/status.txt": lambda: (200, b"Cluster Summary:\n", "text/plain"),
            "/v1/status.xml": lambda: (200, b"<pacemaker-result/>\n", "application/xml"),
            "/v1/cib": lambda: (200, self.part(target), "application/xml"),
            "/v1/events": lambda: (200, self.stream(), "text/event-stream"),
        }.get(path)
        if made is not None:
            return made()
        if method == "POST":
            return (200, msgspec.json.encode(schema.ChangeAnswer("0.8.0")), "application/json")
        return (404, b'{"error": "no such thing"}', "application/json")

    def part(self, target: str) -> bytes:
        query = parse_qs(urlsplit(target).query)
        scope = query.get("scope", [""])[0]
        found = self.document.root.find(f".//{scope}") if scope else self.document.root
        assert found is not None
        return cib.Document(found).render()

    def change(self, request: schema.ChangeRequest) -> Answer:
        version = self.document.version
        if request.based_on and request.based_on != f"{version.admin_epoch}.{version.epoch}":
            body = msgspec.json.encode(schema.ErrorAnswer("the configuration moved", 110))
            return (409, body, "application/json")
        asked = [edits.Edit(e.operation, e.xml, e.scope, e.xpath, e.allow_create) for e in request.edits]
        self.document = edits.apply(self.document, asked, 0)
        return (200, msgspec.json.encode(schema.ChangeAnswer(str(self.document.version))), "application/json")

    def stream(self) -> bytes:
        return b"".join(b": beat\n\nid: 1\ndata: " + msgspec.json.encode(e) + b"\n\n" for e in self.events)


def handler_for(daemon: Daemon) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, data, kind = daemon.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = respond  # noqa: N815 - http.server's names

        def log_message(self, *args: Any) -> None:
            pass

        def address_string(self) -> str:
            return "unix"

    return Handler


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, Any]:
        request, _ = super().get_request()
        return request, ("unix", 0)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Return a daemon that answers on the socket the environment names."""
    made = Daemon()
    path = tmp_path / "api.sock"
    server = _Server(str(path), handler_for(made))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with environment(STANDFAST_SOCKET=str(path)):
            yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command and returns its exit status, output and messages."""

    def runner(*words: str, name: str = "standfast") -> tuple[int, str, str]:
        status = command.main([name, *words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return runner
