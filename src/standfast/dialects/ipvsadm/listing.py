"""What ipvsadm prints: the table in its five forms, as rules, connections, time-outs and daemons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from ipaddress import IPv4Address
from typing import TypeVar

import msgspec

from standfast import director
from standfast.dialects.ipvsadm.commands import FLAG_NAMES, PLAIN_FLAGS
from standfast.dialects.ipvsadm.values import Names
from standfast.director import lvs

_TITLE_NUMBERS = "{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n  -> RemoteAddress:Port\n"
_PROT = "Prot LocalAddress:Port"
_TITLES = {
    "stats": _TITLE_NUMBERS.format(_PROT, "Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"),
    "rate": _TITLE_NUMBERS.format(_PROT, "CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"),
    "thresholds": f"{_PROT:<33} {'Uthreshold':<10} {'Lthreshold':<10} {'ActiveConn':<10} {'InActConn':<10}\n"
    "  -> RemoteAddress:Port\n",
    "persistent-conn": f"{_PROT:<33} {'Weight':<9} {'PersistConn':<11} {'ActiveConn':<10} {'InActConn':<10}\n"
    "  -> RemoteAddress:Port\n",
    "tun-info": f"{_PROT} Scheduler Flags\n"
    "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n",
    "": f"{_PROT} Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
}
_FORWARDING = {
    lvs.Forwarding.NAT: ("Masq", "-m"),
    lvs.Forwarding.LOCAL: ("Local", "-g"),
    lvs.Forwarding.TUNNEL: ("Tunnel", "-i"),
    lvs.Forwarding.DIRECT: ("Route", "-g"),
    lvs.Forwarding.BYPASS: ("(null)", "(null)"),
}
_CHECKSUM_SIGNS = {0: "-c", 1: "+c", 2: "r+c"}
_CHECKSUM_OPTIONS = {0: "--tun-nocsum", 1: "--tun-csum", 2: "--tun-remcsum"}
_SERVICE_OPTIONS = {
    lvs.Transport.TCP: "-t",
    lvs.Transport.UDP: "-u",
    lvs.Transport.SCTP: "--sctp-service",
}
_NAME_MAX, _SERVER_MAX = 33, 28
_T = TypeVar("_T")


class Form(msgspec.Struct, frozen=True):
    """How to print: `options` by ipvsadm's names; `rules` as -S does."""

    options: frozenset[str]
    rules: bool = False

    @classmethod
    def of(cls, given: Collection[str], rules: bool = False) -> Form:
        """Return the form that options ask for."""
        return cls(frozenset(given), rules)

    @property
    def kind(self) -> str:
        """Return the form that wins over the others."""
        return next((name for name in _TITLES if name in self.options), "")

    @property
    def numeric(self) -> bool:
        """Return whether names are not wanted."""
        return "numeric" in self.options

    @property
    def sorted(self) -> bool:
        """Return whether the order is by address."""
        return "nosort" not in self.options

    @property
    def exact(self) -> bool:
        """Return whether large numbers are written out."""
        return "exact" in self.options


