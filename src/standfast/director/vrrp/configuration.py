"""What a virtual router is told to be: frozen values. The defaults are keepalived's; where they deviate is named."""

from __future__ import annotations

import enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from math import inf

import msgspec

from standfast.director.vrrp.links import LinkDelay, LinkPoll
from standfast.director.vrrp.notifies import Notifies, Telling
from standfast.director.vrrp.own_devices import Ipvlan, Vmac
from standfast.director.vrrp.packets import GROUP_IPV4, GROUP_IPV6
from standfast.director.vrrp.tracked_things import TrackFile, TrackProcess, TrackScript

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network

OWNER_PRIORITY = 255
NS_PER_CS = 10_000_000
NS_PER_MS = 1_000_000


class AuthType(enum.IntEnum):
    """How adverts of version 2 say who sent them. Source: RFC 2338 §5.3.6."""

    NONE = 0
    PASS = 1
    AH = 2


class Authentication(msgspec.Struct, frozen=True):
    """A password of up to eight bytes, of version 2 only."""

    type: AuthType
    password: bytes

    @property
    def key(self) -> bytes:
        """Return the password as the wire and the digest use it: eight bytes, zeros after it."""
        return self.password[:8].ljust(8, b"\0")


class Peer(msgspec.Struct, frozen=True):
    """Whom adverts are sent to one by one; a TTL outside of min..max is refused, 255 at most."""

    address: Address
    ttl_min: int = 0
    ttl_max: int = 255

    @property
    def checks_ttl(self) -> bool:
        """Return whether any TTL would be refused."""
        return self.ttl_min > 0 or self.ttl_max < 255


class Unicast(msgspec.Struct, frozen=True):
    """Adverts to peers instead of the multicast group; without any the router is in FAULT."""

    peers: tuple[Peer, ...]
    check_source: bool = False
    """Whether adverts of others than the peers are refused."""
    ttl: int = 255


class VirtualAddress(msgspec.Struct, frozen=True):
    """An address that goes with the Active Router. Without a device it is set on the router's interface."""

    address: Interface
    device: str = ""
    label: str = ""
    scope: int = 0
    """As in linux/rtnetlink.h: 0 global, 200 site, 253 link, 254 host."""
    broadcast: IPv4Address | None = None
    no_track: bool = False
    """Whether its disappearance is nobody's business."""
    peer: Address | None = None
    """The other end of a point-to-point link."""
    preferred_lifetime_s: int | None = None
    """None: for ever, but an IPv6 address with no network is never a source by itself, as keepalived has it."""
    flags: int = 0
    """IFA_F_*, besides those that are always set. Source: linux/if_addr.h."""
    detects_duplicates: bool = False
    """IPv6: whether the kernel looks for a duplicate before it uses the address."""
    vmac: str = ""
    """The name of an interface that is made on the address' one, with the virtual MAC of its family; it holds it."""


class Encapsulation(msgspec.Struct, frozen=True):
    """A tunnel without an interface; `type`: 1 MPLS, 2 IPv4, 3 ILA, 4 IPv6. Source: linux/lwtunnel.h."""

    type: int
    labels: tuple[int, ...] = ()
    """Of MPLS, the outermost first."""
    locator: int = 0
    """Of ILA."""
    id: int | None = None
    destination: Address | None = None
    source: Address | None = None
    tos: int | None = None
    ttl: int | None = None
    flags: int | None = None


class NextHop(msgspec.Struct, frozen=True):
    """One of several ways of a route; of several the weights say how much each gets."""

    via: Address | None = None
    device: str = ""
    weight: int = 1
    onlink: bool = False
    realms: int = 0
    encapsulation: Encapsulation | None = None


class RouteMetric(msgspec.Struct, frozen=True):
    """An RTAX_*: its number, its value, and whether the kernel may not change it. Source: linux/rtnetlink.h."""

    number: int
    value: int
    locked: bool = False


class VirtualRoute(msgspec.Struct, frozen=True):
    """A route that goes with the Active Router."""

    destination: Network
    via: Address | None = None
    device: str = ""
    source: Address | None = None
    metric: int = 0
    table: int = 254
    scope: int | None = None
    protocol: int = 18
    """Who set it, as `ip route` shows it; 18 is keepalived. Source: linux/rtnetlink.h."""
    no_track: bool = False
    type: int = 1
    """RTN_*: 1 unicast, 6 blackhole, 7 unreachable, 8 prohibit. Source: linux/rtnetlink.h."""
    tos: int = 0
    onlink: bool = False
    hops: tuple[NextHop, ...] = ()
    """Several ways instead of `via` and `device`."""
    metrics: tuple[RouteMetric, ...] = ()
    from_source: Network | None = None
    """IPv6: where packets come from that it is for."""
    expires_s: int | None = None
    """IPv6: when it goes by itself, and does not come back."""
    preference: int | None = None
    """IPv6: 1 high, 0 medium, 3 low. Source: RFC 4191 §2.1."""
    realms: int = 0
    """The source's realm in the upper half, the destination's in the lower."""
    propagates_ttl: bool | None = None
    encapsulation: Encapsulation | None = None
    congestion_control: str = ""
    congestion_control_locked: bool = False


