"""The keywords of virtual servers, their groups and real servers, as tables. Source: keepalived.conf(5)."""

from __future__ import annotations

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of, plain_port
from standfast.dialects.keepalived.check_table import CHECK_TABLE
from standfast.dialects.keepalived.engine import Draft, Keyword, Repeats, Session, Table, Words, argument, constant, own
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.group_table import GROUP_TABLE
from standfast.dialects.keepalived.settings import Fields
from standfast.director import lvs

SERVICE = "virtual_server"
SERVER = "real_server"
_S = Fields(SERVICE)
_R = Fields(SERVER)
_UINT = numbers.UINT_MAX
WEIGHT_MAX = numbers.INT_MAX
SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos")
PERSISTENCE_MAX_S = 86400 * 31
ENGINE_NAME_MAX = 16
_METHODS = {"NAT": lvs.Forwarding.NAT, "DR": lvs.Forwarding.DIRECT, "TUN": lvs.Forwarding.TUNNEL}
_TUNNELS = {"ipip": lvs.TunnelType.IPIP, "gue": lvs.TunnelType.GUE, "gre": lvs.TunnelType.GRE}
_CHECKSUMS = {
    "nocsum": lvs.TunnelChecksum.NONE,
    "csum": lvs.TunnelChecksum.CHECKSUM,
    "remcsum": lvs.TunnelChecksum.REMOTE_CHECKSUM,
}


_TUNNEL, _IPV6 = lvs.Forwarding.TUNNEL, lvs.Family.IPV6


class ServerDraft:
    """A real server or a sorry server: its key, and what is said of it, which those with the same lines share.

    What is `like` others' is theirs too, whatever service they are of. `line_at` is the line that names it.
    """

    def __init__(self, key: lvs.ServerKey, line_at: int, said: Draft) -> None:
        self.key = key
        self.line_at = line_at
        self.said = said


def _endpoint(session: Session, words: Words, what: str) -> tuple[lvs.Address, int] | None:
    """Return an address and a port, or None after a complaint; a bad port is complained about twice, as it is there."""
    host, port = argument(words), words[2] if len(words) > 2 else None
    number: int | None = 0
    word = plain_port(port)
    if word is not None:
        number = numbers.unsigned(session, word, 1, 65535, "the port", lenient=False)
    address = address_of(host)
    if number is None or address is None:
        session.complain("address", f"{what} {host} {port or ''} is no address and port: it is left out", host)
        return None
    return address, number


def _virtual_server(session: Session, words: Words) -> None:
    first = argument(words)
    values: Draft = {"address": None, "port": 0, "mark": None, "group": None, "family": None}
    if first == "group":
        values["group"] = argument(words, 2)
    elif first == "fwmark":
        values["mark"] = numbers.unsigned(session, argument(words, 2), 0, _UINT, "fwmark")
        if values["mark"] is None:
            session.skip()
            return
    else:
        endpoint = _endpoint(session, words, "the virtual server")
        if endpoint is None:
            session.skip()
            return
        values["address"], values["port"] = endpoint
        values["family"] = lvs.family_of(endpoint[0])
    session.begin(SERVICE, **values, servers=[], flags=lvs.ServiceFlag.NONE)


def _mixed_ends(session: Session) -> None:
    """A sorry server must be of the service's family unless it is tunnelled to; a firewall mark takes its servers'."""
    service = session.current[SERVICE]
    sorry = service.get("sorry")
    if sorry and sorry.said.get("method") is not lvs.Forwarding.TUNNEL:
        family = lvs.family_of(sorry.key.address)
        if service["family"] is None:
            service["family"] = family
        elif service["family"] is not family:
            session.complain("family", f"the sorry server {sorry.key.address} is of another family: it is left out")
            service["sorry"] = sorry = None
    if service["family"] is not None or service["group"] is not None:
        return
    there = [sorry] if sorry else []
    families = {lvs.family_of(server.key.address) for server in there + service["servers"]}
    service["family"] = families.pop() if len(families) == 1 else lvs.Family.IPV4


def _family(session: Session, words: Words) -> None:
    service, word = session.current[SERVICE], argument(words)
    families = {"inet": lvs.Family.IPV4, "inet6": lvs.Family.IPV6}
    if word not in families:
        session.complain("value", f"ip_family {word} is neither inet nor inet6", word)
    elif service["family"] is not None and service["family"] is not families[word]:
        session.complain("family", f"ip_family {word} is not that of the service's address", word)
    else:
        service["family"] = families[word]


