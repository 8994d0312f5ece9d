"""HTTP/2 as far as checks need it."""

from ipaddress import ip_address

import hpack
import pytest

from standfast.director import checks
from standfast.director.checks import HttpCheck, Url, http2_messages, http_messages
from standfast.director.checks.http2_messages import Exchange, frame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def fields_of(request: bytes) -> dict[str, str]:
    """Return the header fields in a request's last frame."""
    at = len(PREFACE)
    while at < len(request):
        length = int.from_bytes(request[at : at + 3], "big")
        payload, at = request[at + 9 : at + 9 + length], at + 9 + length
    return {str(name): str(value) for name, value in hpack.Decoder().decode(payload)}


@pytest.mark.parametrize(
    ("block", "status"),
    [
        (b"\x88", 200),
        (b"\x8d", 404),
        (b"\x3f\xe1\x1f\x88", 200),
        (bytes.fromhex("4803333032"), 302),
        (bytes.fromhex("48826402"), 302),
        (bytes.fromhex("0803353033"), 503),
        (b"\x8e", 500),
        (b"\x82", 0),
        (b"", 0),
        (b"\x48\x83\x64", 0),
    ],
)
def test_the_status_is_found(block: bytes, status: int) -> None:
    """If this failed, a server that answers with errors would get clients, or a good one none."""
    exchange = Exchange(Url(), HttpCheck())
    exchange.feed(frame(1, 4 | 1, 1, block))
    assert (exchange.answer.complete, exchange.answer.status) == (True, status)


def test_an_answer_in_pieces_is_put_together() -> None:
    """If this failed, what a check sees would depend on how the network cuts it."""
    url = Url(regex="^hello$")
    wire = (
        frame(4, 0, 0)
        + frame(6, 0, 0, b"12345678")
        + frame(1, 4, 1, bytes.fromhex("4803313030"))
        + frame(1, 8, 1, b"\x02\x88\0\0")
        + frame(9, 4, 1, b"")
        + frame(0, 8, 1, b"\x01hel\0")
        + frame(0, 1, 1, b"lo")
    )
    exchange, out = Exchange(url, HttpCheck(urls=(url,))), b""
    for at in range(len(wire)):
        out += exchange.feed(wire[at : at + 1])
    assert exchange.answer.complete
    assert exchange.answer.status == 200
    assert http_messages.judge(url, exchange.answer) == checks.Result(True)
    assert out == frame(4, 1, 0) + frame(6, 1, 0, b"12345678")


def test_the_header_is_the_answer_s() -> None:
    """If this failed, redirections and compressed bodies could not be followed over HTTP/2."""
    check = HttpCheck(compressed=True)
    place = http_messages.Place(ip_address("192.0.2.1"), 80, "h", "/", False)
    exchange = Exchange(Url(), check)
    exchange.feed(frame(1, 4 | 1, 1, b"\x48\x03302" + b"\x0f\x1f\x04/new" + b"\x0f\x0b\x04gzip"))
    assert exchange.answer.headers == {":status": "302", "location": "/new", "content-encoding": "gzip"}
    further = http_messages.redirected(exchange.answer, place)
    assert further is not None
    assert (further.path, further.host) == ("/new", "h")
    assert fields_of(http2_messages.request(check, place))["accept-encoding"] == "gzip, deflate"


def test_a_server_that_goes_away_ends_the_wait() -> None:
    """If this failed, a check would wait for its time-out although the server has said no."""
    exchange = Exchange(Url(), HttpCheck())
    exchange.feed(frame(7, 0, 0, bytes(8)))
    assert exchange.answer.complete
    assert not http_messages.judge(Url(), exchange.answer).ok


def test_long_fields_are_counted_right() -> None:
    """If this failed, a long path or header would break the request."""
    place = http_messages.Place(ip_address("192.0.2.1"), 80, "h", "/" + "x" * 300, False)
    sent = http2_messages.request(HttpCheck(user="u", password="p", headers=(("X-A", "1"),)), place)
    assert sent.startswith(PREFACE)
    fields = fields_of(sent)
    assert fields[":path"] == "/" + "x" * 300
    assert (fields["x-a"], fields["authorization"]) == ("1", "Basic dTpw")


def test_no_header_block_ends_a_check_and_not_the_director() -> None:
    """If this failed, one broken server would end the checks of all."""
    for block in ("80", "be", "48", "488364", "3fe21f", "7fffffffffffff0f", "0081ff", "0084ffffffff"):
        exchange = Exchange(Url(), HttpCheck())
        exchange.feed(frame(1, 4, 1, bytes.fromhex(block)))
        assert (exchange.answer.complete, exchange.answer.status) == (True, 0), block
