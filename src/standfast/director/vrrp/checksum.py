"""The Internet checksum, and the pseudo-headers that VRRP puts before its messages."""

from __future__ import annotations

import struct

PROTOCOL = 112


def checksum(data: bytes) -> int:
    """Return the 16-bit one's complement of the one's complement sum. Source: RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(source: bytes, destination: bytes, length: int) -> bytes:
    """Return what is summed before a message: RFC 8200 §8.1 for IPv6, RFC 5798 §5.2.8 (as it is read) for IPv4."""
    if len(source) == 16:
        return source + destination + struct.pack(">IxxxB", length, PROTOCOL)
    return source + destination + struct.pack(">xBH", PROTOCOL, length)
