"""What must hold between the parts of the VRRP half. Source: keepalived.conf(5).

As with keepalived the first thing that stops VRRP ends the look at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from standfast.dialects.keepalived.engine import Draft, Session
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.instance_table import NOTIFIES
from standfast.dialects.keepalived.script_security import Use, named, settle
from standfast.dialects.keepalived.top_level_words import INSTANCE, SCRIPT, SYNC

OWNER = 255
DEFAULT_PRIORITY = 100
_SECOND_US = 1_000_000
_CENTISECOND_US = 10_000
ADDRESSES_MAX = 255
_NOT_STRICT = {
    "garp_lower_repeat": "garp_lower_prio_repeat",
    "garp_lower_delay_s": "garp_lower_prio_delay",
    "higher_prio_send_advert": "higher_prio_send_advert",
}
MTU = 1500


def complete(session: Session) -> None:
    """Complete the drafts of the VRRP half; note what is wrong with them."""
    if session.shared.get("missing_interface"):
        session.conclude("interface", "an interface is missing: VRRP does not start", None, Level.BAD_INTERFACE, True)
        return
    instances = session.lists.get(INSTANCE, [])
    if instances:
        settle(session, _commands(session, instances), "scripts")
    if not all(_startable(session, instance) for instance in instances):
        return
    _sync_groups(session)
    if not all(_completed(session, instance) for instance in instances):
        return
    _same_router(session, instances)
    _same_address(session, instances)
    _group_weights(session)
    if instances:
        _sync_daemon(session, instances)


def _commands(session: Session, instances: list[Draft]) -> Iterator[Use]:
    for script in session.lists.get(SCRIPT, []):
        name = f"vrrp_script {script['name']}"
        yield Use(name, script["command"], script, partial(script.__setitem__, "disabled", True), told=True)
    keywords = (*NOTIFIES, "notify_deleted", "notify_master_rx_lower_pri")
    for draft in (*instances, *session.lists.get(SYNC, [])):
        yield from named(draft, keywords)
    yield from named(session.current["global_defs"], ("fifo_script", "vrrp_fifo_script"))


def _startable(session: Session, draft: Draft) -> bool:
    if "vrid" not in draft:
        session.conclude("incomplete", f"{draft['name']} lacks its virtual_router_id", draft, stops=True)
        return False
    return bool(draft.get("interface")) or _in_vrf(session, draft)


def _in_vrf(session: Session, draft: Draft) -> bool:
    """Let an instance without an interface be on its VRF; return whether it can. Source: keepalived 2.2.8, vrrp.c."""
    if lacking := _lacking_for_vrf(draft):
        session.conclude("incomplete", f"{draft['name']} has no {lacking}", draft, stops=True)
        return False
    session.conclude("vrrp", f"{draft['name']} has no interface: keepalived before 2.2.8 does not start", draft)
    draft["interface"] = draft["vrf"]
    for field in ("addresses", "excluded"):
        for entry in (entry for entry in draft.get(field, []) if "interface" not in entry):
            session.conclude("vrrp", f"{draft['name']}: {entry['address']} names no interface: it is left out", entry)
        draft[field] = [entry for entry in draft.get(field, []) if "interface" in entry]
    return True


def _lacking_for_vrf(draft: Draft) -> str:
    """Return what an instance without an interface lacks, if anything."""
    source = draft.get("source")
    if not draft.get("vrf"):
        return "interface"
    if not draft.get("peers"):
        return "interface: vrf is for unicast, and there is no peer"
    if source is None:
        return "interface, and no unicast_src_ip, which vrf wants"
    return "interface, and unicast_src_ip is link-local" if source.version == 6 and source.is_link_local else ""


def _sync_groups(session: Session) -> None:
    instances = {draft["name"]: draft for draft in session.lists.get(INSTANCE, [])}
    kept = []
    for group in session.lists.get(SYNC, []):
        name = group["name"]
        if not group.get("members"):
            session.conclude("empty", f"vrrp_sync_group {name} has no members: it does not count", group)
            continue
        if _joined(session, group, instances):
            kept.append(group)
    session.lists[SYNC] = kept


def _joined(session: Session, group: Draft, instances: dict[str, Draft]) -> bool:
    """Let members join their group; return whether it has any."""
    members: list[Draft] = []
    owners = False
    for name in group["members"]:
        draft = instances.get(name)
        if draft is None:
            session.conclude("reference", f"{group['name']}: there is no vrrp_instance {name}", group)
        elif draft.get("sync"):
            session.conclude("twice", f"{name} is in {draft['sync']['name']} already, not in {group['name']}", group)
        else:
            draft["sync"] = group
            owner = draft.get("state") == "MASTER" and draft.get("priority") == OWNER
            if owners and draft.get("state") == "BACKUP":
                session.conclude("priority", f"{group['name']}: some members own their addresses, some not", group)
            owners = owner if not members else owners and owner
            members.append(draft)
    group["joined"] = members
    if not members:
        session.conclude("empty", f"{group['name']}: none of its members is there: it does not count", group)
        return False
    if len(members) == 1:
        session.conclude("empty", f"{group['name']} has a single member, which is hardly what is meant", group)
    return True


def _completed(session: Session, draft: Draft) -> bool:
    """Complete one instance; return whether VRRP can start with it."""
    values = session.current["global_defs"]
    draft.setdefault("strict", bool(values.get("vrrp_strict")))
    _version(session, draft)
    if not _has_addresses(session, draft):
        return False
    _start_state(session, draft)
    _authentication(session, draft)
    if not _unicast(session, draft):
        return False
    _fitting(session, draft)
    _preemption(session, draft)
    _strictness(session, draft)
    _interval(session, draft)
    _virtual_interface(session, draft)
    _tracking(session, draft)
    return _has_addresses(session, draft, again=True)


def _say(session: Session, draft: Draft, message: str, code: str = "vrrp") -> None:
    session.conclude(code, f"{draft['name']}: {message}", draft)


def _version(session: Session, draft: Draft) -> None:
    family = draft.setdefault("family", 4)
    version = draft.get("version")
    if family == 6 and version == 2 and draft["strict"]:
        _say(session, draft, "VRRP 2 has no IPv6; 3 counts")
        version = 3
    if version is None:
        version = 3 if family == 6 else session.current["global_defs"].get("vrrp_version", 2)
    draft["version"] = version


def _has_addresses(session: Session, draft: Draft, again: bool = False) -> bool:
    if draft.get("addresses"):
        return True
    needed = draft["version"] == 3 or draft["strict"] or (again and draft["family"] == 6)
    if needed:
        session.conclude("incomplete", f"{draft['name']} has no virtual_ipaddress", draft, stops=True)
    else:
        _say(session, draft, "no virtual_ipaddress, which is hardly what is meant")
    return not needed


def _start_state(session: Session, draft: Draft) -> None:
    state = draft.get("state")
    priority = draft.setdefault("priority", OWNER if state == "MASTER" else DEFAULT_PRIORITY)
    fitting = "MASTER" if priority == OWNER else "BACKUP"
    if state is None:
        draft["state"] = fitting
    elif draft["strict"] and state != fitting:
        _say(session, draft, "strictly, MASTER is who owns the addresses (priority 255)")
        draft["state"] = fitting
    elif priority == OWNER and state == "BACKUP":
        message = f"{draft['name']}: priority 255 owns the addresses, and state says BACKUP"
        session.conclude("priority", message, draft, Level.OURS)


def _authentication(session: Session, draft: Draft) -> None:
    kind = draft.get("auth_type")
    if not kind:
        return
    if draft["strict"]:
        wrong = "strictly there is no authentication"
    elif draft["version"] == 3:
        wrong = "VRRP 3 has no authentication"
    elif not draft.get("auth_pass"):
        wrong = "authentication without auth_pass"
    elif draft["family"] == 6 and kind == "AH":
        wrong = "AH is of IPv4"
    elif kind == "AH" and draft["state"] == "MASTER" and draft["priority"] != OWNER:
        _say(session, draft, "with AH nobody starts as MASTER")
        draft["state"] = "BACKUP"
        return
    else:
        return
    _say(session, draft, f"{wrong}: none counts")
    draft["auth_type"] = None


def _unicast(session: Session, draft: Draft) -> bool:
    if draft.get("unicast"):
        if draft.get("peers"):
            draft["unicasting"] = True
        elif not draft.get("fault_without_peers"):
            _say(session, draft, "a word of unicast, and no peers: multicast counts")
    if draft.get("multicast") and draft.get("unicasting"):
        _say(session, draft, "mcast_dst_ip is of no use with unicast")
    if draft.get("vrf") and draft["vrf"] != draft["interface"]:
        _say(session, draft, "vrf is for unicast without an interface: it does not count")
        draft["vrf"] = None
    return True


def _fitting(session: Session, draft: Draft) -> None:
    addresses = draft.get("addresses", [])
    header = 14 + (40 if draft["family"] == 6 else 20) + 8
    header += (8 if draft["version"] == 2 else 0) + (24 if draft.get("auth_type") == "AH" else 0)
    fitting = min(ADDRESSES_MAX, (MTU - header) // (16 if draft["family"] == 6 else 4))
    draft["fitting"] = fitting
    if len(addresses) > fitting:
        _say(session, draft, f"{len(addresses)} addresses, of which {fitting} fit into an advert")
    first = addresses[0]["address"] if addresses else None
    if first is not None and first.version == 6 and not first.is_link_local and not draft.get("unicasting"):
        if draft["strict"]:
            _say(session, draft, "the first address of IPv6 must be link-local")
        else:
            message = f"{draft['name']}: the first address of IPv6 should be link-local"
            session.conclude("link-local", message, draft, Level.NOTICE)


def _preemption(session: Session, draft: Draft) -> None:
    if draft["priority"] == OWNER and draft.get("nopreempt"):
        _say(session, draft, "nopreempt is of no use with priority 255")
        draft["nopreempt"] = False
    if draft["state"] == "MASTER":
        if draft.get("nopreempt"):
            _say(session, draft, "nopreempt is of no use with state MASTER: write state BACKUP on both")
            draft["nopreempt"] = False
        if draft.get("preempt_delay_us"):
            _say(session, draft, "preempt_delay is of no use with state MASTER: write state BACKUP")
            draft["preempt_delay_us"] = 0
    if draft.get("preempt_delay_us"):
        if draft["strict"]:
            _say(session, draft, "strictly there is no preempt_delay")
            draft["preempt_delay_us"] = 0
        if draft.get("nopreempt"):
            _say(session, draft, "preempt_delay and nopreempt exclude each other")
            draft["preempt_delay_us"] = 0


def _strictness(session: Session, draft: Draft) -> None:
    if not draft["strict"]:
        return
    down = draft.get("down_timer_adverts", session.current["global_defs"].get("down_timer_adverts", 3))
    if "mac" in draft:
        _say(session, draft, "strictly the MAC is VRRP's own")
    if down != 3:
        _say(session, draft, "strictly down_timer_adverts is 3")
    if draft.get("accept") and draft["priority"] != OWNER and draft["version"] == 2:
        _say(session, draft, "strictly VRRP 2 does not accept")
    for field, word in _NOT_STRICT.items():
        if draft.get(field):
            _say(session, draft, f"strictly there is no {word}")
    if draft.get("lower_prio_no_advert") is False:
        _say(session, draft, "strictly lower_prio_no_advert is on")


def _interval(session: Session, draft: Draft) -> None:
    interval = draft.get("advert_us", _SECOND_US)
    unit = _SECOND_US if draft["version"] == 2 else _CENTISECOND_US
    longest = 255 * _SECOND_US if draft["version"] == 2 else 4095 * _CENTISECOND_US
    if interval > longest:
        _say(session, draft, f"advert_int is at most {longest / _SECOND_US:g} s", "rounded")
        interval = longest
    elif interval % unit:
        _say(session, draft, f"advert_int is rounded to {unit / _SECOND_US:g} s", "rounded")
        interval = max(unit, (interval + unit // 2) // unit * unit)
    draft["advert_us"] = interval


def _virtual_interface(session: Session, draft: Draft) -> None:
    virtual = draft.get("vmac") or draft.get("ipvlan")
    if draft.get("vmac_xmit_base") and (not draft.get("vmac") or draft["strict"]):
        _say(session, draft, "vmac_xmit_base is for use_vmac, and not for strict mode")
    if virtual and draft.get("promote_secondaries"):
        _say(session, draft, "promote_secondaries is always set with use_vmac")
    if draft.get("ipvlan"):
        if draft["family"] == 4 and "ipvlan_address" not in draft:
            _say(session, draft, "use_ipvlan with IPv4 wants an address: without, the instance is in FAULT")
        if draft.get("vmac"):
            message = f"{draft['name']}: use_ipvlan and use_vmac exclude each other: use_ipvlan counts"
            session.conclude("vrrp", message, draft, Level.OURS)
            draft["vmac"] = False
    for entry in (*draft.get("addresses", []), *draft.get("excluded", [])):
        _own_interface(session, draft, entry)


def _own_interface(session: Session, draft: Draft, entry: Draft) -> None:
    if "use_vmac" not in entry["flags"]:
        return
    elsewhere = entry.get("interface", draft["interface"]) != draft["interface"]
    other_family = entry["address"].version != draft["family"]
    if draft.get("vmac") and not elsewhere and not other_family:
        _say(session, draft, f"use_vmac stands at {entry['address']} and at the instance")
    elif draft.get("vmac_addresses") and (elsewhere or other_family):
        _say(session, draft, f"use_vmac stands at {entry['address']}, and use_vmac_addr at the instance")


def _tracking(session: Session, draft: Draft) -> None:
    own = [entry for entry in draft.get("track_interface", []) if entry["name"] == draft["interface"]]
    if own:
        _say(session, draft, f"{draft['interface']} is tracked anyway, being its own interface")
        draft["track_interface"].remove(own[0])
    group = draft.get("sync")
    unweighted = group is not None and not group.get("tracking_weight")
    if not unweighted and draft["priority"] != OWNER:
        return
    disabled = {script["name"] for script in session.lists.get(SCRIPT, []) if script.get("disabled")}
    reason = "in a sync group" if unweighted else "for who owns the addresses"
    for keyword in ("track_interface", "track_script", "track_file", "track_bfd"):
        for entry in draft.get(keyword, []):
            if entry["weight"] and not (keyword == "track_script" and entry["name"] in disabled):
                _say(session, draft, f"{keyword} {entry['name']}: weights are of no use {reason}")


def _same_router(session: Session, instances: list[Draft]) -> None:
    values = session.current["global_defs"]
    for number, one in enumerate(instances):
        for other in instances[number + 1 :]:
            if (one["family"], one["vrid"]) != (other["family"], other["vrid"]):
                continue
            if bool(one.get("unicasting")) != bool(other.get("unicasting")):
                continue
            if one["interface"] != other["interface"] or not _clash(one, other, values):
                continue
            message = f"{one['name']} and {other['name']} are both router {one['vrid']} on {one['interface']}"
            session.conclude("router-twice", message, other, stops=True)


def _clash(one: Draft, other: Draft, values: Draft) -> bool:
    """Return whether two instances of one number and interface would hear each other."""
    if one.get("unicasting"):
        if one.get("source") != other.get("source"):
            return False
        return bool({address for address, _, _ in one["peers"]} & {address for address, _, _ in other["peers"]})
    default = values.get(f"multicast_group{one['family']}")
    return (one.get("multicast") or default) == (other.get("multicast") or default)


def _same_address(session: Session, instances: list[Draft]) -> None:
    """An address in two places is taken from one by the other; keepalived does not notice."""
    seen: dict[object, Draft] = {}
    for draft in instances:
        for entry in (*draft.get("addresses", []), *draft.get("excluded", [])):
            if entry["address"] in seen:
                message = f"{entry['address']} stands in {seen[entry['address']]['name']} and in {draft['name']}"
                session.conclude("address-twice", message, entry, Level.OURS)
            seen[entry["address"]] = draft


def _group_weights(session: Session) -> None:
    for group in session.lists.get(SYNC, []):
        _tracked_twice(session, group)
        if all(member["priority"] != OWNER for member in group["joined"]):
            continue
        for keyword in ("track_script", "track_file", "track_process", "track_bfd", "track_interface"):
            for entry in group.get(keyword, []):
                if entry["weight"]:
                    message = f"{group['name']}: {keyword} {entry['name']} has a weight, and a member priority 255"
                    session.conclude("priority", message, group)


def _tracked_twice(session: Session, group: Draft) -> None:
    for entry in group.get("track_interface", []):
        for member in group["joined"]:
            own = member["interface"] == entry["name"] and not member.get("dont_track_primary")
            if own or any(other["name"] == entry["name"] for other in member.get("track_interface", [])):
                _say(session, member, f"{entry['name']} is tracked by it and by {group['name']}")


def _sync_daemon(session: Session, instances: list[Draft]) -> None:
    """VRRP turns the kernel's sync daemon; without IPVS, or without the instance that it follows, it does not start."""
    values = session.current["global_defs"]
    if not values.get("sync_interface"):
        return
    follows = values.get("sync_instance")
    if follows and all(draft["name"] != follows for draft in instances):
        message = f"lvs_sync_daemon follows {follows}, which is no vrrp_instance: keepalived's VRRP crashes"
        session.conclude("sync-daemon", message, level=Level.OURS, stops=True)
    elif not session.around.has_ipvs:
        message = "lvs_sync_daemon wants IPVS in the kernel: load ip_vs, or VRRP does not start"
        session.conclude("sync-daemon", message, level=Level.OURS, stops=True)