class VirtualRule(msgspec.Struct, frozen=True):
    """A routing rule that goes with the Active Router."""

    family: int
    priority: int
    table: int = 254
    source: Network | None = None
    destination: Network | None = None
    mark: int = 0
    input_device: str = ""
    output_device: str = ""
    no_track: bool = False
    action: int = 1
    """FR_ACT_*: 1 a table, 2 go to another rule, 3 nothing, 6 blackhole, 7 unreachable, 8 prohibit."""
    goto: int = 0
    mark_mask: int | None = None
    tos: int = 0
    inverted: bool = False
    """Whether the rule is for what does not match."""
    transport: int = 0
    source_ports: tuple[int, ...] = ()
    """The first and the last."""
    destination_ports: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    suppress_prefix_bits: int | None = None
    """A route found in the table with a prefix not longer than this is not taken."""
    protocol: int = 18
    """Who set it, as `ip rule` shows it."""
    realms: int = 0
    tunnel_id: int = 0
    suppress_group: int | None = None
    """A route found in the table whose interface is in this group is not taken."""
    l3mdev: bool = False
    """Whether the table is that of the packet's VRF."""


class Garp(msgspec.Struct, frozen=True):
    """How often the neighbours are told where an address is now. Deviates: RFC 9568 §6.4.2 has one, at once."""

    repeat: int = 5
    """At once on becoming Active."""
    delay_ms: int = 5000
    """The same once more after this time; 0: not."""
    refresh_ms: int = 0
    """Again and again while Active; 0: not."""
    refresh_repeat: int = 1
    lower_priority_repeat: int = 5
    """When a rival of lower priority was heard, and when it was heard no more for `lower_priority_delay_ms`."""
    lower_priority_delay_ms: int = 5000
    extra_ms: int = 0
    """One of each virtual MAC that sends no adverts, again and again while Active; 0: not."""
    extra_all: bool = False
    """Of all other interfaces that hold addresses too."""


class Pace(msgspec.Struct, frozen=True):
    """How long after a gratuitous ARP, or a neighbour advertisement, the next one goes; 0: at once.

    It counts for these interfaces together; without any, for each interface that no other pace names. Addresses of a
    virtual MAC count for the interface below it. Source: keepalived.conf(5), garp_group.
    """

    interfaces: tuple[str, ...] = ()
    arp_interval_us: int = 0
    advertisement_interval_us: int = 0


class Tracked(msgspec.Struct, frozen=True):
    """Something whose state counts, by its kind and name: `interface:eth1`, `script:chk`, `file:`, `process:`, `bfd:`.

    Weight 0: FAULT while it is down. None: weight and reverse are those of the thing itself; interfaces and BFD
    sessions have 0. `reverse`: FAULT while it is up, or the weight is taken away instead of added.
    Source: keepalived.conf(5), track_script.
    """

    name: str
    weight: int | None = None
    reverse: bool = False


