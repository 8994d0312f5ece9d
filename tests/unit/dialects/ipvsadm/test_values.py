"""Single values as ipvsadm reads them."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.dialects.ipvsadm import NoNames, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("10.1", "10.0.0.1"),
        ("10.1.2", "10.1.0.2"),
        ("0x0a000009", "10.0.0.9"),
        ("010.0.0.1", "8.0.0.1"),
        ("167772161", "10.0.0.1"),
        ("10.0.0.256", None),
        ("10.0.0.1.2", None),
        ("09.0.0.1", None),
        ("", None),
    ],
)
def test_addresses_are_read_as_inet_aton_does(text: str, expected: str | None) -> None:
    """If this failed, a short or hexadecimal address would mean another machine."""
    assert values.ipv4(text) == (None if expected is None else IPv4Address(expected))


@given(st.ip_addresses(v=4))
def test_every_written_address_is_itself(address: IPv4Address) -> None:
    """If this failed, some addresses could not be used."""
    assert values.ipv4(str(address)) == address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:80", values.Endpoint(IPv4Address("10.0.0.1"), 80)),
        ("10.0.0.1", values.Endpoint(IPv4Address("10.0.0.1"), None)),
        ("[2001:db8::1]:80", values.Endpoint(IPv6Address("2001:db8::1"), 80)),
        ("2001:db8::1", values.Endpoint(IPv6Address("2001:db8::1"), None)),
        ("[2001:db8::1]", None),
        ("[2001:db8::1", None),
        ("10.0.0.1:99999", None),
        ("10.0.0.1:", None),
        ("80", None),
        ("", None),
        ("web:80", None),
    ],
)
def test_an_address_with_a_port(text: str, expected: values.Endpoint | None) -> None:
    """If this failed, a service would be made for another address or port than was typed."""
    assert values.endpoint(text, "tcp", NoNames()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5", 5), (" +5", 5), ("-1", None), ("5x", None), ("", None), ("9" * 30, None), ("0x5", None)],
)
def test_numbers_are_decimal_and_within_limits(text: str, expected: int | None) -> None:
    """If this failed, a weight with a typing mistake would be taken."""
    assert values.number(text, 0, 100) == expected
