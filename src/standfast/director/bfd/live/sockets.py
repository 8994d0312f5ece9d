"""UDP sockets: one that receives for each family, one that sends for each session. Source: RFC 5881 §4, §5."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
import struct
from collections.abc import Iterator

from standfast.director.bfd.configuration import SessionConfiguration
from standfast.director.bfd.packets import PORT, SOURCE_PORTS, Datagram

_IP_PKTINFO, _IP_RECVTTL, _IP_FREEBIND, _IPV6_FREEBIND = 8, 12, 15, 78
_PACKET_BYTES, _ANCILLARY_BYTES = 512, 128
_RECEIVE_BYTES = 1 << 20
_RECEIVE_BUFFER_FORCE = 33
_NETWORK_CONTROL = 0xC0
_PRIORITY = 7
_INT = struct.Struct("=i")
_READ_AT_ONCE = 512
"""So many packets are read before timers are looked at: a flood does not silence us."""
_TTLS = ((socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT))
_KIND = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


class Receiver:
    """Takes the packets of one family."""

    def __init__(self, family: int) -> None:
        self._family = socket.AF_INET if family == 4 else socket.AF_INET6
        self._socket = socket.socket(self._family, _KIND)
        try:
            for option in (socket.SO_RCVBUF, _RECEIVE_BUFFER_FORCE):
                with contextlib.suppress(PermissionError):  # the second goes beyond what others may have
                    self._socket.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BYTES)
            if family == 4:
                self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
                self._socket.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
            else:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
            self._socket.bind(("", PORT))
        except BaseException:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def read(self) -> Iterator[Datagram]:
        """Return what waits, up to a limit."""
        for _ in range(_READ_AT_ONCE):
            try:
                payload, ancillary, _, source = self._socket.recvmsg(_PACKET_BYTES, _ANCILLARY_BYTES)
            except OSError:
                return
            destination, ttl = b"", -1
            for level, kind, data in ancillary:
                if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
                    destination = data[8:12]
                elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                    destination = data[:16]
                elif (level, kind) in _TTLS:
                    ttl = _INT.unpack(data[:4])[0]
            packed = socket.inet_pton(self._family, source[0].partition("%")[0])
            yield Datagram(packed, destination, ttl, payload)


class Sender:
    """Sends one session's packets, always from the same port."""

    def __init__(self, session: SessionConfiguration) -> None:
        is_ipv4 = session.neighbor.version == 4
        family = socket.AF_INET if is_ipv4 else socket.AF_INET6
        self._to = socket.getaddrinfo(str(session.neighbor), PORT, family, type=socket.SOCK_DGRAM)[0][4]
        self._socket = socket.socket(family, _KIND)
        try:
            with contextlib.suppress(PermissionError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, _PRIORITY)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            if is_ipv4:
                options = ((socket.IP_TTL, session.ttl), (socket.IP_TOS, _NETWORK_CONTROL), (_IP_FREEBIND, 1))
            else:
                options = (
                    (socket.IPV6_UNICAST_HOPS, session.ttl), (socket.IPV6_TCLASS, _NETWORK_CONTROL),
                    (_IPV6_FREEBIND, 1),
                )  # fmt: skip
            for option, value in options:
                self._socket.setsockopt(socket.IPPROTO_IP if is_ipv4 else socket.IPPROTO_IPV6, option, value)
            self._bind(str(session.source) if session.source else "")
        except BaseException:
            self._socket.close()
            raise

    def _bind(self, source: str) -> None:
        """Take a port that is free, beginning anywhere."""
        first = random.randrange(len(SOURCE_PORTS))
        for step in range(len(SOURCE_PORTS)):
            try:
                self._socket.bind((source, SOURCE_PORTS[(first + step) % len(SOURCE_PORTS)]))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return
        raise OSError(errno.EADDRINUSE, "no free port")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, payload: bytes) -> str:
        """Send; return why it was refused, if it was."""
        try:
            self._socket.sendto(payload, self._to)
        except OSError as error:
            return error.strerror or str(error)
        return ""
