"""Generic netlink messages of the family IPVS, to bytes and back.

Host byte order except where a comment says otherwise. Source: linux/netlink.h, genetlink.h, ip_vs.h.
"""

from __future__ import annotations

import enum
import functools
import struct
import sys
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address

import msgspec

from standfast.director import dataplane as seam
from standfast.director import lvs
from standfast.errors import RemoteProtocolError

FAMILY_NAME = "IPVS"
CONTROL_FAMILY = 16
GET_FAMILY = 3
ERROR, DONE = 2, 3
ALIGNMENT_BYTES = 4
HEADER = struct.Struct("=IHHII")
GENERIC = struct.Struct("=BBH")
ATTRIBUTE = struct.Struct("=HH")
_REQUEST = struct.Struct("=IHHIIBBH")
_TYPE_MASK = 0x3FFF
_NESTED = 0x8000


class Flag(enum.IntFlag):
    """Flags of a request. Source: linux/netlink.h, NLM_F_*."""

    REQUEST = 1
    ACK = 4
    DUMP = 0x300


class Command(enum.IntEnum):
    """Commands of the family IPVS. Source: linux/ip_vs.h."""

    NEW_SERVICE = 1
    SET_SERVICE = 2
    DEL_SERVICE = 3
    GET_SERVICE = 4
    NEW_DEST = 5
    SET_DEST = 6
    DEL_DEST = 7
    GET_DEST = 8
    NEW_DAEMON = 9
    DEL_DAEMON = 10
    GET_DAEMON = 11
    SET_CONFIG = 12
    GET_CONFIG = 13
    SET_INFO = 14
    GET_INFO = 15
    ZERO = 16
    FLUSH = 17


# Kinds of attributes are plain numbers: an enumeration would take a start half a millisecond.


class Top:
    """Top-level attributes: IPVS_CMD_ATTR_*."""

    SERVICE = 1
    DEST = 2
    DAEMON = 3
    TIMEOUT_TCP = 4
    TIMEOUT_TCP_FIN = 5
    TIMEOUT_UDP = 6


class Service:
    """Attributes of a virtual service: IPVS_SVC_ATTR_*."""

    AF = 1
    PROTOCOL = 2
    ADDR = 3
    PORT = 4
    FWMARK = 5
    SCHED_NAME = 6
    FLAGS = 7
    TIMEOUT = 8
    NETMASK = 9
    STATS = 10
    PE_NAME = 11
    STATS64 = 12


class Dest:
    """Attributes of a real server: IPVS_DEST_ATTR_*."""

    ADDR = 1
    PORT = 2
    FWD_METHOD = 3
    WEIGHT = 4
    U_THRESH = 5
    L_THRESH = 6
    ACTIVE_CONNS = 7
    INACT_CONNS = 8
    PERSIST_CONNS = 9
    STATS = 10
    ADDR_FAMILY = 11
    STATS64 = 12
    TUN_TYPE = 13
    TUN_PORT = 14
    TUN_FLAGS = 15


class Daemon:
    """Attributes of a sync daemon: IPVS_DAEMON_ATTR_*."""

    STATE = 1
    MCAST_IFN = 2
    SYNC_ID = 3
    SYNC_MAXLEN = 4
    MCAST_GROUP = 5
    MCAST_GROUP6 = 6
    MCAST_PORT = 7
    MCAST_TTL = 8


_FORWARDING_MASK = 7
_REQUEST_FLAG, _ACK_FLAG = int(Flag.REQUEST), int(Flag.ACK)


class Message(msgspec.Struct, frozen=True):
    """One netlink message that was received; `payload` stands after the netlink header."""

    type: int
    sequence: int
    payload: bytes

    @property
    def error(self) -> int:
        """Return the errno of an ERROR or DONE message; 0 is an acknowledgement."""
        return -int.from_bytes(self.payload[:4], sys.byteorder, signed=True) if len(self.payload) >= 4 else 0

    @property
    def attributes(self) -> dict[int, bytes]:
        """Return the attributes after the generic header."""
        return attributes(self.payload[GENERIC.size :])


