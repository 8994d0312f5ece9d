"""Addresses as keepalived writes them."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.dialects.keepalived.addresses import address_of

PARTS = st.one_of(
    st.integers(0, 300).map(str), st.sampled_from(["", "0", "00", "01", "255", "256", "-1", "1 ", "\u0661"])
)


@given(st.lists(PARTS, min_size=3, max_size=5).map(".".join))
def test_the_short_way_reads_what_ipaddress_reads(word: str) -> None:
    """If this failed, clients would be sent to an address that nobody wrote."""
    try:
        expected: IPv4Address | None = IPv4Address(word)
    except AddressValueError:
        expected = None
    assert address_of(word) == (address_of(word.partition("-")[0]) if "-" in word else expected)


@pytest.mark.parametrize(("word", "address"), [("192.0.2.1-9", "192.0.2.1"), ("192.0.2.0/24", "192.0.2.0")])
def test_what_follows_does_not_count(word: str, address: str) -> None:
    """If this failed, a range would name no address."""
    assert address_of(word) == IPv4Address(address)