class Printer:
    """Prints in one form, with names from one source."""

    def __init__(self, form: Form, names: Names) -> None:
        self.form, self.names = form, names

    def title(self) -> str:
        """Return the head lines."""
        return "" if self.form.rules else _TITLES[self.form.kind]

    def pool(self, status: director.ServiceStatus, servers: Iterable[director.ServerStatus]) -> str:
        """Return a virtual service with its real servers."""
        ordered = in_order(servers, _server_order) if self.form.sorted else list(servers)
        return "".join((self._service(status), *(self._server(status, server) for server in ordered)))

    def _service(self, status: director.ServiceStatus) -> str:
        service, name = status.service, self._service_name(status.service.key)
        if self.form.rules:
            return f"-A {name} -s {service.scheduler}{_rule_tail(service)}\n"
        if self.form.kind == "stats":
            return f"{name:<33}{self._numbers(_values(status.counters))}\n"
        if self.form.kind == "rate":
            return f"{name:<33}{self._numbers(_values(status.rates))}\n"
        return f"{name} {service.scheduler}{_list_tail(service)}\n"

    def _service_name(self, key: lvs.ServiceKey) -> str:
        six = key.family is lvs.Family.IPV6
        if isinstance(key, lvs.FirewallMark):
            mark = _signed(key.mark)
            if self.form.rules:
                return f"-f {mark} -6" if six else f"-f {mark}"
            return f"FWM  {mark} IPv6" if six else f"FWM  {mark}"
        text = self._endpoint(key.address, key.port, key.transport.name.lower())
        if self.form.rules:
            return f"{_SERVICE_OPTIONS[key.transport]} {text}"
        name = f"{key.transport.name:<4} {text}"
        return name if six else name[:_NAME_MAX]

    def _server(self, status: director.ServiceStatus, server: director.ServerStatus) -> str:
        key, real = status.service.key, server.server
        transport = key.transport.name.lower() if isinstance(key, lvs.ServiceAddress) else ""
        name = self._endpoint(real.key.address, real.key.port, transport)
        if self.form.rules:
            return f"-a {self._service_name(key)} -r {name} {_FORWARDING[real.forwarding][1]} -w {real.weight}{_tunnel_rule(real)}\n"  # noqa: E501
        if key.family is not lvs.Family.IPV6:
            name = name[:_SERVER_MAX]
        return f"  -> {name:<28}{self._columns(server)}\n"

    def _columns(self, server: director.ServerStatus) -> str:
        real, counts = server.server, f"{server.active:<10} {server.inactive:<10}"
        forward = _FORWARDING[real.forwarding][0]
        kind = self.form.kind
        if kind == "stats":
            return self._numbers(_values(server.counters))
        if kind == "rate":
            rates = _values(server.rates)
            return "".join(f" {value:>8}" for value in rates[:3]) + self._numbers(rates[3:])
        if kind == "thresholds":
            return f" {real.upper_threshold:<10} {real.lower_threshold:<10} {counts}"
        if kind == "persistent-conn":
            return f" {real.weight:<9} {server.persistent:<11} {counts}"
        if kind == "tun-info":
            return f" {forward:<7} {_tunnel_info(real):<13} {real.weight:<6} {counts}"
        return f" {forward:<7} {real.weight:<6} {counts}"

    def _numbers(self, values: Sequence[int]) -> str:
        return "".join(large_number(value, self.form.exact) for value in values)

    def _endpoint(self, address: lvs.Address, port: int, transport: str) -> str:
        host, service = str(address), str(port)
        if not self.form.numeric:
            host = (self.names.host_name(address) if address.version == 4 else None) or host
            service = (self.names.service_name(port, transport) if transport else None) or service
        return (f"[{host}]:{service}" if address.version == 6 else f"{host}:{service}")[:59]

    def connections(self, connections: Iterable[director.Connection]) -> Iterator[str]:
        """Yield the list of connections, line by line."""
        engines = "persistent-conn" in self.form.options
        head = f"pro expire {'state':<11} {'source':<18} {'virtual':<18} "
        yield "IPVS connection entries\n"
        yield f"{head}{'destination':<18} {'pe name':<16} pe_data\n" if engines else f"{head}destination\n"
        for c in connections:
            transport = c.transport.lower() if c.transport in ("TCP", "UDP", "SCTP") else ""
            client, virtual, server = (
                self._endpoint(end.address, end.port, transport) for end in (c.client, c.virtual, c.server)
            )
            expire = f"{c.expires_s // 60:02}:{c.expires_s % 60:02}"
            line = f"{c.transport:<3} {expire:<6} {c.state:<11} {client:<18} {virtual:<18} "
            if engines and c.engine:
                yield f"{line}{server:<16} {c.engine:<18} {c.engine_data}\n"
            else:
                yield f"{line}{server}\n"


def head(info: director.Info) -> str:
    """Return the line above a whole table."""
    return "IP Virtual Server version {}.{}.{} (size={})\n".format(*info.version, info.table_size)


def timeouts(value: director.Timeouts) -> str:
    """Return the line of -L --timeout."""
    return f"Timeout (tcp tcpfin udp): {value.tcp_s} {value.tcp_fin_s} {value.udp_s}\n"


def daemon(value: director.SyncDaemon) -> str:
    """Return a line of -L --daemon."""
    parts = [f"mcast={value.interface}", f"syncid={value.sync_id}"]
    tail = (("maxlen", value.length_max), ("group", value.group), ("port", value.port), ("ttl", value.ttl))
    parts += [f"{name}={what}" for name, what in tail if what]
    return f"{value.role.name.lower()} sync daemon ({', '.join(parts)})\n"


def large_number(value: int, exact: bool) -> str:
    """Return a number in nine columns: from 100 million on in thousands, millions and so on, unless exact."""
    if exact:
        text = str(value)
        return text.rjust(9 if len(text) <= 8 else len(text) + 1)
    if value < 100_000_000:
        return f"{value:>9}"
    for below, divisor, letter in ((10**9, 10**3, "K"), (10**11, 10**6, "M"), (10**14, 10**9, "G")):
        if value < below:
            return f"{value // divisor:>8}{letter}"
    return f"{value // 10**12:>8}T"


