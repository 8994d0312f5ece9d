"""What a BFD session is told to be: frozen values. The defaults are keepalived's; where they deviate is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from math import inf

import msgspec

from standfast.errors import Report

Address = IPv4Address | IPv6Address
SLOW_US = 1_000_000
INTERVAL_US_MAX = 2**32 - 1
ANY_HOPS = (-1, 255)
"""Values of `max_hops` by which a packet may have come from anywhere."""


class SessionConfiguration(msgspec.Struct, frozen=True):
    """One session with one neighbour. Intervals are microseconds, 1..2^32-1."""

    name: str
    neighbor: Address
    source: Address | None = None
    """What packets are sent from and must be sent to; the kernel's choice if None."""
    min_rx_us: int = 10_000
    min_tx_us: int = 10_000
    idle_tx_us: int = SLOW_US
    """While not Up: a second at least."""
    multiplier: int = 5
    passive: bool = False
    """Whether to be silent until the neighbour has spoken. Source: RFC 5880 §6.1, Passive role."""
    ttl: int = 255
    """What packets are sent with. Deviates: keepalived.conf's default in IPv6 is 64."""
    max_hops: int = 0
    """How much less than `ttl` is accepted. Deviates: RFC 5881 §5 has 0, and a TTL of 255."""

    def accepts_ttl(self, ttl: int) -> bool:
        """Return whether a packet may have arrived with this TTL or hop limit."""
        return self.max_hops in ANY_HOPS or ttl + self.max_hops >= self.ttl


class Configuration(msgspec.Struct, frozen=True):
    """All sessions of this machine."""

    sessions: tuple[SessionConfiguration, ...] = ()

    @property
    def patience_ms(self) -> float:
        """Return the shortest Detection Time that the configuration asks for."""
        return min(
            (each.multiplier * max(each.min_rx_us, each.min_tx_us) / 1000 for each in self.sessions), default=inf
        )


def reports(configuration: Configuration) -> list[Report]:
    """Return everything that is wrong."""
    found = [
        Report(f"bfd.{slug}", f"{session.name}: {message}", expected)
        for session in configuration.sessions
        for slug, message, expected in _findings(session)
    ]
    names = Counter(session.name for session in configuration.sessions)
    found += [Report("bfd.name-twice", f"{name} is there twice", "one") for name, count in names.items() if count > 1]
    pairs = Counter((session.neighbor, session.source) for session in configuration.sessions)
    # "If multiple control protocols wish to establish BFD sessions with the same remote system for the same data
    # protocol, all MUST share a single BFD session." RFC 5882 §4.4
    found += [
        Report("bfd.neighbor-twice", f"{neighbor} has two sessions from the same address", "one")
        for (neighbor, _), count in pairs.items()
        if count > 1
    ]
    return found


def _findings(session: SessionConfiguration) -> Iterator[tuple[str, str, str]]:
    for word, value in (("min_rx", session.min_rx_us), ("min_tx", session.min_tx_us)):
        if not 1 <= value <= INTERVAL_US_MAX:
            yield "interval", f"{word} {value} us", f"1..{INTERVAL_US_MAX}"
    # "When bfd.SessionState is not Up, the system MUST set bfd.DesiredMinTxInterval to a value of not less than one
    # second (1,000,000 microseconds)." RFC 5880 §6.8.3
    if not SLOW_US <= session.idle_tx_us <= INTERVAL_US_MAX:
        yield "idle", f"idle_tx {session.idle_tx_us} us", "a second at least"
    if not 1 <= session.multiplier <= 255:
        yield "multiplier", f"multiplier {session.multiplier}", "1..255"
    if not 1 <= session.ttl <= 255:
        yield "ttl", f"ttl {session.ttl}", "1..255"
    if session.source is not None and session.source.version != session.neighbor.version:
        yield "family", f"source {session.source} for {session.neighbor}", "one family"
