"""The kernel's list of connections, `/proc/net/ip_vs_conn`, to nouns. Source: ip_vs_conn.c, ip_vs_conn_seq_show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_address

from standfast.director import lvs
from standfast.director.dataplane import Connection

_FIELDS = 9


def read(lines: Iterable[str]) -> Iterator[Connection]:
    """Yield the connections; the head line and lines that are cut off are passed over."""
    for line in lines:
        words = line.split()
        if len(words) >= _FIELDS and words[0] != "Pro":
            yield _connection(words)


def _connection(words: list[str]) -> Connection:
    transport, *ends, state, expires = words[:_FIELDS]
    engine = [*words[_FIELDS : _FIELDS + 2], "", ""]
    client, virtual, server = (lvs.ServerKey(_address(ends[i]), int(ends[i + 1], 16)) for i in (0, 2, 4))
    return Connection(transport, client, virtual, server, state, int(expires), engine[0], engine[1])


def _address(word: str) -> lvs.Address:
    """Return an address: IPv6 is written with colons, IPv4 as eight hexadecimal digits."""
    return ip_address(word) if ":" in word else IPv4Address(int(word, 16))
