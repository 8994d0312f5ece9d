"""The VRRP half as values: virtual routers and sync groups for the director, and what it runs and watches for them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from standfast.dialects.keepalived.engine import Draft, Session
from standfast.dialects.keepalived.halves import VrrpHalf
from standfast.dialects.keepalived.kernel_nouns import address_of, route_of, rule_of
from standfast.dialects.keepalived.process_nouns import standing_of
from standfast.dialects.keepalived.source import Source
from standfast.dialects.keepalived.top_level_words import (
    GARP,
    INSTANCE,
    LINKBEAT,
    PROCESS,
    SCRIPT,
    SYNC,
    TRACK_GROUP,
    UP_DOWN,
)
from standfast.dialects.keepalived.track_nouns import (
    file_of,
    notifies_of,
    process_of,
    script_of,
    telling_of,
    tracked_of,
)
from standfast.dialects.keepalived.vmac_names import VmacNames, name_for, vmac_names
from standfast.director import vrrp
from standfast.director.vrrp.orders import Running

_SECOND_US = 1_000_000
_CENTISECOND_US = 10_000


def vrrp_of(source: Source) -> VrrpHalf:
    """Return the VRRP half; what does not count is left out."""
    session, values = source.vrrp, source.values
    if session is None:
        return VrrpHalf(vrrp.Configuration(()), _running(values))
    instances, scripts = session.lists.get(INSTANCE, []), session.lists.get(SCRIPT, [])
    instances = [draft for draft in instances if draft.get("interface")]
    names, by_groups = vmac_names(instances, values), _by_track_groups(session)
    configuration = vrrp.Configuration(
        routers=tuple(_router(draft, values, names, by_groups) for draft in instances),
        groups=tuple(_group(draft, values) for draft in session.lists.get(SYNC, [])),
        static_addresses=tuple(address_of(draft) for draft in session.lists.get("static_addresses", [])),
        static_routes=tuple(route_of(draft) for draft in session.lists.get("static_routes", [])),
        static_rules=tuple(_rules(session.lists.get("static_rules", []))),
        scripts=tuple(script_of(draft) for draft in scripts if not draft.get("disabled")),
        files=tuple(file_of(draft) for draft in source.track_files.values()),
        processes=tuple(process_of(draft) for draft in session.lists.get(PROCESS, [])),
        telling=telling_of(values),
        paces=tuple(_paces(session, values)),
        firewall=_firewall(values),
        polls=_polls(session, values, instances),
        delays=_delays(session),
    )
    return VrrpHalf(configuration, _running(values))


def _running(values: Draft) -> Running:
    return Running(
        ledger="",
        **standing_of(values, "vrrp"),
        startup_delay_ms=values.get("startup_delay_us", 0) // 1000,
        auto_priority_max=max(values.get("max_auto_priority") or 0, 0),
        auto_priority_delay_us=values.get("min_auto_priority_delay", 1_000_000),
    )


def _firewall(values: Draft) -> vrrp.Firewall:
    plain = vrrp.Firewall()
    priority, counters = values.get("nftables_priority", plain.priority), bool(values.get("nftables_counters"))
    return vrrp.Firewall(values.get("nftables", plain.table), priority, counters)


def _paces(session: Session, values: Draft) -> Iterator[vrrp.Pace]:
    """Return how gratuitous ARP is paced: in groups of interfaces, and on all others."""
    for draft in session.lists.get(GARP, []):
        if draft["interfaces"]:
            names, arp_us = tuple(draft["interfaces"]), draft.get("garp_interval_us", 0)
            yield vrrp.Pace(names, arp_us, draft.get("gna_interval_us", 0))
    others = vrrp.Pace((), values.get("garp_interval_us", 0), values.get("gna_interval_us", 0))
    if others != vrrp.Pace():
        yield others


def _polls(session: Session, values: Draft, instances: list[Draft]) -> tuple[vrrp.LinkPoll, ...]:
    """Return the interfaces that are polled: those that are said, and instances' own if these or all are to be.

    Of what is said twice the last method counts.
    """
    every = bool(values.get("linkbeat_use_polling"))
    names = [draft["interface"] for draft in instances if every or draft.get("linkbeat_polling")]
    found = dict.fromkeys(names, "") | {each["interface"]: each["method"] for each in session.lists.get(LINKBEAT, [])}
    return tuple(vrrp.LinkPoll(name, vrrp.LinkMethod(word) if word else None) for name, word in found.items())


def _delays(session: Session) -> tuple[vrrp.LinkDelay, ...]:
    said = {draft["interface"]: draft["delays_us"] for draft in session.lists.get(UP_DOWN, [])}
    return tuple(vrrp.LinkDelay(name, *delays_us) for name, delays_us in said.items())


def _group(draft: Draft, values: Draft) -> vrrp.SyncGroup:
    weighs, tracked = bool(draft.get("tracking_weight")), tuple(tracked_of(draft))
    return vrrp.SyncGroup(draft["name"], weighs, tracked, notifies_of(draft, values))


def _router(draft: Draft, values: Draft, names: VmacNames, by_groups: dict[str, list[str]]) -> vrrp.VirtualRouter:
    strict = bool(draft.get("strict", values.get("vrrp_strict")))
    peers = tuple(vrrp.Peer(address, low, high) for address, low, high in draft.get("peers", []))
    checks_source = bool(draft.get("check_unicast_source") or values.get("check_unicast_src"))
    unicasting = bool(draft.get("unicasting") or (draft.get("unicast") and draft.get("fault_without_peers")))
    lower_silent = draft.get("lower_prio_no_advert", values.get("lower_prio_no_advert", strict))
    checksum = draft.get("old_checksum")
    addresses = tuple(_address(draft, entry, names) for entry in draft.get("addresses", []))
    excluded = (_address(draft, entry, names) for entry in draft.get("excluded", []))
    fitting = draft.get("fitting")
    return vrrp.VirtualRouter(
        name=draft["name"],
        vrid=draft.get("vrid", 0),
        interface=draft["interface"],
        addresses=addresses[:fitting],
        version=draft.get("version", 2),
        priority=draft.get("priority", 100),
        advertisement_interval_cs=draft.get("advert_us", _SECOND_US) // _CENTISECOND_US,
        excluded_addresses=(*addresses[fitting:], *excluded),
        routes=tuple(route_of(entry) for entry in draft.get("routes", [])),
        rules=tuple(_rules(draft.get("rules", []))),
        source=draft.get("source"),
        track_source=bool((draft.get("track_source") or draft.get("vrf")) and draft.get("source")),
        preempt=not draft.get("nopreempt"),
        preempt_delay_ms=draft.get("preempt_delay_us", 0) // 1000,
        accept=bool(draft.get("accept", not strict)),
        unicast=vrrp.Unicast(peers, checks_source, draft.get("unicast_ttl", 255)) if unicasting else None,
        authentication=_authentication(draft),
        strict=strict,
        down_timer_adverts=_first_said(draft, values, "down_timer_adverts", 3) if not strict else 3,
        old_unicast_checksum=None if checksum is None else checksum != "never",
        skip_known_addresses=bool(draft.get("skip_check_adv_addr", values.get("skip_check_adv_addr"))),
        garp=_garp(draft, values),
        lower_priority_advert=not lower_silent,
        higher_priority_advert=bool(draft.get("higher_prio_send_advert", values.get("higher_prio_send_advert"))),
        tracked=_tracked(draft, by_groups.get(draft["name"], [])),
        track_interface=not draft.get("dont_track_primary"),
        vmac=_vmac(draft, names) if draft.get("vmac") else None,
        ipvlan=_ipvlan(draft, names) if draft.get("ipvlan") else None,
        promote_secondaries=bool(draft.get("promote_secondaries")),
        sync_group=draft["sync"]["name"] if draft.get("sync") else "",
        notifies=notifies_of(draft, values),
        group=draft.get("multicast") or values.get(f"multicast_group{draft.get('family', 4)}"),
    )


def _by_track_groups(session: Session) -> dict[str, list[str]]:
    """Return the interfaces of static things that instances track, by their names. Source: keepalived.conf(5)."""
    found: dict[str, list[str]] = {}
    members = {group["name"]: group.get("members", []) for group in session.lists.get(TRACK_GROUP, [])}
    for kind, field in (("static_addresses", "interface"), ("static_routes", "interface"), ("static_rules", "iif")):
        for entry in session.lists.get(kind, []):
            untracked = "no_track" in entry or "no_track" in entry.get("flags", ())
            for name in [] if untracked or field not in entry else members.get(entry.get("track_group"), []):
                found.setdefault(name, []).append(entry[field])
    return found


def _tracked(draft: Draft, of_groups: list[str]) -> tuple[vrrp.Tracked, ...]:
    """Return what an instance tracks: what it says, the interfaces of its track_groups, and others with its addresses.

    Source: keepalived 2.2.7, vrrp.c: without these it could not set the addresses; a weight of theirs does not count.
    """
    entries = (*draft.get("addresses", []), *draft.get("excluded", []))
    held = [*of_groups, *(entry.get("interface") for entry in entries if "no_track" not in entry["flags"])]
    others = dict.fromkeys(f"interface:{name}" for name in held if name and name != draft["interface"])
    said = [vrrp.Tracked(each.name, 0) if each.name in others else each for each in tracked_of(draft)]
    return (*said, *(vrrp.Tracked(name, 0) for name in others if all(each.name != name for each in said)))


def _vmac(draft: Draft, names: VmacNames) -> vrrp.Vmac:
    return vrrp.Vmac(names.own[draft["name"]], bool(draft.get("vmac_xmit_base")), draft.get("mac", ""))


def _ipvlan(draft: Draft, names: VmacNames) -> vrrp.Ipvlan:
    mode = vrrp.IpvlanMode[draft.get("ipvlan_mode", "bridge").upper()]
    return vrrp.Ipvlan(names.own[draft["name"]], draft.get("ipvlan_address"), mode)


def _address(draft: Draft, entry: Draft, names: VmacNames) -> vrrp.VirtualAddress:
    """Return an address of an instance; one that names the instance's interface has its virtual MAC."""
    address, vmac = address_of(entry), name_for(names, draft, entry)
    if vmac:
        return replace(address, vmac=vmac)
    return replace(address, device="") if address.device == draft["interface"] else address


