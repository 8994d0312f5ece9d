"""Addresses as keepalived writes them: with a port, a prefix length or the end of a range."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address

from standfast.director.lvs import Address

_OCTETS = {str(number): number for number in range(256)}


def address_of(word: str) -> Address | None:
    """Return an address as inet_pton(3) reads it; what follows a `-` or `/` does not count."""
    if (number := _quad(word)) >= 0:
        return IPv4Address(number)
    plain = word.partition("-")[0] if "-" in word else word.partition("/")[0]
    if "%" in plain:
        return None
    try:
        return IPv6Address(plain) if ":" in word else IPv4Address(plain)
    except (AddressValueError, ValueError):
        return None


def _quad(word: str) -> int:
    """Return the number of an address that is written as four plain numbers, else -1: it may be one all the same."""
    parts = word.split(".")
    if len(parts) != 4:
        return -1
    number = 0
    for part in parts:
        value = _OCTETS.get(part, -1)
        if value < 0:
            return -1
        number = number * 256 + value
    return number


def plain_port(word: str | None) -> str | None:
    """Return a port's word, or None for no port; 0 is none."""
    return word if word and word.strip("0") else None
