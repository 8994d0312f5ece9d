"""What keepalived does and the director's VRRP does not: each such word of a configuration is told when it is read."""

from __future__ import annotations

from standfast.dialects.keepalived.source import Source
from standfast.dialects.keepalived.top_level_words import INSTANCE
from standfast.errors import Report, Severity

_NO_SNMP = "there is no SNMP; /metrics tells the same"
_GLOBAL = {
    "snmp_socket": _NO_SNMP,
    "enable_snmp_vrrp": _NO_SNMP,
    "enable_snmp_keepalived": _NO_SNMP,
    "enable_traps": "there is no SNMP; notify scripts and FIFOs tell the same",
    "enable_dbus": "there is no DBus; the query socket tells the same",
    "config_save_dir": "no copies of the configuration are kept",
}


def unsupported(source: Source) -> tuple[Report, ...]:
    """Return what of a configuration's VRRP half does not count here, and what is so instead."""
    if source.vrrp is None or not source.vrrp.lists.get(INSTANCE):
        return ()
    return tuple(_told(word, instead) for word, instead in _GLOBAL.items() if source.values.get(word))


def _told(word: str, instead: str) -> Report:
    message = f"{word} does not count: {instead}"
    return Report("keepalived.unsupported", message, severity=Severity.WARNING)
