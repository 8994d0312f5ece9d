"""`encap` of routes: a tunnel without an interface, as `ip route` takes it. Source: ip-route(8), linux/lwtunnel.h."""

from __future__ import annotations

import re

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.address_lines import parsed, routing_number
from standfast.dialects.keepalived.engine import Draft, Session, Words, argument

KINDS = {"mpls": 1, "ip": 2, "ila": 3, "ip6": 4}
"""LWTUNNEL_ENCAP_*."""
_KNOWN = ("id", "dst", "src", "tos", "ttl", "flags", "hoplimit", "tc")
_ID_MAX, _FLAGS_MAX, _LABEL_MAX, _LABELS_MAX = 2**64 - 1, 2**16 - 1, 2**20 - 1, 16
_LOCATOR = re.compile(r"[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){3}")


def encapsulation(session: Session, words: Words, at: int) -> tuple[int, Draft | None]:
    """Read an encapsulation after its word at `at`; return where the next word stands, and what it says.

    What cannot be used is complained about, and none. Raises: MissingArgumentError.
    """
    kind = argument(words, at + 1)
    if kind not in KINDS:
        session.complain("route", f"encap {kind} is none of {', '.join(KINDS)}", kind)
        return at + 2, None
    at += 2
    draft: Draft | None
    if kind in ("mpls", "ila"):
        word = argument(words, at)
        draft = _labels(word) if kind == "mpls" else _locator(word)
        if draft is None:
            session.complain("route", f"encap {kind} {word} is none", word)
        return at + 1, draft
    return _tunnel(session, words, at, kind)


def _tunnel(session: Session, words: Words, at: int, kind: str) -> tuple[int, Draft | None]:
    draft: Draft = {"type": KINDS[kind]}
    good = True
    while at < len(words) and words[at] in _KNOWN:
        good = _option(session, draft, words[at], argument(words, at + 1), kind) and good
        at += 2
    if "destination" not in draft and "id" not in draft:
        session.complain("route", f"encap {kind} wants dst or id")
        good = False
    return at, draft if good else None


def _option(session: Session, draft: Draft, word: str, value: str, kind: str) -> bool:
    """Note one option; return whether it is one of this kind."""
    if word in ("dst", "src"):
        found = parsed(session, value, masked=False)
        if found is None or found[0].version != (6 if kind == "ip6" else 4):
            session.complain("route", f"encap {kind} {word} {value}", value)
            return False
        draft["destination" if word == "dst" else "source"] = found[0]
        return True
    number: int | None
    if word in ("tos", "tc"):
        field, number = "tos", routing_number(session, "dsfield", value, 255)
    else:
        field = "ttl" if word == "hoplimit" else word
        high = {"id": _ID_MAX, "ttl": 255}.get(field, _FLAGS_MAX)
        number = numbers.unsigned(session, value, 0, high, f"encap {word}", lenient=False)
    if number is None:
        session.complain("route", f"encap {kind} {word} {value}", value)
        return False
    draft[field] = number
    return True


def _labels(word: str) -> Draft | None:
    """Return the labels of MPLS, the outermost first."""
    parts = word.split("/")
    if len(parts) > _LABELS_MAX or not all(part.isdigit() for part in parts):
        return None
    labels = tuple(int(part) for part in parts)
    return {"type": KINDS["mpls"], "labels": labels} if max(labels) <= _LABEL_MAX else None


def _locator(word: str) -> Draft | None:
    """Return the locator of ILA: 64 bits in four groups."""
    if _LOCATOR.fullmatch(word) is None:
        return None
    return {"type": KINDS["ila"], "locator": int("".join(group.zfill(4) for group in word.split(":")), 16)}
