"""What a configuration must be like."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import bfd

Maker = Callable[..., bfd.SessionConfiguration]


def test_the_defaults_are_keepalived_s() -> None:
    """A file that says nothing would mean something else than it did."""
    session = bfd.SessionConfiguration("B", ip_address("10.0.0.1"))
    assert (session.min_rx_us, session.min_tx_us, session.idle_tx_us) == (10_000, 10_000, 1_000_000)
    assert (session.multiplier, session.passive, session.ttl, session.max_hops) == (5, False, 255, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"min_rx_us": 0}, "bfd.interval"),
        ({"min_tx_us": 2**32}, "bfd.interval"),
        ({"idle_tx_us": 999_999}, "bfd.idle"),
        ({"multiplier": 256}, "bfd.multiplier"),
        ({"ttl": 0}, "bfd.ttl"),
        ({"source": ip_address("::1")}, "bfd.family"),
    ],
)
def test_what_is_refused(configuration: Maker, changes: dict[str, Any], code: str) -> None:
    """A session would run that can never come up."""
    assert [each.code for each in bfd.reports(bfd.Configuration((configuration(**changes),)))] == [code]


def test_twins(configuration: Maker) -> None:
    """A packet would have two sessions. RFC 5882 §4.4."""
    one = configuration()
    assert [each.code for each in bfd.reports(bfd.Configuration((one, replace(one, name="C"))))] == [
        "bfd.neighbor-twice"
    ]
    elsewhere = replace(one, neighbor=ip_address("10.0.0.9"))
    assert [each.code for each in bfd.reports(bfd.Configuration((one, elsewhere)))] == ["bfd.name-twice"]
