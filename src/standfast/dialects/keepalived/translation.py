"""What a configuration says, as the director's nouns. Source: keepalived.conf(5); defaults as LVS of 2.2.7 has them."""

from __future__ import annotations

from collections.abc import Iterator

from standfast import director
from standfast.dialects.keepalived.check_nouns import Checks
from standfast.dialects.keepalived.commands import Command
from standfast.dialects.keepalived.engine import Draft
from standfast.dialects.keepalived.own_keywords import on_failure
from standfast.dialects.keepalived.service_rules import name_of
from standfast.dialects.keepalived.service_table import ServerDraft
from standfast.dialects.keepalived.source import Source
from standfast.dialects.keepalived.top_level_words import INSTANCE
from standfast.director import checks, lvs

_NFTABLES_FIRST_MARK = 1000
_NAT = lvs.Forwarding.NAT
Alike = dict[tuple[int, str | None], director.CheckedServer]
"""Real servers by the number of what is said of them, and by what their checks take from their service."""


def configuration_of(source: Source) -> director.Configuration:
    """Return what the director is to do; what does not count is left out. The source's services are used up by it."""
    values = source.values
    return director.Configuration(
        services=services_of(source),
        timeouts=_timeouts(values),
        sync_daemon=_sync_daemon(values, source),
        sync_follows=values.get("sync_instance", "") if values.get("sync_interface") else "",
        flush_at_start=bool(values.get("lvs_flush")),
        flush_on_stop=director.FlushOnStop(values.get("flush_on_stop", "no")),
        fifos=tuple(fifos_of(values, "fifo", "lvs_fifo")),
        startup_script=_script(values.get("startup_script"), values.get("startup_timeout_s", 10)),
        shutdown_script=_script(values.get("shutdown_script"), values.get("shutdown_timeout_s", 10)),
        rs_init_notifies=bool(values.get("rs_init_notifies")),
        log_all_failures=bool(values.get("log_all_failures")),
        mail=mail_of(values),
        merge_checks=bool(values.get("merge_checks")),
        read_back=bool(values.get("read_back")),
    )


def services_of(source: Source) -> tuple[director.CheckedService, ...]:
    """Return the virtual services, groups expanded.

    Each draft is emptied when its nouns are made: they take its place in memory. So this can be asked once.
    """
    ssl = (source.checker.lists.get("SSL") or [{}])[-1] if source.checker else {}
    made = Checks(ssl, source.track_files)
    alike: Alike = {}
    marks = iter(range(source.values.get("nftables_ipvs_start_fwmark", _NFTABLES_FIRST_MARK), 2**32))
    nftables = "nftables_ipvs" in source.values
    services = []
    for draft in source.services:
        if draft["mark"] != 0:  # which names nothing: keepalived makes a service 255.255.255.255:0 of it
            services.append(_service(draft, source.values, made, alike, marks if nftables else None))
        draft.clear()
    return tuple(services)


def _service(
    draft: Draft, values: Draft, made: Checks, alike: Alike, marks: Iterator[int] | None
) -> director.CheckedService:
    sorry = draft.get("sorry")
    return director.CheckedService(
        name=name_of(draft),
        services=tuple(_virtual_services(draft, marks)),
        servers=tuple(_server(server, draft, values, made, alike) for server in draft["servers"]),
        quorum=max(1, draft["quorum"]),
        hysteresis=max(0, draft["hysteresis"]),
        quorum_up=_script(draft.get("quorum_up")),
        quorum_down=_script(draft.get("quorum_down")),
        sorry=_real_server(sorry, draft, 1) if sorry else None,
        sorry_inhibit=bool(sorry and sorry.said.get("inhibit")),
        omega=bool(draft.get("omega")),
        ha_suspend=bool(draft.get("ha_suspend")),
        smtp_alert=_alert(draft, values, default=False),
        snmp_name=draft.get("snmp_name", ""),
    )


def _virtual_services(draft: Draft, marks: Iterator[int] | None) -> Iterator[lvs.VirtualService]:
    """Yield a service for each address, port and mark."""
    seconds = draft.get("persistence_s", 0)
    flags = draft["flags"] | (lvs.ServiceFlag.PERSISTENT if seconds else lvs.ServiceFlag.NONE)
    for key in _keys(draft, marks):
        netmask = draft.get("netmask") if seconds and key.family is draft["family"] else None
        engine = draft.get("engine", "") if seconds else ""
        yield lvs.VirtualService(key, draft["scheduler"], flags, seconds, netmask, engine)