class VirtualRouter(msgspec.Struct, frozen=True):
    """One virtual router on one interface, in one address family.

    The interface may be a VRF: adverts go to peers through any interface of it that leads there, and come from any.
    """

    name: str
    vrid: int
    interface: str
    addresses: tuple[VirtualAddress, ...]
    """Those that adverts carry; the first decides the family."""
    version: int = 2
    """Deviates: keepalived's default is RFC 3768; IPv6 has version 3 only."""
    priority: int = 100
    advertisement_interval_cs: int = 100
    """1..4095 in version 3; whole seconds, 100..25500, in version 2."""
    excluded_addresses: tuple[VirtualAddress, ...] = ()
    """Set with the others and not in adverts; of any family."""
    routes: tuple[VirtualRoute, ...] = ()
    rules: tuple[VirtualRule, ...] = ()
    source: Address | None = None
    """What adverts are sent from; the interface's first address if None."""
    track_source: bool = False
    """Whether it is in FAULT while its interface does not have `source`."""
    preempt: bool = True
    preempt_delay_ms: int = 0
    """How long adverts of lower priority are obeyed all the same, from the first. Deviates: not in the RFCs."""
    accept: bool = True
    """Accept_Mode. Deviates: RFC 9568 §6.1 has False as the default; Linux users ping, and bind to, their addresses."""
    unicast: Unicast | None = None
    """Deviates: not in the RFCs."""
    authentication: Authentication | None = None
    """Deviates: RFC 3768 §10 took it out of version 2; RFC 2338 had it."""
    strict: bool = False
    """Whether to obey the RFCs only."""
    down_timer_adverts: int = 3
    """How many adverts may be missed. Deviates: RFC 9568 §6.1 has 3."""
    v3_checksum_as_v2: bool = False
    """Deviates: RFC 9568 §5.2.8 leaves the pseudo-header out on IPv4, as True does; keepalived takes it in."""
    old_unicast_checksum: bool | None = None
    """Whether the multicast group stands in a unicast pseudo-header; None: as the peer does."""
    check_addresses: bool = True
    """Whether adverts with other addresses than ours are refused."""
    skip_known_addresses: bool = False
    """`skip_check_adv_addr`: addresses are compared only when the Active Router changed."""
    garp: Garp = Garp()
    lower_priority_advert: bool = True
    """Whether a rival of lower priority is answered at once. Source: RFC 9568 §6.4.3. RFC 3768 §6.4.3 is silent."""
    higher_priority_advert: bool = False
    """Whether one more advert is sent before yielding. Deviates: not in the RFCs."""
    tracked: tuple[Tracked, ...] = ()
    track_interface: bool = True
    vmac: Vmac | None = None
    ipvlan: Ipvlan | None = None
    promote_secondaries: bool = False
    sync_group: str = ""
    notifies: Notifies = Notifies()
    group: Address | None = None
    """The multicast group; None: the RFC's. Deviates: the RFCs have no other."""

    @property
    def family(self) -> int:
        """Return 4 or 6."""
        listed = self.addresses + self.excluded_addresses
        return listed[0].address.version if listed else self.source.version if self.source else 4

    @property
    def group_packed(self) -> bytes:
        """Return the multicast group's bytes."""
        if self.group is not None:
            return self.group.packed
        return GROUP_IPV4 if self.family == 4 else GROUP_IPV6

    @property
    def preempts(self) -> bool:
        """Return Preempt_Mode. "The router that owns the IPvX address(es) always preempts." Source: RFC 9568 §6.1."""
        return self.preempt or self.priority == OWNER_PRIORITY

    @property
    def accepts(self) -> bool:
        """Return whether packets to the addresses are for this machine. Source: RFC 9568 §6.4.3, Accept_Mode."""
        return self.priority == OWNER_PRIORITY or (self.accept and not self.strict)

    @property
    def asserts(self) -> bool:
        """Return whether a rival of lower priority is answered with an advert."""
        return self.lower_priority_advert and not self.strict

    @property
    def packed_addresses(self) -> tuple[bytes, ...]:
        """Return the addresses as an advert carries them."""
        return tuple(each.address.ip.packed for each in self.addresses)


class SyncGroup(msgspec.Struct, frozen=True):
    """Virtual routers that are Active together or not at all."""

    name: str
    tracking_weight: bool = False
    """Whether the weights of what is tracked count; else they are taken as 0."""
    tracked: tuple[Tracked, ...] = ()
    notifies: Notifies = Notifies()


class Firewall(msgspec.Struct, frozen=True):
    """The table of nftables that keeps addresses silent; one of this name is ours."""

    table: str = "standfast_vrrp"
    priority: int = -1
    counters: bool = False


class Configuration(msgspec.Struct, frozen=True):
    """All virtual routers of this machine, the groups they are in, and what stands whether or not they are Active.

    `scripts`, `files` and `processes` are what `Tracked` may name; what nobody tracks is not looked at.
    """

    routers: tuple[VirtualRouter, ...]
    groups: tuple[SyncGroup, ...] = ()
    static_addresses: tuple[VirtualAddress, ...] = ()
    static_routes: tuple[VirtualRoute, ...] = ()
    static_rules: tuple[VirtualRule, ...] = ()
    scripts: tuple[TrackScript, ...] = ()
    files: tuple[TrackFile, ...] = ()
    processes: tuple[TrackProcess, ...] = ()
    telling: Telling = Telling()
    paces: tuple[Pace, ...] = ()
    firewall: Firewall = Firewall()
    polls: tuple[LinkPoll, ...] = ()
    delays: tuple[LinkDelay, ...] = ()

    @property
    def is_something(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.routers or self.static_addresses or self.static_routes or self.static_rules)

    @property
    def patience_ms(self) -> float:
        """Return how long the least patient router hears nothing before it takes over, Skew_Time left out."""
        routers = self.routers
        return min((each.down_timer_adverts * each.advertisement_interval_cs * 10 for each in routers), default=inf)