def _scheduler(session: Session, words: Words) -> None:
    word = argument(words)
    if word not in SCHEDULERS:
        session.complain("value", f"{words[0]} {word} is none of {', '.join(SCHEDULERS)}", word)
        return
    session.current[SERVICE]["scheduler"] = word


_FLAGS = {
    "ops": lvs.ServiceFlag.ONE_PACKET,
    "flag-1": lvs.ServiceFlag.SCHED_1,
    "flag-2": lvs.ServiceFlag.SCHED_2,
    "flag-3": lvs.ServiceFlag.SCHED_3,
}
_HASH_FLAGS = {"port": lvs.SOURCE_PORT, "fallback": lvs.FALLBACK}


def _flag(session: Session, words: Words) -> None:
    service, word = session.current[SERVICE], words[0]
    if word in _FLAGS:
        service["flags"] |= _FLAGS[word]
    elif service.get("scheduler") in ("sh", "mh"):
        scheduler, _, name = word.partition("-")
        if scheduler == service["scheduler"]:
            service["flags"] |= _HASH_FLAGS[name]
    else:
        session.complain("value", f"{word} is for the schedulers sh and mh, which stand before it", word)


def _method(session: Session, words: Words, target: Draft) -> None:
    """Read a forwarding method with its tunnel into a block's draft; a fault leaves the tunnel as it was."""
    word = argument(words)
    if word not in _METHODS:
        session.complain("value", f"{words[0]} {word} is none of NAT, DR, TUN", word)
        return
    target["method"] = _METHODS[word]
    tunnel = _tunnel(session, words)
    if tunnel is not None:
        target["tunnel"] = tunnel


def _tunnel(session: Session, words: Words) -> lvs.Tunnel | None:
    kind, port, checksum = lvs.TunnelType.IPIP, 0, lvs.TunnelChecksum.NONE
    at = 2
    while at < len(words):
        word, value = words[at], words[at + 1] if at + 1 < len(words) else None
        if word in _CHECKSUMS:
            checksum = _CHECKSUMS[word]
            at += 1
        elif word == "type" and value in _TUNNELS:
            kind = _TUNNELS[value]
            at += 2
        elif word == "port" and value is not None:
            number = numbers.unsigned(session, value, 1, 65535, "the tunnel's port", lenient=False)
            if number is None:
                return None
            port = number
            at += 2
        else:
            session.complain("value", f"{words[0]}: {' '.join(words[at:])} is no option of a tunnel", word)
            return None
    return _consistent(session, words, lvs.Tunnel(kind, port, checksum))


def _consistent(session: Session, words: Words, tunnel: lvs.Tunnel) -> lvs.Tunnel | None:
    if (tunnel.type is lvs.TunnelType.GUE) != (tunnel.port != 0):
        session.complain("value", "gue, and only gue, wants a port", words[0])
    elif tunnel.type is lvs.TunnelType.IPIP and tunnel.checksum:
        session.complain("value", "ipip has no checksum", words[0])
    elif tunnel.type is lvs.TunnelType.GRE and tunnel.checksum is lvs.TunnelChecksum.REMOTE_CHECKSUM:
        session.complain("value", "gre has no remote checksum", words[0])
    else:
        return tunnel
    return None


def _persistence(session: Session, words: Words) -> None:
    value: int | None = lvs.PERSISTENCE_TIMEOUT_S
    if len(words) > 1:
        value = numbers.unsigned(session, words[1], 1, PERSISTENCE_MAX_S, words[0], lenient=False)
    if value is not None:
        session.current[SERVICE]["persistence_s"] = value


def _granularity(session: Session, words: Words) -> None:
    service, word = session.current[SERVICE], argument(words)
    family = service["family"]
    if family is None:
        family = lvs.Family.IPV4 if "." in word else lvs.Family.IPV6
    mask: int | None
    if family is lvs.Family.IPV6:
        mask = numbers.unsigned(session, word, 1, 128, words[0], lenient=False)
    else:
        mask = _mask(word)
        if mask is None:
            session.complain("value", f"persistence_granularity {word} is no netmask", word)
        elif (mask ^ lvs.NETMASK_IPV4_HOST) & ((mask ^ lvs.NETMASK_IPV4_HOST) + 1):
            session.complain("netmask", f"persistence_granularity {word} is a mask with holes", word, Level.OURS)
    if mask is None:
        return
    service["netmask"], service["family"] = mask, family
    service.setdefault("persistence_s", lvs.PERSISTENCE_TIMEOUT_S)


