"""What was recorded of keepalived on the wire, read and written."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import authentication_header as ah
from standfast.director.vrrp import packets
from standfast.director.vrrp.reception import Advert, Reception
from standfast.director.vrrp.transmission import Transmission

ONE = (vrrp.VirtualAddress(ip_interface("10.78.0.100/24")),)
TWO = (*ONE, vrrp.VirtualAddress(ip_interface("10.78.0.101/24")))
SIX = tuple(vrrp.VirtualAddress(ip_interface(text)) for text in ("fe80::78:100/64", "2001:db8:78::100/64"))
TO_PEER = vrrp.Unicast((vrrp.Peer(ip_address("10.78.0.2")),))


def password(kind: vrrp.AuthType, text: bytes) -> vrrp.Authentication:
    return vrrp.Authentication(kind, text)


VARIANTS: dict[str, dict[str, Any]] = {
    "v2-none": {"version": 2},
    "v2-two-addresses": {"version": 2, "addresses": TWO, "advertisement_interval_cs": 200},
    "v2-pass": {"version": 2, "authentication": password(vrrp.AuthType.PASS, b"secret")},
    "v2-pass-8": {"version": 2, "authentication": password(vrrp.AuthType.PASS, b"12345678")},
    "v2-ah": {"version": 2, "authentication": password(vrrp.AuthType.AH, b"secret")},
    "v2-ah-unicast": {"version": 2, "authentication": password(vrrp.AuthType.AH, b"secret"), "unicast": TO_PEER},
    "v2-unicast": {"version": 2, "unicast": TO_PEER},
    "v3": {"version": 3},
    "v3-250ms-two": {"version": 3, "addresses": TWO, "advertisement_interval_cs": 25},
    "v3-unicast": {"version": 3, "unicast": TO_PEER},
    "v3-unicast-old-checksum": {"version": 3, "unicast": TO_PEER, "old_unicast_checksum": True},
    "v3-ipv6": {"version": 3, "addresses": SIX},
}


def router(variant: str) -> vrrp.VirtualRouter:
    return vrrp.VirtualRouter(**{"name": "V", "vrid": 51, "interface": "eth0", "addresses": ONE, **VARIANTS[variant]})


def datagram(packet: bytes) -> packets.Datagram:
    found = packets.ipv4_datagram(packet) or packets.ipv6_datagram(packet)
    assert found is not None
    return found


def of_variant(recorded: dict[str, Any], variant: str) -> list[tuple[int, bytes]]:
    """Return the recorded packets of a variant with their priorities."""
    adverts = [(255, bytes.fromhex(text)) for text in recorded[variant]["adverts"]]
    return adverts + [(0, bytes.fromhex(text)) for text in recorded[variant]["stop"]]


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_keepalived_sent_is_accepted(recorded: dict[str, Any], variant: str) -> None:
    """A mixed pair would have two Active Routers."""
    configured = router(variant)
    reception = Reception(configured)
    for priority, packet in of_variant(recorded, variant):
        verdict = reception.judge(datagram(packet), b"\0\0\0\0")
        assert isinstance(verdict, Advert), verdict
        assert verdict.priority == priority
        assert verdict.interval_ns == configured.advertisement_interval_cs * 10_000_000
    assert not reception.dropped


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_keepalived_sent_is_rebuilt_byte_for_byte(recorded: dict[str, Any], variant: str) -> None:
    """keepalived would not take our adverts for its own kind's."""
    for priority, packet in of_variant(recorded, variant):
        assert rebuilt(router(variant), priority, packet) == packet


def rebuilt(configured: vrrp.VirtualRouter, priority: int, packet: bytes) -> bytes:
    """Return our packet with what the kernel or an earlier packet decided: identification, sequence, flow label."""
    original = datagram(packet)
    transmission = Transmission(configured)
    transmission.source = original.source
    is_ah = original.protocol == packets.AH_PROTOCOL
    if is_ah:
        header = ah.read(original.payload)
        assert header is not None
        transmission.continue_sequence(header.sequence - 1)
    destination, ours = transmission.packets(priority)[0]
    assert destination == original.destination
    if configured.family == 6:
        flow = int.from_bytes(packet[1:4]) & 0xFFFFF
        return packets.ipv6_header(original.source, destination, len(ours), flow) + ours
    if is_ah:
        return ours
    identification = int.from_bytes(packet[4:6])
    head = packets.ipv4_header(original.source, destination, original.protocol, len(ours) - 20, identification)
    return head + ours[20:]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_message_says_what_was_packed(recorded: dict[str, Any], variant: str) -> None:
    """A field would be written in one place and read in another."""
    configured = router(variant)
    transmission = Transmission(configured)
    transmission.source = packed_source = ip_address("fe80::1" if configured.family == 6 else "10.78.0.1").packed
    message = transmission.message(100)
    length = len(packed_source)
    assert packets.read(message.pack(), length) == message or message.auth_data == b""
    assert len(message.pack()) == message.length


@pytest.mark.parametrize("cut", [0, 7, 19])
def test_a_torn_header_is_no_datagram(recorded: dict[str, Any], cut: int) -> None:
    """Somebody's short packet would end the daemon."""
    packet = bytes.fromhex(recorded["v3"]["adverts"][0])
    assert packets.ipv4_datagram(packet[:cut]) is None
    assert packets.ipv6_datagram(packet[:cut]) is None


def test_a_length_beyond_the_packet_is_no_datagram(recorded: dict[str, Any]) -> None:
    """A lying header would be read past the packet's end."""
    packet = bytearray.fromhex(recorded["v3"]["adverts"][0])
    packet[2:4] = (len(packet) + 1).to_bytes(2)
    assert packets.ipv4_datagram(bytes(packet)) is None


def test_5_2_6_the_reserved_bits_are_ignored(recorded: dict[str, Any]) -> None:
    """A later version's use of them would make us deaf. RFC 9568 §5.2.6."""
    payload = bytearray(datagram(bytes.fromhex(recorded["v3"]["adverts"][0])).payload)
    payload[4] |= 0xF0
    message = packets.read(bytes(payload), 4)
    assert message is not None
    assert message.interval == 100
