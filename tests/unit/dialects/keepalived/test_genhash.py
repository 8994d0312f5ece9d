"""genhash's command line and its verbose output, beside what the real one of keepalived 2.2.7 said."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address

import pytest

from standfast.dialects.keepalived import genhash
from standfast.director.checks import HttpVersion

NEEDED = ["-s", "127.0.0.1", "-p", "80", "-u", "/a"]
RECORDED = """\
-----------------------[    HTTP Header Buffer    ]-----------------------
0000  48 54 54 50 2f 31 2e 30 - 20 32 30 30 20 4f 4b 0d   HTTP/1.0 200 OK.
0016  0a 43 6f 6e 74 65 6e 74 - 2d 4c 65 6e 67 74 68 3a   .Content-Length:
0032  20 35 0d 0a 0d 0a       -                            5....          
-----------------------[ HTTP Header Ascii Buffer ]-----------------------
HTTP/1.0 200 OK
Content-Length: 5


-----------------------[        HTML Buffer        ]-----------------------
0000  68 65 6c                -                           hel             
0000  6c 6f                   -                           lo              

-----------------------[    HTML hash resulting    ]-----------------------
0000  5d 41 40 2a bc 4b 2a 76 - b9 71 9d 91 10 17 c5 92   ]A@*.K*v.q......
-----------------------[ HTML hash final resulting ]-----------------------
"""  # noqa: W291


@pytest.mark.parametrize(
    ("words", "complaints"),
    [
        ("-Z", []),
        ("-h -f -g", ["Unknown option -f", "Unknown option -g"]),
        ("-vf -x", ["Unknown option -f", "Unknown option -x"]),
        ("-v --bogus=3", ["Unknown option --bogus=3"]),
        ("-v --verbose=3", ["Unknown option --verbose=3"]),
        ("-v --u", ["Unknown option --u"]),
        ("-v -p", ["Missing parameter for option -p"]),
        ("-h -p x", ["invalid port number 'x'"]),
        ("-p 0 -s x", ["invalid port number '0'"]),
        ("-p 65536", ["invalid port number '65536'"]),
        ("-p 0x50", ["invalid port number '0x50'"]),
        ("-p +80", []),
        ("-p 080", []),
        ("-s x -p y", ["server should be an IP, not x"]),
        ("-t 1.5", ["invalid timeout '1.5'"]),
        ("-t -1", ["invalid timeout '-1'"]),
        ("-m -1", ["invalid fwmark '-1'"]),
        ("--fwm 3 -p y", ["invalid port number 'y'"]),
        ("-P 2.0", ["invalid HTTP protocol version '2.0'"]),
        ("-v -- -s", ["Unexpected argument(s): -s"]),
        ("-s 127.0.0.1 -p 80 -u /a x", ["Unexpected argument(s): x"]),
        ("-s 127.0.0.1 -p 80", []),
        ("-s 127.0.0.1 -u /a", []),
        ("-p 80 -u /a", []),
    ],
)
def test_what_the_real_one_refuses_is_refused_with_its_words(words: str, complaints: list[str]) -> None:
    """If this failed, a mistyped line would ask another server than was meant."""
    options = genhash.parse(words.split())
    assert options.refused
    assert options.complaints == complaints


def test_options_in_any_order_and_by_any_name() -> None:
    """If this failed, lines of scripts that compute digests would be refused."""
    options = genhash.parse(
        ["--port=80", "--serv", "2001:db8::1", "-u", "/b", "-u/a", "-vSI", "-Vwww", "-P1.0C", "-m7"]
    )
    assert not options.refused
    assert (options.address, options.port, options.path) == (ip_address("2001:db8::1"), 80, "/a")
    assert (options.verbose, options.tls, options.server_name, options.host) == (True, True, True, "www")
    assert (options.version, options.mark) == (HttpVersion.HTTP_1_0C, 7)
    assert genhash.parse([*NEEDED, "-t", "3"]).timeout_ms == 3000
    assert genhash.parse(["-s", "127.0.0.1/8", *NEEDED[2:]]).address == ip_address("127.0.0.1")


def test_the_transcript_is_as_recorded() -> None:
    """If this failed, programs that read `genhash -v` would find nothing; what is behind the body is not shown."""
    transcript = genhash.Transcript()
    shown = transcript.feed(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhel") + transcript.feed(b"loEXTRA")
    shown += transcript.end(hashlib.md5(b"hello", usedforsecurity=False).hexdigest())
    assert shown.replace("\r\n", "\n") == RECORDED


def test_a_head_in_two_parts_has_two_titles_and_a_long_body_begins_anew_with_each_part() -> None:
    """If this failed, the output would differ from genhash's for every page of more than 4 kB."""
    transcript = genhash.Transcript()
    title = RECORDED.splitlines()[0]
    assert transcript.feed(b"HTTP/1.0 200 OK\r\nContent-Len").splitlines() == [title]
    assert transcript.feed(b"gth: 9000\r\n\r\n").splitlines()[0] == title
    lines = transcript.feed(b"x" * 9000).splitlines()
    assert [at for at, line in enumerate(lines) if line.startswith("0000")] == [0, 256, 512]
    assert sum(line.count(" 78") for line in lines) == 9000
