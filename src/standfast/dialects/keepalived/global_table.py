"""The keywords of `global_defs` and of the root level, as a table. Source: keepalived.conf(5), GLOBAL CONFIGURATION."""

from __future__ import annotations

from standfast.dialects.keepalived import global_settings as special
from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.engine import Keyword, Session, Words, argument
from standfast.dialects.keepalived.global_settings import GLOBAL, values_of
from standfast.dialects.keepalived.settings import Fields

_G = Fields(GLOBAL)
_UINT = numbers.UINT_MAX


def _process_table(name: str) -> dict[str, Keyword]:
    """Return the keywords that each process has."""
    return {
        f"{name}_priority": special.optional(f"{name}_priority", -20, 19),
        f"{name}_no_swap": _G.flag(f"{name}_no_swap"),
        f"{name}_rt_priority": special.realtime_priority(f"{name}_rt_priority"),
        f"{name}_cpu_affinity": special.affinity(f"{name}_cpu_affinity"),
        f"{name}_rlimit_rttime": _G.unsigned(f"{name}_rlimit_rttime", 1, _UINT),
        f"{name}_rlimit_rtime": _G.unsigned(f"{name}_rlimit_rttime", 1, _UINT),
    }


def _netlink_table() -> dict[str, Keyword]:
    table = {}
    for name in ("vrrp_netlink_cmd", "vrrp_netlink_monitor", "lvs_netlink_cmd", "lvs_netlink_monitor",
                 "process_monitor"):  # fmt: skip
        table[f"{name}_rcv_bufs"] = special.buffers(f"{name}_rcv_bufs")
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
        "vrrp_min_garp": Keyword(special.min_garp),
        "vrrp_garp_extra_if": Keyword(special.garp_extra_interface),
        "vrrp_vmac_garp_intvl": Keyword(special.garp_extra_interface),
    }


def _vrrp_table() -> dict[str, Keyword]:
    return {
        "dynamic_interfaces": Keyword(special.dynamic_interfaces),
        "no_email_faults": _G.flag("no_email_faults"),
        "default_interface": _G.text("default_interface", required=False),
        "disable_local_igmp": Keyword(special.local_igmp),
        "vrrp_mcast_group4": special.multicast("multicast_group4", 4),
        "vrrp_mcast_group6": special.multicast("multicast_group6", 6),
        "vrrp_down_timer_adverts": _G.unsigned("down_timer_adverts", 1, 100),
        "vrrp_lower_prio_no_advert": _G.switch("lower_prio_no_advert"),
        "vrrp_higher_prio_send_advert": _G.switch("higher_prio_send_advert"),
        "vrrp_version": _G.integer("vrrp_version", 2, 3),
        "vrrp_check_unicast_src": _G.flag("check_unicast_src"),
        "vrrp_skip_check_adv_addr": _G.flag("skip_check_adv_addr"),
        "vrrp_strict": _G.flag("vrrp_strict"),
        "vrrp_notify_priority_changes": _G.switch("notify_priority_changes"),
        "vrrp_rx_bufs_policy": Keyword(special.receive_policy),
        "vrrp_rx_bufs_multiplier": Keyword(special.receive_multiplier),
        "vrrp_startup_delay": _G.timer("startup_delay_us", 1000, _UINT),
        "log_unknown_vrids": _G.flag("log_unknown_vrids"),
        "vmac_prefix": _G.once("vmac_prefix"),
        "vmac_addr_prefix": _G.once("vmac_addr_prefix"),
        "vrrp_iptables": Keyword(special.iptables),
        "nftables": special.table_name("nftables", "keepalived"),
        "nftables_priority": special.strict_integer("nftables_priority", -(2**31), numbers.INT_MAX),
        "nftables_ifindex": _G.flag("nftables_ifindex"),
        "nftables_counters": _G.flag("nftables_counters"),
        "fifo_write_vrrp_states_on_reload": _G.flag("fifo_write_vrrp_states_on_reload"),
    }


