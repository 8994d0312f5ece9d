"""Routing netlink messages: addresses and links, to bytes and back; host byte order.

Source: linux/netlink.h, rtnetlink.h, if_addr.h, if_link.h, fib_rules.h; rtnetlink(7).
"""

from __future__ import annotations

import enum
import struct
import sys
from collections.abc import Iterator
from ipaddress import IPv4Interface, ip_address

import msgspec

from standfast.director.vrrp.configuration import Address, VirtualAddress
from standfast.director.vrrp.own_devices import IpvlanMode

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_ADDRESS = struct.Struct("=BBBBI")
_NO_INDEX = 2**31 - 1
ROUTE = struct.Struct("=BBBBBBBBI")
_LINK = struct.Struct("=BxHiII")
_TYPE_MASK = 0x3FFF
NESTED = 0x8000
ERROR, DONE = 2, 3
FAMILIES = {4: 2, 6: 10}
MACVLAN_PRIVATE = 1
IPVLAN_L2 = 0
_MASTER = 10
FOR_EVER = 0xFFFFFFFF


class Kind(enum.IntEnum):
    """RTM_*."""

    NEW_LINK = 16
    DEL_LINK = 17
    GET_LINK = 18
    NEW_ADDRESS = 20
    DEL_ADDRESS = 21
    GET_ADDRESS = 22
    NEW_ROUTE = 24
    DEL_ROUTE = 25
    NEW_RULE = 32
    DEL_RULE = 33


class Flag(enum.IntFlag):
    """NLM_F_*."""

    REQUEST = 1
    ACK = 4
    DUMP = 0x300
    REPLACE = 0x100
    EXCLUSIVE = 0x200
    CREATE = 0x400


class Group(enum.IntFlag):
    """RTMGRP_*: what can be subscribed to."""

    LINK = 1
    IPV4_ADDRESS = 0x10
    IPV4_ROUTE = 0x40
    IPV4_RULE = 0x80
    IPV6_ADDRESS = 0x100
    IPV6_ROUTE = 0x400
    IPV6_RULE = 0x40000


class LinkFlag(enum.IntFlag):
    """IFF_*."""

    UP = 1
    RUNNING = 0x40


class AddressFlag(enum.IntFlag):
    """IFA_F_*."""

    SECONDARY = 1
    NO_DAD = 2
    DAD_FAILED = 8
    TENTATIVE = 0x40


class Request(msgspec.Struct, frozen=True):
    """A message without its sequence number."""

    kind: Kind
    flags: Flag
    body: bytes

    def pack(self, sequence: int) -> bytes:
        """Return the message."""
        return _HEADER.pack(_HEADER.size + len(self.body), self.kind, self.flags, sequence, 0) + self.body


class Answer(msgspec.Struct, frozen=True):
    """A message of the kernel; `port_id` is the socket that caused it, 0 the kernel itself."""

    kind: int
    sequence: int
    port_id: int
    body: bytes

    @property
    def error(self) -> int:
        """Return the errno of an acknowledgement, 0 being success."""
        return -int(struct.unpack_from("=i", self.body)[0])


class Link(msgspec.Struct, frozen=True):
    """An interface as the kernel tells it."""

    index: int
    name: str
    flags: int
    mac: bytes
    kind: str = ""
    master: int = 0
    """The index of the bridge, bond or VRF that it is below."""

    @property
    def is_up(self) -> bool:
        """Return whether it is up and has a carrier."""
        return self.flags & LinkFlag.UP != 0 and self.flags & LinkFlag.RUNNING != 0


class Holding(msgspec.Struct, frozen=True):
    """An address as the kernel tells it."""

    index: int
    address: Address
    prefix_bits: int
    flags: int
    scope: int


def answers(data: bytes) -> Iterator[Answer]:
    """Return the messages of a datagram."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, sequence, port_id = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            return
        yield Answer(kind, sequence, port_id, data[at + _HEADER.size : at + length])
        at += (length + 3) & ~3


def read_link(answer: Answer) -> Link:
    """Return the interface of a link message."""
    _, _, index, flags, _ = _LINK.unpack_from(answer.body)
    found = _attributes(answer.body[_LINK.size :])
    info = _attributes(found.get(18, b""))
    name = found.get(3, b"").rstrip(b"\0").decode(errors="replace")
    kind = info.get(1, b"").rstrip(b"\0").decode(errors="replace")
    return Link(index, name, flags, found.get(1, b""), kind, int.from_bytes(found.get(_MASTER, b""), sys.byteorder))


def read_address(answer: Answer) -> Holding:
    """Return the address of an address message."""
    _, prefix_bits, flags, scope, index = _ADDRESS.unpack_from(answer.body)
    found = _attributes(answer.body[_ADDRESS.size :])
    if 8 in found:
        flags = int(struct.unpack("=I", found[8])[0])
    return Holding(index, ip_address(found.get(2) or found[1]), prefix_bits, flags, scope)


def read_route(answer: Answer) -> tuple[int, bytes, int, int]:
    """Return family (4 or 6), destination, prefix and table of a route, or of a rule with no destination."""
    family, prefix_bits, _, _, table, *_ = ROUTE.unpack_from(answer.body)
    found = _attributes(answer.body[ROUTE.size :])
    table = int(struct.unpack("=I", found[15])[0]) if 15 in found else table
    return (4 if family == FAMILIES[4] else 6), found.get(1, b""), prefix_bits, table


def _attributes(data: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            break
        found[kind & _TYPE_MASK] = data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found


def attribute(kind: int, value: bytes) -> bytes:
    """Return an attribute, aligned."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)