def in_service_order(services: Iterable[director.ServiceStatus]) -> list[director.ServiceStatus]:
    """Return virtual services in ipvsadm's order: marks last, IPv4 first, by transport, address, port."""
    return in_order(services, _service_order)


def in_order(items: Iterable[_T], compare: Callable[[_T, _T], int]) -> list[_T]:
    """Return items merged as glibc's qsort does it.

    ipvsadm's comparison of addresses far apart overflows and goes round in circles, so the way of sorting shows.
    """
    whole = list(items)
    if len(whole) < 2:
        return whole
    half = len(whole) // 2
    left, right = in_order(whole[:half], compare), in_order(whole[half:], compare)
    merged: list[_T] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if compare(left[i], right[j]) <= 0:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def _service_order(one: director.ServiceStatus, other: director.ServiceStatus) -> int:
    return _first_difference(_service_fields(one.service.key), _service_fields(other.service.key))


def _service_fields(key: lvs.ServiceKey) -> tuple[int, ...]:
    if isinstance(key, lvs.FirewallMark):
        return (key.mark, key.family)
    return (0, key.family, key.transport, *_words(key.address), key.port)


def _server_order(one: director.ServerStatus, other: director.ServerStatus) -> int:
    return _first_difference(_server_fields(one.server), _server_fields(other.server))


def _server_fields(server: lvs.RealServer) -> tuple[int, ...]:
    return (server.family, *_words(server.key.address), server.key.port)


def _words(address: lvs.Address) -> tuple[int, ...]:
    value = int(address)
    if address.version == 4:
        return (value,)
    return tuple(value >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0))


def _first_difference(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return next((_signed(a - b) for a, b in zip(one, other, strict=False) if a != b), 0)


def _signed(value: int) -> int:
    """Return a value as a C int has it."""
    return (value + 2**31) % 2**32 - 2**31


def _values(numbers: director.Counters | director.Rates) -> tuple[int, ...]:
    return (numbers.connections, numbers.in_packets, numbers.out_packets, numbers.in_bytes, numbers.out_bytes)


def _flags(service: lvs.VirtualService) -> str:
    names = {flag: name for name, flag in FLAG_NAMES.get(service.scheduler, PLAIN_FLAGS).items()}
    order = (lvs.ServiceFlag.SCHED_1, lvs.ServiceFlag.SCHED_2, lvs.ServiceFlag.SCHED_3)
    return ",".join(names[flag] for flag in order if flag in service.flags and flag in names)


def _netmask(service: lvs.VirtualService) -> str:
    """Return the netmask as it is written, empty for the default."""
    if service.effective_netmask == lvs.host_netmask(service.key.family):
        return ""
    six = service.key.family is lvs.Family.IPV6
    return str(service.effective_netmask if six else IPv4Address(service.effective_netmask))


def _rule_tail(service: lvs.VirtualService) -> str:
    text = ""
    if service.persistent:
        text += f" -p {service.persistence_timeout_s}"
        text += f" -M {_netmask(service)}" if _netmask(service) else ""
    if service.engine:
        text += f" --pe {service.engine}"
    if lvs.ServiceFlag.ONE_PACKET in service.flags:
        text += " -o"
    return text + (f" -b {_flags(service)}" if _flags(service) else "")


def _list_tail(service: lvs.VirtualService) -> str:
    text = f" ({_flags(service)})" if _flags(service) else ""
    if service.persistent:
        text += f" persistent {service.persistence_timeout_s}"
        text += f" mask {_netmask(service)}" if _netmask(service) else ""
        text += f" pe {service.engine}" if service.engine else ""
    return text + (" ops" if lvs.ServiceFlag.ONE_PACKET in service.flags else "")


def _tunnel_rule(server: lvs.RealServer) -> str:
    tunnel = server.tunnel
    if server.forwarding is not lvs.Forwarding.TUNNEL:
        return ""
    kind = f" --tun-type {tunnel.type.name.lower()}"
    if tunnel.type is lvs.TunnelType.IPIP:
        return kind
    port = f" --tun-port {tunnel.port}" if tunnel.type is lvs.TunnelType.GUE else ""
    return f"{kind}{port} {_CHECKSUM_OPTIONS.get(tunnel.checksum, '(null)')}"


def _tunnel_info(server: lvs.RealServer) -> str:
    tunnel = server.tunnel
    if server.forwarding is not lvs.Forwarding.TUNNEL:
        return "n/a"
    kind, sign = tunnel.type.name.lower(), _CHECKSUM_SIGNS.get(tunnel.checksum, "(null)")
    if tunnel.type is lvs.TunnelType.IPIP:
        return kind
    return f"{kind}:{tunnel.port}:{sign}" if tunnel.type is lvs.TunnelType.GUE else f"{kind}:{sign}"
