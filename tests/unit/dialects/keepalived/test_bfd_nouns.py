"""BFD sessions from a keepalived.conf."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from standfast.dialects.keepalived import Source, bfd_of
from standfast.director import bfd

Read = Callable[..., Source]


def test_the_defaults_are_keepalived_s(read: Read) -> None:
    """A session would have other times than keepalived's, or in IPv6 be deaf to it."""
    source = read("bfd_instance b4 {\n neighbor_ip 192.0.2.77\n}\nbfd_instance b6 {\n neighbor_ip fe80::1\n}\n")
    assert bfd_of(source).configuration == bfd.Configuration((
        bfd.SessionConfiguration("b4", ip_address("192.0.2.77")),
        bfd.SessionConfiguration("b6", ip_address("fe80::1"), ttl=64),
    ))  # fmt: skip


def test_everything_said(read: Read) -> None:
    """A keyword would do nothing."""
    text = """global_defs {
    bfd_rt_priority 50
    bfd_priority -5
    bfd_no_swap
}
bfd_instance b {
    neighbor_ip 192.0.2.77
    source_ip 192.0.2.1
    min_rx 3.312
    min_tx 15
    idle_tx 2000
    multiplier 3
    passive
    ttl 10
    max_hops 20
    weight 5
}
"""
    source = read(text)
    session = bfd.SessionConfiguration(
        "b", ip_address("192.0.2.77"), ip_address("192.0.2.1"), 3_312, 15_000, 2_000_000, 3, True, 10, 10
    )
    assert bfd_of(source).configuration == bfd.Configuration((session,))
    assert bfd.reports(bfd_of(source).configuration) == []
    assert bfd_of(source).running == bfd.orders.Running(rt_priority=50, nice=-5, no_swap=True)


def test_hops_without_limit(read: Read) -> None:
    """A neighbour behind routers would be deaf to us."""
    source = read("bfd_instance b {\n neighbor_ip 192.0.2.77\n max_hops -1\n}\n")
    assert bfd_of(source).configuration.sessions[0].accepts_ttl(1)


def test_none(read: Read) -> None:
    """A file without BFD would not be read."""
    assert bfd_of(read("global_defs {\n}\n")).configuration == bfd.Configuration()
