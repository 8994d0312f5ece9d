"""Lines of virtual_routes and static_routes, as `ip route` takes them."""

from __future__ import annotations

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.address_lines import parsed, routing_number
from standfast.dialects.keepalived.encapsulations import encapsulation
from standfast.dialects.keepalived.engine import Draft, Session, Words, argument
from standfast.dialects.keepalived.interfaces import interface
from standfast.dialects.keepalived.route_words import TIME_UNITS, TYPES, prefix, realms, route_time

_UINT = numbers.UINT_MAX
_LOCKABLE = ("mtu", "advmss", "reordering", "cwnd", "ssthresh")
_NUMBERS = {
    **dict.fromkeys(("metric", "priority", "preference", "window", "initcwnd", "initrwnd", *_LOCKABLE), _UINT),
    "hoplimit": 255, "quickack": 1, "fastopen_no_cookie": 1,
}  # fmt: skip
_TIMES = tuple(TIME_UNITS)
_PREFERENCES = {"low": 3, "medium": 0, "high": 1}
"""ICMPV6_ROUTER_PREF_*. Source: linux/icmpv6.h."""


class RouteError(Exception):
    """The route is left out."""


class NexthopError(Exception):
    """The next hops are left out."""


def route_line(session: Session, words: Words, static: bool = False) -> Draft | None:
    """Return the draft of a route, or None after a complaint. Raises: MissingArgumentError."""
    draft: Draft = {"family": 0, "static": static, "hops": [], "_line": session.line_at}
    try:
        at = 0
        while at < len(words):
            if words[at] == "nexthop":
                _hops(session, words, at, draft)
                break
            at = _option(session, words, at, draft)
        return _completed(session, draft)
    except RouteError as wrong:
        session.complain("route", f"{wrong}: the route is left out", words[0])
        return None


def _family(draft: Draft, version: int) -> None:
    if version and draft["family"] not in (0, version):
        raise RouteError("both families of addresses")
    draft["family"] = version or draft["family"]


def _option(session: Session, words: Words, at: int, draft: Draft) -> int:
    """Read one option; return where the next one stands."""
    word = words[at]
    if word in ("inet", "inet6"):
        _family(draft, 6 if word == "inet6" else 4)
        return at + 2
    if word in ("onlink", "add", "prepend", "append", "no_track"):
        draft[word] = True
        return at + 1
    if word in _TIMES or word in _NUMBERS:
        return _metric(session, words, at, draft)
    if word in ("via", "gw"):
        return _via(session, words, at, draft)
    if word == "as":
        session.complain("route", "`as to` is for MPLS: the route is set without it, as keepalived sets it", word)
        return at + (3 if argument(words, at + 1) == "to" else 2)
    if word == "encap":
        at, draft[word] = encapsulation(session, words, at)
        return at
    if word == "congctl":
        return _congestion_control(words, at + 1, draft)
    if word == "or":
        return _or(session, words, at, draft)
    if word in _OPTIONS and (word != "track_group" or draft["static"]):
        _OPTIONS[word](session, draft, argument(words, at + 1))
        return at + 2
    return _destination(session, words, at, draft)


def _destination(session: Session, words: Words, at: int, draft: Draft) -> int:
    if words[at] == "to":
        at += 1
    word = words[at - 1] if words[at - 1] == "to" else argument(words, at)
    if word in TYPES or (word.isdigit() and int(word) <= 255 and "." not in word):
        draft["type"] = word
        at += 1
    word = argument(words, at)
    found = prefix(session, word)
    if found is None:
        raise RouteError(f"{word} says nothing of a route")
    draft["destination"] = word
    _family(draft, found[0])
    return at + 1


def _metric(session: Session, words: Words, at: int, draft: Draft) -> int:
    word = words[at]
    at += 1
    lockable = word in _LOCKABLE or word in _TIMES
    if argument(words, at) == "lock" and lockable:
        draft.setdefault("locks", set()).add(word)
        at += 1
    value = argument(words, at)
    if word in _TIMES:
        time = route_time(word, value)
        if time is None:
            raise RouteError(f"{word} {value}")
        value = str(time)
    elif numbers.unsigned(session, value, 0, _NUMBERS[word], word, lenient=False) is None:
        raise RouteError(f"{word} {value}")
    draft[word] = value
    return at + 1


def _via(session: Session, words: Words, at: int, draft: Draft) -> int:
    if words[at] == "gw":
        session.complain("deprecated", "`gw` is now `via`", words[at])
    at += 1
    word = argument(words, at)
    if word in ("inet", "inet6"):
        _family(draft, 6 if word == "inet6" else 4)
        at += 1
        word = argument(words, at)
    found = parsed(session, word, masked=False)
    if found is None:
        raise RouteError(f"via {word}")
    _family(draft, found[0].version)
    draft["via"] = word
    return at + 1


def _or(session: Session, words: Words, at: int, draft: Draft) -> int:
    session.complain("deprecated", "`or` is now `nexthop`", words[at])
    if draft["hops"]:
        session.complain("route", "a second `or` does not count", words[at])
        return at + 2
    word = argument(words, at + 1)
    if parsed(session, word, masked=False) is None:
        raise RouteError(f"or {word}")
    draft["hops"] = [{"via": draft.pop("via", "")}, {"via": word}]
    return at + 2


def _congestion_control(words: Words, at: int, draft: Draft) -> int:
    if argument(words, at) == "lock":
        draft.setdefault("locks", set()).add("congctl")
        at += 1
    draft["congctl"] = argument(words, at)
    return at + 1


