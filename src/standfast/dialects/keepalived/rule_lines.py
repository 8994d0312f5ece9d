"""Lines of virtual_rules and static_rules, as `ip rule` takes them."""

from __future__ import annotations

import re

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.address_lines import routing_number
from standfast.dialects.keepalived.engine import Draft, Session, Words, argument
from standfast.dialects.keepalived.interfaces import interface
from standfast.dialects.keepalived.route_words import TYPES, prefix, realms

_UINT = numbers.UINT_MAX
_FIRST_PREFERENCE = 16384
_PORTS = re.compile(r"[0-9]+-[0-9]+")
_TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "dccp": 33, "ipv6-icmp": 58, "icmpv6": 58}


class RuleError(Exception):
    """The rule is left out."""


def rule_line(session: Session, words: Words, static: bool = False) -> Draft | None:
    """Return the draft of a rule, or None after a complaint. Raises: MissingArgumentError."""
    draft: Draft = {"family": 0, "static": static, "_line": session.line_at}
    try:
        at = 0
        while at < len(words):
            at = _option(session, words, at, draft)
        return _completed(session, draft)
    except RuleError as wrong:
        session.complain("rule", f"{wrong}: the rule is left out", words[0])
        return None


def _option(session: Session, words: Words, at: int, draft: Draft) -> int:
    """Read one option; return where the next one stands."""
    word = words[at]
    if word in ("inet", "inet6"):
        _family(draft, 6 if word == "inet6" else 4)
        return at + 2
    if word in ("not", "no_track"):
        draft[word] = True
        return at + 1
    if word == "l3mdev":
        _action(draft, "l3mdev")
        return at + 1
    if word == "track_group" and draft["static"]:
        name = argument(words, at + 1)
        if all(group["name"] != name for group in session.lists.get("track_group", [])):
            session.complain("reference", f"there is no track_group {name}", name)
        else:
            draft["track_group"] = name
        return at + 2
    if word in _OPTIONS:
        _OPTIONS[word](session, draft, argument(words, at + 1))
        return at + 2
    return _verb(session, words, at, draft)


def _verb(session: Session, words: Words, at: int, draft: Draft) -> int:
    if words[at] == "type":
        at += 1
    word = argument(words, at)
    if word == "goto":
        target = argument(words, at + 1)
        value = numbers.unsigned(session, target, 0, _UINT, "goto", lenient=False)
        if value is None:
            raise RuleError(f"goto {target} leads nowhere")
        draft["goto"] = value
        _action(draft, word)
        return at + 2
    if word != "nop" and word not in ("blackhole", "unreachable", "prohibit"):
        raise RuleError(f"{word} is no action" if word in TYPES else f"{word} says nothing of a rule")
    _action(draft, word)
    return at + 1


def _action(draft: Draft, action: str) -> None:
    if "action" in draft:
        raise RuleError(f"{action} stands beside {draft['action']}")
    draft["action"] = action


def _family(draft: Draft, version: int) -> None:
    if draft["family"] not in (0, version):
        raise RuleError("both families of addresses")
    draft["family"] = version


def _from_to(field: str):  # type: ignore[no-untyped-def]
    def option(session: Session, draft: Draft, word: str) -> None:
        found = prefix(session, word)
        if found is None:
            raise RuleError(f"{field} {word}")
        _family(draft, found[0])
        draft[field] = word

    return option


def _table(session: Session, draft: Draft, word: str) -> None:
    number = routing_number(session, "table", word, _UINT)
    if not number:
        raise RuleError(f"there is no table {word}")
    draft["table"] = number
    _action(draft, "table")


def _preference(session: Session, draft: Draft, word: str) -> None:
    try:
        value = int(word, 0 if word[:1] != "0" or word[1:2] in ("x", "X") else 8)
    except ValueError:
        value = -1
    if not 0 <= value <= _UINT:
        session.complain("value", f"preference {word} is no whole number", word)
        raise RuleError(f"preference {word}")
    draft["preference"] = value


def _number(field: str, high: int, drops: bool = True):  # type: ignore[no-untyped-def]
    def option(session: Session, draft: Draft, word: str) -> None:
        value = numbers.unsigned(session, word, 0, high, field, lenient=False)
        if value is None and drops:
            raise RuleError(f"{field} {word}")
        draft[field] = value

    return option


def _device(field: str):  # type: ignore[no-untyped-def]
    def option(session: Session, draft: Draft, word: str) -> None:
        if not interface(session, word):
            raise RuleError(f"there is no interface {word}")
        draft["interface"] = draft[field] = word

    return option


