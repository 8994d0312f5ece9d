"""Addresses as keepalived writes them: with a port, a prefix length or the end of a range."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address

from standfast.director.lvs import Address


def address_of(word: str) -> Address | None:
    """Return an address as inet_pton(3) reads it; what follows a `-` or `/` does not count."""
    plain = word.partition("-")[0] if "-" in word else word.partition("/")[0]
    if "%" in plain:
        return None
    try:
        return IPv6Address(plain) if ":" in word else IPv4Address(plain)
    except (AddressValueError, ValueError):
        return None


def plain_port(word: str | None) -> str | None:
    """Return a port's word, or None for no port; 0 is none."""
    return word if word and word.strip("0") else None
