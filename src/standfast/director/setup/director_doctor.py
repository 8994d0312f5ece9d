"""The classical mistakes around a director, seen on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address

import msgspec

from standfast.director import lvs
from standfast.director.dataplane import ServerStatus, ServiceStatus
from standfast.director.setup.facts import Facts, Link, conf
from standfast.director.setup.findings import Finding, error, warning
from standfast.director.setup.real_server_doctor import RealServerRecord, examine_real_server
from standfast.director.setup.steps import TUNNEL_LINK

_VS = "net/ipv4/vs/"
_TUNNEL_BYTES = {lvs.TunnelType.IPIP: 20, lvs.TunnelType.GUE: 32, lvs.TunnelType.GRE: 24}
"""What a wrapping adds to a packet in IPv4: the outer header, and UDP with GUE's or GRE's own."""
_OUTER_V6_BYTES = 20
_HALF_OPEN_MIN = 3
_REUSE_DELAY_GONE = (5, 9)
_WORDS = {lvs.Forwarding.NAT: "nat", lvs.Forwarding.DIRECT: "dr", lvs.Forwarding.TUNNEL: "tun"}


class WatchedPool(msgspec.Struct, frozen=True):
    """A virtual service and its real servers as they stand in the table."""

    service: ServiceStatus
    servers: tuple[ServerStatus, ...] = ()

    @property
    def address(self) -> lvs.ServiceAddress | None:
        """Return address and port, if it is not named by a mark."""
        key = self.service.service.key
        return key if isinstance(key, lvs.ServiceAddress) else None


class DirectorRecord(msgspec.Struct, frozen=True):
    """What a director knows. `pools` is None without IPVS in the kernel.

    `answering`: MAC addresses of others that answer ARP for a virtual address. `half_open`: connections of a real
    server for which it did not answer yet.
    """

    facts: Facts
    pools: Sequence[WatchedPool] | None = ()
    answering: Mapping[str, Sequence[str]] = msgspec.field(default_factory=dict)
    half_open: Mapping[lvs.ServerKey, int] = msgspec.field(default_factory=dict)
    names: Mapping[str, str] = msgspec.field(default_factory=dict)
    """MAC address -> the address of a neighbour that has it."""
    own: RealServerRecord | None = None
    """This machine as a real server, if it is set up as one."""


def examine_director(record: DirectorRecord) -> list[Finding]:
    """Return what is wrong, errors first."""
    own = examine_real_server(record.own) if record.own else []
    if record.pools is None:
        if record.own:
            return own  # a real server needs no IPVS
        why = "no virtual service can be made"
        return [error("no-ipvs", "this machine", "the kernel has no IPVS", why, "modprobe ip_vs")]
    found = [*own, *_answered(record), *_flux(record.facts), *_knobs(record)]
    for pool in record.pools:
        found += _service(record, pool)
        for server in pool.servers:
            found += _server(record, pool, server)
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda finding: finding.severity != "error")


def _answered(record: DirectorRecord) -> Iterator[Finding]:
    """Yield machines that answer for a VIP."""
    for vip, macs in sorted(record.answering.items()):
        for mac in macs:
            who = record.names.get(mac, "an unknown machine")
            what = f"{who} ({mac}) answers ARP for {vip}"
            why = "clients that believe it go past the director, now or when their neighbour entry expires"
            cure = f"on a real server: standfast realserver setup --method dr --vip {vip}; else take the address away"
            yield error("vip-answered", who, what, why, cure)


def _flux(facts: Facts) -> Iterator[Finding]:
    """Yield pairs of interfaces in one network which answer ARP for one another."""
    seen: dict[object, str] = {}
    for held in facts.addresses:
        link, network = facts.link(held.link), held.interface.network
        if link is None or not (link.up and link.arp) or network.version == 6 or network.prefixlen == 32:
            continue
        other = seen.setdefault(network, held.link)
        if other == held.link or not all(facts.effective("arp_ignore", n) == 0 for n in (other, held.link)):
            continue
        why = "each answers ARP for the other's addresses: packets come in by the wrong one (ARP flux)"
        cure = "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2"
        yield warning("arp-flux", "this machine", f"{other} and {held.link} are both in {network}", why, cure)


def _knobs(record: DirectorRecord) -> Iterator[Finding]:
    """Yield settings of IPVS that cut connections or hold them."""
    facts, pools = record.facts, record.pools or ()
    if not any(pool.servers for pool in pools) or _VS + "conn_reuse_mode" not in facts.sysctls:
        return
    yield from _reuse(facts)
    if not facts.number(_VS + "expire_nodest_conn"):
        why = "packets of connections to a deleted real server are dropped until they expire: clients wait for minutes"
        cure = "sysctl -w net.ipv4.vs.expire_nodest_conn=1"
        yield warning("expire-nodest-conn", "this machine", "expire_nodest_conn is 0", why, cure)
    persistent = any(pool.service.service.persistent for pool in pools)
    if persistent and not facts.number(_VS + "expire_quiescent_template"):
        why = "persistent clients keep coming to a real server of weight 0"
        cure = "sysctl -w net.ipv4.vs.expire_quiescent_template=1"
        yield warning("expire-quiescent", "this machine", "expire_quiescent_template is 0", why, cure)


def _reuse(facts: Facts) -> Iterator[Finding]:
    if not facts.number(_VS + "conn_reuse_mode"):
        why = "a client that uses its port again goes to the old real server, even if that has weight 0 or is gone"
        cure = "sysctl -w net.ipv4.vs.conn_reuse_mode=1"
        yield warning("conn-reuse-mode", "this machine", "conn_reuse_mode is 0", why, cure)
    elif facts.number(_VS + "conntrack") and _version(facts.kernel) < _REUSE_DELAY_GONE:
        why = "with conntrack, a client that uses its port again waits a second (until Linux 5.9)"
        cure = "a newer kernel, or sysctl -w net.ipv4.vs.conn_reuse_mode=0"
        yield warning("conn-reuse-mode", "this machine", "conn_reuse_mode is 1 with conntrack", why, cure)


def _version(kernel: str) -> tuple[int, ...]:
    """Return a kernel's version; the newest if it is not known."""
    numbers = kernel.split("-")[0].split(".")[:2]
    return tuple(int(n) for n in numbers) if all(n.isdigit() for n in numbers) else (99,)


