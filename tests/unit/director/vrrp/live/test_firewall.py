"""What nft is given."""

from __future__ import annotations

from ipaddress import ip_address

from standfast.director.vrrp.configuration import Firewall
from standfast.director.vrrp.live.firewall import ruleset


def test_6_1_neighbour_discovery_is_never_dropped() -> None:
    """In no-accept mode nobody could find the router. RFC 9568 §6.1."""
    lines = ruleset([ip_address("10.0.0.1"), ip_address("2001:db8::1")], Firewall()).splitlines()
    discovery = next(at for at, line in enumerate(lines) if "nd-neighbor-solicit" in line)
    drops = [at for at, line in enumerate(lines) if line.endswith("drop")]
    assert len(drops) == 2
    assert discovery < min(drops)


def test_only_families_that_are_there_are_named() -> None:
    """An empty set would be refused, and all addresses accepted."""
    assert "ip6 daddr" not in ruleset([ip_address("10.0.0.1")], Firewall())


def test_the_table_is_as_it_is_told_to_be() -> None:
    """Two daemons in one network namespace would take each other's table away, or rules would come too late."""
    text = ruleset([ip_address("10.0.0.1")], Firewall("mine", -50, counters=True))
    assert text.startswith("table inet mine {")
    assert "hook input priority -50;" in text
    assert "ip daddr { 10.0.0.1 } counter drop" in text
