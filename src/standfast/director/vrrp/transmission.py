"""A virtual router's adverts as bytes, prepared once for each priority. Source: RFC 9568 §7.2, RFC 3768 §7.2."""

from __future__ import annotations

from standfast.director.vrrp import authentication_header as ah
from standfast.director.vrrp.checksum import PROTOCOL, pseudo_header
from standfast.director.vrrp.configuration import AuthType, VirtualRouter
from standfast.director.vrrp.packets import AH_PROTOCOL, TTL, Message, ipv4_header

Packet = tuple[bytes, bytes]
"""A destination, and what to send there: from the IPv4 header on, or in IPv6 the message."""


class Transmission:
    """Adverts from one source address. Set `source` before asking for any; setting it forgets what was prepared."""

    def __init__(self, router: VirtualRouter) -> None:
        self._router = router
        group = router.group_packed
        unicast = router.unicast
        self._group = group
        self._destinations = [peer.address.packed for peer in unicast.peers] if unicast else [group]
        self._prepared: dict[int, list[Packet]] = {}
        self._sequence = 0
        self._source = b""
        self._ttl = unicast.ttl if unicast else TTL
        self._with_group = router.old_unicast_checksum is True

    @property
    def source(self) -> bytes:
        """Return the address that adverts are sent from; empty while there is none."""
        return self._source

    @source.setter
    def source(self, source: bytes) -> None:
        if source != self._source:
            self._source, self._prepared = source, {}

    def continue_as(self, other: Transmission) -> None:
        """Go on from where another one was: its source, its sequence, and what it learned of the peer."""
        own = self._router.source
        self.source = own.packed if own and other.source else other.source
        self._sequence = other._sequence
        if self._router.unicast and self._router.old_unicast_checksum is None:
            self._with_group = other._with_group

    def learn_group_checksum(self) -> None:
        """Put the multicast group into the pseudo-header of unicast adverts from now on, as the peer does."""
        if not self._with_group:
            self._with_group, self._prepared = True, {}

    def continue_sequence(self, heard: int) -> None:
        """Count on from what a peer has counted to, so that receivers with one counter for all take ours."""
        self._sequence = max(self._sequence, heard)

    def packets(self, priority: int) -> list[Packet]:
        """Return an advert for each destination."""
        auth = self._router.authentication
        if auth and auth.type is AuthType.AH:
            return self._authenticated(priority, auth.key)
        packets = self._prepared.get(priority)
        if packets is None:
            return self._prepare(priority)
        if 0 not in self._prepared:  # a goodbye must not wait for it; with the second advert nobody does
            self._prepare(0)
        return packets

    def _prepare(self, priority: int) -> list[Packet]:
        packets = self._prepared[priority] = [self._packet(to, priority) for to in self._destinations]
        return packets

    def message(self, priority: int) -> Message:
        """Return the advert's fields."""
        # "Fill in the VRRP packet fields with the appropriate Virtual Router configuration state". RFC 9568 §7.2
        router, auth = self._router, self._router.authentication
        interval = router.advertisement_interval_cs // 100 if router.version == 2 else router.advertisement_interval_cs
        password = auth.key if auth and auth.type is AuthType.PASS else b""
        auth_type = auth.type if auth else AuthType.NONE
        return Message(router.version, router.vrid, priority, interval, router.packed_addresses, auth_type, password)

    def _packet(self, destination: bytes, priority: int) -> Packet:
        message = self.message(priority)
        data = message.pack(self._pseudo(destination, message.length))
        if self._router.family == 4:
            data = ipv4_header(self._source, destination, PROTOCOL, len(data), ttl=self._ttl) + data
        return destination, data

    def _pseudo(self, destination: bytes, length: int) -> bytes:
        router = self._router
        if router.version == 2 or (router.family == 4 and router.v3_checksum_as_v2):
            return b""
        return pseudo_header(self._source, self._group if self._with_group else destination, length)

    def _authenticated(self, priority: int, key: bytes) -> list[Packet]:
        # A counter that increases with each datagram. RFC 2402 §2.2
        self._sequence += 1
        data = self.message(priority).pack()
        identification = (self._sequence - 1) % 0xFFFF + 1
        packets = []
        for destination in self._destinations:
            header = ipv4_header(
                self._source, destination, AH_PROTOCOL, ah.LENGTH + len(data), identification, self._ttl
            )
            unicast = self._router.unicast is not None
            packets.append((destination, header + ah.build(header, self._sequence, data, key, unicast=unicast)))
        return packets
