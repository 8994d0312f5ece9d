"""Whether a received packet is an advert for us, and if not why. Source: RFC 9568 §7.1, RFC 3768 §7.1."""

from __future__ import annotations

import enum
from collections import Counter

import msgspec

from standfast.director.vrrp import authentication_header as ah
from standfast.director.vrrp.checksum import checksum, pseudo_header
from standfast.director.vrrp.configuration import AuthType, VirtualRouter
from standfast.director.vrrp.intervals import interval_ns
from standfast.director.vrrp.packets import (
    ADVERTISEMENT,
    AH_PROTOCOL,
    TTL,
    Datagram,
    Message,
    read,
)


class Drop(enum.StrEnum):
    """Why a packet was discarded; each is counted."""

    OWN = "our own packet, or of a twin of our address"
    LENGTH = "length"
    TTL = "TTL"
    VERSION = "version"
    TYPE = "type"
    CHECKSUM = "checksum"
    VRID = "virtual router id"
    AUTH_TYPE = "authentication type"
    AUTH_PASSWORD = "password"
    AUTH_DIGEST = "digest"
    AUTH_SEQUENCE = "sequence number of the authentication"
    INTERVAL = "advertisement interval"
    COUNT = "number of addresses"
    ADDRESSES = "addresses"
    DESTINATION = "unicast where multicast is expected, or the other way round"
    SOURCE = "source is no peer"


class ChecksumForm(enum.Enum):
    """What a checksum was found to cover before the message."""

    PLAIN = enum.auto()
    PSEUDO_HEADER = enum.auto()
    GROUP_PSEUDO_HEADER = enum.auto()
    """With the multicast group where a unicast destination stands."""


class Advert(msgspec.Struct, frozen=True):
    """An advert that passed every check."""

    source: bytes
    priority: int
    interval_ns: int
    form: ChecksumForm = ChecksumForm.PLAIN