def attribute(kind: int, value: bytes) -> bytes:
    """Return one attribute, padded."""
    length = ATTRIBUTE.size + len(value)
    return ATTRIBUTE.pack(length, kind) + value + bytes(-length % ALIGNMENT_BYTES)


def nested(kind: int, *inner: bytes) -> bytes:
    """Return an attribute that holds attributes."""
    return attribute(kind | _NESTED, b"".join(inner))


def attributes(data: bytes) -> dict[int, bytes]:
    """Return attributes by kind; the last of a kind counts. Raises: RemoteProtocolError for a wrong length."""
    found: dict[int, bytes] = {}
    at = 0
    while at + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < ATTRIBUTE.size or at + length > len(data):
            raise RemoteProtocolError(f"a netlink attribute of {length} bytes at {at} of {len(data)}")
        found[kind & _TYPE_MASK] = data[at + ATTRIBUTE.size : at + length]
        at += length + (-length % ALIGNMENT_BYTES)
    return found


def message(family: int, command: int, body: bytes, flags: Flag, sequence: int) -> bytes:
    """Return one request; the kernel fills in the sender's port."""
    number = int(flags) | _REQUEST_FLAG
    return _REQUEST.pack(_REQUEST.size + len(body), family, number, sequence, 0, command, 1, 0) + body


def messages(data: bytes) -> Iterator[Message]:
    """Yield the messages of one datagram. Raises: RemoteProtocolError for a wrong length."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, _, sequence, _ = HEADER.unpack_from(data, at)
        if length < HEADER.size or at + length > len(data):
            raise RemoteProtocolError(f"a netlink message of {length} bytes at {at} of {len(data)}")
        yield Message(kind, sequence, data[at + HEADER.size : at + length])
        at += length + (-length % ALIGNMENT_BYTES)


def family_request(sequence: int) -> bytes:
    """Return the question for the number of the family IPVS."""
    body = attribute(2, FAMILY_NAME.encode() + b"\0")
    return message(CONTROL_FAMILY, GET_FAMILY, body, Flag.ACK, sequence)


def family_number(answer: Message) -> int:
    """Return the number of the family from the answer."""
    return _u16(answer.attributes, 1)


# -- requests


def _head(kind: int, length: int) -> int:
    """Return an attribute's first four bytes as a number."""
    return int.from_bytes(ATTRIBUTE.pack(ATTRIBUTE.size + length, kind), sys.byteorder)


_SERVICE_ADDRESS = struct.Struct("=IH2x IH2x I16s I2s2x")
_AF, _PROTOCOL = _head(Service.AF, 2), _head(Service.PROTOCOL, 2)
_SERVICE_ADDR, _SERVICE_PORT = _head(Service.ADDR, 16), _head(Service.PORT, 2)
_BALANCING = struct.Struct("=III II I4s")
_FLAGS, _TIMEOUT, _NETMASK = _head(Service.FLAGS, 8), _head(Service.TIMEOUT, 4), _head(Service.NETMASK, 4)
_FLAGS_MASK = 0xFFFFFFFF
_HASHED = int(lvs.ServiceFlag.HASHED)


def service_key(key: lvs.ServiceKey) -> bytes:
    """Return the attributes that name a virtual service."""
    if isinstance(key, lvs.FirewallMark):
        return attribute(Service.AF, _pack16(key.family)) + attribute(Service.FWMARK, _pack32(key.mark))
    packed = key.address.packed
    return _SERVICE_ADDRESS.pack(
        _AF, lvs.Family.IPV4 if len(packed) == 4 else lvs.Family.IPV6,
        _PROTOCOL, key.transport, _SERVICE_ADDR, packed, _SERVICE_PORT, key.port.to_bytes(2, "big"),
    )  # fmt: skip


