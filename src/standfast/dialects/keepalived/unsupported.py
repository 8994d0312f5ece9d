"""What keepalived does and the director's VRRP does not: each such word of a configuration is told when it is read."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.dialects.keepalived.engine import Draft, Session, place_of
from standfast.dialects.keepalived.instance_table import INSTANCE
from standfast.dialects.keepalived.source import Source
from standfast.errors import Place, Report, Severity

_OF_INSTANCES = {
    "linkbeat_polling": ("linkbeat_use_polling", "the kernel tells of carriers, nobody polls"),
}
_GLOBAL = {
    "vrrp_rlimit_rttime": ("vrrp_rlimit_rttime", "the VRRP process is never killed for using its processor"),
    "snmp_socket": ("snmp_socket", "there is no SNMP; /metrics tells the same"),
    "enable_snmp_vrrp": ("enable_snmp_vrrp", "there is no SNMP; /metrics tells the same"),
    "enable_snmp_keepalived": ("enable_snmp_keepalived", "there is no SNMP; /metrics tells the same"),
    "enable_traps": ("enable_traps", "there is no SNMP; notify scripts and FIFOs tell the same"),
    "enable_dbus": ("enable_dbus", "there is no DBus; the query socket tells the same"),
    "config_save_dir": ("config_save_dir", "no copies of the configuration are kept"),
}


def unsupported(source: Source) -> tuple[Report, ...]:
    """Return what of a configuration's VRRP half does not count here, and what is so instead."""
    session = source.vrrp
    if session is None or not session.lists.get(INSTANCE):
        return ()
    return (*_of_instances(session), *_of_all(session), *_globals(source.values))


def _of_instances(session: Session) -> Iterator[Report]:
    for draft in session.lists.get(INSTANCE, []):
        for field, (word, instead) in _OF_INSTANCES.items():
            if draft.get(field):
                yield _told(f"{draft['name']}: {word}", instead, draft)
        yield from _routes(draft.get("routes", []))


def _of_all(session: Session) -> Iterator[Report]:
    yield from _routes(session.lists.get("static_routes", []))


def _routes(drafts: list[Draft]) -> Iterator[Report]:
    for draft in drafts:
        for word in dict.fromkeys(draft["ignored"]):
            yield _told(f"the route {' '.join(draft['words'])}: {word}", "the route is set without it", draft)


def _globals(values: Draft) -> Iterator[Report]:
    for field, (word, instead) in _GLOBAL.items():
        if values.get(field):
            yield _told(word, instead, {})


def _told(what: str, instead: str, draft: Draft) -> Report:
    place = place_of(draft["_line"]) if "_line" in draft else Place()
    return Report("keepalived.unsupported", f"{what} does not count: {instead}", "", place, Severity.WARNING)
