"""What to say to words that real files hold and that keepalived does not know, or takes for something else."""

from __future__ import annotations

_HINTS = {
    "nb_get_retry": "outside HTTP_GET and SSL_GET it is `retry`",
    "nat_mask": "NAT masks are gone with Linux 2.2: remove it",
    "lvs_sync_daemon_inteface": "`lvs_sync_daemon` in global_defs replaces it",
    "lvs_sync_daemon_interface": "`lvs_sync_daemon` in global_defs replaces it",
    "connect_time": "`connect_timeout`",
    "vrrp_script_user": "`script_user` in global_defs, or `user` in the vrrp_script",
    "ICMP_CHECK": "`PING_CHECK`",
    "real_sever": "`real_server`",
    "include": "`include` wants a file's name",
}
_NEWER = {
    "multihop", "tls_compliant", "iproute_usr_dir", "iproute_etc_dir", "state_dump_file", "stats_dump_file",
    "json_dump_file", "json_version", "use_symlink_paths", "v3_checksum_as_v2", "vrrp_owner_ignore_adverts",
    "thread_timer_expired", "timer_expired_backup", "no_virtual_ipaddress", "dbus_no_interface_name",
    "snmp_vs_stats_update_interval", "snmp_rs_stats_update_interval", "auth_hmac", "sni_name", "vrrp_delay_after_boot",
    "set_supplementary_groups",
}  # fmt: skip


def hint(word: str) -> str:
    """Return what may help somebody who wrote this word, or nothing."""
    if word in _HINTS:
        return _HINTS[word]
    if word in _NEWER:
        return "keepalived 2.3 or newer knows it"
    if word.startswith("//"):
        return "comments begin with # or !"
    if word.startswith("$"):
        return "a definition has no blank before its =, and counts only below it"
    if word.startswith("\ufeff"):
        return "the file begins with a byte order mark: remove it"
    return ""
