"""The words of corosync.conf: every key of Corosync 3, its kind, default and meaning; the words of 1.x and 2.x and
what became of them.

Source: corosync.conf(5) and votequorum(5) of Corosync 3.1, `exec/coroparse.c` for what is checked when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `low` to `high`; Corosync refuses any other."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"a number from {self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these words. `strict`: Corosync refuses any other; else it silently takes its default."""

    words: tuple[str, ...]
    strict: bool = True

    def __str__(self) -> str:
        return ", ".join(self.words[:-1]) + (" or " if len(self.words) > 1 else "") + self.words[-1]


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""

    def __str__(self) -> str:
        return "a text"


Kind = Number | Choice | Text


@dataclass(frozen=True, slots=True)
class Key:
    """A key: what it may be, Corosync's default, what it means to the operator."""

    kind: Kind
    default: str
    meaning: str


U8, U16, U32 = Number(0, 255), Number(0, 65535), Number(0, (1 << 32) - 1)
I32, U64 = Number(-(1 << 31), (1 << 31) - 1), Number(0, (1 << 64) - 1)
TEXT = Text()
# Corosync reads 0 to 255 and takes all but 0 for yes.
FLAG = U8
YES_NO = Choice(("yes", "no"))
ON_OFF = Choice(("on", "off"))
LOG_TO = Choice(("yes", "no", "on", "off"))
LEVEL = Choice(("alert", "crit", "debug", "emerg", "err", "info", "notice", "warning"))
FACILITY = Choice((
    "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
))  # fmt: skip