def _mask(word: str) -> int | None:
    """Return a netmask as getaddrinfo(3) reads a number: one to four parts, the last filling what is left."""
    parts = word.split(".")
    if not 1 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    values = [int(part) for part in parts]
    last_max: int = 256 ** (5 - len(values))
    if any(value > 255 for value in values[:-1]) or values[-1] >= last_max:
        return None
    mask = 0
    for value in values[:-1]:
        mask = mask * 256 + value
    return mask * last_max + values[-1]


def _engine(session: Session, words: Words) -> None:
    word = argument(words)
    if len(word) > ENGINE_NAME_MAX - 1:
        session.complain("value", f"persistence_engine {word} is too long: it is cut", word)
    session.current[SERVICE]["engine"] = word[: ENGINE_NAME_MAX - 1]


def _quorum(session: Session, words: Words) -> None:
    value = numbers.unsigned(session, argument(words), 1, _UINT, words[0])
    session.current[SERVICE]["quorum"] = 1 if value is None else value


def _sorry(session: Session, words: Words) -> None:
    service = session.current[SERVICE]
    endpoint = _endpoint(session, words, "the sorry server")
    if endpoint is not None:
        inherited: Draft = {key: service[key] for key in ("method", "tunnel") if key in service}
        service["sorry"] = ServerDraft(lvs.ServerKey(*endpoint), session.line_at, inherited)


def _sorry_inhibit(session: Session, words: Words) -> None:
    sorry = session.current[SERVICE].get("sorry")
    if not sorry:
        session.complain("order", "sorry_server_inhibit stands before or without sorry_server", words[0])
        return
    sorry.said["inhibit"] = True


def _sorry_method(session: Session, words: Words) -> None:
    sorry = session.current[SERVICE].get("sorry")
    if not sorry:
        session.complain("order", "sorry_server_lvs_method stands before or without sorry_server", words[0])
        return
    _method(session, words, sorry.said)


def _real_server(session: Session, words: Words) -> None:
    service = session.current[SERVICE]
    endpoint = _endpoint(session, words, "the real server")
    if endpoint is None:
        session.skip()
        return
    said: Draft = {"address": endpoint[0], "family": lvs.family_of(endpoint[0]), "checks": []}
    if "method" in service:
        said["method"] = service["method"]
    if "tunnel" in service:
        said["tunnel"] = service["tunnel"]
    session.current[SERVER] = said
    service["servers"].append(ServerDraft(lvs.ServerKey(*endpoint), session.line_at, said))


def _real_server_ends(session: Session) -> None:
    service = session.current[SERVICE]
    server: ServerDraft = service["servers"][-1]
    if server.said.get("method") is _TUNNEL:
        return
    family = server.said["family"]
    if service["family"] is None:
        service["family"] = family
    elif service["family"] is not family:
        session.complain("family", f"the real server {server.key.address} is of another family: it is left out")
        service["servers"].pop()


def _outside(session: Session) -> object:
    """Return what a real server's lines do not say and its checks and method depend on."""
    said = session.current[SERVER]
    family = said["family"]
    if family is _IPV6 and said["address"].is_link_local:
        return None
    return family, said.get("method"), said.get("tunnel")


def _said(session: Session) -> Draft:
    """Number what is said of a real server that was read, and return it. From now on it stays as it is."""
    said = session.current[SERVER]
    said["like"] = len(session.known)
    return said


def _said_again(session: Session, known: Draft) -> None:
    """Let the same be said of a real server; of the checks' queue nobody looks at more than the end."""
    server: ServerDraft = session.current[SERVICE]["servers"][-1]
    server.said = session.current[SERVER] = known
    if known["checks"]:
        session.lists["queue"] = known["checks"][-1:]


