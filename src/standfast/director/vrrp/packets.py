"""VRRP messages and the IP headers around them, to bytes and back. Source: RFC 9568 §5, RFC 3768 §5, RFC 2338 §5."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

import msgspec

from standfast.director.vrrp.checksum import PROTOCOL, checksum

AH_PROTOCOL = 51
# "The IPv4 multicast address as assigned by the IANA for VRRP is 224.0.0.18" and "ff02:0:0:0:0:0:0:12".
# RFC 9568 §5.1.1.2, §5.1.2.2
GROUP_IPV4 = IPv4Address("224.0.0.18").packed
GROUP_IPV6 = IPv6Address("ff02::12").packed
# "The TTL MUST be set to 255." RFC 9568 §5.1.1.3
TTL = 255
ADVERTISEMENT = 1
_TOS_NETWORK_CONTROL = 0xC0
_IPV4 = struct.Struct(">BBHHHBBH4s4s")
_IPV6 = struct.Struct(">IHBB16s16s")
_FIXED = struct.Struct(">BBBBHH")
AUTHENTICATION_BYTES = 8


class Datagram(msgspec.Struct, frozen=True):
    """What a raw socket received: addresses in network order, and what stands after the IP header."""

    source: bytes
    destination: bytes
    ttl: int
    """Hop limit in IPv6."""
    payload: bytes
    protocol: int = PROTOCOL
    header: bytes = b""
    """The IPv4 header, which a digest covers; empty in IPv6."""


def ipv4_datagram(packet: bytes) -> Datagram | None:
    """Return a packet that begins with its IPv4 header taken apart; None if it is no such thing."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    length = (packet[0] & 15) * 4
    end = int.from_bytes(packet[2:4])
    if length < 20 or not length <= end <= len(packet):
        return None
    return Datagram(packet[12:16], packet[16:20], packet[8], packet[length:end], packet[9], packet[:length])


def ipv6_datagram(packet: bytes) -> Datagram | None:
    """Return a packet that begins with its IPv6 header taken apart; None if it is no such thing."""
    if len(packet) < 40 or packet[0] >> 4 != 6:
        return None
    length = int.from_bytes(packet[4:6])
    if len(packet) < 40 + length:
        return None
    return Datagram(packet[8:24], packet[24:40], packet[7], packet[40 : 40 + length], packet[6])


def ipv4_header(
    source: bytes, destination: bytes, protocol: int, length: int, identification: int = 0, ttl: int = TTL
) -> bytes:
    """Return an IPv4 header for `length` bytes; the kernel fills in an identification of 0."""
    first = 0x45, _TOS_NETWORK_CONTROL, 20 + length, identification, 0, ttl, protocol
    summed = checksum(_IPV4.pack(*first, 0, source, destination))
    return _IPV4.pack(*first, summed, source, destination)


def ipv6_header(source: bytes, destination: bytes, length: int, flow: int = 0) -> bytes:
    """Return an IPv6 header as the kernel writes it for `length` bytes of VRRP."""
    return _IPV6.pack(
        6 << 28 | _TOS_NETWORK_CONTROL << 20 | flow, length, PROTOCOL, TTL, source, destination
    )  # "The Hop Limit MUST be set to 255." RFC 9568 §5.1.2.3


class Message(msgspec.Struct, frozen=True):
    """A VRRP message. `interval` is seconds in version 2, centiseconds in version 3."""

    version: int
    vrid: int
    priority: int
    interval: int
    addresses: tuple[bytes, ...]
    auth_type: int = 0
    """Version 2 only."""
    auth_data: bytes = b""
    """Version 2 only: eight bytes, zeros without a password."""
    type: int = ADVERTISEMENT

    def pack(self, pseudo: bytes = b"") -> bytes:
        """Return the bytes; the checksum covers `pseudo` (whose length field is the caller's) and the message."""
        # "The Reserve field MUST be set to zero on transmission". RFC 9568 §5.2.6
        word = self.auth_type << 8 | self.interval if self.version == 2 else self.interval
        head = self.version << 4 | self.type, self.vrid, self.priority, len(self.addresses), word
        rest = b"".join(self.addresses)
        if self.version == 2:
            rest += self.auth_data.ljust(AUTHENTICATION_BYTES, b"\0")
        # "For computing the checksum, the Checksum field is set to zero." RFC 9568 §5.2.8
        summed = checksum(pseudo + _FIXED.pack(*head, 0) + rest)
        return _FIXED.pack(*head, summed) + rest

    @property
    def length(self) -> int:
        """Return how many bytes `pack` gives."""
        return 8 + sum(map(len, self.addresses)) + (AUTHENTICATION_BYTES if self.version == 2 else 0)


def expected_length(payload: bytes, address_bytes: int) -> int:
    """Return how long a message is by what its fixed part says. `payload` holds eight bytes at least."""
    return 8 + payload[3] * address_bytes + (AUTHENTICATION_BYTES if payload[0] >> 4 == 2 else 0)


def read(payload: bytes, address_bytes: int) -> Message | None:
    """Return a message of exactly this length; None if it is shorter or longer than it says. No other check."""
    if len(payload) < 8 or len(payload) != expected_length(payload, address_bytes):
        return None
    first, vrid, priority, count, word, _ = _FIXED.unpack_from(payload)
    end = 8 + count * address_bytes
    addresses = tuple(payload[at : at + address_bytes] for at in range(8, end, address_bytes))
    version = first >> 4
    if version == 2:
        return Message(2, vrid, priority, word & 0xFF, addresses, word >> 8, payload[end:], first & 15)
    # "The Reserve field MUST be [...] ignored on reception." RFC 9568 §5.2.6
    return Message(version, vrid, priority, word & 0x0FFF, addresses, type=first & 15)
