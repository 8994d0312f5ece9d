"""Probes against small real servers on this machine's loopback."""

import asyncio
import gzip
import hashlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import checks
from standfast.director.checks import Check, Connect, HttpCheck, HttpVersion, Proxy, Result, Script, Tls, Url
from standfast.director.events import CancelProbe, Probe, Probed, Target
from standfast.director.live.probes import Prober

LOOPBACK = ip_address("127.0.0.1")
SHORT = Connect(timeout_ms=300)
LONG = Connect(timeout_ms=20_000)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def ask(kind: checks.Kind, port: int = 0, part: int = 0) -> Result:
    """Return what one probe finds."""
    found: asyncio.Future[Probed] = asyncio.get_running_loop().create_future()
    prober = Prober(found.set_result)
    prober.apply(Probe(1, 7, 0, Target(Check(kind), LOOPBACK, port), part))
    probed = await asyncio.wait_for(found, 60)
    assert (probed.number, probed.generation, len(prober)) == (1, 7, 0)
    return probed.result


def asked(handler: Handler, kind: checks.Kind, part: int = 0, tls: ssl.SSLContext | None = None) -> Result:
    """Return what a probe finds at a server that does this with a connection."""

    async def go() -> Result:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await handler(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        async with server:
            return await ask(kind, server.sockets[0].getsockname()[1], part)

    return asyncio.run(go())


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """Return a port that nobody listens on."""
    with socket.socket(socket.AF_INET, kind) as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def web(answer: bytes, seen: list[bytes] | None = None) -> Handler:
    """Return a web server of one answer that notes what it was asked."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head)
        writer.write(answer)
        await writer.drain()

    return handler


def page(body: bytes = b"hello", status: str = "200 OK", *headers: str) -> bytes:
    """Return an answer."""
    lines = [f"HTTP/1.0 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Accept, and say nothing."""
    await asyncio.sleep(30)


def test_tcp_sees_who_listens() -> None:
    """If this failed, TCP_CHECK would be wrong in one way or the other."""
    assert asked(silent, checks.TcpCheck(LONG)) == Result(True)
    dead = asyncio.run(ask(checks.TcpCheck(LONG), free_port()))
    assert dead == Result(False, "connection refused")


def test_a_source_that_is_not_ours_is_told() -> None:
    """If this failed, a wrong `bindto` would look like a dead server, without a reason."""
    connect = replace(LONG, source=ip_address("192.0.2.77"))
    result = asyncio.run(ask(checks.TcpCheck(connect), 9))
    assert not result.ok
    assert "cannot assign" in result.reason


def test_checks_come_from_the_configured_source() -> None:
    """If this failed, real servers that let only one address in would refuse the checks."""
    peers: list[tuple[str, int]] = []

    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[:2])
        writer.write(page())

    port = free_port()
    connect = replace(LONG, source=ip_address("127.0.0.9"), source_port=port)
    assert asked(handler, HttpCheck(connect)).ok
    assert peers == [("127.0.0.9", port)]


def test_probes_that_share_a_timer_come_when_they_are_due(tmp_path: Path) -> None:
    """If this failed, one check would be late because another waits longer, or be made twice after a reload."""
    path = tmp_path / "file"
    path.write_text("0\n")
    target = Target(Check(checks.FileCheck(str(path))), LOOPBACK, 0)

    async def go() -> list[tuple[int, int]]:
        answers: asyncio.Queue[Probed] = asyncio.Queue()
        prober = Prober(answers.put_nowait)
        for number in range(3000):
            prober.apply(Probe(number, 1, 60_000, target))
        for number in range(3000):
            prober.apply(Probe(number, 2, 3_600_000, target) if number > 2 else CancelProbe(number))
        for number, delay_ms in ((1, 200), (2, 1), (0, 100)):
            prober.apply(Probe(number, 3, delay_ms, target))
        found = [await asyncio.wait_for(answers.get(), 60) for _ in range(3)]
        assert len(prober) == 2997
        prober.close()
        assert len(prober) == 0
        return [(probed.number, probed.generation) for probed in found]

    assert asyncio.run(go()) == [(2, 3), (0, 3), (1, 3)]


def test_a_prompt_answer_leaves_the_rhythm_as_it_is() -> None:
    """If this failed, checks would come sooner than configured: each is counted from when it was due."""

    async def go() -> float:
        loop = asyncio.get_running_loop()
        target = Target(Check(checks.TcpCheck(LONG)), LOOPBACK, listener.getsockname()[1])
        ended: asyncio.Future[None] = loop.create_future()

        def again(probed: Probed) -> None:
            if probed.generation == 9:
                ended.set_result(None)
            else:
                prober.apply(Probe(1, probed.generation + 1, 50, target))

        prober, began = Prober(again), loop.time()
        prober.apply(Probe(1, 0, 50, target))
        await asyncio.wait_for(ended, 60)
        prober.close()
        return loop.time() - began

    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert asyncio.run(go()) >= 10 * 0.05


