"""What must hold between the parts of a virtual server, and what is put right. Source: keepalived.conf(5).

The drafts are completed: after this every real server has its method, weight and rhythm.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from standfast.dialects.keepalived.engine import Draft, Session
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.group_table import GROUP
from standfast.dialects.keepalived.script_security import Use, named, settle
from standfast.dialects.keepalived.service_table import SERVICE, ServerDraft
from standfast.director import checks, lvs

DEFAULT_SCHEDULER = "wlc"
_NAT, _MISC = lvs.Forwarding.NAT, checks.MiscCheck
Sayings = dict[object, Draft]
"""What is said of real servers, completed, by what was said and what it was completed by."""
_INHERITED = ("alpha", "inhibit", "drain", "retry", "timeout_us", "delay_loop_us", "warmup_us", "delay_before_retry_us")


def complete(session: Session) -> list[Draft]:
    """Return the virtual servers that count, completed; note what is wrong with them."""
    services = session.lists.pop(SERVICE, [])
    groups: dict[str, Draft] = {}
    for group in session.lists.get(GROUP, []):
        groups.setdefault(group["name"], group)
    kept = [service for service in services if _linked(session, service, groups)]
    sayings: Sayings = {}
    kept = [service for service in kept if _completed(session, service, sayings)]
    _same_twice(session, kept)
    settle(session, _commands(session, kept), "scripts of checks")
    return kept


def name_of(service: Draft) -> str:
    """Return what a virtual server is called in logs."""
    if service["group"] is not None:
        return f"[{service['group']}]:{service.get('group_number', 0)}"
    if service["mark"]:
        return f"FWM {service['mark']}"
    return f"[{service['address']}]:{protocol_of(service)}:{service['port']}"


def protocol_of(service: Draft) -> str:
    """Return a virtual server's protocol in small letters, or none."""
    transport = service.get("transport")
    return transport.name.lower() if transport else "none"


def _linked(session: Session, service: Draft, groups: dict[str, Draft]) -> bool:
    """Find a virtual server's group; return whether the virtual server counts."""
    service["entries"] = None
    if service["group"] is None:
        return True
    group = groups.get(service["group"])
    if group is None:
        session.conclude("group", f"there is no virtual_server_group {service['group']}: the service does not count",
                         service, Level.OURS)  # fmt: skip
        return False
    group["users"] = group.get("users", -1) + 1
    service["group_number"] = group["users"]
    service["entries"] = group
    families = {lvs.family_of(first) for first, _, _ in group["addresses"]}
    families |= {family for _, family in group["marks"] if family is not None}
    family = service["family"]
    if family is not None and families - {family}:
        message = f"the group {service['group']} is of another family than its servers: the service does not count"
        session.conclude("family", message, service, Level.OURS)
        return False
    if len(families) == 1:
        service["family"] = next(iter(families))
    return True


def _by_address(service: Draft) -> bool:
    entries = service["entries"]
    return bool(entries["addresses"]) if entries else not service["mark"]


def _by_mark(service: Draft) -> bool:
    entries = service["entries"]
    return bool(entries["marks"]) if entries else bool(service["mark"])


def _completed(session: Session, service: Draft, sayings: Sayings) -> bool:
    if not service["servers"]:
        session.conclude("no-servers", f"{name_of(service)} has no real servers: it does not count", service)
        return False
    if service.get("ha_suspend") and _by_mark(service):
        session.conclude("value", f"{name_of(service)}: ha_suspend is of no use with firewall marks", service)
        service["ha_suspend"] = False
    _transport(session, service)
    _persistence(session, service)
    if service.get("transport") and not _by_address(service):
        session.conclude("value", f"{name_of(service)}: a firewall mark has no protocol", service)
        service["transport"] = None
    if "scheduler" not in service:
        session.conclude("default", f"{name_of(service)} names no scheduler: {DEFAULT_SCHEDULER} counts", service)
        service["scheduler"] = DEFAULT_SCHEDULER
    _inherit(session, service, sayings)
    _servers(session, service)
    _sorry(session, service)
    _quorum(session, service)
    _ports(session, service)
    return True


def _transport(session: Session, service: Draft) -> None:
    if not _by_address(service):
        return
    if not service.get("transport"):
        session.conclude("default", f"{name_of(service)} names no protocol: UDP counts", service)
        service["transport"] = lvs.Transport.UDP
    if lvs.ServiceFlag.ONE_PACKET in service["flags"] and service["transport"] is not lvs.Transport.UDP:
        session.conclude("value", f"{name_of(service)}: one-packet scheduling is for UDP", service)
        service["flags"] &= ~lvs.ServiceFlag.ONE_PACKET


def _persistence(session: Session, service: Draft) -> None:
    """A service of every port must be persistent."""
    entries = service["entries"]
    ports = [port for _, _, port in entries["addresses"]] if entries else []
    if not entries and not service["mark"]:
        ports = [service["port"]]
    if not service.get("persistence_s") and 0 in ports:
        session.conclude("default", f"{name_of(service)} has no port: it becomes persistent", service)
        service["persistence_s"] = lvs.PERSISTENCE_TIMEOUT_S


def _method(session: Session, service: Draft, target: Draft) -> None:
    if "method" in target:
        return
    _default_method(session, service)
    target["method"] = service["method"]
    if "tunnel" in service:
        target["tunnel"] = service["tunnel"]


