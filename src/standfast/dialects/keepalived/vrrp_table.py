"""The keywords of sync groups, static addresses, routes and rules, and of all of VRRP as one table."""

from __future__ import annotations

from collections.abc import Callable

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.address_lines import address_line
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words, argument, block_words, value_lines
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.instance_table import INSTANCE_TABLE, NOTIFIES, TRACKED, instance_ends
from standfast.dialects.keepalived.interfaces import interface
from standfast.dialects.keepalived.route_lines import route_line
from standfast.dialects.keepalived.rule_lines import rule_line
from standfast.dialects.keepalived.settings import Fields
from standfast.dialects.keepalived.top_level_words import GARP, INSTANCE, LINKBEAT, SYNC, TRACK_GROUP, UP_DOWN
from standfast.dialects.keepalived.track_table import TRACKED_TABLE, tracking

_S = Fields(SYNC)


def _named_block(kind: str) -> Callable[[Session, Words], None]:
    """Return what begins a block with one name that none before has."""

    def handler(session: Session, words: Words) -> None:
        if len(words) != 2:
            session.complain("value", f"{words[0]} takes one name: it does not count", words[0])
            session.skip()
        elif any(draft["name"] == words[1] for draft in session.lists.get(kind, [])):
            session.complain("twice", f"{words[0]} {words[1]} was said before: it does not count", words[1])
            session.skip()
        else:
            session.begin(kind, name=words[1])

    return handler


def _members(kind: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        draft = session.current[kind]
        if draft.get("members"):
            session.complain("twice", "group was said before", words[0])
            session.skip()
            return
        draft["members"] = block_words(session, words)
        if not draft["members"]:
            session.complain("empty", f"the group {draft['name']} names nobody")

    return Keyword(handler)


def _sync(session: Session) -> Draft:
    return session.current[SYNC]


def _global_tracking(session: Session, words: Words) -> None:
    session.complain("deprecated", "global_tracking: the group tracks interfaces, scripts and files itself", words[0])
    _sync(session)["tracking_weight"] = True


_SYNC_TABLE: dict[str, Keyword] = {
    "group": _members(SYNC),
    **{name: tracking(name, _sync) for name in TRACKED},
    **{name: _S.script(name) for name in NOTIFIES},
    "smtp_alert": _S.switch("smtp_alert"),
    "global_tracking": Keyword(_global_tracking),
    "sync_group_tracking_weight": _S.flag("tracking_weight"),
    "notify_priority_changes": _S.switch("notify_priority_changes"),
}


# Static blocks, garp_group, linkbeat_interfaces


def _static(field: str, read: Callable[[Session, Words, bool], Draft | None]) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        def each(_: Session, line: Words) -> None:
            entry = read(session, line, True)
            if entry is not None:
                session.lists.setdefault(field, []).append(entry)

        value_lines(session, words, each)

    return Keyword(handler)


_A = Fields(GARP)


def _garp_group(session: Session, words: Words) -> None:
    session.begin(GARP, interfaces=[])


def _garp_interfaces(session: Session, words: Words) -> None:
    names = [argument(words)] if words[0] == "interface" else block_words(session, words)
    if not names:
        session.complain("empty", "interfaces names none")
    for name in names:
        if not interface(session, name):
            session.complain("interface", f"there is no interface {name}", name)
        elif any(name in group["interfaces"] for group in session.lists[GARP]):
            session.complain("twice", f"{name} is in a garp_group already", name)
        else:
            session.current[GARP]["interfaces"].append(name)


def _garp_group_ends(session: Session) -> None:
    draft = session.current[GARP]
    if "garp_interval_us" not in draft and "gna_interval_us" not in draft:
        session.complain("incomplete", "a garp_group without an interval does not count")
        session.drop(GARP)


_METHODS = ("MII", "ETHTOOL", "IOCTL")


def _linkbeat(session: Session, words: Words) -> None:
    if not session.around.has_interface(words[0]) and not session.shared.get("dynamic_interfaces"):
        session.complain("interface", f"there is no interface {words[0]}", words[0], Level.FATAL)
        return
    if len(words) > 1 and (words[1] not in _METHODS or len(words) > 2):
        session.complain("value", f"{' '.join(words[1:])} is none of MII, ETHTOOL, IOCTL", words[1])
    method = words[1] if len(words) > 1 and words[1] in _METHODS else ""
    session.lists.setdefault(LINKBEAT, []).append({"interface": words[0], "method": method})


def _up_down(session: Session, words: Words) -> None:
    if not session.around.has_interface(words[0]) and not session.shared.get("dynamic_interfaces"):
        session.complain("interface", f"there is no interface {words[0]}", words[0], Level.FATAL)
        return
    delays_us: list[int] = []
    for number in range(1, min(len(words), 3)):
        value = numbers.timer_us(session, words, 0, 255_000_000, number)
        if value is None:
            return
        delays_us.append(value)
    if delays_us:
        session.lists.setdefault(UP_DOWN, []).append({"interface": words[0], "delays_us": tuple(delays_us)})


def _plain(each: Callable[[Session, Words], None]) -> Keyword:
    return Keyword(lambda session, words: value_lines(session, words, each))


VRRP_TABLE: dict[str, Keyword] = {
    TRACK_GROUP: Keyword(_named_block(TRACK_GROUP), {"group": _members(TRACK_GROUP)}, kind=TRACK_GROUP),
    "static_ipaddress": _static("static_addresses", address_line),
    "static_routes": _static("static_routes", route_line),
    "static_rules": _static("static_rules", rule_line),
    SYNC: Keyword(_named_block(SYNC), _SYNC_TABLE, kind=SYNC),
    GARP: Keyword(
        _garp_group,
        {
            "garp_interval": _A.timer("garp_interval_us", 0, numbers.INT_MAX),
            "gna_interval": _A.timer("gna_interval_us", 0, numbers.INT_MAX),
            "interface": Keyword(_garp_interfaces),
            "interfaces": Keyword(_garp_interfaces),
        },
        _garp_group_ends,
    ),
    LINKBEAT: _plain(_linkbeat),
    INSTANCE: Keyword(_named_block(INSTANCE), INSTANCE_TABLE, instance_ends, kind=INSTANCE),
    **TRACKED_TABLE,
    UP_DOWN: _plain(_up_down),
}
