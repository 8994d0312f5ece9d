"""Raw sockets for adverts, one pair for each interface and family."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
from collections.abc import Iterator

from standfast.director.vrrp.checksum import PROTOCOL
from standfast.director.vrrp.frames import is_probe
from standfast.director.vrrp.packets import AH_PROTOCOL, TTL, Datagram, ipv4_datagram

_BIND_TO_DEVICE = 25
_MULTICAST_ALL, _MULTICAST_ALL6 = 49, 29
_FREEBIND6 = 78
_PACKET_BYTES = 4096
PROBE = 0x10
"""Look up the way and send nothing. Source: linux/socket.h, MSG_PROBE."""
_TRAFFIC_CLASS = 0xC0
_PRIORITY = 7
_RECEIVE_BYTES = 1 << 20
_ATTACH_FILTER = 26
_ETHERTYPE_ARP = 0x0806
_INSTRUCTION = struct.Struct("=HBBI")
# the operation is request and the sender's address is 0: take it, else leave it. Source: linux/filter.h
_ARP_PROBES = ((0x28, 0, 0, 20), (0x15, 0, 3, 1), (0x20, 0, 0, 28), (0x15, 0, 1, 0), (6, 0, 0, 0xFFFF), (6, 0, 0, 0))
_INT = struct.Struct("=i")


class Receiver:
    """Takes adverts of one family from one interface; `join` the groups that they are sent to."""

    def __init__(self, device: str, index: int, family: int, *, protocol: int = PROTOCOL) -> None:
        self.device = device
        self.family = family
        self._index = index
        self._groups: set[bytes] = set()
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        self._socket = socket.socket(kind, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _BIND_TO_DEVICE, device.encode() + b"\0")
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
            if family == 4:
                self._socket.setsockopt(socket.IPPROTO_IP, _MULTICAST_ALL, 0)
            else:
                self._prepare_ipv6()
        except BaseException:
            self._socket.close()
            raise

    def _prepare_ipv6(self) -> None:
        self._socket.setsockopt(socket.IPPROTO_IPV6, _MULTICAST_ALL6, 0)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)

    def join(self, group: bytes) -> None:
        """Join a multicast group there, if that was not done yet."""
        if group in self._groups:
            return
        if self.family == 4:
            joined = group + bytes(4) + _INT.pack(self._index)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
        else:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + _INT.pack(self._index))
        self._groups.add(group)

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket, which leaves the group."""
        self._socket.close()

    def read(self) -> Iterator[Datagram]:
        """Return everything that waits."""
        while True:
            try:
                datagram = self._read_ipv4() if self.family == 4 else self._read_ipv6()
            except BlockingIOError:
                return
            except OSError:
                return  # the interface went down or away; netlink says so too
            if datagram is not None:
                yield datagram

    def _read_ipv4(self) -> Datagram | None:
        return ipv4_datagram(self._socket.recv(_PACKET_BYTES))

    def _read_ipv6(self) -> Datagram | None:
        payload, ancillary, _, source = self._socket.recvmsg(_PACKET_BYTES, 256)
        destination, ttl = b"", -1
        for level, kind, data in ancillary:
            if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                destination = data[:16]
            elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT:
                ttl = _INT.unpack(data[:4])[0]
        packed = socket.inet_pton(socket.AF_INET6, source[0].partition("%")[0])
        return Datagram(packed, destination, ttl, payload)


def vrid_of(datagram: Datagram) -> int:
    """Return the virtual router id in a datagram, -1 if it is too short for one."""
    at = 25 if datagram.protocol == AH_PROTOCOL else 1
    return datagram.payload[at] if len(datagram.payload) > at else -1


class Sender:
    """Puts adverts on one interface; IPv4 with their own headers, IPv6 from `source`."""

    def __init__(self, device: str, index: int, family: int, source: bytes, ttl: int = TTL) -> None:
        self.source = source
        self._index = index
        self._family = family
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        protocol = socket.IPPROTO_RAW if family == 4 else PROTOCOL
        self._socket = socket.socket(kind, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _BIND_TO_DEVICE, device.encode() + b"\0")
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, _PRIORITY)
            self._set_ipv4() if family == 4 else self._set_ipv6(ttl)
        except BaseException:
            self._socket.close()
            raise

    def _set_ipv4(self) -> None:
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        chosen = bytes(8) + _INT.pack(self._index)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, chosen)

    def _set_ipv6(self, ttl: int) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # it would hear every advert, unread
        self._socket.setsockopt(socket.IPPROTO_IPV6, _FREEBIND6, 1)  # a virtual MAC's device has no such address
        for option, value in (
            (socket.IPV6_MULTICAST_LOOP, 0),
            (socket.IPV6_MULTICAST_HOPS, TTL),
            (socket.IPV6_UNICAST_HOPS, ttl),
            (socket.IPV6_MULTICAST_IF, self._index),
            (socket.IPV6_TCLASS, _TRAFFIC_CLASS),
        ):
            self._socket.setsockopt(socket.IPPROTO_IPV6, option, value)
        self._socket.bind((socket.inet_ntop(socket.AF_INET6, self.source), 0, 0, self._index))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, destination: bytes, packet: bytes, flags: int = 0) -> str:
        """Send; return why it was refused, if it was."""
        kind = socket.AF_INET if self._family == 4 else socket.AF_INET6
        text = socket.inet_ntop(kind, destination)
        try:
            self._socket.sendto(packet, flags, (text, 0) if self._family == 4 else (text, 0, 0, self._index))
        except OSError as e:
            return e.strerror or str(e)
        return ""


class Announcer:
    """Sends prepared Ethernet frames from one interface."""

    def __init__(self, index: int, device: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
        self._socket.bind((device, 0))
        self.index = index

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, frames: list[bytes], repeat: int) -> None:
        """Send all frames, so many times. What the interface does not take is lost: netlink says that it is down."""
        for _ in range(repeat):
            for frame in frames:
                with contextlib.suppress(OSError):
                    self._socket.send(frame)


class ProbeListener:
    """Hears the ARP Probes of one interface: requests from no address."""

    def __init__(self, index: int, device: str) -> None:
        self.index = index
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
        program = b"".join(_INSTRUCTION.pack(*each) for each in _ARP_PROBES)
        buffer = ctypes.create_string_buffer(program)
        attached = struct.pack("HL", len(_ARP_PROBES), ctypes.addressof(buffer))
        self._socket.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, attached)
        self._socket.bind((device, _ETHERTYPE_ARP))

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def read(self) -> Iterator[bytes]:
        """Return the addresses that were asked for."""
        while True:
            try:
                frame = self._socket.recv(_PACKET_BYTES)
            except OSError:
                return
            if is_probe(frame):
                yield frame[38:42]