def service(value: lvs.VirtualService) -> bytes:
    """Return a whole virtual service as the attribute SERVICE."""
    netmask = value.effective_netmask
    # be32, but for IPv6: a prefix length in host order
    packed = _pack32(netmask) if value.key.family is lvs.Family.IPV6 else netmask.to_bytes(4, "big")
    balancing = _BALANCING.pack(
        _FLAGS, int(value.flags) & ~_HASHED, _FLAGS_MASK, _TIMEOUT, value.persistence_timeout_s, _NETMASK, packed
    )
    engine = attribute(Service.PE_NAME, _text(value.engine)) if value.engine else b""
    return nested(Top.SERVICE, service_key(value.key), _scheduler(value.scheduler), balancing, engine)


@functools.lru_cache(maxsize=16)
def _scheduler(name: str) -> bytes:
    return attribute(Service.SCHED_NAME, _text(name))


@functools.lru_cache(maxsize=256)
def named_service(key: lvs.ServiceKey) -> bytes:
    """Return the attribute SERVICE that only names one. Kept for the real servers that follow."""
    return nested(Top.SERVICE, service_key(key))


def server_key(key: lvs.ServerKey) -> bytes:
    """Return the attributes that name a real server."""
    return b"".join(
        (
            attribute(Dest.ADDR, _address(key.address)),
            attribute(Dest.PORT, key.port.to_bytes(2, "big")),
            attribute(Dest.ADDR_FAMILY, _pack16(lvs.family_of(key.address))),
        )
    )


_SERVER = struct.Struct("=I I16s I2s2x IH2x II II II II IB3x I2s2x IH2x")


_DEST = _head(Top.DEST | _NESTED, _SERVER.size - ATTRIBUTE.size)
_ADDR, _PORT, _ADDR_FAMILY = _head(Dest.ADDR, 16), _head(Dest.PORT, 2), _head(Dest.ADDR_FAMILY, 2)
_FWD_METHOD, _WEIGHT = _head(Dest.FWD_METHOD, 4), _head(Dest.WEIGHT, 4)
_U_THRESH, _L_THRESH = _head(Dest.U_THRESH, 4), _head(Dest.L_THRESH, 4)
_TUN_TYPE, _TUN_PORT, _TUN_FLAGS = _head(Dest.TUN_TYPE, 1), _head(Dest.TUN_PORT, 2), _head(Dest.TUN_FLAGS, 2)


def server(value: lvs.RealServer) -> bytes:
    """Return a whole real server as the attribute DEST, its attributes packed as one: there are many of them."""
    key, tunnel = value.key, value.tunnel
    packed = key.address.packed
    return _SERVER.pack(
        _DEST, _ADDR, packed, _PORT, key.port.to_bytes(2, "big"),
        _ADDR_FAMILY, lvs.Family.IPV4 if len(packed) == 4 else lvs.Family.IPV6,
        _FWD_METHOD, value.forwarding, _WEIGHT, value.weight,
        _U_THRESH, value.upper_threshold, _L_THRESH, value.lower_threshold,
        _TUN_TYPE, tunnel.type, _TUN_PORT, tunnel.port.to_bytes(2, "big"), _TUN_FLAGS, tunnel.checksum,
    )  # fmt: skip


def request_of(change: lvs.Change) -> tuple[Command, bytes]:
    """Return the command and the body that make a change. First asked for is what there is most of."""
    if isinstance(change, lvs.AddServer):
        return Command.NEW_DEST, named_service(change.service) + server(change.server)
    if isinstance(change, lvs.AddService):
        return Command.NEW_SERVICE, service(change.service)
    if isinstance(change, lvs.EditService):
        return Command.SET_SERVICE, service(change.service)
    if isinstance(change, lvs.DeleteService):
        return Command.DEL_SERVICE, named_service(change.key)
    if isinstance(change, lvs.EditServer):
        return Command.SET_DEST, named_service(change.service) + server(change.server)
    return Command.DEL_DEST, named_service(change.service) + nested(Top.DEST, server_key(change.server))


