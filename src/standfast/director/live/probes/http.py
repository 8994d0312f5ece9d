"""HTTP_GET and SSL_GET."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable

from msgspec.structs import replace

from standfast.director.checks import HttpCheck, HttpVersion, Result, Tls, Url, http2_messages
from standfast.director.checks import http_messages as messages
from standfast.director.events import Target
from standfast.director.live.probes.connecting import connected

_READ_BYTES = 65536
_READS_MAX_S = 10
"""A server that answers byte by byte is cut off after so many times the time-out."""

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter, bool]


async def http(kind: HttpCheck, target: Target, part: int) -> Result:
    """Ask for one url, follow redirections as far as allowed. Raises: OSError, TimeoutError."""
    url = kind.urls[part]
    place = messages.Place(target.address, target.port, url.virtual_host, url.path, kind.tls is not None)
    for _ in range(kind.redirects_max + 1):
        answer = await _exchange(kind, url, place)
        further = messages.redirected(answer, place)
        if further is None or not kind.redirects_max:
            return messages.judge(url, answer)
        place = further
    return Result(False, f"more than {kind.redirects_max} redirections for {url.path}")


async def _exchange(kind: HttpCheck, url: Url, place: messages.Place) -> messages.Answer:
    return await converse(kind, url, place, await open_to(kind, place))


async def converse(
    kind: HttpCheck, url: Url, place: messages.Place, opened: Opened, tap: Callable[[bytes], None] | None = None
) -> messages.Answer:
    """Ask over a connection, which is closed then, and return the answer. `tap` sees an answer of HTTP/1 as it comes.

    Raises: OSError, TimeoutError.
    """
    reader, writer, plain_proxy = opened
    second = http2_messages.Exchange(url, kind) if kind.version is HttpVersion.HTTP_2 else None
    answer = messages.Answer(url, kind) if second is None else second.answer
    try:
        if second is None:
            writer.write(messages.request(kind, place, plain_proxy))
            feed_one = answer.feed if tap is None else _tapped(answer.feed, tap)
            await _read(reader, answer, feed_one, kind.connect.timeout_ms / 1000)
        else:
            writer.write(http2_messages.request(kind, place))
            feed = second.feed
            await _read(reader, answer, lambda data: writer.write(feed(data)), kind.connect.timeout_ms / 1000)
    finally:
        writer.transport.abort()
    return answer


def _tapped(feed: Callable[[bytes], None], tap: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def both(data: bytes) -> None:
        tap(data)
        feed(data)

    return both


async def _read(
    reader: asyncio.StreamReader, answer: messages.Answer, feed: Callable[[bytes], None], patience_s: float
) -> None:
    """Read to the end, each part within the time-out. What broke off counts as far as it came, as a short body does."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + patience_s * _READS_MAX_S
    async with asyncio.timeout(patience_s) as limit:
        while not answer.complete:
            try:
                data = await reader.read(_READ_BYTES)
            except (ConnectionResetError, ssl.SSLError):
                if not answer.status:
                    raise
                return
            if not data:
                return
            feed(data)
            limit.reschedule(min(end_s, loop.time() + patience_s))


async def open_to(kind: HttpCheck, place: messages.Place) -> Opened:
    """Return a connection for a request, and whether it is to be asked of a proxy in full.

    Raises: OSError (ssl.SSLError is one), TimeoutError.
    """
    tls = kind.tls or Tls() if place.tls else None
    proxy = kind.proxy
    if proxy is None:
        made = await connected(kind.connect, place.address, place.port)
        async with asyncio.timeout(kind.connect.timeout_ms / 1000):
            if tls is None:
                return *(await asyncio.open_connection(sock=made)), False
            context, name = context_of(tls, kind.version), _server_name(tls, place)
            return *(await asyncio.open_connection(sock=made, ssl=context, server_hostname=name)), False
    made = await connected(replace(kind.connect, address=None), proxy.address, proxy.port)
    async with asyncio.timeout(kind.connect.timeout_ms / 1000):
        reader, writer = await asyncio.open_connection(sock=made)
        if tls is None and not proxy.tunnel:
            return reader, writer, True
        await _tunnel(kind, place, reader, writer)
        if tls is not None:
            await writer.start_tls(context_of(tls, kind.version), server_hostname=_server_name(tls, place))
        return reader, writer, False


async def _tunnel(
    kind: HttpCheck, place: messages.Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.write(messages.connect_request(kind, place))
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        writer.transport.abort()
        raise ConnectionRefusedError("the proxy gives no answer") from error
    words = head.split(None, 2)
    if len(words) < 2 or words[1] != b"200":
        writer.transport.abort()
        raise ConnectionRefusedError(f"the proxy answers {head.splitlines()[0].decode('latin-1')}")


def _server_name(tls: Tls, place: messages.Place) -> str:
    """Return the name that the certificate must have, or that is sent; "" sends none."""
    host = place.host.partition(":")[0] if not place.host.startswith("[") else ""
    if tls.server_name:
        return tls.server_name
    if tls.verify:
        return host or str(place.address)
    return host if tls.send_server_name else ""


@functools.lru_cache(maxsize=256)
def context_of(tls: Tls, version: HttpVersion = HttpVersion.HTTP_1_0) -> ssl.SSLContext:
    """Return how to encrypt. Raises: OSError (ssl.SSLError is one) if a file cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif not (tls.ca_file or tls.ca_path):
        context.load_default_certs()
    if tls.ca_file or tls.ca_path:
        context.load_verify_locations(tls.ca_file or None, tls.ca_path or None)
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key or None, tls.password or None)
    if version is HttpVersion.HTTP_2:
        context.set_alpn_protocols(["h2"])
    return context