_TOTEM = {
    "version": Key(Choice(("2",)), "", "the version of this file's format; only 2 exists"),
    "cluster_name": Key(TEXT, "", "the cluster's name"),
    "transport": Key(Choice(("knet", "udpu", "udp")), "knet", "how nodes talk; only knet has links and encryption"),
    "config_version": Key(U64, "0", "which of two differing files is newer"),
    "crypto_model": Key(Choice(("nss", "openssl", "gcrypt")), "nss", "the library that encrypts"),
    "crypto_cipher": Key(Choice(("none", "aes256", "aes192", "aes128")), "none", "encryption between nodes"),
    "crypto_hash": Key(
        Choice(("none", "md5", "sha1", "sha256", "sha384", "sha512")), "none", "authentication of packets"
    ),
    "secauth": Key(Choice(("on", "off"), strict=False), "off", "on: aes256 and sha256"),
    "keyfile": Key(TEXT, "/etc/corosync/authkey", "the key that all nodes share"),
    "key": Key(TEXT, "", "the key itself, which a file that others may read should not hold"),
    "link_mode": Key(Choice(("passive", "active", "rr")), "passive", "which of several links carry traffic"),
    "ip_version": Key(Choice(("ipv4", "ipv6", "ipv4-6", "ipv6-4")), "ipv6-4", "which addresses names stand for"),
    "ip_dscp": Key(TEXT, "0", "the class of service of packets"),
    "netmtu": Key(U32, "65536 with knet, else 1500", "the longest packet, bytes"),
    "clear_node_high_bit": Key(Choice(("yes", "no"), strict=False), "no", "made-up node ids are below 2147483648"),
    "threads": Key(U32, "0", "threads that encrypt"),
    "token": Key(U32, "3000", "ms without the token until a node counts as lost"),
    "token_coefficient": Key(U32, "650", "ms added to token for each node above two"),
    "token_warning": Key(Number(0, 100), "75", "% of token without it until that is logged; 0: never"),
    "token_retransmit": Key(U32, "", "ms until the token is sent again"),
    "token_retransmits_before_loss_const": Key(U32, "4", "how often the token is sent again before it is lost"),
    "hold": Key(U32, "", "ms an idle ring holds the token"),
    "join": Key(U32, "50", "ms to wait for the others' join messages"),
    "send_join": Key(U32, "0", "ms of which a random part is waited before a join message (large rings)"),
    "consensus": Key(U32, "1.2 x token", "ms to agree on a new membership after a loss"),
    "merge": Key(U32, "200", "ms between looks for other partitions on an idle ring"),
    "downcheck": Key(U32, "1000", "ms between looks whether a downed interface is back"),
    "fail_recv_const": Key(U32, "2500", "rounds of the token without expected messages until the ring is formed anew"),
    "seqno_unchanged_const": Key(U32, "30", "idle rounds until the token is held"),
    "heartbeat_failures_allowed": Key(U32, "0", "missed heartbeats until a node counts as lost; 0: no heartbeat"),
    "max_network_delay": Key(U32, "50", "ms a packet may take"),
    "window_size": Key(U32, "50", "messages in one round of the token"),
    "max_messages": Key(U32, "17", "messages of one node in one round of the token"),
    "miss_count_const": Key(U32, "5", "times a message is missed until it is asked for again"),
    "knet_pmtud_interval": Key(U32, "30", "s between looks for the largest packet"),
    "knet_mtu": Key(U32, "0", "the largest packet, bytes; 0: found by itself"),
    "knet_compression_model": Key(
        Choice(("none", "zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd")), "none", "compression between nodes"
    ),
    "knet_compression_threshold": Key(U32, "100", "bytes below which nothing is compressed"),
    "knet_compression_level": Key(I32, "0", "how hard is compressed"),
    "block_unlisted_ips": Key(Choice(("yes", "no"), strict=False), "yes", "packets of unlisted addresses are dropped"),
    "cancel_token_hold_on_retransmit": Key(
        Choice(("yes", "no"), strict=False), "no", "the token is not held while messages are sent again"
    ),
}  # fmt: skip
_INTERFACE = {
    "linknumber": Key(Number(0, 7), "0", "which link this section is about"),
    "bindnetaddr": Key(TEXT, "", "this node's network (udp only)"),
    "mcastaddr": Key(TEXT, "", "the multicast address (udp only)"),
    "broadcast": Key(Choice(("yes", "no"), strict=False), "no", "broadcast instead of multicast (udp only)"),
    "mcastport": Key(U16, "5405 + link", "the UDP port"),
    "ttl": Key(U8, "1", "routers a multicast may pass (udp only)"),
    "knet_link_priority": Key(U8, "1", "the highest working link carries traffic in passive mode"),
    "knet_ping_interval": Key(U32, "token / (2 x pong count)", "ms between pings of a link"),
    "knet_ping_timeout": Key(U32, "token / pong count", "ms without an answer until a link is down"),
    "knet_ping_precision": Key(U32, "2048", "pings of which the latency is the mean"),
    "knet_pong_count": Key(U32, "2", "answers until a link is up"),
    "knet_transport": Key(Choice(("udp", "sctp")), "udp", "what carries the link"),
}
_LOG = {
    "to_stderr": Key(LOG_TO, "yes", "log to standard error"),
    "to_logfile": Key(LOG_TO, "no", "log to a file"),
    "to_file": Key(LOG_TO, "no", "log to a file"),
    "to_syslog": Key(LOG_TO, "yes", "log to syslog"),
    "logfile": Key(TEXT, "", "the log's file"),
    "logfile_priority": Key(LEVEL, "info", "what the file gets"),
    "syslog_facility": Key(FACILITY, "daemon", "syslog's facility"),
    "syslog_level": Key(LEVEL, "info", "what syslog gets"),
    "syslog_priority": Key(LEVEL, "info", "what syslog gets"),
    "debug": Key(Choice(("on", "off", "trace")), "off", "log what developers want to know"),
    "tags": Key(TEXT, "", "kinds of trace"),
}
_LOGGING = _LOG | {
    "timestamp": Key(Choice(("off", "on", "hires")), "hires", "times in the log"),
    "fileline": Key(ON_OFF, "off", "source places in the log"),
    "function_name": Key(ON_OFF, "off", "function names in the log"),
    "blackbox": Key(ON_OFF, "on", "the flight recorder"),
}
_QUORUM = {
    "provider": Key(Choice(("corosync_votequorum",), strict=False), "", "who counts votes; without one, no quorum"),
    "expected_votes": Key(U32, "the nodes' votes", "votes that are all of them"),
    "votes": Key(U32, "1", "this node's votes (without a nodelist)"),
    "two_node": Key(FLAG, "0", "of two nodes one is enough; both must have been there once"),
    "wait_for_all": Key(FLAG, "0; 1 with two_node", "no quorum before all nodes were there at the same time"),
    "last_man_standing": Key(FLAG, "0", "after a loss the expected votes shrink"),
    "last_man_standing_window": Key(U32, "10000", "ms from a loss to fewer expected votes"),
    "auto_tie_breaker": Key(FLAG, "0", "of two halves, the one with the chosen node has quorum"),
    "auto_tie_breaker_node": Key(TEXT, "lowest", "lowest, highest, or node ids in order"),
    "expected_votes_tracking": Key(FLAG, "0", "the highest expected votes are kept on disk"),
    "allow_downscale": Key(FLAG, "0", "a clean leave lowers the expected votes"),
    "leaving_timeout": Key(U32, "1000", "ms to wait for a leaving node"),
}  # fmt: skip
_DEVICE = {
    "model": Key(Choice(("net",), strict=False), "", "who has the device's vote"),
    "votes": Key(U32, "nodes - 1", "the device's votes"),
    "timeout": Key(U32, "10000", "ms without the device's word until its votes are lost"),
    "sync_timeout": Key(U32, "30000", "the same while membership changes"),
    "master_wins": Key(FLAG, "", "the partition with the device keeps quorum"),
}
_NET = {
    "host": Key(TEXT, "", "the machine with corosync-qnetd"),
    "port": Key(Number(1, 65535), "5403", "its TCP port"),
    "algorithm": Key(Choice(("ffsplit", "lms"), strict=False), "ffsplit", "ffsplit: one half; lms: the last node"),
    "tie_breaker": Key(TEXT, "lowest", "lowest, highest or a node id: which half wins"),
    "connect_timeout": Key(U32, "0.8 x sync_timeout", "ms to reach it"),
    "force_ip_version": Key(Choice(("0", "4", "6"), strict=False), "0", "4 or 6: only such addresses"),
    "tls": Key(Choice(("on", "off", "required"), strict=False), "on", "encryption to the device"),
    "keep_active_partition_tie_breaker": Key(Choice(("on", "off"), strict=False), "off", "the active half wins first"),
}  # fmt: skip
_HEURISTICS = {
    "mode": Key(Choice(("off", "on", "sync"), strict=False), "off", "when the commands run"),
    "interval": Key(U32, "30000", "ms between runs"),
    "timeout": Key(U32, "5000", "ms a run may take"),
    "sync_timeout": Key(U32, "15000", "the same while membership changes"),
}
_NODE = {
    "nodeid": Key(U32, "", "the node's number"),
    "name": Key(TEXT, "", "the node's name"),
    "quorum_votes": Key(U32, "1", "the node's votes"),
    **{f"ring{link}_addr": Key(TEXT, "", f"the node's address on link {link}") for link in range(8)},
}
_SYSTEM = {
    "qb_ipc_type": Key(Choice(("native", "shm", "socket")), "native", "how programs talk to Corosync"),
    "sched_rr": Key(YES_NO, "yes", "real-time priority"),
    "priority": Key(TEXT, "0", "nice value, or max, or min, without real-time priority"),
    "move_to_root_cgroup": Key(Choice(("yes", "no", "auto")), "auto", "leave the cgroup for real-time priority"),
    "allow_knet_handle_fallback": Key(YES_NO, "no", "go on without privileges"),
    "state_dir": Key(TEXT, "/var/lib/corosync", "where ring ids are kept"),
    "run_dir": Key(TEXT, "", "where sockets are"),
}
_NOZZLE = {
    "name": Key(TEXT, "", "the device's name"),
    "ipaddr": Key(TEXT, "", "its address"),
    "ipprefix": Key(TEXT, "", "its network's length"),
    "macaddr": Key(TEXT, "", "its hardware address"),
}
_POLLED = {
    "poll_period": Key(U64, "", "ms between looks"),
    "recovery": Key(TEXT, "", "what is done"),
    "max": Key(TEXT, "", "the limit"),
}
_RESOURCES = {
    "watchdog_device": Key(TEXT, "", "the watchdog"),
    "watchdog_timeout": Key(U32, "6", "s until the watchdog bites"),
}