def _default_method(session: Session, service: Draft) -> None:
    if "method" not in service:
        session.conclude("default", f"{name_of(service)} names no forwarding method: NAT counts", service)
        service["method"] = lvs.Forwarding.NAT


def _sayings(service: Draft) -> Iterator[Draft]:
    """Yield what is said of the real servers; once what is said of several that follow each other."""
    last = None
    for server in service["servers"]:
        if server.said is not last:
            yield server.said
        last = server.said


def _inherit(session: Session, service: Draft, known: Sayings) -> None:
    """Complete what is said of real servers by what is said of their service."""
    terms = [(field, service[field]) for field in _INHERITED if field in service]
    terms.append(("weight", service.get("weight", 1)))
    last: Draft | None = None
    whole: Draft = {}
    for server in service["servers"]:
        if server.said is not last:
            last = server.said
            whole = _whole(session, service, last, terms, known)
        server.said = whole


def _whole(session: Session, service: Draft, said: Draft, terms: list[tuple[str, object]], known: Sayings) -> Draft:
    """Return what is said of a real server, completed; what is shared stays, one copy is for all on these terms."""
    if "like" in said:
        if "method" not in said:
            _default_method(session, service)
        on_terms = (said["like"], service.get("method"), service.get("tunnel"), *terms)
        there = known.get(on_terms)
        if there is not None:
            return there
        said = known[on_terms] = {**said, "like": len(known)}
    _method(session, service, said)
    for field, value in terms:
        said.setdefault(field, value)
    return said


def _servers(session: Session, service: Draft) -> None:
    """Leave out real servers that stand twice, and note thresholds that cannot be."""
    servers: list[ServerDraft] = service["servers"]
    places = {int(server.key.address) << 16 | server.key.port for server in servers}
    if len(places) == len(servers) and not any(_crossed(said) for said in _sayings(service)):
        return  # as nearly always
    seen: set[object] = set()
    kept: list[ServerDraft] = []
    for server in servers:
        seen.add(server.key)
        if len(seen) == len(kept):
            message = f"{name_of(service)}: the real server {server.key.address} {server.key.port} stands twice"
            session.conclude("twice", message, {"_line": server.line_at})
            continue
        kept.append(server)
        if _crossed(server.said):
            upper, lower = server.said["upper_threshold"], server.said["lower_threshold"]
            message = f"{server.key.address}: lthreshold {lower} is above uthreshold {upper}: the kernel refuses it"
            session.conclude("thresholds", message, {"_line": server.line_at}, Level.OURS)
    service["servers"] = kept


def _crossed(said: Draft) -> bool:
    upper, lower = said.get("upper_threshold", 0), said.get("lower_threshold", 0)
    return bool(upper and lower > upper)


def _sorry(session: Session, service: Draft) -> None:
    sorry = service.get("sorry")
    if not sorry:
        return
    for server in service["servers"]:
        if server.key != sorry.key:
            continue
        inhibit = bool(server.said.get("inhibit"))
        if inhibit != bool(sorry.said.get("inhibit")):
            message = f"{name_of(service)}: the sorry server is a real server too; inhibit differs"
            session.conclude("value", message, service)
            sorry.said["inhibit"] = inhibit
    _method(session, service, sorry.said)


def _quorum(session: Session, service: Draft) -> None:
    total = sum(server.said["weight"] for server in service["servers"])
    quorum, hysteresis = service.get("quorum", 1), service.get("hysteresis", 0)
    if quorum > total:
        message = f"{name_of(service)}: quorum {quorum} is above the sum of weights {total}, which counts"
        session.conclude("quorum", message, service)
        quorum = total
    if hysteresis >= quorum:
        session.conclude("quorum", f"{name_of(service)}: hysteresis {hysteresis} is not below quorum {quorum}", service)
        hysteresis = quorum - 1
    service["quorum"], service["hysteresis"] = quorum, hysteresis


def _ports(session: Session, service: Draft) -> None:
    """Only NAT can change the port."""
    entries = service["entries"]
    others = [s for s in (*service["servers"], service.get("sorry")) if s and s.said["method"] is not _NAT]
    if entries:
        ports = {port for _, _, port in entries["addresses"]} | ({0} if entries["marks"] else set())
    else:
        ports = {0 if service["mark"] else service["port"]}
    for server in others:
        address, port = server.key.address, server.key.port
        if port and ports != {port}:
            message = f"{name_of(service)}: {address} has the port {port}, which only NAT can have"
            session.conclude("port", message, service)
            if not entries:
                server.key = lvs.ServerKey(address, 0)


def _same_twice(session: Session, services: list[Draft]) -> None:
    """The same service twice is one with two owners, each of which removes what the other adds."""
    seen: dict[object, Draft] = {}
    for service in services:
        key: object = service["group"] or (service["address"], service["port"], service["mark"], protocol_of(service))
        if key in seen:
            session.conclude("service-twice", f"{name_of(service)} stands twice", service, Level.OURS)
        seen[key] = service


def _commands(session: Session, services: list[Draft]) -> Iterator[Use]:
    if not services:
        return
    for service in services:
        yield from named(service, ("quorum_up", "quorum_down"))
        for said in _sayings(service):
            if "notify_up" in said or "notify_down" in said:
                yield from named(said, ("notify_up", "notify_down"))
            for check in said["checks"]:
                if check["kind"] is _MISC:
                    yield Use("misc_path", check["command"], check, partial(said["checks"].remove, check))
    yield from named(session.current["global_defs"], ("fifo_script", "lvs_fifo_script"))
