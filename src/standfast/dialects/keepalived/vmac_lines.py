"""`use_vmac` and `use_ipvlan`: an interface's name and a MAC, or an address, in any order."""

from __future__ import annotations

import re
from ipaddress import ip_interface

from standfast.dialects.keepalived.address_lines import NAME_MAX, parsed
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words

INSTANCE = "vrrp_instance"
_MAC = re.compile(r"(?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}|(?:[0-9A-Fa-f]{1,2}:){4}[0-9A-Fa-f]{1,2}:?")
_RFC_MAC = [0x00, 0x00, 0x5E, 0x00]


def _vmac(session: Session, words: Words) -> None:
    draft = session.current[INSTANCE]
    draft["vmac"] = True
    for word in words[1:3]:
        if ":" in word:
            _mac(session, draft, word)
        elif len(word) > NAME_MAX or word in (".", "..", "") or re.search(r"[/:\s]", word):
            session.complain("value", f"{word} cannot be an interface's name", word)
        else:
            _name(session, draft, word, "macvlan")


def _mac(session: Session, draft: Draft, word: str) -> None:
    if "mac" in draft:
        session.complain("twice", "a MAC was said before", word)
        return
    octets = [int(octet, 16) for octet in word.split(":") if octet] if _MAC.fullmatch(word) else []
    if not octets:
        session.complain("value", f"{word} is no MAC", word)
    elif octets[0] & 1:
        session.complain("value", f"{word} is a multicast MAC", word)
    elif octets[:4] == _RFC_MAC and octets[4] in (1, 2):
        session.complain("value", f"{word} is VRRP's own MAC", word)
    else:
        draft["mac"] = word


def _name(session: Session, draft: Draft, word: str, kind: str) -> None:
    if "vmac_name" in draft:
        session.complain("twice", "an interface's name was said before", word)
    elif any(other.get("vmac_name") == word for other in session.lists.get(INSTANCE, [])):
        session.complain("twice", f"another instance has the interface {word}", word)
    elif session.around.has_interface(word) and session.around.driver(word) != kind:
        session.complain("interface", f"{word} is there already, and no {kind}", word)
    else:
        draft["vmac_name"] = word


def _ipvlan(session: Session, words: Words) -> None:
    draft = session.current[INSTANCE]
    if draft.get("ipvlan"):
        session.complain("twice", "use_ipvlan was said before", words[0])
        return
    draft["ipvlan"] = True
    for word in words[1:]:
        if word in ("bridge", "private", "vepa"):
            if "ipvlan_mode" in draft:
                session.complain("twice", "a mode was said before", word)
            draft.setdefault("ipvlan_mode", word)
        elif address_of(word) is not None:
            _ipvlan_address(session, draft, word)
        elif len(word) > NAME_MAX:
            session.complain("value", f"{word} cannot be an interface's name", word)
        else:
            _name(session, draft, word, "ipvlan")


def _ipvlan_address(session: Session, draft: Draft, word: str) -> None:
    found = parsed(session, word)
    if found is None:
        return
    address, length = found
    if "ipvlan_address" in draft:
        session.complain("twice", "an address was said before", word)
    elif draft.setdefault("family", address.version) != address.version:
        session.complain("family", f"{word} is of another family than the instance", word)
    else:
        draft["ipvlan_address"] = ip_interface(f"{address}/{length}")
        if not draft.get("source"):
            draft["source"] = address


VMAC = Keyword(_vmac)
IPVLAN = Keyword(_ipvlan)
