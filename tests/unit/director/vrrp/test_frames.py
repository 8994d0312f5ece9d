"""What the neighbours are told. RFC 9568 §6.4.2, §7.3."""

from __future__ import annotations

from ipaddress import ip_address

from standfast.director.vrrp import frames
from standfast.director.vrrp.checksum import checksum

MAC = bytes.fromhex("020000000001")


def test_7_3_the_virtual_mac() -> None:
    """Hosts would have learned another MAC from another vendor's router."""
    assert frames.virtual_mac(4, 51).hex(":") == "00:00:5e:00:01:33"
    assert frames.virtual_mac(6, 51).hex(":") == "00:00:5e:00:02:33"


def test_6_4_2_gratuitous_arp() -> None:
    """Neighbours would keep the old MAC."""
    frame = frames.announcement(ip_address("10.78.0.100"), MAC)
    assert frame[:14] == b"\xff" * 6 + MAC + b"\x08\x06"
    assert frame[28:32] == frame[38:42] == bytes((10, 78, 0, 100))
    assert frame[22:28] == frame[32:38] == MAC
    assert len(frame) == 42


def test_6_4_2_an_unsolicited_neighbour_advertisement() -> None:
    """Neighbours would drop it, or keep the old MAC."""
    address = ip_address("2001:db8::1")
    frame = frames.announcement(address, MAC)
    header, message = frame[14:54], frame[54:]
    assert header[6:8] == bytes((58, 255))
    assert header[8:24] == address.packed == message[8:24]
    assert message[0] == 136
    assert message[4] == 0xA0, "R and O set, S clear"
    assert message[-6:] == MAC
    pseudo = header[8:40] + len(message).to_bytes(4) + b"\0\0\0\x3a"
    assert checksum(pseudo + message) == 0
