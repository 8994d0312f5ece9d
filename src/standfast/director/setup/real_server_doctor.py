"""The classical mistakes on a real server, seen on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from ipaddress import ip_address

import msgspec

from standfast.director import lvs
from standfast.director.setup.facts import ARP_ANNOUNCE_BEST, SILENT_ARP_IGNORE, Facts, Link
from standfast.director.setup.findings import Finding, error
from standfast.director.setup.steps import TUNNEL_LINK
from standfast.director.setup.wishes import Method, RealServerWish

_STRICT, _LOOSE = 1, 2


class RealServerRecord(msgspec.Struct, frozen=True):
    """A real server as it tells of itself, for the director's doctor."""

    host: str
    wishes: tuple[RealServerWish, ...]
    facts: Facts


def examine_real_server(record: RealServerRecord, directors: Collection[lvs.Address] = ()) -> list[Finding]:
    """Return what is wrong; `directors` are addresses of the director, besides the one that was wished."""
    found: list[Finding] = []
    for wish in record.wishes:
        known = {*directors, *([ip_address(wish.director)] if wish.director else [])}
        vips = [ip_address(vip) for vip in wish.vips]
        found += _gateway(record, wish.method, vips, known)
        if wish.method is not Method.NAT:
            found += (f for vip in vips for f in _address(record, wish.method, vip))
            found += (f for vip in vips if vip.version == 4 for f in _arp(record, vip))
            found += _strict_way_back(record, wish.method, known)
        if wish.method is Method.TUNNEL:
            found += _tunnel(record)
    return list(dict.fromkeys(found))


def _address(record: RealServerRecord, method: Method, vip: lvs.Address) -> Iterator[Finding]:
    setup = f"standfast realserver setup --method {method.value} --vip {vip}"
    holders = record.facts.holders(vip)
    if not holders:
        why = "it does not take packets for that address, and connections that are sent to it hang"
        yield error("real-server-vip", record.host, f"does not hold {vip}", why, f"{setup}")
    for held in holders:
        link = record.facts.link(held.link)
        if held.link == "lo" and held.interface.network.prefixlen < vip.max_prefixlen:
            why = "all of that network counts as this machine: it cannot be reached from here"
            cure = f"ip address del {held.address} dev lo; {setup}"
            yield error("vip-prefix", record.host, f"holds {held.address} on lo", why, cure)
        if link is not None and link.arp and held.link != "lo":
            why = "it answers ARP for the VIP and takes the clients' packets past the director"
            cure = f"ip address del {held.address} dev {held.link}; {setup}"
            yield error("vip-on-wire", record.host, f"holds {vip} on {held.link}", why, cure)


def _arp(record: RealServerRecord, vip: lvs.Address) -> Iterator[Finding]:
    """Yield interfaces that give the VIP away."""
    facts = record.facts
    if not facts.holders(vip):
        return
    for link in facts.speaking():
        if facts.effective("arp_ignore", link.name) not in SILENT_ARP_IGNORE:
            why = "whoever asks for the VIP may learn this machine's MAC address and go past the director (ARP flux)"
            cure = "sysctl -w net.ipv4.conf.all.arp_ignore=1"
            yield error("arp-ignore", record.host, f"answers ARP for {vip} on {link.name}", why, cure)
        if facts.effective("arp_announce", link.name) < ARP_ANNOUNCE_BEST:
            why = "its own ARP questions may name the VIP as sender, and neighbours take its MAC address for the VIP's"
            cure = "sysctl -w net.ipv4.conf.all.arp_announce=2"
            yield error("arp-announce", record.host, f"may announce {vip} on {link.name}", why, cure)


def _gateway(
    record: RealServerRecord, method: Method, vips: Sequence[lvs.Address], directors: Collection[lvs.Address]
) -> Iterator[Finding]:
    """Yield a way back that does not go where the method needs it."""
    if not directors:
        return
    names = ", ".join(sorted(str(d) for d in directors if d not in vips))
    for version in sorted({a.version for a in directors}):
        route = record.facts.default_route(version)
        through = bool(route and route.gateway and ip_address(route.gateway) in directors)
        if method is Method.NAT and not through:
            where = f"goes through {route.gateway or route.link}" if route else "is missing"
            why = "its answers reach the clients with its own address in place of the VIP, and are thrown away"
            cure = f"ip route replace default via {names.partition(',')[0]}"
            yield error("gateway-past-director", record.host, f"the default route {where}", why, cure)
        if method is not Method.NAT and through and route:
            why = "the director holds the VIP: an answer that comes from the VIP is a martian there and is dropped"
            cure = "ip route replace default via the network's own router"
            yield error("gateway-director", record.host, f"the default route goes through {route.gateway}", why, cure)


def _strict_way_back(record: RealServerRecord, method: Method, directors: Collection[lvs.Address]) -> Iterator[Finding]:
    """Yield an interface that faces the director and drops what clients send, since their answers leave by another."""
    route = record.facts.default_route(4)
    if method is not Method.DIRECT or route is None:
        return
    for address in sorted(d for d in directors if d.version == 4):
        facing = record.facts.on_link(address)
        if facing and facing.name != route.link and record.facts.effective("rp_filter", facing.name) == _STRICT:
            why = f"clients' packets arrive there while the way back is {route.link}: they are dropped without a word"
            cure = f"sysctl -w net.ipv4.conf.{facing.name}.rp_filter=2"
            yield error("rp-filter", record.host, f"rp_filter is strict on {facing.name}", why, cure)


def _tunnel(record: RealServerRecord) -> Iterator[Finding]:
    facts = record.facts
    link = facts.link(TUNNEL_LINK)
    if link is None or not link.up:
        what = f"{TUNNEL_LINK} is {'down' if link else 'missing'}"
        why = "packets that the director wraps are not unwrapped (clients see `protocol unreachable` or nothing)"
        yield error("tunnel-link", record.host, what, why, f"modprobe ipip; ip link set {TUNNEL_LINK} up")
        return
    yield from _tunnel_filter(record, link)


def _tunnel_filter(record: RealServerRecord, link: Link) -> Iterator[Finding]:
    effective = record.facts.effective("rp_filter", link.name)
    why = "what comes out of the tunnel has a client's address, whose way back is another interface: it is dropped"
    if effective == _STRICT:
        cure = f"sysctl -w net.ipv4.conf.{link.name}.rp_filter=2"
        yield error("rp-filter", record.host, f"rp_filter is strict on {link.name}", why, cure)
    has_address = any(h.link == link.name and h.interface.version == 4 for h in record.facts.addresses)
    if effective == _LOOSE and not has_address:
        cure = (
            f"hold the VIP on {link.name}, as standfast realserver setup does, or rp_filter=0 for all and {link.name}"
        )
        what = f"rp_filter is loose on {link.name}, which has no address"
        yield error("rp-filter", record.host, what, f"{why} (loose counts as strict without an address)", cure)
