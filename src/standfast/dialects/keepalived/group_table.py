"""`virtual_server_group`: addresses, ranges, networks and firewall marks that share real servers."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of, plain_port
from standfast.dialects.keepalived.engine import (
    Draft,
    Keyword,
    MissingArgumentError,
    Session,
    Words,
    argument,
    value_lines,
)
from standfast.director import lvs

GROUP = "virtual_server_group"
_FAMILIES = {"inet": lvs.Family.IPV4, "inet6": lvs.Family.IPV6}


def _group(session: Session, words: Words) -> None:
    name = argument(words)
    if len(words) > 2:
        raise MissingArgumentError(name)
    group = session.begin(GROUP, name=name, addresses=[], marks=[])
    value_lines(session, [], _entry)
    versions = {first.version for first, _, _ in group["addresses"]}
    families = {lvs.Family.IPV6 if version == 6 else lvs.Family.IPV4 for version in versions}
    families |= {family for _, family in group["marks"] if family is not None}
    if not group["addresses"] and not group["marks"]:
        session.complain("empty", f"the group {name} is empty: it is left out")
        session.drop(GROUP)
    elif len(families) == 2 and any(family is None for _, family in group["marks"]):
        session.complain("family", f"the group {name} holds both families, and marks without one: it is left out")
        session.drop(GROUP)


def _entry(session: Session, words: Words) -> None:
    group = session.current[GROUP]
    if words[0] == "fwmark":
        _mark(session, words, group)
        return
    port: int | None = 0
    word = plain_port(words[1] if len(words) > 1 else None)
    if word is not None:
        port = numbers.unsigned(session, word, 1, 65535, "the port")
    first = address_of(words[0])
    if first is None or port is None:
        session.complain("address", f"{' '.join(words[:2])} is no address and port: it is left out", words[0])
        return
    last = _last(session, words[0], first)
    if last is not None:
        group["addresses"].append((first, last, port))


def _mark(session: Session, words: Words, group: Draft) -> None:
    mark = numbers.unsigned(session, argument(words), 0, numbers.UINT_MAX, "fwmark")
    if mark is None:
        return
    if len(words) > 2 and words[2] not in _FAMILIES:
        session.complain("value", f"fwmark {mark}: {words[2]} is neither inet nor inet6", words[2])
        return
    group["marks"].append((mark, _FAMILIES[words[2]] if len(words) > 2 else None))


def _last(session: Session, word: str, first: lvs.Address) -> lvs.Address | None:
    """Return the last address that a word stands for, or None after a complaint."""
    if "/" in word:
        return _network_end(session, word, first)
    if "-" not in word:
        return first
    end = word.partition("-")[2]
    if (first.version == 4 and "." in end) or (first.version == 6 and ":" in end):
        return _range_end(session, word, first, address_of(end))
    digits = re.fullmatch(r"[0-9a-fA-F]+" if first.version == 6 else r"[0-9]+", end)
    number = int(end, 16 if first.version == 6 else 10) if digits else -1
    low, high = (int(first) & 0xFFFF, 0xFFFF) if first.version == 6 else (int(first) & 0xFF, 0xFF)
    if not low < number <= high:
        session.complain("range", f"{word}: the end is no number above the start: it is left out", word)
        return None
    return type(first)(int(first) - low + number)


def _range_end(session: Session, word: str, first: lvs.Address, last: lvs.Address | None) -> lvs.Address | None:
    if last is None or last.version != first.version or int(last) < int(first):
        session.complain("range", f"{word}: the end is no address behind the start: it is left out", word)
        return None
    return last


def _network_end(session: Session, word: str, first: lvs.Address) -> lvs.Address | None:
    bits = word.partition("/")[2]
    width = first.max_prefixlen
    length = int(bits) if bits.isascii() and bits.isdigit() else 0
    if not 0 < length <= width:
        session.complain("range", f"{word}: {bits} is no prefix length: it is left out", word)
        return None
    rest = 2 ** (width - length) - 1
    if int(first) & rest:
        session.complain("range", f"{word} is not the first address of its network: it is left out", word)
        return None
    kind: type[IPv4Address] | type[IPv6Address] = type(first)
    return kind(int(first) | rest)


GROUP_TABLE: dict[str, Keyword] = {GROUP: Keyword(_group)}