def requests(family: int, changes: Sequence[lvs.Change], first: int) -> bytes:
    """Return the requests that make changes, numbered from `first`; the last asks for an acknowledgement."""
    parts: list[bytes] = []
    last = first + len(changes) - 1
    for sequence, change in enumerate(changes, first):
        command, body = request_of(change)
        flags = _REQUEST_FLAG | (_ACK_FLAG if sequence == last else 0)
        parts.append(_REQUEST.pack(_REQUEST.size + len(body), family, flags, sequence, 0, command, 1, 0))
        parts.append(body)
    return b"".join(parts)


def daemon(value: seam.SyncDaemon) -> bytes:
    """Return a sync daemon as the attribute DAEMON; defaults of the kernel's are left out."""
    parts = [
        attribute(Daemon.STATE, _pack32(value.role)),
        attribute(Daemon.MCAST_IFN, _text(value.interface)),
        attribute(Daemon.SYNC_ID, _pack32(max(0, value.sync_id))),
    ]
    if value.length_max:
        parts.append(attribute(Daemon.SYNC_MAXLEN, _pack16(value.length_max)))
    if isinstance(value.group, IPv4Address):
        parts.append(attribute(Daemon.MCAST_GROUP, value.group.packed))
    elif value.group is not None:
        parts.append(attribute(Daemon.MCAST_GROUP6, value.group.packed))
    if value.port:
        parts.append(attribute(Daemon.MCAST_PORT, _pack16(value.port)))
    if value.ttl:
        parts.append(attribute(Daemon.MCAST_TTL, bytes([value.ttl])))
    return nested(Top.DAEMON, *parts)


def timeouts(value: seam.Timeouts) -> bytes:
    """Return the three time-outs."""
    kinds = (Top.TIMEOUT_TCP, Top.TIMEOUT_TCP_FIN, Top.TIMEOUT_UDP)
    seconds = (value.tcp_s, value.tcp_fin_s, value.udp_s)
    return b"".join(attribute(kind, _pack32(s)) for kind, s in zip(kinds, seconds, strict=True))


# -- answers


def read_service_key(answer: Message) -> lvs.ServiceKey:
    """Return what names the virtual service of an answer."""
    return _read_service_key(attributes(answer.attributes[Top.SERVICE]))


def _read_service_key(found: dict[int, bytes]) -> lvs.ServiceKey:
    family = lvs.Family(_u16(found, Service.AF))
    if Service.FWMARK in found:
        return lvs.FirewallMark(_u32(found, Service.FWMARK), family)
    transport = lvs.Transport(_u16(found, Service.PROTOCOL))
    return lvs.ServiceAddress(transport, _read_address(found[Service.ADDR], family), _be16(found, Service.PORT))


def read_service(answer: Message) -> seam.ServiceStatus:
    """Return the virtual service of an answer."""
    found = attributes(answer.attributes[Top.SERVICE])
    key = _read_service_key(found)
    family = key.family
    packed = found[Service.NETMASK]
    netmask = _u32(found, Service.NETMASK) if family is lvs.Family.IPV6 else int.from_bytes(packed, "big")
    value = lvs.VirtualService(
        key,
        _read_text(found[Service.SCHED_NAME]),
        lvs.ServiceFlag(struct.unpack_from("=I", found[Service.FLAGS])[0]) & ~lvs.ServiceFlag.HASHED,
        _u32(found, Service.TIMEOUT),
        None if netmask == lvs.host_netmask(family) else netmask,
        _read_text(found.get(Service.PE_NAME, b"")),
    )
    return seam.ServiceStatus(value, *_read_statistics(found, Service.STATS, Service.STATS64))


