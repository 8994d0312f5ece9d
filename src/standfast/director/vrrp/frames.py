"""Ethernet frames that tell the neighbours where an address is: gratuitous ARP and neighbour advertisements."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from standfast.director.vrrp.checksum import checksum
from standfast.director.vrrp.configuration import Address

BROADCAST = b"\xff" * 6
ALL_NODES = IPv6Address("ff02::1").packed
_SOLICITED_NODE = IPv6Address("ff02::1:ff00:0").packed[:13]
_ALL_NODES_MAC = bytes.fromhex("333300000001")
_ARP = struct.Struct(">HHBBH6s4s6s4s")
_ICMPV6 = 58
_ROUTER, _OVERRIDE = 0x80000000, 0x20000000


def virtual_mac(family: int, vrid: int) -> bytes:
    """Return the Virtual Router MAC."""
    # "IPv4 case: 00-00-5E-00-01-{VRID} [...] IPv6 case: 00-00-5E-00-02-{VRID}". RFC 9568 §7.3
    return bytes((0, 0, 0x5E, 0, 1 if family == 4 else 2, vrid))


def announcement(address: Address, mac: bytes, *, router: bool = True) -> bytes:
    """Return the frame that says that the address is at this MAC now."""
    return neighbour_advertisement(address, mac, router) if address.version == 6 else gratuitous_arp(address, mac)


def gratuitous_arp(address: Address, mac: bytes) -> bytes:
    """Return an ARP request of an address for itself. Source: RFC 5227 §3; RFC 9568 §6.4.2 with erratum 7949."""
    packed = address.packed
    return BROADCAST + mac + b"\x08\x06" + _ARP.pack(1, 0x0800, 6, 4, 1, mac, packed, mac, packed)


def probe(address: Address, mac: bytes) -> bytes:
    """Return the frame that asks whether the address is in use, and changes nobody's mind. Source: RFC 5227 §2.1.1.

    In IPv6 the answer to it goes to all nodes. Source: RFC 4861 §7.2.4.
    """
    packed = address.packed
    if address.version == 4:
        return BROADCAST + mac + b"\x08\x06" + _ARP.pack(1, 0x0800, 6, 4, 1, mac, bytes(4), bytes(6), packed)
    group = _SOLICITED_NODE + packed[13:]
    message = _icmpv6(bytes(16), group, 135, bytes(4) + packed)
    return b"\x33\x33" + group[12:] + mac + b"\x86\xdd" + _ipv6(bytes(16), group, message)


def is_probe(frame: bytes) -> bool:
    """Return whether this is an ARP Probe; `frame[38:42]` is the address."""
    return len(frame) >= 42 and frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\x01" and not any(frame[28:32])


def neighbour_advertisement(address: Address, mac: bytes, router: bool) -> bytes:
    """Return an unsolicited neighbour advertisement to all nodes.

    "with the Router Flag (R) set, the Solicited Flag (S) clear, the Override flag (O) set, the target address set to
    the IPv6 address of the Virtual Router, and the target link-layer address set to the Virtual Router MAC address".
    RFC 9568 §6.4.2
    """
    source = address.packed
    flags = _OVERRIDE | (_ROUTER if router else 0)
    rest = struct.pack(">I", flags) + source + b"\x02\x01" + mac
    message = _icmpv6(source, ALL_NODES, 136, rest)
    return _ALL_NODES_MAC + mac + b"\x86\xdd" + _ipv6(source, ALL_NODES, message)


def _icmpv6(source: bytes, destination: bytes, kind: int, rest: bytes) -> bytes:
    pseudo = source + destination + struct.pack(">IxxxB", 4 + len(rest), _ICMPV6)
    summed = checksum(pseudo + bytes((kind, 0, 0, 0)) + rest)
    return bytes((kind, 0)) + summed.to_bytes(2) + rest


def _ipv6(source: bytes, destination: bytes, message: bytes) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(message), _ICMPV6, 255) + source + destination + message
