"""The IP authentication header around adverts of version 2, as keepalived speaks it. Source: RFC 2402, RFC 2338 §5.3.6.

The digest is HMAC-MD5-96 (RFC 2403) over the IPv4 header with what changes on the way as zero, this header with a
digest of zeros, and the message. A unicast advert counts its TTL among what changes, a multicast one does not.
"""

from __future__ import annotations

import hmac
import struct

import msgspec

from standfast.director.vrrp.checksum import PROTOCOL

LENGTH = 24
DIGEST_BYTES = 12
_HEADER = struct.Struct(">BBHII")
_WORDS_LESS_TWO = 4


class Header(msgspec.Struct, frozen=True):
    """What stands before the message. `spi` is the sender's address as a number."""

    spi: int
    sequence: int
    digest: bytes
    next_protocol: int = PROTOCOL
    words_less_two: int = _WORDS_LESS_TWO

    @property
    def is_ours(self) -> bool:
        """Return whether it is of the one shape that VRRP uses."""
        return (self.next_protocol, self.words_less_two) == (PROTOCOL, _WORDS_LESS_TWO)


def read(payload: bytes) -> Header | None:
    """Return the header that a payload begins with; None if it is too short."""
    if len(payload) < LENGTH:
        return None
    following, words, _, spi, sequence = _HEADER.unpack_from(payload)
    return Header(spi, sequence, payload[12:LENGTH], following, words)


def build(ip_header: bytes, sequence: int, message: bytes, key: bytes, *, unicast: bool) -> bytes:
    """Return header and message to follow this IPv4 header, whose length field counts them in."""
    spi = int.from_bytes(ip_header[12:16])
    start = _HEADER.pack(PROTOCOL, _WORDS_LESS_TWO, 0, spi, sequence)
    return start + _digest(ip_header, start, message, key, unicast) + message


def is_genuine(ip_header: bytes, payload: bytes, key: bytes, *, unicast: bool) -> bool:
    """Return whether the digest is that of this key."""
    wanted = _digest(ip_header, payload[:12], payload[LENGTH:], key, unicast)
    return hmac.compare_digest(wanted, payload[12:LENGTH])


def _digest(ip_header: bytes, start: bytes, message: bytes, key: bytes, unicast: bool) -> bytes:
    # "TOS, Flags, Fragment Offset, TTL, Header Checksum": the mutable fields. RFC 2402 §3.3.3.1.1.1
    fixed = bytearray(ip_header)
    fixed[1] = 0
    fixed[6:8] = b"\0\0"
    fixed[10:12] = b"\0\0"
    if unicast:
        fixed[8] = 0
    return hmac.digest(key, bytes(fixed) + start + bytes(DIGEST_BYTES) + message, "md5")[:DIGEST_BYTES]