def _service(record: DirectorRecord, pool: WatchedPool) -> Iterator[Finding]:
    if pool.address is None:
        return
    holders = [record.facts.link(held.link) for held in record.facts.holders(pool.address.address)]
    if not holders:
        why = "packets for it do not come here, unless this is the director in reserve"
        method = next((_WORDS.get(s.server.forwarding, "dr") for s in pool.servers), "dr")
        cure = f"standfast director setup --method {method} --vip {pool.address.address}"
        yield warning("vip-missing", pool.address, "the VIP is not held here", why, cure)
    elif not any(link is not None and link.arp for link in holders):
        why = "nobody answers ARP for the VIP: clients do not find the director"
        cure = "standfast realserver unsetup, then standfast director setup"
        names = ", ".join(link.name for link in holders if link)
        yield error("vip-hidden", pool.address, f"the VIP is held by {names} only", why, cure)
    yield from _strict(record.facts, [link for link in holders if link is not None and link.arp])


def _strict(facts: Facts, links: Sequence[Link]) -> Iterator[Finding]:
    """Yield an interface of a VIP that drops clients whose way back is another one."""
    default = facts.default_route(4)
    for link in links:
        if default and default.link != link.name and facts.effective("rp_filter", link.name) == 1:
            why = f"packets of clients beyond {default.link}'s router that come in by {link.name} are dropped"
            cure = f"sysctl -w net.ipv4.conf.{link.name}.rp_filter=2"
            yield warning("rp-filter", "this machine", f"rp_filter is strict on {link.name}", why, cure)


def _server(record: DirectorRecord, pool: WatchedPool, status: ServerStatus) -> Iterator[Finding]:
    if status.server.key.address in {held.interface.ip for held in record.facts.addresses}:
        return  # this machine itself
    method = status.server.forwarding
    if method is lvs.Forwarding.NAT:
        yield from _nat(record, pool, status)
        return
    yield from _mapped_port(pool, status)
    yield from _half_open(record, pool, status)
    if method is lvs.Forwarding.DIRECT:
        yield from _direct(record.facts, status.server)
    elif method is lvs.Forwarding.TUNNEL:
        yield from _tunnel(record.facts, pool, status.server)


def _mapped_port(pool: WatchedPool, status: ServerStatus) -> Iterator[Finding]:
    key, service = status.server.key, pool.address
    if service is None or service.port in (0, key.port):
        return
    why = f"DR and TUN do not touch a packet: it arrives at port {service.port}, whatever is written here"
    cure = f"let it listen on {service.port} and write that port, or forward by NAT"
    yield error("port-mapped", key, f"port {service.port} is mapped to {key.port}", why, cure)


