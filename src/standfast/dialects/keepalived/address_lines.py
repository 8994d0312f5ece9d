"""Lines of virtual_ipaddress and static_ipaddress: an address with what iproute2 says of it."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.engine import Draft, Session, Words
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.interfaces import default_interface, interface
from standfast.director.lvs import Address

NAME_MAX = 15
_WITH_VALUE = ("dev", "scope", "broadcast", "brd", "label", "peer", "preferred_lft")
_FLAGS = ("home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track")


def parsed(session: Session, word: str, masked: bool = True) -> tuple[Address, int] | None:
    """Return an address with its prefix length, or None after a complaint; a bad length counts as a host's."""
    plain, slash, bits = word.partition("/") if masked else (word, "", "")
    length = width = 128 if ":" in word else 32
    if slash:
        value = numbers.unsigned(session, bits, 0, width, "the prefix length")
        length = width if value is None else value
    try:
        address = IPv6Address(plain) if ":" in word else IPv4Address(plain)
    except (AddressValueError, ValueError):
        address = None
    if address is None or "%" in plain:
        session.complain("address", f"{word} is no address: it is left out", word)
        return None
    return address, length


def address_line(session: Session, words: Words, static: bool = False) -> Draft | None:
    """Return the draft of an address, or None after a complaint."""
    found = parsed(session, words[0])
    if found is None:
        return None
    draft: Draft = {"address": found[0], "length": found[1], "flags": [], "_line": session.line_at}
    at = 1
    while at < len(words):
        word = words[at]
        takes = word in _WITH_VALUE or (static and word == "track_group")
        if takes and at + 1 == len(words):
            session.complain("value", f"{word} lacks its value: {words[0]} is left out", word)
            return None
        if takes:
            if not _OPTIONS[word](session, draft, words[at + 1]):
                return None
            at += 2
            continue
        if word in _FLAGS or (not static and word == "use_vmac"):
            draft["flags"].append(word)
        else:
            session.complain("value", f"{word} says nothing of an address", word)
        at += 1
    return _completed(session, draft, words, static)


def _completed(session: Session, draft: Draft, words: Words, static: bool) -> Draft | None:
    broadcast, peer = draft.get("broadcast"), draft.get("peer")
    if broadcast is not None and peer is not None:
        session.complain("value", "an address has no broadcast address and a peer: the first is left out", words[0])
    elif broadcast in ("+", "-") and draft["length"] > 30:
        session.complain("value", f"a network of {draft['length']} bits has no broadcast address", words[0])
    if static and "interface" not in draft:
        name = default_interface(session)
        if name is None:
            session.complain("interface", f"{words[0]} names no interface, and there is no default one", words[0],
                             Level.FATAL)  # fmt: skip
            return None
        draft["interface"] = name
    if draft["address"].version == 6:
        if draft.get("scope"):
            session.complain("value", "an address of IPv6 has no scope of its own", words[0])
        if "label" in draft:
            session.complain("value", "an address of IPv6 has no label", words[0])
    return draft


def _device(session: Session, draft: Draft, word: str) -> bool:
    if "interface" in draft:
        session.complain("twice", "dev was said before: the address is left out", word)
        return False
    if not interface(session, word):
        session.complain("interface", f"there is no interface {word}: the address is left out", word)
        return False
    draft["interface"] = word
    return True


def _scope(session: Session, draft: Draft, word: str) -> bool:
    number = routing_number(session, "scope", word, 255)
    if number is None:
        session.complain("value", f"{word} is no scope", word)
    else:
        draft["scope"] = number
    return True


def routing_number(session: Session, kind: str, word: str, high: int) -> int | None:
    """Return the number of a name of iproute2's tables, or a number itself (decimal, or 0x…), up to `high`."""
    named = session.around.routing_name(kind, word)
    if named is not None:
        return named
    try:
        number = int(word, 16 if word[:2] in ("0x", "0X") else 8 if word[:1] == "0" else 10)
    except ValueError:
        return None
    return number if 0 <= number <= high else None


def _broadcast(session: Session, draft: Draft, word: str) -> bool:
    if draft["address"].version == 6:
        session.complain("value", "IPv6 has no broadcast: the address is left out", word)
        return False
    if word not in ("+", "-"):
        try:
            IPv4Address(word)
        except AddressValueError:
            session.complain("address", f"the broadcast address {word} is none: the address is left out", word)
            return False
    draft["broadcast"] = word
    return True


def _label(session: Session, draft: Draft, word: str) -> bool:
    if len(word) > NAME_MAX:
        session.complain("value", f"the label {word} is too long: the address is left out", word)
        return False
    draft["label"] = word
    return True


def _peer(session: Session, draft: Draft, word: str) -> bool:
    if "peer" in draft:
        session.complain("twice", "peer was said before", word)
        return True
    found = parsed(session, word, masked=False)
    if found is None or found[0].version != draft["address"].version:
        session.complain("family", f"the peer {word} is no address of the same family", word)
        return True
    if draft["length"] != found[1]:
        session.complain("value", "with a peer the address has no prefix length", word)
    draft["peer"] = found[0]
    return True


def _lifetime(session: Session, draft: Draft, word: str) -> bool:
    value = None if word == "forever" else numbers.unsigned(session, word, 0, numbers.UINT_MAX, "preferred_lft")
    if value is not None:
        draft["preferred_lifetime_s"] = value
    return True


def _track_group(session: Session, draft: Draft, word: str) -> bool:
    if "track_group" in draft:
        session.complain("twice", "track_group was said before", word)
    elif all(group["name"] != word for group in session.lists.get("track_group", [])):
        session.complain("reference", f"there is no track_group {word}", word)
    else:
        draft["track_group"] = word
    return True


_OPTIONS = {
    "dev": _device,
    "scope": _scope,
    "broadcast": _broadcast,
    "brd": _broadcast,
    "label": _label,
    "peer": _peer,
    "preferred_lft": _lifetime,
    "track_group": _track_group,
}