_CONSTANT_TABLE: Table = constant(
    {
        "weight": _R.unsigned("weight", 0, WEIGHT_MAX),
        "lvs_method": Keyword(lambda session, words: _method(session, words, session.current[SERVER])),
        "uthreshold": _R.unsigned("upper_threshold", 0, _UINT),
        "lthreshold": _R.unsigned("lower_threshold", 0, _UINT),
        "inhibit_on_failure": _R.switch("inhibit"),
        "alpha": _R.switch("alpha"),
        "retry": _R.unsigned("retry", 1, _UINT, lenient=False),
        "delay_before_retry": _R.timer("delay_before_retry_us", 0),
        "warmup": _R.timer("warmup_us", 0),
        "connect_timeout": _R.timer("timeout_us", 1, _UINT),
        "delay_loop": _R.timer("delay_loop_us", 1),
        "smtp_alert": _R.switch("smtp_alert"),
        "virtualhost": _R.text("virtual_host", required=False),
        "snmp_name": _R.single("snmp_name"),
    }
)
_SERVER_TABLE: Table = {
    **_CONSTANT_TABLE,
    **own({"drain_on_failure": _R.switch("drain")}),
    "notify_up": _R.script("notify_up"),
    "notify_down": _R.script("notify_down"),
    **CHECK_TABLE,
}
_SERVICE_TABLE: dict[str, Keyword] = {
    "ip_family": Keyword(_family),
    "retry": _S.unsigned("retry", 1, _UINT, lenient=False),
    "delay_before_retry": _S.timer("delay_before_retry_us", 0),
    "warmup": _S.timer("warmup_us", 0),
    "connect_timeout": _S.timer("timeout_us", 1, _UINT),
    "delay_loop": _S.timer("delay_loop_us", 1),
    "inhibit_on_failure": _S.flag("inhibit"),
    **own({"drain_on_failure": _S.flag("drain")}),
    "lb_algo": Keyword(_scheduler),
    "lvs_sched": Keyword(_scheduler),
    **{word: Keyword(_flag) for word in ("hashed", *_FLAGS, "sh-port", "sh-fallback", "mh-port", "mh-fallback")},
    "lb_kind": Keyword(lambda session, words: _method(session, words, session.current[SERVICE])),
    "lvs_method": Keyword(lambda session, words: _method(session, words, session.current[SERVICE])),
    "persistence_engine": Keyword(_engine),
    "persistence_timeout": Keyword(_persistence),
    "persistence_granularity": Keyword(_granularity),
    "protocol": _S.choice("transport", {member.name: member for member in lvs.Transport}, fold=True),
    "ha_suspend": _S.flag("ha_suspend"),
    "smtp_alert": _S.switch("smtp_alert"),
    "virtualhost": _S.text("virtual_host", required=False),
    "snmp_name": _S.single("snmp_name"),
    "alpha": _S.flag("alpha"),
    "omega": _S.flag("omega"),
    "quorum_up": _S.script("quorum_up"),
    "quorum_down": _S.script("quorum_down"),
    "quorum": Keyword(_quorum),
    "hysteresis": _S.unsigned("hysteresis", 0, _UINT),
    "weight": _S.unsigned("weight", 1, WEIGHT_MAX),
    "sorry_server": Keyword(_sorry),
    "sorry_server_inhibit": Keyword(_sorry_inhibit),
    "sorry_server_lvs_method": Keyword(_sorry_method),
    "real_server": Keyword(
        _real_server, _SERVER_TABLE, _real_server_ends, kind=SERVER, repeats=Repeats(_outside, _said, _said_again)
    ),
}


# SSL


def _ssl(session: Session, words: Words) -> None:
    if session.lists.get("SSL"):
        session.complain("twice", "SSL was said before: the new one replaces it", words[0])
    session.lists["SSL"] = []
    session.begin("SSL")


def _ssl_file(session: Session, words: Words) -> None:
    draft = session.current["SSL"]
    if len(words) < 2:
        session.complain("value", f"{words[0]} lacks its value", words[0])
        return
    if words[0] in draft:
        session.complain("twice", f"{words[0]} was said before: the new one replaces it", words[0])
    draft[words[0]] = words[1]


_SSL_TABLE = {word: Keyword(_ssl_file) for word in ("password", "ca", "certificate", "key")}
CHECKER_TABLE: dict[str, Keyword] = {
    "SSL": Keyword(_ssl, _SSL_TABLE),
    **GROUP_TABLE,
    "virtual_server": Keyword(_virtual_server, _SERVICE_TABLE, _mixed_ends, kind=SERVICE),
}