def test_a_probe_that_is_cancelled_is_never_answered() -> None:
    """If this failed, a reload would be told of servers that are gone."""

    async def go() -> list[Probed]:
        answers: list[Probed] = []
        prober = Prober(answers.append)
        for number, kind in enumerate((checks.TcpCheck(SHORT), checks.UdpCheck(SHORT, b"x", True))):
            prober.apply(Probe(number, 1, 0, Target(Check(kind), LOOPBACK, free_port(socket.SOCK_DGRAM)), 0))
            prober.apply(CancelProbe(number))
        await asyncio.sleep(0.01)
        prober.apply(Probe(9, 1, 5, Target(Check(checks.FileCheck("/nowhere")), LOOPBACK, 0), 0))
        while len(prober):
            await asyncio.sleep(0.005)
        return answers

    assert [probed.number for probed in asyncio.run(go())] == [9]


@pytest.mark.parametrize(
    ("answer", "url", "reason"),
    [
        (page(), Url(), ""),
        (page(status="503 No"), Url(), "status 503 for /"),
        (page(status="503 No"), Url(status_codes=((200, 299), (503, 503))), ""),
        (page(), Url(digest=hashlib.md5(b"hello").hexdigest().upper()), ""),
        (page(b"hello"), Url("/x", digest="0" * 32), "digest 5d41402abc4b2a76b9719d911017c592 for /x"),
        (page(), Url(regex="^h.*o$"), ""),
        (page(), Url(regex="HELLO"), "the answer for / does not match 'HELLO'"),
        (page(), Url(regex="HELLO", regex_options=("caseless",)), ""),
        (page(), Url(regex="ell", regex_no_match=True), "the answer for / matches 'ell'"),
        (page(), Url(regex="l", regex_min_offset=4), "the answer for / does not match 'l'"),
        (page(), Url(regex="o", regex_max_offset=4), "the answer for / does not match 'o'"),
        (b"HTTP/1.0 200 OK\r\n\r\nno length", Url(regex="length"), ""),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 900\r\n\r\nshort", Url(), ""),
        (b"220 ftp.example.org\r\n\r\n", Url(), "status missing for /"),
        (b"", Url(), "no data received"),
    ],
)  # fmt: skip
def test_http_judges_the_answer(answer: bytes, url: Url, reason: str) -> None:
    """If this failed, a web server that answers with errors would get clients."""
    result = asked(web(answer), HttpCheck(LONG, (url,)))
    assert (result.ok, result.reason) == (not reason, reason)


def test_http_asks_as_keepalived_does() -> None:
    """If this failed, servers that look at the request would treat our checks otherwise than keepalived's."""
    seen: list[bytes] = []
    urls = (Url("/a"), Url("/b", "www.example.org"))
    assert asked(web(page(), seen), HttpCheck(LONG, urls)).ok
    assert asked(web(page(), seen), HttpCheck(LONG, urls, HttpVersion.HTTP_1_1), part=1).ok
    first, second = (head.decode().splitlines()[:4] for head in seen)
    assert first[:2] == ["GET /a HTTP/1.0", "User-Agent: KeepAliveClient"]
    assert first[2].startswith("Host: 127.0.0.1:")
    assert second[0] == "GET /b HTTP/1.1"
    assert "Connection: close" in second
    assert "Host: www.example.org" in second


def test_http_takes_what_curl_takes() -> None:
    """If this failed, checks that people ran with curl's options could not be asked for."""
    seen: list[bytes] = []
    body = gzip.compress(b"hello")
    kind = HttpCheck(
        LONG, (Url(digest=hashlib.md5(b"hello").hexdigest()),), headers=(("X-Check", "1"),), user="u", password="p",
        compressed=True,
    )  # fmt: skip
    assert asked(web(page(body, "200 OK", "Content-Encoding: gzip"), seen), kind).ok
    head = seen[0].decode().splitlines()
    assert "X-Check: 1" in head
    assert "Authorization: Basic dTpw" in head
    assert "Accept-Encoding: gzip, deflate" in head


def test_http_asks_for_the_head_alone() -> None:
    """If this failed, a check of a large page would carry it each time, or wait for a body that never comes."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HEAD / ")
        writer.write(answer)
        await asyncio.sleep(30)

    assert asked(handler, HttpCheck(LONG, method="HEAD")).ok


def test_http_follows_redirections_when_asked() -> None:
    """If this failed, a front page that redirects could not be checked by what it leads to."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        there = head.startswith(b"GET /new ")
        writer.write(page(b"at last") if there else page(b"", "302 Found", "Location: /new"))

    good = (Url(regex="at last"),)
    assert not asked(handler, HttpCheck(LONG, good)).ok
    assert asked(handler, HttpCheck(LONG, good, redirects_max=1)).ok
    round_about = web(page(b"", "302 Found", "Location: /"))
    assert "more than 3" in asked(round_about, HttpCheck(LONG, redirects_max=3)).reason


