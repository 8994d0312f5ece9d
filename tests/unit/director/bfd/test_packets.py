"""RFC 5880 §4.1: packets to bytes and back."""

from __future__ import annotations

import json
import random
from pathlib import Path

from standfast.director import bfd
from standfast.director.bfd.packets import read
from standfast.director.bfd.reception import examine


def any_packet(world: random.Random) -> bfd.Packet:
    """Return a packet of any fields."""
    word = lambda: world.choice((0, 1, 2**32 - 1, world.getrandbits(32)))  # noqa: E731
    flags = [world.random() < 0.5 for _ in range(4)]
    return bfd.Packet(
        bfd.State(world.randrange(4)), word(), word(), word(), word(), world.randrange(256), world.randrange(32),
        *flags, word(),
    )  # fmt: skip


def test_4_1_round_trip() -> None:
    """The neighbour would read something else than was meant."""
    world = random.Random(1)
    for _ in range(500):
        packet = any_packet(world)
        assert read(packet.pack()) == packet


def test_4_1_layout() -> None:
    """Nobody else would understand us: a packet written by hand from the RFC's figure."""
    packet = bfd.Packet(bfd.State.UP, 0x01020304, 0x05060708, 10_000, 20_000, 3, bfd.Diagnostic.TIME_EXPIRED, poll=True)
    assert packet.pack().hex() == "21e0031801020304050607080000271000004e2000000000"


def test_what_keepalived_sends() -> None:
    """keepalived would not understand us, nor we it: its packets, captured from coming up to a new begin."""
    recorded = json.loads(Path(__file__).with_name("packets.json").read_text())
    assert len(recorded) > 10
    for each in recorded:
        payload = bytes.fromhex(each["payload"])
        packet = examine(payload)
        assert isinstance(packet, bfd.Packet)
        assert packet.pack() == payload
    states = {examine(bytes.fromhex(each["payload"])).state for each in recorded}
    assert states == {bfd.State.DOWN, bfd.State.INIT, bfd.State.UP}