def _hops(session: Session, words: Words, at: int, draft: Draft) -> None:
    if draft["hops"]:
        session.complain("route", "`nexthop` stands beside `or`", words[at])
        raise RouteError("next hops twice")
    try:
        while at < len(words) and words[at] == "nexthop":
            at = _hop(session, words, at + 1, draft)
        if at < len(words):
            raise NexthopError(f"{words[at]} says nothing of a next hop")
    except NexthopError as wrong:
        session.complain("route", f"{wrong}", words[at] if at < len(words) else "")


def _hop(session: Session, words: Words, at: int, draft: Draft) -> int:
    hop: Draft = {}
    while at < len(words):
        word = words[at]
        if word == "via":
            at = _hop_via(session, words, at + 1, draft)
            hop["via"] = words[at - 1]
        elif word == "dev":
            hop["interface"] = name = argument(words, at + 1)
            if not interface(session, name):
                raise NexthopError(f"there is no interface {name}")
            at += 2
        elif word == "weight":
            value = numbers.unsigned(session, argument(words, at + 1), 1, 256, word, lenient=False)
            if value is None:
                raise NexthopError(f"weight {words[at + 1]}")
            hop["weight"] = value
            at += 2
        elif word == "onlink":
            hop["onlink"] = True
            at += 1
        elif word == "encap":
            at, hop[word] = encapsulation(session, words, at)
        elif word == "realms":
            hop[word] = realms(session, argument(words, at + 1))
            if hop[word] is None or draft["family"] == 6:
                raise NexthopError(f"realms {words[at + 1]}")
            at += 2
        elif word == "as":
            raise NexthopError("`as to` is for MPLS")
        else:
            break
    draft["hops"].append(hop)
    return at


def _hop_via(session: Session, words: Words, at: int, draft: Draft) -> int:
    word = argument(words, at)
    if word in ("inet", "inet6"):
        at += 1
        word = argument(words, at)
    found = parsed(session, word, masked=False)
    if found is None or draft["family"] not in (0, found[0].version):
        raise NexthopError(f"via {word}")
    draft["family"] = found[0].version
    return at + 1


def _source(session: Session, draft: Draft, word: str) -> None:
    found = parsed(session, word, masked=False)
    if found is None:
        raise RouteError(f"src {word}")
    _family(draft, found[0].version)
    draft["source"] = found[0]


def _from(session: Session, draft: Draft, word: str) -> None:
    found = prefix(session, word)
    if found is None or found[0] != 6:
        raise RouteError(f"from {word}, which is for IPv6,")
    _family(draft, 6)
    draft["from"] = word


def _named(kind: str, high: int):  # type: ignore[no-untyped-def]
    def option(session: Session, draft: Draft, word: str) -> None:
        number = routing_number(session, kind, word, high)
        if number is None:
            raise RouteError(f"{kind} {word}")
        draft[kind] = number

    return option


def _device(session: Session, draft: Draft, word: str) -> None:
    if not interface(session, word):
        raise RouteError(f"there is no interface {word}")
    draft["interface"] = word


def _expires(session: Session, draft: Draft, word: str) -> None:
    value = numbers.unsigned(session, word, 0, _UINT, "expires", lenient=False)
    if draft["family"] == 4 or value is None:
        raise RouteError(f"expires {word}, which is for IPv6,")
    draft["family"], draft["expires_s"] = 6, value


def _realms(session: Session, draft: Draft, word: str) -> None:
    draft["realms"] = realms(session, word)
    if draft["realms"] is None or draft["family"] == 6:
        raise RouteError(f"realms {word}")
    draft["family"] = 4


def _features(session: Session, draft: Draft, word: str) -> None:
    if word == "ecn":
        draft["features"] = 1
    else:
        session.complain("route", f"there is no feature {word}", word)


def _pref(session: Session, draft: Draft, word: str) -> None:
    if draft["family"] == 4 or not (word in _PREFERENCES or (word.isdigit() and int(word) < 256)):
        raise RouteError(f"pref {word}, which is for IPv6,")
    draft["family"], draft["pref"] = 6, _PREFERENCES[word] if word in _PREFERENCES else int(word)


def _propagate(session: Session, draft: Draft, word: str) -> None:
    if word not in ("enabled", "disabled"):
        session.complain("route", f"ttl-propagate {word} is neither enabled nor disabled", word)
    draft["propagates_ttl"] = word == "enabled"


def _track_group(session: Session, draft: Draft, word: str) -> None:
    if all(group["name"] != word for group in session.lists.get("track_group", [])):
        session.complain("reference", f"there is no track_group {word}", word)
    else:
        draft["track_group"] = word


def _vrf(session: Session, draft: Draft, word: str) -> None:
    if not session.around.has_interface(word):
        raise RouteError(f"there is no VRF {word}")
    table = session.around.vrf_table(word)
    if table is None:
        raise RouteError(f"{word} is no VRF")
    draft["table"] = table


_OPTIONS = {
    "src": _source,
    "from": _from,
    **dict.fromkeys(("tos", "dsfield"), _named("dsfield", 255)),
    "table": _named("table", _UINT),
    "protocol": _named("proto", 255),
    "scope": _named("scope", 255),
    **dict.fromkeys(("dev", "oif"), _device),
    "expires": _expires,
    "realms": _realms,
    "features": _features,
    "pref": _pref,
    "ttl-propagate": _propagate,
    "track_group": _track_group,
    "vrf": _vrf,
}


def _completed(session: Session, draft: Draft) -> Draft:
    if "destination" not in draft:
        raise RouteError("no destination")
    if "no_track" not in draft:
        if draft.get("proto") not in (None, 18):
            session.complain("route", "a route that is tracked has keepalived's own protocol (18)")
        if "interface" not in draft:
            session.complain("route", f"the route to {draft['destination']} is not tracked: it names no interface")
    if "track_group" in draft and "interface" not in draft:
        session.complain("route", "a route in a track_group names its interface (dev)")
    return draft