def _keys(draft: Draft, marks: Iterator[int] | None) -> Iterator[lvs.ServiceKey]:
    family = draft["family"] or lvs.Family.IPV4
    entries = draft["entries"]
    if entries is None:
        if draft["mark"] is not None:
            yield lvs.FirewallMark(draft["mark"], family)
        else:
            yield lvs.ServiceAddress(draft["transport"], draft["address"], draft["port"])
        return
    if entries["addresses"] and marks is not None:
        for found in sorted({lvs.family_of(first) for first, _, _ in entries["addresses"]}):
            yield lvs.FirewallMark(next(marks), found)
    else:
        for first, last, port in entries["addresses"]:
            for number in range(int(first), int(last) + 1):
                yield lvs.ServiceAddress(draft["transport"], type(first)(number), port)
    for mark, own in entries["marks"]:
        if mark:
            yield lvs.FirewallMark(mark, own or family)


def _server(draft: ServerDraft, service: Draft, values: Draft, made: Checks, alike: Alike) -> director.CheckedServer:
    """Return a real server; one of which the same is said as of another (`alike`) only stands elsewhere."""
    like = draft.said.get("like")
    if like is None:
        return _read_server(draft, service, values, made)
    of_service = like, service.get("virtual_host")
    one = alike.get(of_service)
    if one is None:
        one = alike[of_service] = _read_server(draft, service, values, made)
        return one
    key, real = _key(draft, service), one.server
    there = lvs.RealServer(key, real.forwarding, real.weight, real.upper_threshold, real.lower_threshold, real.tunnel)
    return director.CheckedServer(there, one.terms)


def _read_server(draft: ServerDraft, service: Draft, values: Draft, made: Checks) -> director.CheckedServer:
    said = draft.said
    terms = director.Terms(
        checks=made.of(said, service),
        on_failure=on_failure(said),
        notify_up=_script(said.get("notify_up")),
        notify_down=_script(said.get("notify_down")),
        smtp_alert=_alert(said, values, default=True),
        snmp_name=said.get("snmp_name", ""),
    )
    return director.CheckedServer(_real_server(draft, service, said["weight"]), terms)


def _real_server(draft: ServerDraft, service: Draft, weight: int) -> lvs.RealServer:
    key, said = _key(draft, service), draft.said
    upper, lower = said.get("upper_threshold", 0), said.get("lower_threshold", 0)
    tunnel = said.get("tunnel")
    if tunnel is None:
        return lvs.RealServer(key, said["method"], weight, upper, lower)
    return lvs.RealServer(key, said["method"], weight, upper, lower, tunnel)


def _key(draft: ServerDraft, service: Draft) -> lvs.ServerKey:
    """Return a real server's address and port; where only NAT could change it, 0 says that it is the service's."""
    if draft.said["method"] is _NAT or not service["entries"]:
        return draft.key
    return lvs.ServerKey(draft.key.address, 0)


def _alert(draft: Draft, values: Draft, default: bool) -> bool:
    said = draft.get("smtp_alert", values.get("smtp_alert_checker", values.get("smtp_alert", default)))
    return bool(said)


def _script(command: Command | None, timeout_s: int = 0) -> checks.Script | None:
    if command is None:
        return None
    return checks.Script(command.arguments, command.user, command.group, timeout_s * 1000)


def _timeouts(values: Draft) -> director.Timeouts | None:
    found = [values.get(f"timeout_{name}", 0) for name in ("tcp", "tcpfin", "udp")]
    return director.Timeouts(*found) if any(found) else None


def _sync_daemon(values: Draft, source: Source) -> director.SyncDaemon | None:
    """Return the sync daemon as it begins; its number is that of the router that it follows, if none is said."""
    interface = values.get("sync_interface")
    if not interface:
        return None
    follows = values.get("sync_instance")
    instances = source.vrrp.lists.get(INSTANCE, []) if source.vrrp else []
    number = next((each.get("vrid", -1) for each in instances if each["name"] == follows), -1)
    role = director.SyncRole.BACKUP if follows else director.SyncRole.MASTER
    return director.SyncDaemon(
        role, interface, values.get("sync_id", number), values.get("sync_maxlen", 0), values.get("sync_group"),
        values.get("sync_port", 0), values.get("sync_ttl", 0),
    )  # fmt: skip


def fifos_of(values: Draft, *names: str) -> Iterator[director.Fifo]:
    """Return the FIFOs of these names that are configured."""
    for name in names:
        if name in values:
            path, user, group = values[name]
            yield director.Fifo(path, user, group, _script(values.get(f"{name}_script")))


def mail_of(values: Draft) -> director.Mail:
    """Return where mails go."""
    host, port = values.get("smtp_server", ("", 25))
    plain = director.Mail()
    return director.Mail(
        server=host or plain.server,
        port=port,
        helo_name=values.get("smtp_helo_name", ""),
        timeout_ms=values.get("smtp_timeout_s", 30) * 1000,
        sender=values.get("email_from", ""),
        recipients=tuple(values.get("emails", ())) if host else (),
        router_id=values.get("router_id", ""),
    )
