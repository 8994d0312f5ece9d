"""BFD Control packets, to bytes and back. Source: RFC 5880 §4.1."""

from __future__ import annotations

import enum
import struct

import msgspec

VERSION = 1
LENGTH = 24
LENGTH_WITH_AUTHENTICATION = 26
# "BFD Control packets MUST be transmitted in UDP packets with destination port 3784". RFC 5881 §4
PORT = 3784
# "The source port MUST be in the range 49152 through 65535." RFC 5881 §4
SOURCE_PORTS = range(49152, 65536)
_LAYOUT = struct.Struct(">BBBBIIIII")
POLL, FINAL, CONTROL_PLANE_INDEPENDENT, AUTHENTICATION, DEMAND, MULTIPOINT = 0x20, 0x10, 0x08, 0x04, 0x02, 0x01


class State(enum.IntEnum):
    """Of a session. Source: RFC 5880 §4.1, State (Sta)."""

    ADMIN_DOWN = 0
    DOWN = 1
    INIT = 2
    UP = 3

    def __str__(self) -> str:
        """Return the RFC's spelling."""
        return ("AdminDown", "Down", "Init", "Up")[self]


class Diagnostic(enum.IntEnum):
    """Why a session's state changed last. Source: RFC 5880 §4.1, Diagnostic (Diag)."""

    NONE = 0
    TIME_EXPIRED = 1
    ECHO_FAILED = 2
    NEIGHBOR_SIGNALED_DOWN = 3
    FORWARDING_PLANE_RESET = 4
    PATH_DOWN = 5
    CONCATENATED_PATH_DOWN = 6
    ADMINISTRATIVELY_DOWN = 7
    REVERSE_CONCATENATED_PATH_DOWN = 8


class Packet(msgspec.Struct, frozen=True):
    """A Control packet. Intervals are microseconds. `diagnostic` is a number: 9..31 are reserved."""

    state: State
    my_discriminator: int
    your_discriminator: int = 0
    desired_min_tx_us: int = 0
    required_min_rx_us: int = 0
    multiplier: int = 1
    diagnostic: int = Diagnostic.NONE
    poll: bool = False
    final: bool = False
    control_plane_independent: bool = False
    demand: bool = False
    required_min_echo_rx_us: int = 0

    def pack(self) -> bytes:
        """Return the bytes; without authentication."""
        flags = (
            self.state << 6
            | POLL * self.poll
            | FINAL * self.final
            | CONTROL_PLANE_INDEPENDENT * self.control_plane_independent
            | DEMAND * self.demand
        )
        return _LAYOUT.pack(
            VERSION << 5 | self.diagnostic, flags, self.multiplier, LENGTH, self.my_discriminator,
            self.your_discriminator, self.desired_min_tx_us, self.required_min_rx_us, self.required_min_echo_rx_us,
        )  # fmt: skip


def read(payload: bytes) -> Packet:
    """Return the fields of a packet of `LENGTH` bytes or more. No check."""
    first, flags, multiplier, _, mine, yours, tx_us, rx_us, echo_us = _LAYOUT.unpack_from(payload)
    return Packet(
        State(flags >> 6), mine, yours, tx_us, rx_us, multiplier, first & 0x1F, bool(flags & POLL), bool(flags & FINAL),
        bool(flags & CONTROL_PLANE_INDEPENDENT), bool(flags & DEMAND), echo_us,
    )  # fmt: skip


class Datagram(msgspec.Struct, frozen=True):
    """What a UDP socket received: addresses in network order."""

    source: bytes
    destination: bytes
    ttl: int
    """Hop limit in IPv6."""
    payload: bytes