def _lvs_table() -> dict[str, Keyword]:
    return {
        "checker_log_all_failures": _G.switch("log_all_failures"),
        "lvs_timeouts": Keyword(special.lvs_timeouts),
        "lvs_flush": _G.flag("lvs_flush"),
        "lvs_flush_on_stop": Keyword(special.flush_on_stop),
        "lvs_flush_onstop": Keyword(special.flush_on_stop),
        "lvs_sync_daemon": Keyword(special.sync_daemon),
        "nftables_ipvs": special.table_name("nftables_ipvs", "keepalived_ipvs"),
        "nftables_ipvs_priority": special.strict_integer("nftables_ipvs_priority", -(2**31), numbers.INT_MAX),
        "nftables_ipvs_start_fwmark": _G.unsigned("nftables_ipvs_start_fwmark", 1, _UINT, lenient=False),
        "rs_init_notifies": _G.switch("rs_init_notifies"),
        "no_checker_emails": _G.switch("no_checker_emails"),
    }


def _common_table() -> dict[str, Keyword]:
    return {
        "process_names": _G.flag("process_names"),
        **{name: special.process_name(name) for name in ("process_name", "vrrp_process_name", "checker_process_name",
                                                  "lvs_process_name", "bfd_process_name")},
        "router_id": _G.text("router_id", required=False),
        "notification_email_from": _G.text("email_from", required=False),
        "smtp_server": Keyword(special.smtp_server),
        "smtp_helo_name": Keyword(lambda s, w: values_of(s).update(smtp_helo_name=w[1]) if len(w) > 1 else None),
        "smtp_connect_timeout": _G.unsigned("smtp_timeout_s", 0, numbers.SECONDS_MAX, zero_is_one=True),
        "notification_email": Keyword(special.emails),
        "smtp_alert": _G.switch("smtp_alert"),
        "smtp_alert_vrrp": _G.switch("smtp_alert_vrrp"),
        "smtp_alert_checker": _G.switch("smtp_alert_checker"),
        "startup_script": special.script("startup_script"),
        "startup_script_timeout": special.optional("startup_timeout_s", 1, 1000),
        "shutdown_script": special.script("shutdown_script"),
        "shutdown_script_timeout": special.optional("shutdown_timeout_s", 1, 1000),
        "max_auto_priority": Keyword(special.max_auto_priority),
        "min_auto_priority_delay": special.optional("min_auto_priority_delay", 1, 10_000_000),
        "notify_fifo": special.fifo("fifo"),
        "notify_fifo_script": special.script("fifo_script"),
        "vrrp_notify_fifo": special.fifo("vrrp_fifo"),
        "vrrp_notify_fifo_script": special.script("vrrp_fifo_script"),
        "lvs_notify_fifo": special.fifo("lvs_fifo"),
        "lvs_notify_fifo_script": special.script("lvs_fifo_script"),
        "snmp_socket": Keyword(special.snmp_socket),
        **{name: _G.flag(name) for name in ("enable_traps", "enable_snmp_vrrp", "enable_snmp_keepalived",
                                            "enable_snmp_rfc", "enable_snmp_rfcv2", "enable_snmp_rfcv3",
                                            "enable_snmp_checker", "enable_dbus", "reload_repeat")},
        "dbus_service_name": _G.text("dbus_service_name", required=False),
        "script_user": Keyword(special.script_user),
        "enable_script_security": Keyword(special.security),
        "umask": Keyword(special.umask),
        "random_seed": _G.unsigned("random_seed", 0, _UINT, lenient=False),
        "reload_check_config": Keyword(lambda s, w: values_of(s).update(reload_check_config=w[1:2])),
        "reload_time_file": _G.single("reload_time_file"),
        "reload_file": Keyword(lambda s, w: values_of(s).update(reload_file=w[1:2])),
        "include_check": Keyword(special.include_check),
        "config_save_dir": Keyword(special.save_directory),
        "tmp_config_directory": Keyword(special.directory),
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
        elif field in values_of(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
        else:
            values_of(session)[field] = words[1]

    return Keyword(handler)


def _namespace_ipvs(session: Session, words: Words) -> None:
    if "net_namespace_ipvs" in values_of(session):
        session.complain("twice", f"net_namespace_ipvs {argument(words)} does not count", words[0])
        return
    values_of(session)["net_namespace_ipvs"] = words[1] if len(words) > 1 else ""


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