def test_a_compressed_body_in_chunks_is_unpacked() -> None:
    """If this failed, `compressed` would fail at every server that packs as it sends."""
    packed = gzip.compress(b"hello")
    frames = b"".join(b"%x;x=y\r\n%b\r\n" % (len(part), part) for part in (packed[:7], packed[7:]))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    url = Url(digest=hashlib.md5(b"hello", usedforsecurity=False).hexdigest())

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in head + frames + b"0\r\n\r\n":
            writer.write(bytes((byte,)))
            await writer.drain()
        await reader.read()

    assert asked(handler, HttpCheck(LONG, (url,), HttpVersion.HTTP_1_1, compressed=True)) == Result(True)


def test_http_reads_chunks_to_their_end() -> None:
    """If this failed, a server that keeps the connection would look dead."""
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(chunks)
        await asyncio.sleep(30)

    assert asked(handler, HttpCheck(LONG, (Url(regex="hello"),), HttpVersion.HTTP_1_1)).ok


def test_http_times_out() -> None:
    """If this failed, a server that hangs would be waited for without end."""
    assert asked(silent, HttpCheck(SHORT)) == Result(False, "timed out")


def test_http_through_a_proxy() -> None:
    """If this failed, servers behind a proxy could not be checked."""
    seen: list[bytes] = []

    async def go() -> list[Result]:
        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            if seen[-1].startswith(b"CONNECT"):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(page())
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            proxies = Proxy(LOOPBACK, port, user="u", password="p"), Proxy(LOOPBACK, port, tunnel=True)
            return [await ask(HttpCheck(LONG, proxy=proxy), 8080) for proxy in proxies]

    assert asyncio.run(go()) == [Result(True)] * 2
    assert seen[0].startswith(b"GET http://127.0.0.1:8080/ HTTP/1.0\r\n")
    assert b"Proxy-Authorization: Basic dTpw\r\n" in seen[0]
    assert seen[1].startswith(b"CONNECT 127.0.0.1:8080 HTTP/1.1\r\n")
    assert seen[2].startswith(b"GET / HTTP/1.0\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: Any) -> Path:
    """Return a key and a certificate for www.example.org and 127.0.0.1, signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("not installed: openssl")
    path: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", str(path), "-out", str(path) + ".crt", "-subj", "/CN=www.example.org",
         "-addext", "subjectAltName=DNS:www.example.org,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def test_ssl_encrypts_and_verifies_only_when_asked(certificate: Path) -> None:
    """If this failed, keepalived's checks of self-signed servers would break, or a wrong certificate would pass."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(certificate) + ".crt", certificate)
    names: list[str | None] = []
    context.sni_callback = lambda _, name, __: names.append(name)
    ca = str(certificate) + ".crt"
    named = (Url(virtual_host="www.example.org"),)
    other = (Url(virtual_host="other.example.org"),)

    def ask_with(tls: Tls, urls: tuple[Url, ...] = (Url(),)) -> Result:
        return asked(web(page()), HttpCheck(LONG, urls, tls=tls), tls=context)

    assert ask_with(Tls()).ok
    assert ask_with(Tls(send_server_name=True), named).ok
    assert names == [None, "www.example.org"]
    assert ask_with(Tls(verify=True, ca_file=ca), named).ok
    assert ask_with(Tls(verify=True, ca_file=ca)).ok
    assert "CERTIFICATE_VERIFY_FAILED" in ask_with(Tls(verify=True, ca_file=ca), other).reason
    assert "CERTIFICATE_VERIFY_FAILED" in ask_with(Tls(verify=True), named).reason
    assert ask_with(Tls(ca_file="/nowhere")).reason == "no such file or directory"
    assert not asked(web(page()), HttpCheck(SHORT, tls=Tls())).ok


@pytest.mark.parametrize(
    ("banner", "helo", "reason"),
    [(b"220-a\r\n220 b\r\n", b"250 hi\r\n", ""), (b"554 no\r\n", b"", "554 instead of 220 for the banner"),
     (b"220 a\r\n", b"500 what\r\n", "500 instead of 250 for HELO"),
     (b"SSH-2.0\r\n", b"", "nothing instead of 220 for the banner")],
)  # fmt: skip
def test_smtp_greets(banner: bytes, helo: bytes, reason: str) -> None:
    """If this failed, a mail server that takes no mail would get some."""
    heard: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        heard.append(await reader.readline())
        writer.write(helo)
        heard.append(await reader.readline())
        writer.write(b"221 bye\r\n")

    result = asked(handler, checks.SmtpCheck(LONG, "me.example.org"))
    assert (result.ok, result.reason) == (not reason, reason)
    if not reason:
        assert heard == [b"HELO me.example.org\r\n", b"QUIT\r\n"]


class Datagrams(asyncio.DatagramProtocol):
    """A server that answers each datagram with what a function says, or not."""

    def __init__(self, answer: Callable[[bytes], list[bytes]]) -> None:
        self.answer = answer

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        for one in self.answer(data):
            self.transport.sendto(one, addr)


def datagram_asked(answer: Callable[[bytes], list[bytes]], kind: checks.Kind) -> Result:
    """Return what a probe finds at a server of datagrams."""

    async def go() -> Result:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: Datagrams(answer), ("127.0.0.1", 0))
        try:
            return await ask(kind, transport.get_extra_info("sockname")[1])
        finally:
            transport.close()

    return asyncio.run(go())


