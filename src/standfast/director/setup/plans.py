"""What must hold on a director and on a real server, in the order in which it is to be made.

An address comes last: before a real server holds the VIP it must already be silent about it, or for a moment two
machines would answer, and the neighbours would keep the wrong one for minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from standfast.director.setup.facts import ARP_ANNOUNCE_BEST, SILENT_ARP_IGNORE, Facts, conf
from standfast.director.setup.steps import (
    IPVS_MODULE,
    TUNNEL_LINK,
    TUNNEL_MODULE,
    AddAddress,
    AddTunnel,
    LinkUp,
    LoadModule,
    SetSysctl,
    Step,
    missing,
)
from standfast.director.setup.wishes import DirectorWish, Method, Wish, addresses, host_prefix, link_for

_FORWARD = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}
_LOOSE = "2"


def required(wish: Wish, facts: Facts) -> tuple[Step, ...]:
    """Return all that must hold, whether it does already or not."""
    if isinstance(wish, DirectorWish):
        return tuple(_director(wish, facts))
    if wish.method is Method.DIRECT:
        return tuple(_direct(wish, facts))
    return tuple(_tunnel(wish, facts)) if wish.method is Method.TUNNEL else ()


def plan(wish: Wish, facts: Facts) -> tuple[Step, ...]:
    """Return what is to be done."""
    return missing(required(wish, facts), facts)


def _director(wish: DirectorWish, facts: Facts) -> Iterator[Step]:
    yield LoadModule(IPVS_MODULE)
    vips = addresses(wish)
    if wish.method is Method.NAT:
        # answers come from the real servers by way of this machine; in one network it must not tell them a shorter one
        for version in sorted({address.version for address in vips} or {4}):
            yield SetSysctl(_FORWARD[version], "1")
        yield from _no_redirects(wish, facts)
    for name, value in wish.sysctls.items():
        yield SetSysctl(name, value)
    for address in vips:
        yield AddAddress(host_prefix(address), link_for(wish, address, facts), announce=address.version == 4)


def _no_redirects(wish: DirectorWish, facts: Facts) -> Iterator[Step]:
    old = [address for address in addresses(wish) if address.version == 4]
    if wish.vips and not old:
        return
    own = [wish.link] if wish.link else [link_for(wish, address, facts) for address in old]
    for link in dict.fromkeys(("all", *own)):
        yield SetSysctl(conf(link, "send_redirects"), "0")


def _direct(wish: Wish, facts: Facts) -> Iterator[Step]:
    vips = addresses(wish)
    if any(address.version == 4 for address in vips):
        yield from _silence(facts)
    yield LinkUp("lo")
    for address in vips:
        yield AddAddress(host_prefix(address), "lo")


def _tunnel(wish: Wish, facts: Facts) -> Iterator[Step]:
    yield from _silence(facts)
    yield LoadModule(TUNNEL_MODULE)
    yield AddTunnel()
    # "The max value from conf/{all,interface}/rp_filter is used": 2 (loose) for this one wins over all = 1, and leaves
    # the others alone. Loose needs an address on the interface, which is why the VIP is there and not on lo.
    yield SetSysctl(conf(TUNNEL_LINK, "rp_filter"), _LOOSE)
    for address in addresses(wish):
        yield AddAddress(host_prefix(address), TUNNEL_LINK)
    yield LinkUp(TUNNEL_LINK)


def _silence(facts: Facts) -> Iterator[Step]:
    """Yield what keeps every interface from answering ARP for, and from naming, an address of another one."""
    everywhere = facts.number(conf("all", "arp_ignore"))
    yield SetSysctl(conf("all", "arp_ignore"), _silent(everywhere))
    for link in facts.links:
        own = facts.number(conf(link.name, "arp_ignore"))
        if own and link.arp:  # what is greater than that of all counts
            yield SetSysctl(conf(link.name, "arp_ignore"), _silent(own))
    yield SetSysctl(conf("all", "arp_announce"), str(ARP_ANNOUNCE_BEST))


def _silent(value: int) -> str:
    return str(value if value in SILENT_ARP_IGNORE else 1)