def read_server(answer: Message, service_family: lvs.Family) -> seam.ServerStatus:
    """Return the real server of an answer; old kernels do not tell its family."""
    found = attributes(answer.attributes[Top.DEST])
    family = lvs.Family(_u16(found, Dest.ADDR_FAMILY)) if Dest.ADDR_FAMILY in found else service_family
    value = lvs.RealServer(
        lvs.ServerKey(_read_address(found[Dest.ADDR], family), _be16(found, Dest.PORT)),
        lvs.Forwarding(_u32(found, Dest.FWD_METHOD) & _FORWARDING_MASK),
        _u32(found, Dest.WEIGHT),
        _u32(found, Dest.U_THRESH),
        _u32(found, Dest.L_THRESH),
        _read_tunnel(found),
    )
    active, inactive, persistent = (
        _u32(found, kind) for kind in (Dest.ACTIVE_CONNS, Dest.INACT_CONNS, Dest.PERSIST_CONNS)
    )
    counters, rates = _read_statistics(found, Dest.STATS, Dest.STATS64)
    return seam.ServerStatus(value, active, inactive, persistent, counters, rates)


def _read_tunnel(found: dict[int, bytes]) -> lvs.Tunnel:
    if Dest.TUN_TYPE not in found:
        return lvs.Tunnel()
    kind = lvs.TunnelType(found[Dest.TUN_TYPE][0])
    return lvs.Tunnel(kind, _be16(found, Dest.TUN_PORT), lvs.TunnelChecksum(_u16(found, Dest.TUN_FLAGS)))


def read_daemon(answer: Message) -> seam.SyncDaemon:
    """Return the sync daemon of an answer."""
    found = attributes(answer.attributes[Top.DAEMON])
    group: lvs.Address | None = None
    if Daemon.MCAST_GROUP6 in found:
        group = IPv6Address(found[Daemon.MCAST_GROUP6])
    elif Daemon.MCAST_GROUP in found:
        group = IPv4Address(found[Daemon.MCAST_GROUP])
    return seam.SyncDaemon(
        seam.SyncRole(_u32(found, Daemon.STATE)),
        _read_text(found[Daemon.MCAST_IFN]),
        _u32(found, Daemon.SYNC_ID),
        _u16(found, Daemon.SYNC_MAXLEN),
        group,
        _u16(found, Daemon.MCAST_PORT),
        found.get(Daemon.MCAST_TTL, b"\0")[0],
    )


def read_info(answer: Message) -> seam.Info:
    """Return the version and the size of the connection table."""
    version = _u32(answer.attributes, 1)
    return seam.Info((version >> 16 & 255, version >> 8 & 255, version & 255), _u32(answer.attributes, 2))


def read_timeouts(answer: Message) -> seam.Timeouts:
    """Return the three time-outs; the kernel leaves out those of transports it has not."""
    kinds = (Top.TIMEOUT_TCP, Top.TIMEOUT_TCP_FIN, Top.TIMEOUT_UDP)
    return seam.Timeouts(*(_u32(answer.attributes, kind) for kind in kinds))


def _read_statistics(found: dict[int, bytes], narrow: int, wide: int) -> tuple[seam.Counters, seam.Rates]:
    inner = attributes(found.get(wide, found.get(narrow, b"")))
    values = [int.from_bytes(inner.get(kind, b""), sys.byteorder) for kind in range(1, 11)]
    return seam.Counters(*values[:5]), seam.Rates(*values[5:])


# -- single values


def _pack16(value: int) -> bytes:
    return struct.pack("=H", value)


def _pack32(value: int) -> bytes:
    return struct.pack("=I", value)


def _text(value: str) -> bytes:
    return value.encode() + b"\0"


def _read_text(value: bytes) -> str:
    return value.split(b"\0")[0].decode(errors="replace")


def _address(value: lvs.Address) -> bytes:
    """Return 16 bytes whatever the family."""
    return value.packed.ljust(16, b"\0")


def _read_address(value: bytes, family: lvs.Family) -> lvs.Address:
    return IPv6Address(value[:16]) if family is lvs.Family.IPV6 else IPv4Address(value[:4])


def _u16(found: dict[int, bytes], kind: int) -> int:
    return int(struct.unpack("=H", found[kind][:2])[0]) if kind in found else 0


def _u32(found: dict[int, bytes], kind: int) -> int:
    return int(struct.unpack("=I", found[kind][:4])[0]) if kind in found else 0


def _be16(found: dict[int, bytes], kind: int) -> int:
    return int.from_bytes(found[kind][:2], "big") if kind in found else 0
