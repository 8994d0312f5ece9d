"""The keywords of `global_defs` and of the root level, as a table. Source: keepalived.conf(5), GLOBAL CONFIGURATION."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.commands import default_user, known
from standfast.dialects.keepalived.engine import Keyword, Session, Words, argument, block_words
from standfast.dialects.keepalived.includes import OPTIONS
from standfast.dialects.keepalived.settings import Fields

GLOBAL = "global_defs"
_G = Fields(GLOBAL)
_UINT = numbers.UINT_MAX
PROCESS_NAME_MAX = 15
LVS_TIMEOUT_MAX = 86400 * 31
REALTIME_PRIORITY_MAX = 99
Handler = Callable[[Session, Words], None]


def _globals(session: Session) -> dict[str, object]:
    return session.current[GLOBAL]


def _process_name(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        name = argument(words)
        if len(name) > PROCESS_NAME_MAX:
            session.complain("value", f"{words[0]} {name} is cut to {PROCESS_NAME_MAX} characters", name)
        _globals(session)[field] = name[:PROCESS_NAME_MAX]

    return Keyword(handler)


def _smtp_server(session: Session, words: Words) -> None:
    host = argument(words)
    port: int | None = 25
    if len(words) > 2:
        port = numbers.unsigned(session, words[2], 1, 65535, "the port", lenient=False)
    if port is None or not (address_of(host) or session.around.resolves(host)):
        session.complain("value", f"smtp_server {host} leads to no address", host)
        return
    _globals(session)["smtp_server"] = (host, port)


def _emails(session: Session, words: Words) -> None:
    found = block_words(session, words)
    if not found:
        session.complain("empty", "notification_email names nobody")
    _globals(session).setdefault("emails", []).extend(found)  # type: ignore[attr-defined]


def _script_user(session: Session, words: Words) -> None:
    if len(words) < 2:
        session.complain("value", "script_user lacks its user", words[0])
        return
    group = words[2] if len(words) > 2 else ""
    session.shared["script_user"] = words[1], group
    if not session.around.user_exists(words[1]) or (group and not session.around.group_exists(group)):
        session.complain("user", f"script_user {' '.join(words[1:3])}: there is no such user or group", words[1])
        session.shared["script_user_failed"] = True


def _security(session: Session, words: Words) -> None:
    session.shared["script_security"] = True


def _dynamic_interfaces(session: Session, words: Words) -> None:
    session.shared["dynamic_interfaces"] = True
    if len(words) > 1 and words[1] != "allow_if_changes":
        session.complain("value", f"dynamic_interfaces knows no {words[1]}", words[1])
    _globals(session)["allow_if_changes"] = "allow_if_changes" in words[1:2]


def _max_auto_priority(session: Session, words: Words) -> None:
    value: int | None = REALTIME_PRIORITY_MAX
    if len(words) > 1:
        value = numbers.integer(session, words[1], -1, REALTIME_PRIORITY_MAX, words[0])
    _globals(session)["max_auto_priority"] = value


def _optional(field: str, low: int, high: int) -> Keyword:
    """Return a keyword with a whole number, without which it is complained about and reading goes on."""

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its number", words[0])
            return
        value = numbers.integer(session, words[1], low, high, words[0])
        if value is not None:
            _globals(session)[field] = value

    return Keyword(handler)


def _lvs_timeouts(session: Session, words: Words) -> None:
    if len(words) < 3:
        session.complain("value", "lvs_timeouts wants tcp, tcpfin or udp with seconds", words[0])
        return
    at = 1
    while at < len(words):
        name = words[at]
        if name not in ("tcp", "tcpfin", "udp"):
            session.complain("value", f"lvs_timeouts knows no {name}", name)
            at += 1
            continue
        if at + 1 == len(words):
            session.complain("value", f"lvs_timeouts {name} lacks its seconds", name)
            return
        value = numbers.unsigned(session, words[at + 1], 0, LVS_TIMEOUT_MAX, name, lenient=False)
        if value is not None:
            _globals(session)[f"timeout_{name}"] = value
        at += 2


_SYNC_NUMBERS = {"id": (0, 255), "maxlen": (1, 65507), "port": (1, 65535), "ttl": (1, 255)}


def _sync_daemon(session: Session, words: Words) -> None:
    values = _globals(session)
    if "sync_interface" in values:
        session.complain("twice", "lvs_sync_daemon was said before", words[0])
        return
    if len(words) < 2:
        session.complain("value", "lvs_sync_daemon wants an interface", words[0])
        return
    if len(words[1]) >= 16:
        session.complain("value", f"the interface's name {words[1]} is too long", words[1])
        return
    values["sync_interface"] = words[1]
    at = 2
    while at < len(words):
        at = _sync_option(session, words, at)


def _sync_option(session: Session, words: Words, at: int) -> int:
    """Read one option of lvs_sync_daemon; return where the next one stands."""
    values, name = _globals(session), words[at]
    if name == "inst":
        values.setdefault("sync_instance", argument(words, at + 1))
        return at + 2
    if name in _SYNC_NUMBERS or name == "group":
        if at + 1 == len(words):
            session.complain("value", f"lvs_sync_daemon {name} lacks its value", name)
            return at + 1
        if name == "group":
            _sync_group(session, words[at + 1])
        else:
            low, high = _SYNC_NUMBERS[name]
            value = numbers.unsigned(session, words[at + 1], low, high, name, lenient=False)
            if value is not None:
                values[f"sync_{name}"] = value
        return at + 2
    if at == 2:
        values["sync_instance"] = name
    elif at == 3:
        value = numbers.unsigned(session, name, 0, 255, "id", lenient=False)
        if value is not None:
            session.complain("value", "before the sync daemon's number stands `id`", name)
            values["sync_id"] = value
    else:
        session.complain("value", f"lvs_sync_daemon knows no {name}", name)
    return at + 1


def _sync_group(session: Session, word: str) -> None:
    address = address_of(word)
    if address is None or not address.is_multicast:
        session.complain("address", f"{word} is no multicast address", word)
    else:
        _globals(session)["sync_group"] = address


def _flush_on_stop(session: Session, words: Words) -> None:
    if len(words) == 1:
        _globals(session)["flush_on_stop"] = "all"
    elif words[1] == "VS":
        _globals(session)["flush_on_stop"] = "VS"
    else:
        session.complain("value", f"lvs_flush_on_stop knows no {words[1]}", words[1])


def _multicast(field: str, version: int) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        word = argument(words)
        address = address_of(word)
        if address is None or address.version != version or not address.is_multicast:
            session.complain("address", f"{words[0]} {word} is no multicast address of IPv{version}", word)
            return
        if isinstance(address, IPv6Address) and address.packed[1] & 0x0F != 2:
            session.complain("address", f"{words[0]} {word} should be link-local", word)
        _globals(session)[field] = address

    return Keyword(handler)


def _min_garp(session: Session, words: Words) -> None:
    if len(words) < 2:
        value: bool | None = True
    else:
        value = numbers.switch(session, words)
    if value:
        _globals(session)["min_garp"] = True


def _garp_extra_interface(session: Session, words: Words) -> None:
    if words[0] == "vrrp_vmac_garp_intvl":
        session.complain("deprecated", "vrrp_vmac_garp_intvl is now vrrp_garp_extra_if", words[0])
    delay: int | None = 0
    for word in words[1:]:
        if word == "all":
            _globals(session)["garp_extra_all"] = True
            continue
        delay = numbers.unsigned(session, word, 1, 86400, words[0])
        if delay is None:
            return
    if not delay:
        session.complain("value", f"{words[0]} wants seconds", words[0])
        return
    _globals(session)["garp_extra_s"] = delay


def _realtime_priority(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its number", words[0])
            return
        value = numbers.integer(session, words[1], -(2**31), numbers.INT_MAX, words[0])
        if value is None:
            return
        if not 1 <= value <= REALTIME_PRIORITY_MAX:
            session.complain("value", f"{words[0]} {value} is put between 1 and {REALTIME_PRIORITY_MAX}", words[1])
        _globals(session)[field] = min(max(value, 1), REALTIME_PRIORITY_MAX)

    return Keyword(handler)


def _affinity(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} names no processor", words[0])
            return
        found = []
        for word in words[1:]:
            value = numbers.integer(session, word, 0, session.around.processors - 1, words[0])
            if value is None:
                return
            found.append(value)
        _globals(session)[field] = tuple(found)

    return Keyword(handler)


def _fifo(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its name", words[0])
            return
        if field in _globals(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
            return
        user, group = (words[2] if len(words) > 2 else ""), (words[3] if len(words) > 3 else "")
        if (user and known(session, user, group)) or (not user and default_user(session) is not None):
            _globals(session)[field] = words[1], user, group

    return Keyword(handler)


def _script(field: str) -> Keyword:
    inner = _G.script(field).handler
    assert inner is not None

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its command", words[0])
        elif field in _globals(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
        else:
            inner(session, words)
            if field not in _globals(session) and field in ("startup_script", "shutdown_script"):
                session.complain("command", f"{words[0]}: the command cannot be used", words[0])

    return Keyword(handler)


def _snmp_socket(session: Session, words: Words) -> None:
    if len(words) != 2:
        session.complain("value", "snmp_socket takes one name", words[0])
    elif "snmp_socket" in _globals(session):
        session.complain("twice", "snmp_socket was said before", words[0])
    else:
        _globals(session)["snmp_socket"] = words[1]


def _receive_policy(session: Session, words: Words) -> None:
    if len(words) < 2:
        session.complain("value", "vrrp_rx_bufs_policy wants MTU, ADVERT or a size", words[0])
        return
    policies = {word.upper() for word in words[1:] if word.upper() in ("MTU", "ADVERT")}
    for word in words[1:]:
        if word.upper() not in policies:
            size = numbers.unsigned(session, words[1], 0, _UINT, words[0], lenient=False)
            if size is not None:
                policies.add(str(size))
    if len(policies) > 1:
        session.complain("value", "vrrp_rx_bufs_policy takes one of MTU, ADVERT and a size", words[0])
    _globals(session)["receive_policy"] = tuple(sorted(policies))


def _receive_multiplier(session: Session, words: Words) -> None:
    if len(words) != 2:
        session.complain("value", "vrrp_rx_bufs_multiplier takes one number", words[0])
        return
    value = numbers.unsigned(session, words[1], 1, _UINT, words[0], lenient=False)
    if value is not None:
        _globals(session)["receive_multiplier"] = value


def _buffers(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its size", words[0])
            return
        value = numbers.unsigned(session, words[1], 0, _UINT, words[0], lenient=False)
        if value:
            _globals(session)[field] = value

    return Keyword(handler)


_BITS = re.compile(r"I[RWX](?:USR|GRP|OTH)(?:\|I[RWX](?:USR|GRP|OTH))*")


def _umask(session: Session, words: Words) -> None:
    mask = argument(words)
    if mask[:1].isdigit():
        octal = re.fullmatch(r"0[0-7]*|0[xX][0-9a-fA-F]+|[1-9][0-9]*", mask)
        value = int(mask, 8 if mask[:1] == "0" and mask[1:2] not in ("x", "X") else 0) if octal else -1
        good = len(words) == 2 and 0 <= value <= 0o777
    else:
        good = _BITS.fullmatch("".join(words[1:])) is not None
    if not good:
        session.complain("value", f"umask {' '.join(words[1:])} is no mask of permissions", mask)
        return
    _globals(session)["umask"] = " ".join(words[1:])


def _include_check(session: Session, words: Words) -> None:
    for number, word in enumerate(words[1:]):
        if word.lstrip("+-") not in OPTIONS:
            session.complain("value", f"include_check knows no {word}", word)
        if word[:1] not in "+-" and number:
            session.complain("value", f"include_check {word}: only the first stands without + or -", word)


def _save_directory(session: Session, words: Words) -> None:
    path = argument(words)
    state = session.around.state(path)
    if state.exists and not state.folder:
        session.complain("value", f"config_save_dir {path} is no folder", path)
    _globals(session)["config_save_dir"] = path


def _directory(session: Session, words: Words) -> None:
    if "config_directory" in _globals(session):
        session.complain("twice", f"{words[0]} was said before", words[0])
    elif len(words) < 2:
        session.complain("value", f"{words[0]} lacks its folder", words[0])
    else:
        _globals(session)["config_directory"] = words[1]


def _iptables(session: Session, words: Words) -> None:
    session.complain("deprecated", "iptables and ipsets are not used here: `nftables` replaces both", words[0])


def _table_name(field: str, default: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if field in _globals(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
            return
        _globals(session)[field] = words[1] if len(words) > 1 else default

    return Keyword(handler)


def _strict_integer(field: str, low: int, high: int) -> Keyword:
    return _G.integer(field, low, high, lenient=False)


def _local_igmp(session: Session, words: Words) -> None:
    if not session.around.state("/proc/sys/net/ipv4/igmp_link_local_mcast_reports").exists:
        session.complain("value", "the kernel has no igmp_link_local_mcast_reports", words[0])


def _process_table(name: str) -> dict[str, Keyword]:
    """Return the keywords that each process has."""
    return {
        f"{name}_priority": _optional(f"{name}_priority", -20, 19),
        f"{name}_no_swap": _G.flag(f"{name}_no_swap"),
        f"{name}_rt_priority": _realtime_priority(f"{name}_rt_priority"),
        f"{name}_cpu_affinity": _affinity(f"{name}_cpu_affinity"),
        f"{name}_rlimit_rttime": _G.unsigned(f"{name}_rlimit_rttime", 1, _UINT),
        f"{name}_rlimit_rtime": _G.unsigned(f"{name}_rlimit_rttime", 1, _UINT),
    }


def _netlink_table() -> dict[str, Keyword]:
    table = {}
    for name in ("vrrp_netlink_cmd", "vrrp_netlink_monitor", "lvs_netlink_cmd", "lvs_netlink_monitor",
                 "process_monitor"):  # fmt: skip
        table[f"{name}_rcv_bufs"] = _buffers(f"{name}_rcv_bufs")
        table[f"{name}_rcv_bufs_force"] = _G.switch(f"{name}_rcv_bufs_force")
    return table


def _garp_table() -> dict[str, Keyword]:
    return {
        "vrrp_garp_master_delay": _G.unsigned("garp_delay_s", 0, numbers.SECONDS_MAX),
        "vrrp_garp_master_repeat": _G.unsigned("garp_repeat", 0, _UINT, zero_is_one=True),
        "vrrp_garp_master_refresh": _G.unsigned("garp_refresh_s", 0, _UINT),
        "vrrp_garp_master_refresh_repeat": _G.unsigned("garp_refresh_repeat", 0, _UINT, zero_is_one=True),
        "vrrp_garp_lower_prio_delay": _G.unsigned("garp_lower_delay_s", 0, numbers.SECONDS_MAX),
        "vrrp_garp_lower_prio_repeat": _G.unsigned("garp_lower_repeat", 0, numbers.INT_MAX),
        "vrrp_garp_interval": _G.timer("garp_interval_us", 1, _UINT),
        "vrrp_gna_interval": _G.timer("gna_interval_us", 1, _UINT),
        "vrrp_min_garp": Keyword(_min_garp),
        "vrrp_garp_extra_if": Keyword(_garp_extra_interface),
        "vrrp_vmac_garp_intvl": Keyword(_garp_extra_interface),
    }


def _vrrp_table() -> dict[str, Keyword]:
    return {
        "dynamic_interfaces": Keyword(_dynamic_interfaces),
        "no_email_faults": _G.flag("no_email_faults"),
        "default_interface": _G.text("default_interface", required=False),
        "disable_local_igmp": Keyword(_local_igmp),
        "vrrp_mcast_group4": _multicast("multicast_group4", 4),
        "vrrp_mcast_group6": _multicast("multicast_group6", 6),
        "vrrp_down_timer_adverts": _G.unsigned("down_timer_adverts", 1, 100),
        "vrrp_lower_prio_no_advert": _G.switch("lower_prio_no_advert"),
        "vrrp_higher_prio_send_advert": _G.switch("higher_prio_send_advert"),
        "vrrp_version": _G.integer("vrrp_version", 2, 3),
        "vrrp_check_unicast_src": _G.flag("check_unicast_src"),
        "vrrp_skip_check_adv_addr": _G.flag("skip_check_adv_addr"),
        "vrrp_strict": _G.flag("vrrp_strict"),
        "vrrp_notify_priority_changes": _G.switch("notify_priority_changes"),
        "vrrp_rx_bufs_policy": Keyword(_receive_policy),
        "vrrp_rx_bufs_multiplier": Keyword(_receive_multiplier),
        "vrrp_startup_delay": _G.timer("startup_delay_us", 1000, _UINT),
        "log_unknown_vrids": _G.flag("log_unknown_vrids"),
        "vmac_prefix": _G.once("vmac_prefix"),
        "vmac_addr_prefix": _G.once("vmac_addr_prefix"),
        "vrrp_iptables": Keyword(_iptables),
        "nftables": _table_name("nftables", "keepalived"),
        "nftables_priority": _strict_integer("nftables_priority", -(2**31), numbers.INT_MAX),
        "nftables_ifindex": _G.flag("nftables_ifindex"),
        "nftables_counters": _G.flag("nftables_counters"),
        "fifo_write_vrrp_states_on_reload": _G.flag("fifo_write_vrrp_states_on_reload"),
    }


def _lvs_table() -> dict[str, Keyword]:
    return {
        "checker_log_all_failures": _G.switch("log_all_failures"),
        "lvs_timeouts": Keyword(_lvs_timeouts),
        "lvs_flush": _G.flag("lvs_flush"),
        "lvs_flush_on_stop": Keyword(_flush_on_stop),
        "lvs_flush_onstop": Keyword(_flush_on_stop),
        "lvs_sync_daemon": Keyword(_sync_daemon),
        "nftables_ipvs": _table_name("nftables_ipvs", "keepalived_ipvs"),
        "nftables_ipvs_priority": _strict_integer("nftables_ipvs_priority", -(2**31), numbers.INT_MAX),
        "nftables_ipvs_start_fwmark": _G.unsigned("nftables_ipvs_start_fwmark", 1, _UINT, lenient=False),
        "rs_init_notifies": _G.switch("rs_init_notifies"),
        "no_checker_emails": _G.switch("no_checker_emails"),
    }


def _common_table() -> dict[str, Keyword]:
    return {
        "process_names": _G.flag("process_names"),
        **{name: _process_name(name) for name in ("process_name", "vrrp_process_name", "checker_process_name",
                                                  "lvs_process_name", "bfd_process_name")},
        "router_id": _G.text("router_id", required=False),
        "notification_email_from": _G.text("email_from", required=False),
        "smtp_server": Keyword(_smtp_server),
        "smtp_helo_name": Keyword(lambda s, w: _globals(s).update(smtp_helo_name=w[1]) if len(w) > 1 else None),
        "smtp_connect_timeout": _G.unsigned("smtp_timeout_s", 0, numbers.SECONDS_MAX, zero_is_one=True),
        "notification_email": Keyword(_emails),
        "smtp_alert": _G.switch("smtp_alert"),
        "smtp_alert_vrrp": _G.switch("smtp_alert_vrrp"),
        "smtp_alert_checker": _G.switch("smtp_alert_checker"),
        "startup_script": _script("startup_script"),
        "startup_script_timeout": _optional("startup_timeout_s", 1, 1000),
        "shutdown_script": _script("shutdown_script"),
        "shutdown_script_timeout": _optional("shutdown_timeout_s", 1, 1000),
        "max_auto_priority": Keyword(_max_auto_priority),
        "min_auto_priority_delay": _optional("min_auto_priority_delay", 1, 10_000_000),
        "notify_fifo": _fifo("fifo"),
        "notify_fifo_script": _script("fifo_script"),
        "vrrp_notify_fifo": _fifo("vrrp_fifo"),
        "vrrp_notify_fifo_script": _script("vrrp_fifo_script"),
        "lvs_notify_fifo": _fifo("lvs_fifo"),
        "lvs_notify_fifo_script": _script("lvs_fifo_script"),
        "snmp_socket": Keyword(_snmp_socket),
        **{name: _G.flag(name) for name in ("enable_traps", "enable_snmp_vrrp", "enable_snmp_keepalived",
                                            "enable_snmp_rfc", "enable_snmp_rfcv2", "enable_snmp_rfcv3",
                                            "enable_snmp_checker", "enable_dbus", "reload_repeat")},
        "dbus_service_name": _G.text("dbus_service_name", required=False),
        "script_user": Keyword(_script_user),
        "enable_script_security": Keyword(_security),
        "umask": Keyword(_umask),
        "random_seed": _G.unsigned("random_seed", 0, _UINT, lenient=False),
        "reload_check_config": Keyword(lambda s, w: _globals(s).update(reload_check_config=w[1:2])),
        "reload_time_file": _G.single("reload_time_file"),
        "reload_file": Keyword(lambda s, w: _globals(s).update(reload_file=w[1:2])),
        "include_check": Keyword(_include_check),
        "config_save_dir": Keyword(_save_directory),
        "tmp_config_directory": Keyword(_directory),
        "data_use_instance": _G.switch("data_use_instance"),
    }  # fmt: skip


GLOBAL_TABLE: dict[str, Keyword] = {
    **_common_table(), **_vrrp_table(), **_garp_table(), **_lvs_table(), **_netlink_table(),
    **_process_table("vrrp"), **_process_table("checker"), **_process_table("bfd"),
}  # fmt: skip


def _root_name(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its name", words[0])
        elif field in _globals(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
        else:
            _globals(session)[field] = words[1]

    return Keyword(handler)


def _namespace_ipvs(session: Session, words: Words) -> None:
    if "net_namespace_ipvs" in _globals(session):
        session.complain("twice", f"net_namespace_ipvs {argument(words)} does not count", words[0])
        return
    _globals(session)["net_namespace_ipvs"] = words[1] if len(words) > 1 else ""


ROOT_TABLE: dict[str, Keyword] = {
    "linkbeat_use_polling": _G.flag("linkbeat_use_polling"),
    "net_namespace": _root_name("net_namespace"),
    "net_namespace_ipvs": Keyword(_namespace_ipvs),
    "namespace_with_ipsets": _G.flag("namespace_with_ipsets"),
    "use_pid_dir": _G.flag("use_pid_dir"),
    "instance": _root_name("instance"),
    "child_wait_time": _G.unsigned("child_wait_time_s", 0, _UINT, lenient=False),
    "global_defs": Keyword(block=GLOBAL_TABLE),
}
