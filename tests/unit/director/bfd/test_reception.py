"""RFC 5880 §6.8.6: what is discarded, in the order of its sentences."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from standfast.director import bfd
from standfast.director.bfd.reception import Drop, examine

GOOD = bfd.Packet(bfd.State.DOWN, 7, 0, 1_000_000, 10_000, 3).pack()


def changed(**at: int) -> bytes:
    """Return the good packet with bytes changed: `b3=20` is the fourth."""
    payload = bytearray(GOOD)
    for where, value in at.items():
        payload[int(where[1:])] = value
    return bytes(payload)


CASES = {
    "version": (changed(b0=0x40), Drop.VERSION),
    "nothing": (b"", Drop.VERSION),
    "length": (changed(b3=23), Drop.LENGTH),
    "length with authentication": (changed(b1=0x44, b3=25), Drop.LENGTH),
    "payload": (GOOD[:23], Drop.PAYLOAD),
    "payload of four bytes": (GOOD[:4], Drop.PAYLOAD),
    "length beyond": (changed(b3=25), Drop.PAYLOAD),
    "multiplier": (changed(b2=0), Drop.MULTIPLIER),
    "multipoint": (changed(b1=0x41), Drop.MULTIPOINT),
    "my discriminator": (changed(b7=0), Drop.MY_DISCRIMINATOR),
    "version before length": (changed(b0=0x40, b3=0), Drop.VERSION),
    "multiplier before multipoint": (changed(b1=0x41, b2=0), Drop.MULTIPLIER),
}


@pytest.mark.parametrize("case", CASES)
def test_6_8_6_discards(case: str) -> None:
    """A packet would be read by what it is not, or counted under the wrong reason."""
    payload, drop = CASES[case]
    assert examine(payload) is drop


def test_6_8_6_accepts() -> None:
    """Nobody's packets would be taken; bytes behind the packet are none of its business."""
    assert examine(GOOD) == bfd.packets.read(GOOD)
    assert examine(GOOD + b"more") == bfd.packets.read(GOOD)


@pytest.mark.parametrize("diagnostic", [0, 8, 9, 31])
def test_4_1_reserved_diagnostics_are_no_reason(diagnostic: int) -> None:
    """A neighbour that knows newer codes would be deaf to us."""
    packet = replace(bfd.packets.read(GOOD), diagnostic=diagnostic)
    assert examine(packet.pack()) == packet