def number(kind: int, value: int) -> bytes:
    """Return an attribute of 32 bits."""
    return attribute(kind, struct.pack("=I", value))


def text(kind: int, value: str) -> bytes:
    """Return an attribute that is a text."""
    return attribute(kind, value.encode() + b"\0")


# -- dumps


def all_links() -> Request:
    """Return the question for every interface."""
    return Request(Kind.GET_LINK, Flag.REQUEST | Flag.DUMP, _LINK.pack(0, 0, 0, 0, 0))


def all_addresses() -> Request:
    """Return the question for every address."""
    return Request(Kind.GET_ADDRESS, Flag.REQUEST | Flag.DUMP, _ADDRESS.pack(0, 0, 0, 0, 0))


# -- changes


def change_flags(adds: bool) -> Flag:
    """Return the flags of a change: what is added replaces what is there."""
    return Flag.REQUEST | Flag.ACK | (Flag.CREATE | Flag.REPLACE if adds else Flag(0))


def address(wanted: VirtualAddress, index: int, *, adds: bool) -> Request:
    """Return an address to be set, or removed, on an interface."""
    interface, version = wanted.address, wanted.address.version
    flags = wanted.flags | (AddressFlag.NO_DAD if version == 6 and not wanted.detects_duplicates else 0)
    packed = interface.ip.packed
    body = _ADDRESS.pack(FAMILIES[version], interface.network.prefixlen, flags & 0xFF, wanted.scope, index)
    body += attribute(2, packed) + attribute(1, wanted.peer.packed if wanted.peer else packed)
    if wanted.label:
        body += text(3, wanted.label)
    if wanted.broadcast and isinstance(interface, IPv4Interface):
        body += attribute(4, wanted.broadcast.packed)
    if adds:
        body += number(8, flags) if flags > 0xFF else b""
        body += _lifetime(wanted)
    return Request(Kind.NEW_ADDRESS if adds else Kind.DEL_ADDRESS, change_flags(adds), body)


def _lifetime(wanted: VirtualAddress) -> bytes:
    """Return how long it may be chosen as a source, in IPv6. Source: linux/if_addr.h, ifa_cacheinfo."""
    preferred_s = wanted.preferred_lifetime_s
    if wanted.address.version == 4:
        return b""
    if preferred_s is None and wanted.address.network.prefixlen == 128:
        preferred_s = 0
    return b"" if preferred_s is None else attribute(6, struct.pack("=IIII", preferred_s, FOR_EVER, 0, 0))


def holding_removed(held: Holding) -> Request:
    """Return the removal of an address that was found."""
    body = _ADDRESS.pack(FAMILIES[held.address.version], held.prefix_bits, 0, 0, held.index)
    packed = held.address.packed
    return Request(Kind.DEL_ADDRESS, change_flags(False), body + attribute(2, packed) + attribute(1, packed))


def macvlan(mac: bytes) -> bytes:
    """Return what makes a link a macvlan in private mode with this MAC."""
    return attribute(1, mac) + _link_info("macvlan", number(1, MACVLAN_PRIVATE))


def ipvlan(mode: IpvlanMode) -> bytes:
    """Return what makes a link an ipvlan of layer 2."""
    return _link_info("ipvlan", _short(1, IPVLAN_L2) + _short(2, mode))


def _short(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("=H", value))


def _link_info(kind: str, data: bytes) -> bytes:
    return attribute(18 | NESTED, text(1, kind) + attribute(2 | NESTED, data))


def link_on(name: str, parent_index: int, master_index: int, what: bytes) -> Request:
    """Return a link of `macvlan` or `ipvlan` to be made, down, on another; in its VRF, if that is not 0."""
    body = _LINK.pack(0, 0, 0, 0, 0) + text(3, name) + number(5, parent_index) + what
    body += number(_MASTER, master_index) if master_index else b""
    return Request(Kind.NEW_LINK, Flag.REQUEST | Flag.ACK | Flag.CREATE | Flag.EXCLUSIVE, body)


def link_in(index: int, master_index: int) -> Request:
    """Return the order that puts an interface below another, or with 0 below none."""
    body = _LINK.pack(0, 0, index, 0, 0) + number(_MASTER, master_index)
    return Request(Kind.NEW_LINK, Flag.REQUEST | Flag.ACK, body)


def nowhere(wanted: Request) -> Request:
    """Return an address that is to be set as the same on an interface that is not there, which the kernel refuses."""
    family, prefix_bits, flags, scope, _ = _ADDRESS.unpack_from(wanted.body)
    body = _ADDRESS.pack(family, prefix_bits, flags, scope, _NO_INDEX) + wanted.body[_ADDRESS.size :]
    return Request(wanted.kind, wanted.flags, body)


def link_up(index: int) -> Request:
    """Return the order that brings an interface up."""
    return Request(Kind.NEW_LINK, Flag.REQUEST | Flag.ACK, _LINK.pack(0, 0, index, LinkFlag.UP, LinkFlag.UP))


def link_removed(index: int) -> Request:
    """Return the removal of an interface."""
    return Request(Kind.DEL_LINK, Flag.REQUEST | Flag.ACK, _LINK.pack(0, 0, index, 0, 0))
