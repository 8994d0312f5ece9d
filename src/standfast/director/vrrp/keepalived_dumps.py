"""What keepalived writes when it is asked by a signal, with its names, from rows of `router_status`.

Source: files written by keepalived 2.2.7: /tmp/keepalived.data, keepalived.stats and keepalived.json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]
STATES = {"initialize": ("INIT", 0), "backup": ("BACKUP", 1), "active": ("MASTER", 2), "fault": ("FAULT", 3)}
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_AUTH = {0: "none", 1: "SIMPLE_PASSWORD", 2: "IPSEC_AH"}
_TRACKED = {"interfaces": "interface", "scripts": "script", "files": "file", "processes": "process"}
_DROPS = {
    "packet_len_err": ("LENGTH",), "advert_interval_err": ("INTERVAL",), "ip_ttl_err": ("TTL",),
    "invalid_type_rcvd": ("TYPE",), "addr_list_err": ("COUNT", "ADDRESSES"), "invalid_authtype": (),
    "authtype_mismatch": ("AUTH_TYPE",), "auth_failure": ("AUTH_PASSWORD", "AUTH_DIGEST", "AUTH_SEQUENCE"),
}  # fmt: skip


def statistics(row: Row) -> dict[str, int]:
    """Return a router's counters."""
    counts, dropped = row["counts"], row["dropped"]

    def both(what: str) -> int:
        return int(counts.get(what, 0) + counts.get(f"{what} with priority 0", 0))

    return {
        "advert_rcvd": both("received"),
        "advert_sent": both("sent"),
        "become_master": counts.get("became active", 0),
        "release_master": counts.get("left active", 0),
        **{name: sum(dropped.get(drop, 0) for drop in drops) for name, drops in _DROPS.items()},
        "pri_zero_rcvd": counts.get("received with priority 0", 0),
        "pri_zero_sent": counts.get("sent with priority 0", 0),
    }


def as_json(rows: Iterable[Row], now_s: float) -> list[Row]:
    """Return the JSON dump; `now_s` is the time of day."""
    return [{"data": _data(row, now_s), "stats": statistics(row)} for row in rows]


def _data(row: Row, now_s: float) -> Row:
    noun, garp, state = row["settings"], row["settings"]["garp"], STATES[row["state"]][1]
    is_active, master = state == 2, _master(row)
    tracked = {
        kind: [each["name"].partition(":")[2] for each in row["tracked"] if each["name"].startswith(f"{of}:")]
        for kind, of in (("track_ifp", "interface"), ("track_script", "script"))
    }
    lists = {
        "vips": [_address(row, each, is_active) for each in noun["addresses"]],
        "evips": [_address(row, each, is_active) for each in noun["excluded"]],
        "vroutes": [_route(each) for each in noun["routes"]],
        "vrules": [_rule(each) for each in noun["rules"]],
        **tracked,
    }
    return {
        "iname": row["name"],
        "dont_track_primary": int(not noun["track_interface"]),
        "skip_check_adv_addr": int(noun["skip_known_addresses"]),
        "strict_mode": int(noun["strict"]),
        "vmac_ifname": noun["device"] if noun["device_kind"] else "",
        "ifp_ifname": noun["device"],
        "master_priority": master["priority"] if master else 0,
        "last_transition": round(now_s - row["changed_ago_ms"] / 1000, 6),
        "garp_delay": garp["delay_ms"] // 1000,
        "garp_refresh": garp["refresh_ms"] // 1000,
        "garp_rep": garp["repeat"],
        "garp_refresh_rep": garp["refresh_repeat"],
        "garp_lower_prio_delay": garp["lower_priority_delay_ms"] // 1000,
        "garp_lower_prio_rep": garp["lower_priority_repeat"],
        "lower_prio_no_advert": int(not noun["lower_priority_advert"]),
        "higher_prio_send_advert": int(noun["higher_priority_advert"]),
        "vrid": row["vrid"],
        "base_priority": row["base_priority"],
        "effective_priority": row["priority"],
        "vipset": is_active,
        "promote_secondaries": noun["promote_secondaries"],
        "adver_int": _plain(row["interval_ms"] / 1000),
        "master_adver_int": _plain(row["active_interval_ms"] / 1000),
        "accept": int(noun["accept"]),
        "nopreempt": not noun["preempt"],
        "preempt_delay": _plain(noun["preempt_delay_ms"] / 1000),
        "state": state,
        "wantstate": state,
        "version": row["version"],
        "smtp_alert": noun["smtp_alert"],
        "notify_deleted": noun["notify_deleted"],
        **{name: values for name, values in lists.items() if values or name == "vips"},
        "auth_type": noun["auth_type"],
        **({"auth_data": noun["auth_data"]} if noun["auth_type"] else {}),
    }


def as_stats(rows: Iterable[Row]) -> str:
    """Return the counters as text."""
    return "".join(f"{line}\n" for row in rows for line in _stats(row["name"], statistics(row)))