# A section's path -> its keys. What is not here, Corosync 3 does not know.
SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "": {},
    "totem": _TOTEM,
    "totem.interface": _INTERFACE,
    "totem.interface.member": {"memberaddr": Key(TEXT, "", "a node's address (without a nodelist)")},
    "logging": _LOGGING,
    "logging.logger_subsys": _LOG | {"subsys": Key(TEXT, "", "whose log this is about")},
    "logging.logging_daemon": _LOG | {"subsys": Key(TEXT, "", "part"), "name": Key(TEXT, "", "daemon")},
    "quorum": _QUORUM,
    "quorum.device": _DEVICE,
    "quorum.device.net": _NET,
    "quorum.device.heuristics": _HEURISTICS,
    "nodelist": {},
    "nodelist.node": _NODE,
    "system": _SYSTEM,
    "nozzle": _NOZZLE,
    "uidgid": {"uid": Key(TEXT, "", "a user that may speak to Corosync"), "gid": Key(TEXT, "", "such a group")},
    "resources": _RESOURCES,
    "resources.system": {},
    "resources.system.memory_used": _POLLED,
    "resources.system.load_15min": _POLLED,
    "resources.process": {},
    "resources.process.memory_used": _POLLED,
    "pload": {"count": Key(U32, "", "messages"), "size": Key(U32, "", "bytes of one")},
}


