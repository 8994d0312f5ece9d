"""Two routers that do not understand each other both become Active. What they say differently, and the cure."""

from __future__ import annotations

from ipaddress import ip_address

from standfast.director.vrrp import authentication_header as ah
from standfast.director.vrrp.configuration import AuthType, VirtualRouter
from standfast.director.vrrp.packets import AH_PROTOCOL, Datagram, Message, read
from standfast.director.vrrp.reception import Drop

CURES = {
    Drop.TTL: "a router is between the two, or the peer is no VRRP router: they must share a link",
    Drop.VERSION: "set the same version (vrrp_version, version) on both",
    Drop.CHECKSUM: "something on the way changes packets, or the peer reckons version 3 on IPv4 otherwise: one of the "
    "two has an old_unicast_checksum or a NAT before it",
    Drop.AUTH_TYPE: "set the same auth_type on both, or none",
    Drop.AUTH_PASSWORD: "set the same auth_pass on both",
    Drop.AUTH_DIGEST: "set the same auth_pass on both; a NAT between the two breaks AH",
    Drop.AUTH_SEQUENCE: "old adverts are sent again, or two peers count for themselves: auth_type PASS, or version 3",
    Drop.INTERVAL: "set the same advert_int on both: version 2 obeys nobody with another",
    Drop.COUNT: "list the same addresses in virtual_ipaddress on both; virtual_ipaddress_excluded may differ",
    Drop.ADDRESSES: "list the same addresses in virtual_ipaddress on both; virtual_ipaddress_excluded may differ",
    Drop.DESTINATION: "configure unicast_peer on both, or on neither",
    Drop.SOURCE: "name the sender in unicast_peer here, or its own address as unicast_src_ip there",
    Drop.LENGTH: "the sender's packets are cut or no VRRP",
    Drop.TYPE: "the sender's packets are no adverts",
    Drop.VRID: "another virtual_router_id: set the same on both, if they are to be one router",
    Drop.OWN: "another machine has this machine's address, or a loop in the network brings packets back",
}
"""What to do about packets that are discarded for this reason."""


def difference_told(router: VirtualRouter, reason: Drop, datagram: Datagram) -> str:
    """Return what a discarded packet says and what the router wants, in words; empty if that says nothing."""
    if reason is Drop.TTL:
        return f"TTL {datagram.ttl}, 255 expected"
    if reason is Drop.DESTINATION:
        expected = "unicast to us" if router.unicast else "the multicast group"
        return f"sent to {ip_address(datagram.destination)}, {expected} expected"
    if reason is Drop.LENGTH:
        return f"{len(datagram.payload)} bytes"
    payload = datagram.payload[ah.LENGTH :] if datagram.protocol == AH_PROTOCOL else datagram.payload
    if reason is Drop.VERSION and payload:
        return f"version {payload[0] >> 4}, ours is {router.version}"
    message = read(payload, 4 if router.family == 4 else 16)
    return _fields_told(router, reason, message) if message is not None else ""


def _fields_told(router: VirtualRouter, reason: Drop, message: Message) -> str:
    ours = router.packed_addresses
    if reason is Drop.COUNT:
        return f"{len(message.addresses)} addresses, ours are {len(ours)}: {_listed(message, ours)}"
    if reason is Drop.ADDRESSES:
        return _listed(message, ours)
    if reason is Drop.INTERVAL:
        unit_s = 1.0 if message.version == 2 else 0.01
        return f"{message.interval * unit_s:g} s, ours is {router.advertisement_interval_cs / 100:g} s"
    if reason is Drop.AUTH_TYPE:
        mine = router.authentication.type if router.authentication else AuthType.NONE
        theirs = message.auth_type
        return f"{_auth(theirs)}, ours is {mine.name}"
    return ""


def _auth(number: int) -> str:
    return AuthType(number).name if number in set(AuthType) else str(number)


def _listed(message: Message, ours: tuple[bytes, ...]) -> str:
    more = [str(ip_address(each)) for each in message.addresses if each not in ours]
    less = [str(ip_address(each)) for each in ours if each not in message.addresses]
    parts = [f"only there {', '.join(more)}" if more else "", f"only here {', '.join(less)}" if less else ""]
    return "; ".join(part for part in parts if part)