_MARK = re.compile(r"[ \t]*\+?(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:/\+?(?:0[xX][0-9a-fA-F]+|[0-9]+))?")


def _mark(session: Session, draft: Draft, word: str) -> None:
    if _MARK.fullmatch(word) is None or any(int(piece, 0) > _UINT for piece in _numbers_of(word)):
        raise RuleError(f"fwmark {word}")
    draft["fwmark"] = word


def _numbers_of(word: str) -> list[str]:
    return [piece if piece.lower().startswith("0x") else piece.lstrip("+ 0") or "0" for piece in word.split("/")]


def _realms(session: Session, draft: Draft, word: str) -> None:
    draft["realms"] = realms(session, word)
    if draft["realms"] is None:
        raise RuleError(f"realms {word}")
    if draft["family"] == 6:
        raise RuleError("realms are of IPv4")
    draft["family"], draft["for_table"] = 4, True


def _suppress(session: Session, draft: Draft, word: str) -> None:
    _number("suppress_prefixlength", numbers.INT_MAX)(session, draft, word)
    draft["for_table"] = True


def _suppress_group(session: Session, draft: Draft, word: str) -> None:
    draft["suppress_ifgroup"] = routing_number(session, "group", word, _UINT)
    if draft["suppress_ifgroup"] is None:
        raise RuleError(f"suppress_ifgroup {word}")
    draft["for_table"] = True


def _field(session: Session, draft: Draft, word: str) -> None:
    draft["tos"] = routing_number(session, "dsfield", word, 255)
    if draft["tos"] is None:
        raise RuleError(f"tos {word}")


def _range(field: str):  # type: ignore[no-untyped-def]
    def option(session: Session, draft: Draft, word: str) -> None:
        if _PORTS.match(word) is None:
            session.complain("value", f"{field} {word} is no range of ports (7-9)", word)
        draft[field] = word

    return option


def _users(session: Session, draft: Draft, word: str) -> None:
    if re.match(r"[ \t]*[+-]?[0-9]+-[ \t]*[+-]?[0-9]+", word) is None:
        raise RuleError(f"uidrange {word}")
    draft["uidrange"] = word


def _transport(session: Session, draft: Draft, word: str) -> None:
    if word.lower() not in ("tcp", "udp", "sctp", "icmp", "dccp", "ipv6-icmp", "icmpv6") and not word.isdigit():
        session.complain("value", f"ipproto {word} is no protocol", word)
    else:
        draft["ipproto"] = _TRANSPORTS.get(word.lower()) or int(word)


_OPTIONS = {
    "from": _from_to("from"),
    "to": _from_to("to"),
    "table": _table,
    "lookup": _table,
    **dict.fromkeys(("preference", "order", "priority"), _preference),
    **dict.fromkeys(("tos", "dsfield"), _field),
    "fwmark": _mark,
    "realms": _realms,
    **dict.fromkeys(("suppress_prefixlength", "sup_pl"), _suppress),
    **dict.fromkeys(("suppress_ifgroup", "sup_group"), _suppress_group),
    **dict.fromkeys(("dev", "iif"), _device("iif")),
    "oif": _device("oif"),
    "tunnel-id": _number("tunnel-id", 2**64 - 1),
    "uidrange": _users,
    "protocol": _number("protocol", 255, drops=False),
    "ipproto": _transport,
    "sport": _range("sport"),
    "dport": _range("dport"),
}


def _completed(session: Session, draft: Draft) -> Draft:
    action = draft.get("action")
    if action == "goto" and draft.get("preference", -1) >= draft["goto"]:
        raise RuleError("goto leads back")
    if action == "goto" and "preference" not in draft:
        raise RuleError("goto without preference")
    if action is None:
        raise RuleError("no action")
    if draft.get("for_table") and action not in ("table", "l3mdev"):
        raise RuleError("suppressors and realms are for tables")
    if "no_track" not in draft and draft.get("protocol") not in (None, 18):
        session.complain("rule", "a rule that is tracked has keepalived's own protocol (18)")
    if "track_group" in draft and "interface" not in draft:
        session.complain("rule", "a rule in a track_group names its interface (dev)")
    if "preference" not in draft:
        key = "rule_preference6" if draft["family"] == 6 else "rule_preference4"
        draft["preference"] = session.shared.get(key, _FIRST_PREFERENCE)
        session.shared[key] = draft["preference"] - 1
        session.complain("rule", f"a rule without preference gets {draft['preference']}, which is hardly what is meant")
    return draft
