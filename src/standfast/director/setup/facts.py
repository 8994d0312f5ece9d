"""What a machine's network looks like now, as far as Linux Virtual Server cares; gathered in `live/`, maybe elsewhere.

Addresses are texts as `ipaddress` writes them, so that a record can be carried from one host to another as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_interface, ip_network

import msgspec

from standfast.director import lvs

SILENT_ARP_IGNORE = frozenset((1, 2, 8))
"""Values of arp_ignore with which ARP for an address of another interface is not answered.

Source: Linux Documentation/networking/ip-sysctl: 3 hides addresses of scope host only, 4 to 7 are reserved.
"""
ARP_ANNOUNCE_BEST = 2


class Link(msgspec.Struct, frozen=True):
    """An interface. `arp`: it speaks ARP; `kind` is the kernel's word for a virtual one (`ipip`, `veth`) or empty."""

    name: str
    up: bool = True
    arp: bool = True
    mtu: int = 1500
    kind: str = ""
    mac: str = ""


class Held(msgspec.Struct, frozen=True):
    """An address, with the length of its prefix, that an interface holds."""

    address: str
    link: str

    @property
    def interface(self) -> IPv4Interface | IPv6Interface:
        """Return the address with its network."""
        return ip_interface(self.address)


class Route(msgspec.Struct, frozen=True):
    """A unicast route of the main table; without a gateway its destination is on the link."""

    destination: str
    link: str
    gateway: str = ""
    metric: int = 0

    @property
    def network(self) -> IPv4Network | IPv6Network:
        """Return the destination."""
        return ip_network(self.destination)


class Facts(msgspec.Struct, frozen=True):
    """What stands on one machine. Names of sysctls are paths below /proc/sys: `net/ipv4/ip_forward`.

    `busy` are those modules that something uses. `namespaces`: how many networks the kernel is seen to have; its
    modules are those of all.
    """

    links: tuple[Link, ...] = ()
    addresses: tuple[Held, ...] = ()
    routes: tuple[Route, ...] = ()
    sysctls: dict[str, str] = {}
    modules: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset()
    kernel: str = ""
    namespaces: int = 1

    def link(self, name: str) -> Link | None:
        """Return an interface."""
        return next((link for link in self.links if link.name == name), None)

    def holders(self, address: lvs.Address) -> tuple[Held, ...]:
        """Return where an address is held."""
        return tuple(held for held in self.addresses if held.interface.ip == address)

    def number(self, name: str) -> int:
        """Return a sysctl as a number; 0 where it is not there."""
        text = self.sysctls.get(name, "0").strip()
        return int(text) if text.lstrip("-").isdigit() else 0

    def effective(self, knob: str, link: str) -> int:
        """Return a knob as it counts for an interface: the greater of `all` and its own. Source: ip-sysctl."""
        return max(self.number(conf("all", knob)), self.number(conf(link, knob)))

    def speaking(self) -> Iterator[Link]:
        """Yield the interfaces that are up and speak ARP."""
        return (link for link in self.links if link.up and link.arp)

    def route_to(self, address: lvs.Address) -> Route | None:
        """Return the route that the main table has for an address: the longest prefix, then the least metric."""
        fitting = [route for route in self.routes if address in route.network]
        return min(fitting, key=lambda route: (-route.network.prefixlen, route.metric), default=None)

    def default_route(self, version: int) -> Route | None:
        """Return the route to everywhere."""
        fitting = [r for r in self.routes if r.network.prefixlen == 0 and r.network.version == version]
        return min(fitting, key=lambda route: route.metric, default=None)

    def on_link(self, address: lvs.Address) -> Link | None:
        """Return the interface whose network an address is in, if no gateway lies between."""
        route = self.route_to(address)
        return self.link(route.link) if route and not route.gateway else None


def conf(link: str, knob: str) -> str:
    """Return the sysctl that a knob of IPv4 is for an interface, or for `all`."""
    return f"net/ipv4/conf/{link}/{knob}"


def dotted(name: str) -> str:
    """Return a sysctl's path as sysctl(8) writes it: dots between, and a slash for the dot of `eth0.100`."""
    return name.translate(str.maketrans("/.", "./"))


def slashed(name: str) -> str:
    """Return the path of a sysctl as it was typed, with dots or with slashes. Source: sysctl(8)."""
    first = next((sign for sign in name if sign in "./"), "/")
    return name if first == "/" else name.translate(str.maketrans("/.", "./"))
