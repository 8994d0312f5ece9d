"""What nft is given."""

from __future__ import annotations

from ipaddress import ip_address

from standfast.director.vrrp.live.firewall import ruleset


def test_6_1_neighbour_discovery_is_never_dropped() -> None:
    """In no-accept mode nobody could find the router. RFC 9568 §6.1."""
    lines = ruleset([ip_address("10.0.0.1"), ip_address("2001:db8::1")]).splitlines()
    discovery = next(at for at, line in enumerate(lines) if "nd-neighbor-solicit" in line)
    drops = [at for at, line in enumerate(lines) if line.endswith("drop")]
    assert len(drops) == 2
    assert discovery < min(drops)


def test_only_families_that_are_there_are_named() -> None:
    """An empty set would be refused, and all addresses accepted."""
    assert "ip6 daddr" not in ruleset([ip_address("10.0.0.1")])