def _rules(drafts: list[Draft]) -> Iterator[vrrp.VirtualRule]:
    return (rule_of(draft) for draft in drafts)


def _first_said(draft: Draft, values: Draft, field: str, default: int) -> int:
    """Return what the instance says, else global_defs, else the default."""
    value: int = draft[field] if field in draft else values.get(field, default)
    return value


def _authentication(draft: Draft) -> vrrp.Authentication | None:
    kind, password = draft.get("auth_type"), draft.get("auth_pass", "")
    if not kind or not password:
        return None
    return vrrp.Authentication(vrrp.AuthType[kind], password.encode(errors="surrogateescape"))


def _garp(draft: Draft, values: Draft) -> vrrp.Garp:
    """Return the router's own settings, the global ones, or keepalived's defaults."""
    least = values.get("min_garp")

    def said(field: str, default: int, minimal: int) -> int:
        return _first_said(draft, values, field, minimal if least else default)

    repeat, delay_s = said("garp_repeat", 5, 1), said("garp_delay_s", 5, 0)
    return vrrp.Garp(
        repeat,
        delay_s * 1000,
        said("garp_refresh_s", 0, 0) * 1000,
        said("garp_refresh_repeat", 1, 0),
        said("garp_lower_repeat", repeat, repeat),
        said("garp_lower_delay_s", delay_s, delay_s) * 1000,
        _first_said(draft, values, "garp_extra_s", 0) * 1000,
        bool(draft.get("garp_extra_all") or ("garp_extra_s" not in draft and values.get("garp_extra_all"))),
    )
