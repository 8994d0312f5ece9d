"""What a director or a real server is to be set up for, and what speaks against it."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import msgspec

from standfast.director.setup.facts import Facts
from standfast.director.setup.steps import TUNNEL_LINK
from standfast.errors import Report

_Address = IPv4Address | IPv6Address


class Method(enum.StrEnum):
    """The forwarding methods in an operator's words."""

    NAT = "nat"
    DIRECT = "dr"
    TUNNEL = "tun"


class DirectorWish(msgspec.Struct, frozen=True, tag="director"):
    """A director that holds virtual addresses, if VRRP does not, and forwards by a method; with other `sysctls`."""

    method: Method
    vips: tuple[str, ...]
    link: str = ""
    sysctls: dict[str, str] = {}


class RealServerWish(msgspec.Struct, frozen=True, tag="real-server"):
    """A real server that takes what is for virtual addresses; `director` is the director's address in its network."""

    method: Method
    vips: tuple[str, ...] = ()
    director: str = ""


Wish = DirectorWish | RealServerWish


def addresses(wish: Wish) -> tuple[_Address, ...]:
    """Return the virtual addresses of a wish."""
    return tuple(ip_address(vip) for vip in wish.vips)


def host_prefix(address: _Address) -> str:
    """Return an address with the prefix of a single host."""
    return f"{address}/{address.max_prefixlen}"


def link_for(wish: DirectorWish, address: _Address, facts: Facts) -> str:
    """Return the interface for a virtual address: the one named, that has it, or that is in its network; or none."""
    if wish.link:
        return wish.link
    for held in facts.holders(address):
        return held.link
    found = facts.on_link(address)
    return found.name if found else ""


def objections(
    wish: Wish, facts: Facts, known: Sequence[Wish] = (), answering: Mapping[str, Sequence[str]] | None = None
) -> list[Report]:
    """Return what speaks against a set-up.

    `known` is what this machine is set up for; `answering`: MAC addresses of others that answer for an address.
    """
    found = [*_malformed(wish), *_otherwise(wish, known)]
    if found:
        return found
    if isinstance(wish, DirectorWish):
        return [*_director_objections(wish, facts), *_taken(answering or {})]
    return list(_real_server_objections(wish, facts))


def _malformed(wish: Wish) -> Iterator[Report]:
    """Yield addresses that are none."""
    named = [*wish.vips, *([wish.director] if isinstance(wish, RealServerWish) and wish.director else [])]
    for text in named:
        try:
            ip_address(text)
        except ValueError:
            yield Report("director.address", f"not an address: {text}", "an IPv4 or IPv6 address")
    if not wish.vips and isinstance(wish, RealServerWish) and wish.method is not Method.NAT:
        yield Report("director.no-vip", "no virtual address is named", "--vip ADDRESS")


def _otherwise(wish: Wish, known: Sequence[Wish]) -> Iterator[Report]:
    """Yield addresses for which a real server is set up otherwise; a director may forward by several methods."""
    for other in known if isinstance(wish, RealServerWish) else ():
        both = sorted(set(other.vips) & set(wish.vips))
        if both and other.method is not wish.method:
            message = f"{', '.join(both)}: set up for {other.method.value} already"
            yield Report("director.other-method", message, "unsetup first")


def _director_objections(wish: DirectorWish, facts: Facts) -> Iterator[Report]:
    for name in wish.sysctls:
        if not re.fullmatch(r"[\w-]+(/[\w.:@-]+)+", name) or ".." in name.split("/"):
            yield Report("director.sysctl", f"not the name of a sysctl: {name}", "net.ipv4.…")
    for address in addresses(wish):
        name = link_for(wish, address, facts)
        link = facts.link(name)
        if not name:
            yield Report("director.no-link", f"no interface is in the network of {address}", "--interface NAME")
        elif link is None:
            yield Report("director.no-link", f"there is no interface {name}", "an interface of this machine")
        elif not link.up:
            yield Report("director.link-down", f"{name} is down", "an interface that is up")
        if any(held.link in ("lo", TUNNEL_LINK) for held in facts.holders(address)):
            message = f"{address} is held by lo or {TUNNEL_LINK}: this machine is set up as one of its real servers"
            yield Report("director.vip-hidden", message, "standfast realserver unsetup first")


def _taken(answering: Mapping[str, Sequence[str]]) -> Iterator[Report]:
    for address, macs in sorted(answering.items()):
        message = f"another machine answers for {address}: {', '.join(macs)}"
        yield Report("director.vip-taken", message, "one holder; --force where it is about to go")


def _real_server_objections(wish: RealServerWish, facts: Facts) -> Iterator[Report]:
    if wish.method is Method.NAT and not wish.director:
        yield Report("director.no-director", "NAT needs the director as the gateway", "--director ADDRESS")
    for address in addresses(wish):
        if wish.method is Method.TUNNEL and address.version == 6:
            yield Report("director.tunnel-family", f"{address}: tunnels are set up for IPv4 only", "DR for IPv6")
        for held in facts.holders(address):
            link = facts.link(held.link)
            if wish.method is not Method.NAT and link is not None and link.arp:
                message = f"{address} is held by {held.link}, which answers ARP for it"
                yield Report("director.vip-on-wire", message, f"remove {held.address} from {held.link} first")
