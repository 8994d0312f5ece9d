"""Our genhash beside the real one of keepalived, on the same servers."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[3]
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Pages(BaseHTTPRequestHandler):
    """Some pages, each sent in one piece; no header of them changes from one answer to the next."""

    protocol_version = "HTTP/1.0"
    wbufsize = 65536

    def do_GET(self) -> None:
        body = {
            "/empty": b"",
            "/bytes": bytes(range(256)) * 3,
            "/host": f"{self.headers['Host']} {self.request_version} {self.headers['Connection']}".encode(),
        }.get(self.path, b"nothing here\n")
        self.send_response_only(200 if self.path != "/gone" else 404)
        if self.path != "/unsized":
            self.send_header("Content-Length", str(max(0, len(body) - 5 if self.path == "/short" else len(body))))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve the pages; return the port in the clear and the port over TLS."""
    for needed in ("genhash", "openssl"):
        if shutil.which(needed, path=SEARCH) is None:
            pytest.skip(f"not installed: {needed}")
    folder = tmp_path_factory.mktemp("genhash")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", folder / "key", "-out", folder / "crt", "-subj", "/CN=x"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Pages) for _ in range(2)]
    servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield str(servers[0].server_port), str(servers[1].server_port)
    for server in servers:
        server.shutdown()
        server.server_close()


def both(*words: str) -> list[tuple[int, bytes, bytes]]:
    """Return what the real one and ours give for a line; times are left out."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PATH": SEARCH}
    results = []
    for program in (["genhash"], [sys.executable, "-m", "standfast.cli.main", "genhash"]):
        done = subprocess.run([*program, *words], capture_output=True, timeout=60, env=environment, check=False)
        results.append((done.returncode, re.sub(rb"= \d+ usecs", b"= N usecs", done.stdout), done.stderr))
    return results


@pytest.mark.parametrize("words", ["", "-v", "-v -P 1.1", "-v -P 1.0c", "-v -V www.example.org"])
@pytest.mark.parametrize("page", ["/host", "/bytes", "/gone"])
def test_the_same_bytes_are_printed(ports: tuple[str, str], page: str, words: str) -> None:
    """If this failed, scripts around genhash would see another program."""
    real, ours = both("-s", "127.0.0.1", "-p", ports[0], "-u", page, *words.split())
    assert ours == real
    assert real[1]


@pytest.mark.parametrize("page", ["/empty", "/unsized", "/short"])
def test_the_same_digest_whatever_the_length_says(ports: tuple[str, str], page: str) -> None:
    """If this failed, a digest of genhash's would take healthy servers out."""
    real, ours = both("-s", "127.0.0.1", "-p", ports[0], "-u", page)
    assert ours == real
    assert len(real[1]) == 33


def test_the_same_over_tls(ports: tuple[str, str]) -> None:
    """If this failed, digests for SSL_GET could not be taken."""
    real, ours = both("-S", "-I", "-V", "www.example.org", "-s", "127.0.0.1", "-p", ports[1], "-u", "/host")
    assert ours == real
    assert len(real[1]) == 33


@pytest.mark.parametrize(
    "line",
    ["", "-h", "-Z", "-v -f 1", "-s x -p 1 -u /", "-s 127.0.0.1 -p 0 -u /", "-s 127.0.0.1 -p 1 -u / x",
     "-s 127.0.0.1 -p 1 -u /", "-S -v -s 127.0.0.1 -p 1 -u /", "-P 3 -v", "-v --use", "-v -t x", "-v -m x"],
)  # fmt: skip
def test_the_same_complaints(ports: tuple[str, str], line: str) -> None:
    """If this failed, a mistake would be told in other words, or not at all."""
    real, ours = both(*line.split())
    assert ours == real


def test_a_server_that_does_not_speak_tls(ports: tuple[str, str]) -> None:
    """If this failed, the failure would look like a digest."""
    real, ours = both("-S", "-s", "127.0.0.1", "-p", ports[0], "-u", "/host")
    assert ours == real
