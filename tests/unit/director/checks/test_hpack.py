"""Header blocks of HTTP/2; the examples are RFC 7541's own (appendix C)."""

from __future__ import annotations

import pytest

from standfast.director.checks import hpack

FIRST = "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"
SECOND = "4883640effc1c0bf"
THIRD = (
    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f"
    "3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"
)


def test_three_answers_of_one_connection() -> None:
    """If this failed, a redirection of a server that compresses its headers would lead nowhere. Source: C.6."""
    decoder = hpack.Decoder()
    common = [("date", "Mon, 21 Oct 2013 20:13:21 GMT"), ("location", "https://www.example.com")]
    first = decoder.fields(bytes.fromhex(FIRST))
    assert first == [(":status", "302"), ("cache-control", "private"), *common]
    second = decoder.fields(bytes.fromhex(SECOND))
    assert second == [(":status", "307"), ("cache-control", "private"), *common]
    third = dict(decoder.fields(bytes.fromhex(THIRD)))
    assert third[":status"] == "200"
    assert third["date"] == "Mon, 21 Oct 2013 20:13:22 GMT"
    assert third["content-encoding"] == "gzip"
    assert third["set-cookie"] == "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"


def test_the_code_leaves_no_room_for_another() -> None:
    """If this failed, a length in the table would be wrong, and some letter of a location with it."""
    lengths = hpack._CODE_BITS
    assert len(lengths) == 257
    assert sum(2.0**-bits for bits in lengths) == 1.0


@pytest.mark.parametrize(
    "block", ["80", "be", "48", "4883", "488364", "3fe21f", "7fffffffffffff0f", "0081ff", "0084ffffffff", "00820000"]
)
def test_what_is_no_block_is_refused(block: str) -> None:
    """If this failed, a broken server would end the director's process instead of its check."""
    with pytest.raises(ValueError, match=" "):
        hpack.Decoder().fields(bytes.fromhex(block))


def test_a_long_field_is_counted_right() -> None:
    """If this failed, a long path would break the request."""
    assert hpack.literal("a", "x" * 300) == b"\0\x01a\x7f\xad\x01" + b"x" * 300
    assert hpack.Decoder().fields(hpack.literal("a", "x" * 300)) == [("a", "x" * 300)]