def _stats(name: str, of: Mapping[str, int]) -> Iterator[str]:
    yield f"VRRP Instance: {name}"
    yield from ("  Advertisements:", f"    Received: {of['advert_rcvd']}", f"    Sent: {of['advert_sent']}")
    yield from (f"  Became master: {of['become_master']}", f"  Released master: {of['release_master']}")
    yield from ("  Packet Errors:", f"    Length: {of['packet_len_err']}", f"    TTL: {of['ip_ttl_err']}")
    yield f"    Invalid Type: {of['invalid_type_rcvd']}"
    yield f"    Advertisement Interval: {of['advert_interval_err']}"
    yield f"    Address List: {of['addr_list_err']}"
    yield from ("  Authentication Errors:", f"    Invalid Type: {of['invalid_authtype']}")
    yield from (f"    Type Mismatch: {of['authtype_mismatch']}", f"    Failure: {of['auth_failure']}")
    yield from ("  Priority Zero:", f"    Received: {of['pri_zero_rcvd']}", f"    Sent: {of['pri_zero_sent']}")


def as_data(rows: Iterable[Row], groups: Mapping[str, str], now_s: float, date: Callable[[float], str]) -> str:
    """Return the routers and their groups as text; `date` writes a time of day as ctime(3) does, without its end."""
    rows = list(rows)
    lines = ["------< VRRP Topology >------"]
    for row in rows:
        lines += _topology(row, now_s, date)
    if groups:
        lines.append("------< VRRP Sync groups >------")
    for name, state in groups.items():
        lines += [f" VRRP Sync Group = {name}, {STATES[state][0]}", "   VRRP member instances :"]
        lines += [f"     {row['name']}" for row in rows if row["group"] == name]
    return "".join(f"{line}\n" for line in lines)


def _topology(row: Row, now_s: float, date: Callable[[float], str]) -> Iterator[str]:
    noun, state = row["settings"], STATES[row["state"]][0]
    yield from (f" VRRP Instance = {row['name']}", f"   VRRP Version = {row['version']}")
    if row["family"] == 6:
        yield "   Using Native IPv6"
    if row["group"]:
        yield f"   Sync group = {row['group']}"
    yield f"   State = {state}"
    master = _master(row)
    if master and state == "BACKUP":
        yield from (f"   Master router = {master['source']}", f"   Master priority = {master['priority']}")
        if row["version"] == 3:
            yield f"   Master advert int = {master['interval_ms'] / 1000:.2f} sec"
    if noun["peers"] is not None:
        yield from ("   Flags:", "     Using unicast")
    else:
        yield "   Flags: none"
    yield f"   Wantstate = {state}"
    yield from (
        "   Number of config faults = 0",
        f"   Number of interface and track script faults = {len(row['faults'])}",
    )
    unread = sum(each["up"] is None and each["name"].startswith("script:") for each in row["tracked"])
    yield f"   Number of track scripts init = {unread}"
    changed_s = now_s - row["changed_ago_ms"] / 1000
    yield f"   Last transition = {changed_s:.6f} ({_dated(changed_s, date)})"
    if row["timers"]:
        read_s = now_s + min(row["timers"].values()) / 1000
        yield f"   Read timeout = {read_s:.6f} ({_dated(read_s, date)})"
    yield f"   Master down timer = {row['down_interval_ms'] * 1000:.0f} usecs"
    if noun["device_kind"]:
        yield f"   Interface = {noun['device']}, {noun['device_kind']} on {row['interface']}"
    else:
        yield f"   Interface = {row['interface']}"
    chosen = " (from configuration)" if noun["source"] else ""
    yield f"   Using src_ip = {row['source'] or '(none)'}{chosen}"
    if noun["peers"] is None:
        yield f"   Multicast address {'ff02::12' if row['family'] == 6 else '224.0.0.18'}"
    yield from _garp(noun)
    yield from (f"   Virtual Router ID = {row['vrid']}", f"   Priority = {row['base_priority']}")
    yield from (f"   Effective priority = {row['priority']}", f"   Total priority = {row['priority']}")
    yield f"   Advert interval = {_interval(row['version'], row['interval_ms'])}"
    if row["version"] == 3 and state == "BACKUP":
        yield f"   Master advert interval = {row['active_interval_ms']:.0f} milli-sec"
    yield from (f"   Accept = {_enabled(noun['accept'])}", f"   Preempt = {_enabled(noun['preempt'])}")
    if noun["preempt_delay_ms"]:
        yield f"   Preempt delay = {noun['preempt_delay_ms'] / 1000:g} secs"
    yield f"   Promote_secondaries = {_enabled(noun['promote_secondaries'])}"
    yield from _rest(row, state == "MASTER")


