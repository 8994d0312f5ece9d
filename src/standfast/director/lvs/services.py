"""What the director spreads and over what: virtual services and real servers, in the words of Linux Virtual Server."""

from __future__ import annotations

import enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec

Address = IPv4Address | IPv6Address

NETMASK_IPV4_HOST = 0xFFFFFFFF
NETMASK_IPV6_HOST = 128
PERSISTENCE_TIMEOUT_S = 360


class Transport(enum.IntEnum):
    """The transport protocols that IPVS balances, by their IP protocol number."""

    TCP = 6
    UDP = 17
    SCTP = 132


class Family(enum.IntEnum):
    """Address families as Linux numbers them."""

    IPV4 = 2
    IPV6 = 10


class Forwarding(enum.IntEnum):
    """Forwarding methods. Source: linux/ip_vs.h, IP_VS_CONN_F_FWD_MASK."""

    NAT = 0
    LOCAL = 1
    TUNNEL = 2
    DIRECT = 3
    BYPASS = 4


class TunnelType(enum.IntEnum):
    """Encapsulations of TUN. Source: linux/ip_vs.h."""

    IPIP = 0
    GUE = 1
    GRE = 2


class TunnelChecksum(enum.IntFlag):
    """How an encapsulation is checked. Source: linux/ip_vs.h, IP_VS_TUNNEL_ENCAP_FLAG_*."""

    NONE = 0
    CHECKSUM = 1
    REMOTE_CHECKSUM = 2


class ServiceFlag(enum.IntFlag):
    """Flags of a virtual service; what SCHED_1 to SCHED_3 mean depends on its LVS scheduler. Source: linux/ip_vs.h."""

    NONE = 0
    PERSISTENT = 1
    HASHED = 2
    ONE_PACKET = 4
    SCHED_1 = 8
    SCHED_2 = 16
    SCHED_3 = 32


FALLBACK = ServiceFlag.SCHED_1
"""With sh and mh: when the chosen real server takes nothing, ask the lookup table again."""
SOURCE_PORT = ServiceFlag.SCHED_2
"""With sh and mh: the client's port counts too."""


def family_of(address: Address) -> Family:
    """Return the family of an address."""
    return Family.IPV6 if isinstance(address, IPv6Address) else Family.IPV4


def host_netmask(family: Family) -> int:
    """Return the netmask that tells every client from every other."""
    return NETMASK_IPV6_HOST if family is Family.IPV6 else NETMASK_IPV4_HOST


class ServiceAddress(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A virtual service named by transport, address and port; port 0 is every port, for persistent services."""

    transport: Transport
    address: Address
    port: int

    @property
    def family(self) -> Family:
        """Return the family of the address."""
        return family_of(self.address)

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.family is Family.IPV6 else str(self.address)
        return f"{self.transport.name} {host}:{self.port}"


class FirewallMark(msgspec.Struct, frozen=True, gc=False):
    """A virtual service named by the mark that the packet filter put on its packets, greater than zero."""

    mark: int
    family: Family = Family.IPV4

    def __str__(self) -> str:
        return f"FWM {self.mark}" + (" IPv6" if self.family is Family.IPV6 else "")


ServiceKey = ServiceAddress | FirewallMark


class VirtualService(msgspec.Struct, frozen=True, gc=False):
    """One virtual service.

    `persistence_timeout_s` counts while the flag PERSISTENT is set. `netmask` is a mask for IPv4, a prefix length for
    IPv6; None is the mask of a single host. `engine` is the persistence engine's name (`sip`) or empty.
    """

    key: ServiceKey
    scheduler: str = "wlc"
    flags: ServiceFlag = ServiceFlag.NONE
    persistence_timeout_s: int = 0
    netmask: int | None = None
    engine: str = ""

    @property
    def persistent(self) -> bool:
        """Return whether a client stays with its real server."""
        return ServiceFlag.PERSISTENT in self.flags

    @property
    def effective_netmask(self) -> int:
        """Return the netmask with the default put in."""
        return host_netmask(self.key.family) if self.netmask is None else self.netmask


class ServerKey(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """What tells real servers of one virtual service apart."""

    address: Address
    port: int

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what is pickled: hundreds of thousands of addresses cross processes as numbers."""
        return _server_key, (self.address.version, int(self.address), self.port)

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.port}"


def _server_key(version: int, number: int, port: int) -> ServerKey:
    return ServerKey(IPv6Address(number) if version == 6 else IPv4Address(number), port)


class Tunnel(msgspec.Struct, frozen=True, gc=False):
    """How packets are wrapped for a real server behind a tunnel; the port is GUE's."""

    type: TunnelType = TunnelType.IPIP
    port: int = 0
    checksum: TunnelChecksum = TunnelChecksum.NONE


class RealServer(msgspec.Struct, frozen=True, gc=False):
    """One real server of a virtual service.

    Weight 0: no new connections (quiesced). At `upper_threshold` connections it is overloaded until they fall below
    `lower_threshold`, or below three quarters of the upper one if that is 0; an upper threshold of 0 is none.
    """

    key: ServerKey
    forwarding: Forwarding = Forwarding.DIRECT
    weight: int = 1
    upper_threshold: int = 0
    lower_threshold: int = 0
    tunnel: Tunnel = Tunnel()

    @property
    def family(self) -> Family:
        """Return the family of its address."""
        return family_of(self.key.address)