class Reception:
    """The checks of one virtual router, with what they must remember."""

    def __init__(self, router: VirtualRouter) -> None:
        self._router = router
        self._address_bytes = 4 if router.family == 4 else 16
        self._group = router.group_packed
        self._addresses = sorted(router.packed_addresses)
        self._peers = {peer.address.packed: peer for peer in router.unicast.peers} if router.unicast else {}
        auth = router.authentication
        self._auth_type = auth.type if auth else AuthType.NONE
        self._key = auth.key if auth else b""
        self._sequences: dict[bytes, int] = {}
        self._last_good: tuple[bytes, bytes, int, bytes] | None = None
        self._last_advert: Advert | None = None
        self._known_source = b""
        self.dropped: Counter[Drop] = Counter()

    @property
    def sequence_max(self) -> int:
        """Return the highest sequence number of an authentication header that was accepted."""
        return max(self._sequences.values(), default=0)

    def forget_sequences(self) -> None:
        """Let peers begin to count anew: whoever restarts does, and was silent until it was given up."""
        self._sequences.clear()

    def continue_as(self, other: Reception) -> None:
        """Go on counting where another one was."""
        self.dropped = other.dropped
        self._sequences = other._sequences

    def judge(self, datagram: Datagram, own_address: bytes) -> Advert | Drop:
        """Return the advert, or why there is none; what was dropped is counted."""
        verdict = self._judge(datagram, own_address)
        if isinstance(verdict, Drop):
            self.dropped[verdict] += 1
        return verdict

    def _judge(self, datagram: Datagram, own_address: bytes) -> Advert | Drop:
        # the same bytes from the same place are what an Active Router sends all the time
        bytes_now = (datagram.source, datagram.destination, datagram.ttl, datagram.payload)
        if self._last_advert is not None and bytes_now == self._last_good:
            return self._last_advert
        if datagram.source == own_address:
            return Drop.OWN
        if drop := self._wrong_way(datagram):
            return drop
        payload: bytes | Drop = datagram.payload
        if self._auth_type is AuthType.AH or datagram.protocol == AH_PROTOCOL:
            payload = self._unwrap(datagram)
        if isinstance(payload, Drop):
            return payload
        verdict = self._message(datagram, payload)
        if isinstance(verdict, Advert) and self._auth_type is not AuthType.AH:
            self._last_good, self._last_advert = bytes_now, verdict
        return verdict

    def _wrong_way(self, datagram: Datagram) -> Drop | None:
        unicast = self._router.unicast
        if (datagram.destination == self._group) != (unicast is None):
            return Drop.DESTINATION
        if unicast is None:
            # "A VRRP Router receiving a packet with the TTL not equal to 255 MUST discard the packet".
            # RFC 9568 §5.1.1.3, and §5.1.2.3 of the Hop Limit
            return Drop.TTL if datagram.ttl != TTL else None
        peer = self._peers.get(datagram.source)
        if peer is None:
            checks = unicast.check_source or any(each.checks_ttl for each in unicast.peers)
            return Drop.SOURCE if checks else None
        return None if peer.ttl_min <= datagram.ttl <= peer.ttl_max else Drop.TTL

    def _unwrap(self, datagram: Datagram) -> bytes | Drop:
        if self._auth_type is not AuthType.AH or datagram.protocol != AH_PROTOCOL:
            return Drop.AUTH_TYPE
        header = ah.read(datagram.payload)
        if header is None:
            return Drop.LENGTH
        # "MUST verify that the Auth Type matches the locally configured authentication method for the virtual router
        # and perform that authentication method". RFC 2338 §7.1
        if not header.is_ours or header.spi != int.from_bytes(datagram.source):
            return Drop.AUTH_DIGEST
        unicast = self._router.unicast is not None
        if not ah.is_genuine(datagram.header, datagram.payload, self._key, unicast=unicast):
            return Drop.AUTH_DIGEST
        # The sequence number must rise, else an old advert could be said again. RFC 2402 §3.4.3
        if header.sequence <= self._sequences.get(datagram.source, 0):
            return Drop.AUTH_SEQUENCE
        self._sequences[datagram.source] = header.sequence
        return datagram.payload[ah.LENGTH :]

    def _message(self, datagram: Datagram, payload: bytes) -> Advert | Drop:
        router = self._router
        if len(payload) < 8:
            return Drop.LENGTH
        # "It MUST verify that the VRRP version is 3." RFC 9568 §7.1 (2 in RFC 3768)
        if payload[0] >> 4 != router.version:
            return Drop.VERSION
        # "It MUST verify that the VRRP packet type is 1 (ADVERTISEMENT)." RFC 9568 §7.1
        if payload[0] & 15 != ADVERTISEMENT:
            return Drop.TYPE
        # "It MUST verify that the received packet contains the complete VRRP packet". RFC 9568 §7.1
        message = read(payload, self._address_bytes)
        if message is None:
            return Drop.LENGTH
        # "It MUST verify the VRRP checksum." RFC 9568 §7.1
        form = self._checksum_form(datagram, payload)
        if form is None:
            return Drop.CHECKSUM
        return (
            self._fields(message)
            or self._same_addresses(datagram.source, message)
            or self._advert(datagram.source, message, form)
        )

    def _checksum_form(self, datagram: Datagram, payload: bytes) -> ChecksumForm | None:
        # "For the IPv4 address family, the checksum calculation only includes the VRRP message", and "For the IPv6
        # address family, the checksum calculation also includes a prepended "pseudo-header"". RFC 9568 §5.2.8
        if self._address_bytes == 4 and checksum(payload) == 0:
            return ChecksumForm.PLAIN
        if self._router.version == 2:
            return None
        pseudo = pseudo_header(datagram.source, datagram.destination, len(payload))
        if checksum(pseudo + payload) == 0:
            return ChecksumForm.PSEUDO_HEADER
        if self._address_bytes == 4 and self._router.unicast and self._router.old_unicast_checksum is not False:
            pseudo = pseudo_header(datagram.source, self._group, len(payload))
            if checksum(pseudo + payload) == 0:
                return ChecksumForm.GROUP_PSEUDO_HEADER
        return None

    def _fields(self, message: Message) -> Drop | None:
        router = self._router
        # "It MUST verify that the VRID is configured on the receiving interface". RFC 9568 §7.1
        if message.vrid != router.vrid:
            return Drop.VRID
        # "If the received count is 0, the VRRP advertisement MUST be ignored." RFC 9568 §5.2.5; a router that has
        # excluded addresses only sends and expects none
        if not message.addresses and self._addresses:
            return Drop.COUNT
        # "It MUST verify that the Max Advertise Interval is non zero." RFC 9568 §7.1
        if message.interval == 0:
            return Drop.INTERVAL
        if router.version == 3:
            return None
        # "MUST verify that the Adver Interval in the packet is the same as the locally configured for this virtual
        # router". RFC 3768 §7.1
        if message.interval * 100 != router.advertisement_interval_cs:
            return Drop.INTERVAL
        if message.auth_type != self._auth_type:
            return Drop.AUTH_TYPE
        # A clear text password of eight bytes, zeros after it. RFC 2338 §5.3.6.2
        if self._auth_type is AuthType.PASS and message.auth_data != self._key:
            return Drop.AUTH_PASSWORD
        return None

    def _same_addresses(self, source: bytes, message: Message) -> Drop | None:
        # "MAY verify that "Count IPvX Addr" and the list of IPvX address(es) match". RFC 9568 §7.1
        if not self._router.check_addresses:
            return None
        if self._router.skip_known_addresses and source == self._known_source:
            return None
        if len(message.addresses) != len(self._addresses):
            return Drop.COUNT
        if sorted(message.addresses) != self._addresses:
            return Drop.ADDRESSES
        self._known_source = source
        return None

    def _advert(self, source: bytes, message: Message, form: ChecksumForm) -> Advert:
        return Advert(source, message.priority, interval_ns(message.version, message.interval), form)
