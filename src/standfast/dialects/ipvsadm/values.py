"""Single values as ipvsadm reads them: numbers, addresses with ports, netmasks, and names where they may stand."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

import msgspec

from standfast.director import lvs

_LONG_MAX = 2**63 - 1
_PORT_MAX = 65535


class Names(Protocol):
    """Where names of hosts and services come from."""

    def host_address(self, name: str) -> IPv4Address | None:
        """Return a host's first address."""
        ...

    def host_name(self, address: lvs.Address) -> str | None:
        """Return the name of an address."""
        ...

    def service_port(self, name: str, transport: str) -> int | None:
        """Return a service's port."""
        ...

    def service_name(self, port: int, transport: str) -> str | None:
        """Return the name of a port."""
        ...


class NoNames:
    """Nothing has a name."""

    def host_address(self, name: str) -> IPv4Address | None:
        """Return nothing."""
        return None

    def host_name(self, address: lvs.Address) -> str | None:
        """Return nothing."""
        return None

    def service_port(self, name: str, transport: str) -> int | None:
        """Return nothing."""
        return None

    def service_name(self, port: int, transport: str) -> str | None:
        """Return nothing."""
        return None


def number(text: str, low: int, high: int) -> int | None:
    """Return a decimal number within the limits; white space and a sign may stand before it."""
    if not re.fullmatch(r"[ \t\n\v\f\r]*[+-]?[0-9]+", text):
        return None
    value = int(text)
    return value if low <= value <= high and abs(value) <= _LONG_MAX else None


def leading_number(text: str) -> int:
    """Return the number that a text begins with, 0 if none does."""
    found = re.match(r"[ \t\n\v\f\r]*([+-]?[0-9]+)", text)
    return int(found[1]) if found else 0


def ipv4(text: str) -> IPv4Address | None:
    """Return an address in any of the forms of inet_aton: up to four parts, decimal, octal or hexadecimal."""
    parts = re.split(r"[ \t\n\v\f\r]", text)[0].split(".")
    values = [_part(part) for part in parts]
    if not 1 <= len(values) <= 4 or any(v is None for v in values):
        return None
    *firsts, last = [v or 0 for v in values]
    if any(v > 255 for v in firsts) or last >= 256 ** (5 - len(values)):
        return None
    return IPv4Address(sum(v << 24 - 8 * i for i, v in enumerate(firsts)) + last)


def _part(text: str) -> int | None:
    for pattern, base in ((r"0[xX][0-9a-fA-F]+", 16), (r"0[0-7]*", 8), (r"[1-9][0-9]*", 10)):
        if re.fullmatch(pattern, text):
            return int(text, base)
    return None


def ipv6(text: str) -> IPv6Address | None:
    """Return an IPv6 address without a zone."""
    try:
        return None if "%" in text else IPv6Address(text)
    except ValueError:
        return None


class Endpoint(msgspec.Struct, frozen=True):
    """An address, and a port if one was written."""

    address: lvs.Address
    port: int | None


def endpoint(text: str, transport: str, names: Names) -> Endpoint | None:
    """Return `HOST[:PORT]`; an IPv6 address with a port stands in brackets. A plain number is no host."""
    if re.fullmatch(r"[0-9]*", text):
        return None
    host, port = text, None
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not rest.startswith(":"):
            return None
        port = rest[1:]
    address: lvs.Address | None = ipv6(host)
    if address is None:
        if not text.startswith("[") and ":" in host:
            host, _, port = host.rpartition(":")
        address = ipv4(host) or names.host_address(host)
    if address is None:
        return None
    if port is None:
        return Endpoint(address, None)
    value = number(port, 0, _PORT_MAX)
    value = names.service_port(port, transport) if value is None else value
    return None if value is None else Endpoint(address, value)


def netmask(text: str, names: Names) -> int | None:
    """Return an IPv4 netmask."""
    address = ipv4(text) or names.host_address(text)
    return None if address is None else int(address)
