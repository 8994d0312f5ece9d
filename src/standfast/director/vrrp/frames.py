"""Ethernet frames that tell the neighbours where an address is: gratuitous ARP and neighbour advertisements."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address

from standfast.director.vrrp.checksum import checksum
from standfast.director.vrrp.configuration import Address

BROADCAST = b"\xff" * 6
ALL_NODES = IPv6Address("ff02::1").packed
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


def neighbour_advertisement(address: Address, mac: bytes, router: bool) -> bytes:
    """Return an unsolicited neighbour advertisement to all nodes.

    "with the Router Flag (R) set, the Solicited Flag (S) clear, the Override flag (O) set, the target address set to
    the IPv6 address of the Virtual Router, and the target link-layer address set to the Virtual Router MAC address".
    RFC 9568 §6.4.2
    """
    source = address.packed
    flags = _OVERRIDE | (_ROUTER if router else 0)
    rest = struct.pack(">I", flags) + source + b"\x02\x01" + mac
    pseudo = source + ALL_NODES + struct.pack(">IxxxB", 4 + len(rest), _ICMPV6)
    summed = checksum(pseudo + b"\x88\0\0\0" + rest)
    message = b"\x88\0" + struct.pack(">H", summed) + rest
    header = struct.pack(">IHBB", 6 << 28, len(message), _ICMPV6, 255) + source + ALL_NODES
    return _ALL_NODES_MAC + mac + b"\x86\xdd" + header + message
