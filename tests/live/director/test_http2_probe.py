"""HTTP/2 checks against a real nginx."""

import asyncio
import hashlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from standfast.director.checks import Check, Connect, HttpCheck, HttpVersion, Result, Tls, Url
from standfast.director.events import Probe, Probed, Target
from standfast.director.live.probes import Prober

pytestmark = pytest.mark.live

CONF = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 64; }}
http {{
    access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{plain} http2; listen 127.0.0.1:{tls} ssl http2;
        ssl_certificate {folder}/crt; ssl_certificate_key {folder}/key;
        location = / {{ return 200 "hello from $host over $server_protocol"; }}
        location = /sick {{ return 503; }}
        location = /odd {{ return 429; }}
        location = /big {{ alias {folder}/big; }}
        location = /moved {{ return 302 /a/b; }}
        location = /a/b {{ return 301 https://$host:{tls}/end?x=1; }}
        location = /end {{ return 200 "$scheme $request_uri"; }}
        location = /round {{ return 307 /round; }}
        location = /packed {{ gzip on; gzip_types *; gzip_min_length 1; alias {folder}/big; }}
    }}
}}
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Run nginx; return its port in the clear and its port over TLS."""
    for needed in ("nginx", "openssl"):
        if shutil.which(needed, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            pytest.skip(f"not installed: {needed}")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", folder / "key", "-out", folder / "crt", "-subj", "/CN=x"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "big").write_bytes(b"b" * 2_000_000 + b"end")
    plain, tls = free_port(), free_port()
    (folder / "conf").write_text(CONF.format(folder=folder, plain=plain, tls=tls))
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "conf")])
    try:
        end = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", tls)):
            assert time.monotonic() < end, "nginx does not come up"
            assert nginx.poll() is None, Path(folder / "error").read_text()
            time.sleep(0.02)
        yield plain, tls
    finally:
        nginx.kill()
        nginx.wait()


def ask(kind: HttpCheck, port: int) -> Result:
    """Return what one probe finds."""

    async def go() -> Result:
        found: asyncio.Future[Probed] = asyncio.get_running_loop().create_future()
        Prober(found.set_result).apply(Probe(1, 1, 0, Target(Check(kind), ip_address("127.0.0.1"), port)))
        return (await asyncio.wait_for(found, 60)).result

    return asyncio.run(go())


@pytest.mark.parametrize("encrypted", [False, True])
def test_http2_is_spoken(ports: tuple[int, int], encrypted: bool) -> None:
    """If this failed, servers that speak nothing else could not be checked."""

    def check(url: Url) -> Result:
        connect, tls = Connect(timeout_ms=20_000), Tls() if encrypted else None
        return ask(HttpCheck(connect, (url,), HttpVersion.HTTP_2, tls), ports[encrypted])

    assert check(Url(virtual_host="w.example", regex="^hello from w.example over HTTP/2.0$")) == Result(True)
    assert check(Url("/sick")).reason == "status 503 for /sick"
    assert check(Url("/odd")).reason == "status 429 for /odd"
    assert check(Url("/none")).reason == "status 404 for /none"
    assert check(Url("/big", digest="0" * 32)).reason.startswith("digest ")
    assert check(Url("/big", regex="never")).reason.startswith("the answer for /big does not match")


def test_redirections_are_followed_as_over_http1(ports: tuple[int, int]) -> None:
    """If this failed, a site that sends its clients on could be checked over HTTP/1 only."""

    def check(url: Url, redirects_max: int) -> Result:
        connect = Connect(timeout_ms=20_000)
        return ask(HttpCheck(connect, (url,), HttpVersion.HTTP_2, redirects_max=redirects_max), ports[0])

    end = Url("/moved", "w.example", regex=r"^https /end\?x=1$")
    assert check(end, 2) == Result(True)
    assert check(end, 1).reason == "more than 1 redirections for /moved"
    assert check(Url("/moved", "w.example"), 0).reason == "status 302 for /moved"
    assert check(Url("/moved", "w.example", status_codes=((302, 302),)), 0) == Result(True)
    assert check(Url("/round"), 5).reason == "more than 5 redirections for /round"


def test_compressed_bodies_are_unpacked(ports: tuple[int, int]) -> None:
    """If this failed, digest and regular expression would see other bytes than over HTTP/1."""
    url = Url("/packed", digest=hashlib.md5(b"b" * 2_000_000 + b"end", usedforsecurity=False).hexdigest())
    for version in (HttpVersion.HTTP_2, HttpVersion.HTTP_1_1):
        port = ports[0] if version is HttpVersion.HTTP_2 else ports[1]
        tls = None if version is HttpVersion.HTTP_2 else Tls()
        assert ask(HttpCheck(Connect(timeout_ms=20_000), (url,), version, tls, compressed=True), port) == Result(True)