def test_dns_asks_and_takes_only_its_answer() -> None:
    """If this failed, a resolver that answers with errors would get clients."""
    questions: list[bytes] = []

    def answers(flags: bytes) -> Callable[[bytes], list[bytes]]:
        def answer(data: bytes) -> list[bytes]:
            questions.append(data)
            wrong = bytes((data[0] ^ 1, data[1])) + b"\x81\x80" + data[4:]
            return [b"junk", wrong, data, data[:2] + flags + data[4:]]

        return answer

    kind = checks.DnsCheck(LONG, "A", "www.example.org")
    assert datagram_asked(answers(b"\x81\x80"), kind) == Result(True)
    assert questions[0][2:] == b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1"
    assert datagram_asked(answers(b"\x81\x83"), kind) == Result(False, "rcode NXDOMAIN")
    assert datagram_asked(lambda _: [], replace(kind, connect=SHORT)) == Result(False, "no answer in time")


def test_udp_fails_on_icmp_errors_and_wrong_replies() -> None:
    """If this failed, a UDP service that is gone would get clients."""
    assert datagram_asked(lambda _: [], checks.UdpCheck(SHORT)) == Result(True)
    assert asyncio.run(ask(checks.UdpCheck(LONG, b"x"), free_port(socket.SOCK_DGRAM))) == Result(
        False, "connection refused"
    )
    wanted = checks.UdpCheck(LONG, b"ping", True, ((0x70, 0xFF), (0x00, 0x00), (0x6E, 0xF0)), 2, 4)
    assert datagram_asked(lambda data: [b"pXng"] if data == b"ping" else [], wanted) == Result(True)
    assert "byte 1 is 71" in datagram_asked(lambda _: [b"qong"], wanted).reason
    assert "5 bytes" in datagram_asked(lambda _: [b"pongs"], wanted).reason
    assert not datagram_asked(lambda _: [], replace(wanted, connect=SHORT)).ok


def test_ping_hears_its_echo() -> None:
    """If this failed, PING_CHECK would take every server out."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        pytest.skip("raw sockets are not allowed here")
    assert asyncio.run(ask(checks.PingCheck(LONG))) == Result(True)


def misc(*words: str, timeout_ms: int = 20_000, dynamic: bool = False) -> Result:
    """Return what a script check finds."""
    return asyncio.run(ask(checks.MiscCheck(Script(words, timeout_ms=timeout_ms), dynamic)))


def test_scripts_tell_by_their_status() -> None:
    """If this failed, MISC_CHECK would not do what its script says."""
    assert misc("/bin/sh", "-c", "exit 0").ok
    failed = misc("/bin/sh", "-c", "exit 3", dynamic=True)
    assert (failed.ok, failed.number, failed.reason) == (False, 3, "ended with status 3")
    killed = misc("/bin/sh", "-c", "kill -9 $$", dynamic=True)
    assert (killed.ok, killed.number, killed.reason) == (False, None, "ended by signal 9")
    missing = misc("/nowhere/at/all")
    assert (missing.ok, missing.number) == (False, None)


def test_a_script_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """If this failed, a hanging script would hold its check, or leave its children behind."""
    mark = tmp_path / "pid"
    result = misc("/bin/sh", "-c", f"sleep 100 & echo $! > {mark}; trap '' TERM; wait; sleep 100", timeout_ms=300)
    assert result.reason == "timed out after 300 ms"
    assert result.took_ms >= 300
    child = Path("/proc") / mark.read_text().strip() / "stat"
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"


def test_files_hold_numbers(tmp_path: Path) -> None:
    """If this failed, FILE_CHECK would not follow its file."""
    path = tmp_path / "weight"
    kind = checks.FileCheck(str(path))
    assert asyncio.run(ask(kind)) == Result(True, number=0)
    path.write_text("-12\n")
    assert asyncio.run(ask(kind)) == Result(True, number=-12)
    path.write_text("much")
    assert not asyncio.run(ask(kind)).ok