@dataclass(frozen=True, slots=True)
class Gone:
    """A word of a former Corosync: the last generation that read it, and what to do instead."""

    last: int
    cure: str


_RRP = Gone(2, "nothing: knet watches its links itself (link_mode, knet_ping_timeout)")
# A key's or a section's path -> what became of it.
OBSOLETE: Mapping[str, Gone] = {
    "compatibility": Gone(1, "nothing: there is no older Corosync to talk to"),
    "amf": Gone(1, "nothing: the availability management of openais is gone"),
    "aisexec": Gone(1, "nothing: Corosync runs as root"),
    "service": Gone(1, "nothing: the cluster manager is started by systemd, not by Corosync"),
    "event": Gone(1, "nothing"),
    "corosync": Gone(1, "nothing"),
    "totem.vsftype": Gone(1, "nothing: virtual synchrony filters are gone"),
    "totem.rrp_mode": Gone(2, "link_mode: passive, active or rr, with transport: knet"),
    "totem.interface.ringnumber": Gone(2, "linknumber: with the same number"),
    "totem.max_messages_per_token": Gone(1, "max_messages"),
    **{
        f"totem.rrp_{name}": _RRP
        for name in (
            "problem_count_timeout", "problem_count_threshold", "problem_count_mcast_threshold",
            "token_expired_timeout", "autorecovery_check_timeout",
        )
    },
    "quorum.disallow_clear_node_high_bit": Gone(1, "nothing"),
}  # fmt: skip


def key_of(section: str, key: str) -> Key | None:
    """Return a key's entry, None if Corosync 3 does not know it."""
    if section == "quorum.device.heuristics" and key.startswith("exec_"):
        return Key(TEXT, "", "a command that must succeed")
    return SECTIONS.get(section, {}).get(key)
