"""A daemon's API on a Unix socket: a real HTTP server over a real document; and the tools, started as agents do."""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from lxml import etree

from standfast import cib
from standfast.cib import edits
from standfast.cli.tools import installing
from standfast.errors import ConfigError

CIB = (Path(__file__).parent / "cib.xml").read_bytes()
STATUS: dict[str, Any] = {
    "node": "n1",
    "cluster": "lab",
    "dc": "n1",
    "version": "0.5.3",
    "term": 1,
    "quorum": {"quorate": True},
    "nodes": [
        {"name": "n1", "id": 1, "online": True, "state": "online", "dc": True},
        {"name": "n2", "id": 2, "online": True, "state": "online"},
        {"name": "n3", "id": 3, "online": False, "state": "offline"},
    ],
    "resources": [
        {"id": "vip", "agent": "ocf:heartbeat:Dummy", "role": "Started", "nodes": ["n1"]},
        {"id": "g1", "agent": "ocf:heartbeat:Dummy", "role": "Started", "nodes": ["n1"], "parents": [["group", "g"]]},
        {"id": "g2", "agent": "ocf:heartbeat:Dummy", "role": "Stopped", "parents": [["group", "g"]]},
        {"id": "db:0", "agent": "ocf:pacemaker:Stateful", "role": "Unpromoted", "nodes": ["n2"],
         "parents": [["clone", "db-clone"]]},
        {"id": "db:1", "agent": "ocf:pacemaker:Stateful", "role": "Promoted", "nodes": ["n1"],
         "parents": [["clone", "db-clone"]]},
        {"id": "off", "agent": "ocf:heartbeat:Dummy", "role": "Stopped", "target_role": "Stopped"},
    ],
}  # fmt: skip
TEXT = """Cluster Summary:
  * Current DC: n1

Full List of Resources:
  * vip\t(ocf:heartbeat:Dummy):\t Started n1
  * off\t(ocf:heartbeat:Dummy):\t Stopped (disabled)

Migration Summary:
"""
XML = """<pacemaker-result api-version="2.25" request="crm_mon"><nodes><node name="n1" online="true"/></nodes>
<resources><resource id="vip" role="Started"/></resources><status code="0" message="OK"/></pacemaker-result>"""
FENCING = {
    "devices": [{"id": "f1", "agent": "fence_lab", "targets": ["n1", "n2"]}, {"id": "f2", "agent": "fence_lab"}],
    "history": [
        {"target": "n2", "action": "reboot", "state": "success", "device": "f1", "executed_by": "n1",
         "client": "standfast", "wall_s": 1700000000},
        {"target": "n3", "action": "off", "state": "failed", "client": "root", "reason": "no device",
         "wall_s": 1700000100},
        {"target": "n3", "action": "off", "state": "pending"},
    ],
}  # fmt: skip


class Daemon(socketserver.ThreadingUnixStreamServer):
    """What the API answers, kept as simple as it can be kept and still be true."""

    daemon_threads = True

    def __init__(self, path: str) -> None:
        super().__init__(path, _Handler)
        self.path = path
        self.document = cib.Document.parse(CIB)
        self.attributes: dict[tuple[str, str, str], str] = {("n1", "office", "forever"): "back"}
        self.attributes |= {("n1", "pingd", "reboot"): "1000", ("n1", "master-db", "reboot"): "10"}
        self.posted: list[tuple[str, Any]] = []
        self.asked: list[str] = []
        self.status: dict[str, Any] = json.loads(json.dumps(STATUS))
        self.refuses: tuple[int, Any] | None = None

    def set_attribute(self, body: dict[str, Any]) -> None:
        key = (body["node"], body["name"], body.get("lifetime", "reboot"))
        if body["value"] is None:
            self.attributes.pop(key, None)
        else:
            self.attributes[key] = body["value"]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Daemon
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        match parts.path:
            case "/v1/status":
                self._json(self.server.status)
            case "/v1/status.txt":
                self._reply(200, TEXT.encode(), chunked=True)
            case "/v1/status.xml":
                self._reply(200, XML.encode())
            case "/v1/fencing":
                self._json(FENCING)
            case "/v1/attributes":
                self._json(self._attributes(query))
            case "/v1/cib":
                self._cib(query)
            case _:
                self._json({"error": f"no {self.path}", "exit_status": 1}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        path = unquote(self.path)
        self.server.posted.append((path, body))
        if self.server.refuses is not None:
            self._json(self.server.refuses[1], self.server.refuses[0])
            return
        try:
            if path == "/v1/cib":
                made = [cib.Edit(**edit) for edit in body["edits"]]
                self.server.document = edits.apply(self.server.document, made, 1)
            elif path == "/v1/attributes":
                self.server.set_attribute(body)
        except ConfigError as e:
            code = edits.EXIT_STATUS.get(e.reports[0].code, 78)
            self._json({"error": str(e), "exit_status": int(code)}, 422)
            return
        self._json({"version": "0.6.0"})

    def _attributes(self, query: dict[str, str]) -> list[dict[str, str]]:
        found = []
        for (node, name, lifetime), value in self.server.attributes.items():
            wanted = query.get("node", node), query.get("name", name), query.get("scope", lifetime)
            if wanted == (node, name, lifetime):
                record = {"node": node, "name": name, "value": value}
                found.append(record if lifetime == "reboot" else record | {"lifetime": lifetime})
        return found

    def _cib(self, query: dict[str, str]) -> None:
        root = self.server.document.root
        if "xpath" in query:
            found = root.xpath(query["xpath"])
            assert isinstance(found, list)
            inner = b"".join(etree.tostring(e) for e in found if isinstance(e, etree._Element))
            whole = inner if len(found) == 1 else b"<xpath-query>" + inner + b"</xpath-query>"
        else:
            scope = query.get("scope", "")
            part = root if not scope else root.find(scope if scope == "status" else f"configuration/{scope}")
            found = [] if part is None else [part]
            whole = b"" if part is None else etree.tostring(part)
        if found:
            self._reply(200, whole)
        else:
            self._json({"error": "nothing there", "exit_status": 105}, 404)

    def _json(self, value: object, status: int = 200) -> None:
        self._reply(status, json.dumps(value).encode())

    def _reply(self, status: int, body: bytes, *, chunked: bool = False) -> None:
        self.send_response(status)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            half = len(body) // 2
            parts = [body[:half], body[half:], b""]
            body = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        return "local"


class Ran:
    """How a tool ended, and what it printed."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __iter__(self) -> Iterator[Any]:
        return iter((self.code, self.out))


class Shell:
    """A folder with the tools' launchers, in a world with a daemon."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        self.folder, self.daemon = folder, daemon
        installing.install(str(folder))

    def __call__(self, line: str, *words: str, **variables: str) -> Ran:
        """Run the words of a line, and further words as they are, as an agent would."""
        tool, *arguments = line.split()
        path = f"{self.folder}:/usr/bin:/bin"
        environment = {"PATH": path, "STANDFAST_SOCKET": self.daemon.path, "HA_SBIN_DIR": str(self.folder)} | variables
        command = [self.folder / tool, *arguments, *words]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
        )
        return Ran(done)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Return a daemon that answers."""
    server = Daemon(str(tmp_path / "api.sock"))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sh(tmp_path: Path, daemon: Daemon) -> Shell:
    """Return what runs the tools."""
    assert os.path.exists(sys.executable)
    return Shell(tmp_path / "sbin", daemon)