def _half_open(record: DirectorRecord, pool: WatchedPool, status: ServerStatus) -> Iterator[Finding]:
    key, count = status.server.key, record.half_open.get(status.server.key, 0)
    if count < _HALF_OPEN_MIN or status.active > count:
        return
    word = _WORDS.get(status.server.forwarding, "dr")
    address = pool.address.address if pool.address else "VIP"
    why = "it does not take the VIP's packets, or its answers do not reach the clients"
    cure = f"there: standfast realserver setup --method {word} --vip {address}, and standfast realserver status"
    yield warning("half-open", key, f"{count} connections wait for its first answer", why, cure)


def _nat(record: DirectorRecord, pool: WatchedPool, status: ServerStatus) -> Iterator[Finding]:
    facts, key = record.facts, status.server.key
    forward = "net/ipv4/ip_forward" if key.address.version == 4 else "net/ipv6/conf/all/forwarding"
    if not facts.number(forward):
        why = "answers of real servers are dropped here in place of being sent to the clients"
        cure = f"sysctl -w {forward.replace('/', '.')}=1, or standfast director setup --method nat"
        yield error("ip-forward", "this machine", f"{forward.rpartition('/')[2]} is 0 under NAT", why, cure)
    counters = status.counters
    if counters.connections and counters.in_packets and not counters.out_packets:
        why = "its answers do not come back through the director: its gateway is another machine, or it is silent"
        cure = "on it: ip route replace default via the director's address; check with standfast realserver status"
        yield error("no-answers", key, f"{counters.in_packets} packets went there and none came back", why, cure)
    link = facts.on_link(key.address)
    if link is None:
        why = "it cannot have the director as its gateway, so a router between must send its answers back here"
        cure = "a network that both are in, or TUN"
        yield warning("nat-not-on-link", key, "is not in a network of the director", why, cure)
    else:
        yield from _one_network(facts, pool, key, link)


def _one_network(facts: Facts, pool: WatchedPool, key: lvs.ServerKey, link: Link) -> Iterator[Finding]:
    vip = pool.address.address if pool.address else None
    holders = {held.link for held in facts.holders(vip)} if vip else set()
    if link.name not in holders:
        return
    why = "clients of that network are answered past the director, with an address that they did not ask"
    cure = "a network of their own for the real servers, or DR"
    yield warning("nat-one-network", key, f"is in the network of the VIP ({link.name})", why, cure)
    if key.address.version == 4 and facts.effective("send_redirects", link.name):
        why = "the director tells real servers a shorter way to the clients, which goes past it"
        cure = f"sysctl -w net.ipv4.conf.all.send_redirects=0 {conf(link.name, 'send_redirects').replace('/', '.')}=0"
        yield warning("redirects", "this machine", f"ICMP redirects are sent on {link.name}", why, cure)


def _direct(facts: Facts, server: lvs.RealServer) -> Iterator[Finding]:
    if facts.on_link(server.key.address) is not None:
        return
    route = facts.route_to(server.key.address)
    where = f"is behind {route.gateway}" if route else "has no route"
    why = "DR changes the MAC address only: a router would send the packet on to the VIP, back to the director"
    yield error("dr-not-on-link", server.key, where, why, "a real server in a network of the director, or TUN")


def _tunnel(facts: Facts, pool: WatchedPool, server: lvs.RealServer) -> Iterator[Finding]:
    route = facts.route_to(server.key.address)
    way = facts.link(route.link) if route else None
    vip = pool.address.address if pool.address else None
    incoming = [
        link.mtu for held in (facts.holders(vip) if vip else ()) if (link := facts.link(held.link)) and link.arp
    ]
    if way is None or not incoming:
        return
    outer = _OUTER_V6_BYTES if server.key.address.version == 6 else 0
    room = way.mtu - _TUNNEL_BYTES[server.tunnel.type] - outer
    if max(incoming) <= room:
        return
    what = f"packets of up to {max(incoming)} bytes are wrapped, and {room} fit on {way.name}"
    why = "full packets of clients are refused; where ICMP is filtered, uploads hang"
    cure = f"an MTU of {max(incoming) + way.mtu - room} on the way there, or on it: ip route change default … advmss "
    yield warning("tunnel-mtu", server.key, what, why, cure + str(room - 40 - (20 if outer else 0)))


def director_addresses(facts: Facts) -> frozenset[lvs.Address]:
    """Return a machine's own addresses that real servers may have as their gateway."""
    silent = ("lo", TUNNEL_LINK)
    return frozenset(ip_address(held.interface.ip) for held in facts.addresses if held.link not in silent)
