"""Which options go with which command, and with which type of tunnel."""

from __future__ import annotations

from collections.abc import Collection

NAMES = (
    "numeric", "connection", "service-address", "scheduler", "persistent", "netmask", "real-server",
    "forwarding-method", "weight", "u-threshold", "l-threshold", "mcast-interface", "timeout", "daemon", "stats",
    "rate", "thresholds", "persistent-conn", "nosort", "syncid", "exact", "ops", "pe", "sched-flags", "mcast-group",
    "mcast-port", "mcast-ttl", "sync-maxlen", "tun-info", "tun-type", "tun-port", "tun-nocsum", "tun-csum",
    "tun-remcsum",
)  # fmt: skip
"""Options in the order in which they are judged: the first fault is the one that is told."""

_SERVICE = frozenset(("scheduler", "persistent", "netmask", "ops", "pe", "sched-flags"))
_SERVER = frozenset(
    ("forwarding-method", "weight", "u-threshold", "l-threshold", "tun-type", "tun-port", "tun-nocsum", "tun-csum",
     "tun-remcsum")
)  # fmt: skip
_LIST = frozenset(("numeric", "stats", "rate", "thresholds", "persistent-conn", "nosort", "exact", "tun-info"))
_DAEMON = frozenset(("mcast-interface", "syncid", "mcast-group", "mcast-port", "mcast-ttl", "sync-maxlen"))
_NONE: frozenset[str] = frozenset()

# command -> (needed, allowed); ipvsadm calls --clear "flush" when it complains
_COMMANDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "add-service": (frozenset(("service-address",)), _SERVICE),
    "edit-service": (frozenset(("service-address",)), _SERVICE),
    "delete-service": (frozenset(("service-address",)), _NONE),
    "flush": (_NONE, _NONE),
    "list": (_NONE, _LIST | {"connection", "service-address", "timeout", "daemon"}),
    "add-server": (frozenset(("service-address", "real-server")), _SERVER),
    "delete-server": (frozenset(("service-address", "real-server")), _NONE),
    "edit-server": (frozenset(("service-address", "real-server")), _SERVER),
    "set": (_NONE, _NONE),
    "start-daemon": (_NONE, _DAEMON),
    "stop-daemon": (_NONE, frozenset(("syncid",))),
    "restore": (_NONE, _NONE),
    "save": (_NONE, frozenset(("numeric",))),
    "zero": (_NONE, frozenset(("service-address",))),
}
_EXCLUSIVE = {"list": ("connection", "service-address", "timeout", "daemon")}

_TUNNEL_OPTIONS = ("tun-port", "tun-nocsum", "tun-csum", "tun-remcsum")
_TUNNEL_CHECKSUMS = {"gue": ("tun-nocsum", "tun-csum", "tun-remcsum"), "gre": ("tun-nocsum", "tun-csum")}


def fault(command: str, given: Collection[str]) -> str:
    """Return what is wrong with these options for a command; empty if nothing is."""
    needed, allowed = _COMMANDS[command]
    last = ""
    for name in NAMES:
        if name not in given:
            if name in needed:
                return f"You need to supply the '{name}' option for the '{command}' command"
        elif name not in needed | allowed:
            return f"Illegal '{name}' option with the '{command}' command"
        elif name in _EXCLUSIVE.get(command, ()):
            if last:
                return f"The option '{name}' conflicts with the '{last}' option in the '{command}' command"
            last = name
    return ""


def tunnel_fault(tunnel: str, given: Collection[str]) -> str:
    """Return what is wrong with these options for a type of tunnel; empty if nothing is."""
    last = ""
    for name in _TUNNEL_OPTIONS:
        if name not in given:
            if name == "tun-port" and tunnel == "gue":
                return f"You need to supply the '{name}' option for the '{tunnel}' tunnel type"
        elif name in _TUNNEL_CHECKSUMS.get(tunnel, ()):
            if last:
                return f"The option '{name}' conflicts with the '{last}' option in the '{tunnel}' tunnel type"
            last = name
        elif name != "tun-port" or tunnel != "gue":
            return f"Illegal '{name}' option with the '{tunnel}' tunnel type"
    return ""