def _garp(noun: Row) -> Iterator[str]:
    garp = noun["garp"]
    yield from (f"   Gratuitous ARP delay = {garp['delay_ms'] // 1000}", f"   Gratuitous ARP repeat = {garp['repeat']}")
    yield f"   Gratuitous ARP refresh = {garp['refresh_ms'] // 1000}"
    yield f"   Gratuitous ARP refresh repeat = {garp['refresh_repeat']}"
    yield f"   Gratuitous ARP lower priority delay = {garp['lower_priority_delay_ms'] // 1000}"
    yield f"   Gratuitous ARP lower priority repeat = {garp['lower_priority_repeat']}"
    yield f"   Down timer adverts = {noun['down_timer_adverts']}"
    yield f"   Send advert after receive lower priority advert = {_true(noun['lower_priority_advert'])}"
    yield f"   Send advert after receive higher priority advert = {_true(noun['higher_priority_advert'])}"


def _rest(row: Row, is_set: bool) -> Iterator[str]:
    noun = row["settings"]
    if row["version"] == 2:
        yield f"   Authentication type = {_AUTH[noun['auth_type']]}"
        if noun["auth_type"]:
            yield f"   Password = {noun['auth_data']}"
    yield f"   Virtual IP ({len(noun['addresses'])}):"
    yield from (f"     {_address(row, each, is_set)}" for each in noun["addresses"])
    if noun["excluded"]:
        yield "   Virtual IP Excluded :"
        yield from (f"     {_address(row, each, is_set)}" for each in noun["excluded"])
    if noun["peers"] is not None:
        yield "   Unicast TTL = 255"
        yield from (f"   Check unicast src : {'yes' if noun['check_source'] else 'no'}", "   Unicast Peer :")
        yield from (f"     {address} min_ttl {low} max_ttl {high}" for address, low, high in noun["peers"])
    for title, kind in (
        ("interfaces", "interface"),
        ("scripts", "script"),
        ("files", "file"),
        ("processes", "process"),
    ):
        found = [each for each in row["tracked"] if each["name"].startswith(f"{kind}:")]
        if found:
            yield f"   Tracked {title} :"
            yield from (f"     {each['name'].partition(':')[2]} weight {each['weight']}" for each in found)
    if noun["routes"]:
        yield "   Virtual Routes :"
        yield from (f"     {_route(each)}" for each in noun["routes"])
    if noun["rules"]:
        yield "   Virtual Rules :"
        yield from (f"     {_rule(each)}" for each in noun["rules"])
    yield f"   Using smtp notification = {'yes' if noun['smtp_alert'] else 'no'}"
    yield f"   Notify deleted = {'Deleted' if noun['notify_deleted'] else 'Fault'}"
    yield f"   Notify priority changes = {_true(noun['priority_changes'])}"


def _master(row: Row) -> Row | None:
    return next((each for each in row["heard"] if each["source"] == row["active_source"]), None)


def _address(row: Row, each: Row, is_set: bool) -> str:
    device = each["device"]
    if row["settings"]["device_kind"] == "vmac" and device == row["interface"]:
        device = f"{row['settings']['device']}@{device}"
    plain = each["address"]
    for full in ("/128", "/32"):
        plain = plain.removesuffix(full)
    words = [plain, f"dev {device}", f"scope {_SCOPES.get(each['scope'], each['scope'])}"]
    words += [f"label {each['label']}"] if each["label"] else []
    return " ".join([*words, *(["set"] if is_set else [])])


def _route(each: Row) -> str:
    words = ["prepend", each["destination"]]
    if "via" in each:
        words += ["via", "inet6" if ":" in each["via"] else "inet", each["via"]]
    for word, name in (("dev", "device"), ("src", "source"), ("metric", "metric")):
        words += [word, str(each[name])] if name in each else []
    words += ["table", str(each["table"])] if each.get("table", 254) != 254 else []
    return " ".join([*words, "proto", str(each["protocol"])])


def _rule(each: Row) -> str:
    words: list[str] = []
    for word, name in (("from", "source"), ("to", "destination")):
        words += [word, str(each[name])] if name in each else []
    words += ["priority", str(each["priority"])]
    words += ["fwmark", hex(each["mark"])] if "mark" in each else []
    words += ["iif", each["input_device"]] if "input_device" in each else []
    return " ".join([*words, "tos 0x0 protocol 18 lookup", str(each["table"])])


def _interval(version: int, ms: float) -> str:
    return f"{ms / 1000:.0f} sec" if version == 2 else f"{ms:.0f} milli-sec"


def _plain(value: float) -> float:
    """Return a whole number as one: so keepalived writes them."""
    return int(value) if value == int(value) else value


def _dated(at_s: float, date: Callable[[float], str]) -> str:
    """Return a time as keepalived writes it: with microseconds between the time and the year."""
    text = date(at_s)
    return f"{text[:-5]}.{round(at_s % 1 * 1_000_000) % 1_000_000:06d}{text[-5:]}"


def _enabled(value: bool) -> str:
    return "enabled" if value else "disabled"


def _true(value: bool) -> str:
    return "true" if value else "false"
