"""The keywords of VRRP instances, as a table. Source: keepalived.conf(5)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.address_lines import NAME_MAX, address_line
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words, argument, value_lines
from standfast.dialects.keepalived.interfaces import interface
from standfast.dialects.keepalived.route_lines import route_line
from standfast.dialects.keepalived.rule_lines import rule_line
from standfast.dialects.keepalived.settings import Fields
from standfast.dialects.keepalived.top_level_words import INSTANCE
from standfast.dialects.keepalived.track_table import tracking
from standfast.dialects.keepalived.vmac_lines import IPVLAN, VMAC

_V = Fields(INSTANCE)
_UINT = numbers.UINT_MAX
AUTH_PASS_MAX = 8
PRIORITY_DEFAULT = 100
TRACKED = ("track_interface", "track_script", "track_file", "track_process", "track_bfd")
NOTIFIES = ("notify_backup", "notify_master", "notify_fault", "notify_stop", "notify")


def _instance(session: Session) -> Draft:
    return session.current[INSTANCE]


def _state(session: Session, words: Words) -> None:
    draft, word = _instance(session), argument(words)
    if word not in ("MASTER", "BACKUP"):
        session.complain("value", f"state {word} is neither MASTER nor BACKUP: BACKUP counts", word)
        draft["state"] = "BACKUP"
    elif word == "BACKUP" and draft.get("state") == "MASTER":
        session.complain("twice", "state MASTER was said before", word)
    else:
        draft["state"] = word


def _interface(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        draft, name = _instance(session), argument(words)
        if len(name) > NAME_MAX:
            session.complain("value", f"the interface's name {name} is too long", name)
            return
        if field == "vrf" and (draft.get("interface") or draft.get("vrf")):
            session.complain("value", "vrf stands beside an interface or another vrf", words[0])
            return
        draft[field] = None
        if not interface(session, name):
            session.complain("interface", f"there is no interface {name}", name)
        elif session.around.is_loopback(name):
            session.complain("interface", f"{name} is a loopback, which is of no use for VRRP", name)
        else:
            draft[field] = name

    return Keyword(handler)


def _source(session: Session, words: Words) -> None:
    draft, word = _instance(session), argument(words)
    if words[0] == "unicast_src_ip":
        draft["unicast"] = True
    draft["source"] = address = address_of(word)
    if address is None:
        session.complain("address", f"{words[0]} {word} is no address", word)
    elif draft.setdefault("family", address.version) != address.version:
        session.complain("family", f"{words[0]} {word} is of another family than the instance", word)
        draft["source"] = None


def _destination(session: Session, words: Words) -> None:
    draft, word = _instance(session), argument(words)
    address = address_of(word)
    draft["multicast"] = None
    if address is None:
        session.complain("address", f"mcast_dst_ip {word} is no address", word)
        return
    if draft.setdefault("family", address.version) != address.version:
        session.complain("family", f"mcast_dst_ip {word} is of another family than the instance", word)
        return
    link_local = not isinstance(address, IPv6Address) or address.packed[1] & 0x0F == 2
    if not address.is_multicast or not link_local:
        session.complain("address", f"mcast_dst_ip {word} is no multicast address (of IPv6: no link-local one)", word)
        return
    draft["multicast"] = address


def _priority(session: Session, words: Words) -> None:
    value = numbers.unsigned(session, argument(words), 1, 255, words[0], lenient=False)
    _instance(session)["priority"] = PRIORITY_DEFAULT if value is None else value


def _preempt_delay(session: Session, words: Words) -> None:
    _instance(session)["preempt_delay_us"] = numbers.timer_us(session, words, 0, 1_000_000_000) or 0


def _version(session: Session, words: Words) -> None:
    draft = _instance(session)
    value = numbers.integer(session, argument(words), 2, 3, words[0])
    if value is None:
        return
    if draft.get("version", value) != value or (value == 2 and draft.get("family") == 6):
        session.complain("value", f"version {value} is not what the instance has already", words[1])
        return
    draft["version"] = value


def _native_ipv6(session: Session, words: Words) -> None:
    draft = _instance(session)
    if draft.get("family") == 4:
        session.complain("family", "native_ipv6 stands below addresses of IPv4", words[0])
        return
    draft["family"], draft["version"] = 6, 3


def _addresses(session: Session, words: Words) -> None:
    draft = _instance(session)

    def each(_: Session, line: Words) -> None:
        entry = address_line(session, line)
        if entry is None:
            return
        version = entry["address"].version
        if draft.setdefault("family", version) != version:
            session.complain("family", f"{line[0]} is of another family than the instance: it is left out", line[0])
            return
        draft.setdefault("addresses", []).append(entry)

    value_lines(session, words, each)


def _lines(field: str, read: Callable[[Session, Words], Draft | None]) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        draft = _instance(session)

        def each(_: Session, line: Words) -> None:
            entry = read(session, line)
            if entry is not None:
                draft.setdefault(field, []).append(entry)

        value_lines(session, words, each)

    return Keyword(handler)


def _peers(session: Session, words: Words) -> None:
    draft = _instance(session)
    draft["unicast"] = True
    value_lines(session, words, lambda _, line: _peer(session, draft, line))


def _peer(session: Session, draft: Draft, words: Words) -> None:
    address = address_of(words[0])
    if address is None:
        session.complain("address", f"{words[0]} is no address: it is left out", words[0])
        return
    if draft.setdefault("family", address.version) != address.version:
        session.complain("family", f"{words[0]} is of another family than the instance: it is left out", words[0])
        return
    bounds = {"min_ttl": 0, "max_ttl": 255}
    for at in range(1, len(words), 2):
        if at + 1 >= len(words):
            session.complain("value", f"{words[at]} lacks its value", words[at])
            break
        value = numbers.unsigned(session, words[at + 1], 0, 255, words[at], lenient=False)
        if value is None:
            continue
        if words[at] not in bounds:
            session.complain("value", f"a peer knows no {words[at]}", words[at])
            break
        bounds[words[at]] = value
        draft["check_unicast_source"] = True
    if bounds["min_ttl"] > bounds["max_ttl"]:
        session.complain("value", "min_ttl is above max_ttl: nothing is ever accepted", words[0])
    draft.setdefault("peers", []).append((address, bounds["min_ttl"], bounds["max_ttl"]))


def _unicast(field: str) -> Keyword:
    return Keyword(lambda session, words: _instance(session).update({"unicast": True, field: True}))


def _old_checksum(session: Session, words: Words) -> None:
    draft = _instance(session)
    draft["unicast"] = True
    if len(words) > 1 and words[1] != "never":
        session.complain("value", f"old_unicast_checksum knows no {words[1]}", words[1])
        return
    draft["old_checksum"] = words[1] if len(words) > 1 else "always"


def _notify_deleted(session: Session, words: Words) -> None:
    draft = _instance(session)
    if "notify_deleted" in draft:
        session.complain("twice", "notify_deleted was said before", words[0])
        return
    draft["notify_deleted"] = None
    if len(words) > 1:
        del draft["notify_deleted"]
        handler = _V.script("notify_deleted").handler
        assert handler is not None, "a script's keyword has a handler"
        handler(session, words)
        draft.setdefault("notify_deleted", None)


def _sync_daemon(session: Session, words: Words) -> None:
    values = session.current["global_defs"]
    session.complain("deprecated", "lvs_sync_daemon in global_defs replaces it", words[0])
    if "sync_interface" in values:
        session.complain("twice", "a sync daemon's interface was said before", words[0])
        return
    values["sync_interface"] = argument(words)
    values["sync_instance"] = _instance(session)["name"]
    values["sync_known"] = True


def _garp_extra(session: Session, words: Words) -> None:
    if words[0] == "vmac_garp_intvl":
        session.complain("deprecated", "vmac_garp_intvl is now garp_extra_if", words[0])
    delay: int | None = None
    for word in words[1:]:
        if word == "all":
            _instance(session)["garp_extra_all"] = True
            continue
        delay = numbers.unsigned(session, word, 0, 86400, words[0])
        if delay is None:
            return
    if delay is None:
        session.complain("value", f"{words[0]} wants seconds", words[0])
        return
    _instance(session)["garp_extra_s"] = delay


def _buffer(session: Session, words: Words) -> None:
    value = numbers.unsigned(session, words[1], 0, _UINT, words[0], lenient=False) if len(words) == 2 else None
    if value is None:
        session.complain("value", "kernel_rx_buf_size takes one size", words[0])
        return
    _instance(session)["receive_buffer"] = value


def _auth_type(session: Session, words: Words) -> None:
    word = argument(words)
    if word not in ("AH", "PASS"):
        session.complain("value", f"auth_type {word} is neither PASS nor AH", word)
        return
    _instance(session)["auth_type"] = word


def _auth_pass(session: Session, words: Words) -> None:
    word = argument(words)
    if len(word.encode()) > AUTH_PASS_MAX:
        session.complain("value", f"auth_pass is cut to {AUTH_PASS_MAX} characters", word)
    _instance(session)["auth_pass"] = word.encode()[:AUTH_PASS_MAX].decode(errors="replace")


def _polling(session: Session, words: Words) -> None:
    _instance(session)["linkbeat_polling"] = True
    session.complain("deprecated", "linkbeat_use_polling is now a block linkbeat_interfaces", words[0])


def instance_ends(session: Session) -> None:
    """Look at an instance as a whole when its block ends."""
    draft = _instance(session)
    if draft.get("unicast") and (draft.get("vmac") or draft.get("ipvlan")):
        if not draft.get("interface"):
            session.complain("value", "use_vmac with unicast wants an interface")
            draft["vmac"] = draft["ipvlan"] = False
        elif not draft.get("vmac_xmit_base"):
            session.complain("value", "use_vmac with unicast wants vmac_xmit_base: it is set")
            draft["vmac_xmit_base"] = True
    if not draft.get("peers") and "unicast_ttl" in draft:
        session.complain("value", "unicast_ttl without peers does not count")


INSTANCE_TABLE: dict[str, Keyword] = {
    "use_vmac": VMAC,
    "use_vmac_addr": _V.flag("vmac_addresses"),
    "vmac_xmit_base": _V.flag("vmac_xmit_base"),
    "use_ipvlan": IPVLAN,
    "unicast_peer": Keyword(_peers),
    "unicast_fault_no_peer": _unicast("fault_without_peers"),
    "check_unicast_src": _unicast("check_unicast_source"),
    "old_unicast_checksum": Keyword(_old_checksum),
    "native_ipv6": Keyword(_native_ipv6),
    "state": Keyword(_state),
    "interface": _interface("interface"),
    "vrf": _interface("vrf"),
    "dont_track_primary": _V.flag("dont_track_primary"),
    **{name: tracking(name, _instance) for name in TRACKED},
    "mcast_src_ip": Keyword(_source),
    "unicast_src_ip": Keyword(_source),
    "mcast_dst_ip": Keyword(_destination),
    "track_src_ip": _V.flag("track_source"),
    "virtual_router_id": _V.unsigned("vrid", 1, 255, lenient=False),
    "unicast_ttl": _V.unsigned("unicast_ttl", 0, 255, lenient=False),
    "version": Keyword(_version),
    "priority": Keyword(_priority),
    "advert_int": _V.timer("advert_us", 10_000, 255_000_000),
    "virtual_ipaddress": Keyword(_addresses),
    "virtual_ipaddress_excluded": _lines("excluded", address_line),
    "promote_secondaries": _V.flag("promote_secondaries"),
    "linkbeat_use_polling": Keyword(_polling),
    "virtual_routes": _lines("routes", route_line),
    "virtual_rules": _lines("rules", rule_line),
    "accept": _V.flag("accept"),
    "no_accept": _V.flag("accept", value=False),
    "skip_check_adv_addr": _V.switch("skip_check_adv_addr"),
    "strict_mode": _V.switch("strict"),
    "preempt": _V.flag("nopreempt", value=False),
    "nopreempt": _V.flag("nopreempt"),
    "preempt_delay": Keyword(_preempt_delay),
    "debug": _V.unsigned("debug", 0, 4),
    **{name: _V.script(name) for name in (*NOTIFIES, "notify_master_rx_lower_pri")},
    "notify_deleted": Keyword(_notify_deleted),
    "smtp_alert": _V.switch("smtp_alert"),
    "notify_priority_changes": _V.switch("notify_priority_changes"),
    "lvs_sync_daemon_interface": Keyword(_sync_daemon),
    "garp_master_delay": _V.unsigned("garp_delay_s", 0, numbers.SECONDS_MAX),
    "garp_master_refresh": _V.unsigned("garp_refresh_s", 0, _UINT),
    "garp_master_repeat": _V.unsigned("garp_repeat", 0, _UINT, zero_is_one=True),
    "garp_master_refresh_repeat": _V.unsigned("garp_refresh_repeat", 0, _UINT, zero_is_one=True),
    "garp_lower_prio_delay": _V.unsigned("garp_lower_delay_s", 0, numbers.SECONDS_MAX),
    "garp_lower_prio_repeat": _V.unsigned("garp_lower_repeat", 0, numbers.INT_MAX),
    "down_timer_adverts": _V.unsigned("down_timer_adverts", 1, 100),
    "garp_extra_if": Keyword(_garp_extra),
    "vmac_garp_intvl": Keyword(_garp_extra),
    "lower_prio_no_advert": _V.switch("lower_prio_no_advert"),
    "higher_prio_send_advert": _V.switch("higher_prio_send_advert"),
    "kernel_rx_buf_size": Keyword(_buffer),
    "authentication": Keyword(block={"auth_type": Keyword(_auth_type), "auth_pass": Keyword(_auth_pass)}),
}
