"""`genhash`: prints the digest that HTTP_GET and SSL_GET compare, of what a server answers for a url."""

from __future__ import annotations

import asyncio
import errno
import ssl
import sys
import time
from collections.abc import Sequence

from standfast.dialects.keepalived.genhash import USAGE, Options, Transcript, parse
from standfast.director.checks import Connect, HttpCheck, Tls, Url
from standfast.director.checks.http_messages import Answer, Place
from standfast.director.live.probes.http import converse, open_to

_NAME = "genhash"
_REFUSED_STATUS = 1


def main(argv: Sequence[str], program: str = "") -> int:
    """Run `genhash` with these arguments; return the exit status, which is 0 whatever the server says."""
    options = parse(argv)
    sys.stderr.writelines(f"{line}\n" for line in options.complaints)
    if options.refused:
        sys.stderr.write(USAGE.format(program=program or called_as()))
        return _REFUSED_STATUS
    begin_ns = time.monotonic_ns()
    asyncio.run(_ask(options))
    if options.verbose:
        _print(f"\nGlobal response time for [{options.path}] = {(time.monotonic_ns() - begin_ns) // 1000} usecs\n")
    return 0


def called_as() -> str:
    """Return the program's name for messages: that of the link it was called by, as it was typed."""
    typed = sys.argv[0] if sys.argv else ""
    return typed if typed.rpartition("/")[2] == _NAME else _NAME


async def _ask(options: Options) -> None:
    assert options.address is not None
    assert options.path is not None
    connect = Connect(timeout_ms=options.timeout_ms, mark=options.mark)
    url = Url(options.path, options.host)
    tls = Tls(send_server_name=options.server_name) if options.tls else None
    kind = HttpCheck(connect, (url,), options.version, tls)
    place = Place(options.address, options.port, url.virtual_host, url.path, options.tls)
    transcript = Transcript()
    heard = False

    def tap(data: bytes) -> None:
        nonlocal heard
        heard = True
        if options.verbose:
            _print(transcript.feed(data))

    try:
        opened = await open_to(kind, place)
    except (OSError, TimeoutError) as wrong:
        _print(_not_opened(wrong, options.tls) + "\n")
        return
    try:
        _tell(await converse(kind, url, place, opened, tap), options)
    except TimeoutError:
        _print(f"Timeout {_reading(heard, options.tls)} read\n")
    except OSError:
        _print("Read error with\n")


def _tell(answer: Answer, options: Options) -> None:
    if options.verbose:
        _print(Transcript.end(answer.digest))
    if answer.headed:
        _print(f"{answer.digest}\n")
    else:
        sys.stderr.write("no data received from remote webserver\n")


def _not_opened(wrong: OSError, tls: bool) -> str:
    """Return what genhash says if there is no connection. A time-out is an OSError, too."""
    if isinstance(wrong, TimeoutError):
        return "Timeout connecting"
    if isinstance(wrong, ssl.SSLError) or (tls and isinstance(wrong, ConnectionResetError)):
        return "SSL handshake/communication error connecting to"
    if wrong.errno == errno.ENETUNREACH:
        return "HTTP_CHECK - network unreachable"
    return "Connection failed"


def _reading(heard: bool, tls: bool) -> str:
    if not heard:
        return "WEB"
    return "SSL" if tls else "HTTP"


def _print(text: str) -> None:
    """Write text, with the bytes as the server sent them."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
