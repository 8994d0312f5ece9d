"""A command line of ipvsadm, to what it asks for; or the message and status that it ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

import msgspec

from standfast import director
from standfast.dialects.ipvsadm import combinations, values
from standfast.dialects.ipvsadm.words import BadOptionError, Option, Words
from standfast.director import lvs

USAGE_STATUS, ERROR_STATUS = 2, 255
TIMEOUT_MAX_S = 86400 * 31
_INT_MAX = 2**31 - 1
_SYNC_LENGTH_MAX = 65535 - 20 - 8

COMMANDS = {
    "add-service": "add-service", "edit-service": "edit-service", "delete-service": "delete-service",
    "clear": "flush", "list": "list", "zero": "zero", "add-server": "add-server", "edit-server": "edit-server",
    "delete-server": "delete-server", "set": "set", "restore": "restore", "save": "save",
    "start-daemon": "start-daemon", "stop-daemon": "stop-daemon", "help": "help", "version": "version",
}  # fmt: skip
_ROLES = {"master": director.SyncRole.MASTER, "backup": director.SyncRole.BACKUP}
_FORWARDING = {
    "masquerading": lvs.Forwarding.NAT,
    "ipip": lvs.Forwarding.TUNNEL,
    "gatewaying": lvs.Forwarding.DIRECT,
}
_TUNNELS = {"ipip": lvs.TunnelType.IPIP, "gue": lvs.TunnelType.GUE, "gre": lvs.TunnelType.GRE}
_CHECKSUMS = {
    "tun-nocsum": lvs.TunnelChecksum.NONE,
    "tun-csum": lvs.TunnelChecksum.CHECKSUM,
    "tun-remcsum": lvs.TunnelChecksum.REMOTE_CHECKSUM,
}
FLAG_NAMES = {
    "sh": {"sh-fallback": lvs.ServiceFlag.SCHED_1, "sh-port": lvs.ServiceFlag.SCHED_2},
    "mh": {"mh-fallback": lvs.ServiceFlag.SCHED_1, "mh-port": lvs.ServiceFlag.SCHED_2},
}
PLAIN_FLAGS = {
    "flag-1": lvs.ServiceFlag.SCHED_1,
    "flag-2": lvs.ServiceFlag.SCHED_2,
    "flag-3": lvs.ServiceFlag.SCHED_3,
}


class UsageError(Exception):
    """A command line that is refused; `ends` tells whether a restore ends with it."""

    def __init__(self, message: str, status: int = USAGE_STATUS, ends: bool = True) -> None:
        self.status, self.ends = status, ends
        super().__init__(message)


class TryHelpError(UsageError):
    """A command line without a command."""

    def __init__(self) -> None:
        super().__init__("", ERROR_STATUS)


class Request(msgspec.Struct):
    """What a command line asks for. `given` has the options by the names of `combinations.NAMES`."""

    command: str = ""
    given: set[str] = msgspec.field(default_factory=set)
    transport: str = ""
    address: lvs.Address | None = None
    port: int = 0
    mark: int = 0
    family: lvs.Family | None = None
    scheduler: str = ""
    flags: lvs.ServiceFlag = lvs.ServiceFlag.NONE
    timeout_s: int = 0
    netmask: int = lvs.NETMASK_IPV4_HOST
    flag_words: tuple[str, ...] = ()
    engine: str = ""
    server: lvs.ServerKey | None = None
    forwarding: lvs.Forwarding = lvs.Forwarding.DIRECT
    weight: int = 1
    upper: int = 0
    lower: int = 0
    tunnel: str = "ipip"
    tunnel_port: int = 0
    checksum: lvs.TunnelChecksum = lvs.TunnelChecksum.NONE
    role: director.SyncRole = director.SyncRole.MASTER
    interface: str = ""
    sync_id: int = -1
    sync_length: int = 0
    sync_group: lvs.Address | None = None
    sync_port: int = 0
    sync_ttl: int = 0
    timeouts: director.Timeouts = director.Timeouts(0, 0, 0)

    @property
    def key(self) -> lvs.ServiceKey:
        """Return what names the virtual service."""
        if self.mark:
            return lvs.FirewallMark(self.mark, self.family or lvs.Family.IPV4)
        assert self.address is not None
        return lvs.ServiceAddress(lvs.Transport[self.transport.upper()], self.address, self.port)

    @property
    def service(self) -> lvs.VirtualService:
        """Return the virtual service."""
        key = self.key
        mask = None if self.netmask == lvs.host_netmask(key.family) else self.netmask
        return lvs.VirtualService(key, self.scheduler or "wlc", self.flags, self.timeout_s, mask, self.engine)

    @property
    def real_server(self) -> lvs.RealServer:
        """Return the real server; without NAT it has the port of the service, but for marks."""
        assert self.server is not None
        key = self.server
        if not self.mark and self.forwarding in (lvs.Forwarding.TUNNEL, lvs.Forwarding.DIRECT):
            key = lvs.ServerKey(key.address, self.port)
        tunnel = lvs.Tunnel(_TUNNELS[self.tunnel], self.tunnel_port, self.checksum)
        return lvs.RealServer(key, self.forwarding, self.weight, self.upper, self.lower, tunnel)

    @property
    def daemon(self) -> director.SyncDaemon:
        """Return the sync daemon."""
        return director.SyncDaemon(
            self.role,
            self.interface or "eth0",
            self.sync_id,
            self.sync_length,
            self.sync_group,
            self.sync_port,
            self.sync_ttl,
        )

    def change(self) -> lvs.Change | None:
        """Return the change to the table, for the commands that are one."""
        if self.command == "add-service":
            return lvs.AddService(self.service)
        if self.command == "edit-service":
            return lvs.EditService(self.service)
        if self.command == "delete-service":
            return lvs.DeleteService(self.key)
        if self.command == "add-server":
            return lvs.AddServer(self.key, self.real_server)
        if self.command == "edit-server":
            return lvs.EditServer(self.key, self.real_server)
        if self.command == "delete-server" and self.server is not None:
            return lvs.DeleteServer(self.key, self.server)
        return None


def parse(words: Sequence[str], names: values.Names) -> Request:
    """Return what the words after the program's name ask for. Raises: UsageError, TryHelpError."""
    line = Words(words)
    options = iter(line)
    request = _command(options)
    if request.command in ("help", "version"):
        return request
    try:
        for option in options:
            _Reader(request, names).read(option)
    except BadOptionError as bad:
        raise UsageError(str(bad), ERROR_STATUS, ends=False) from None
    if request.command == "set":
        _set(request, line.arguments)
    if line.arguments:
        raise UsageError(f"unexpected argument {line.arguments[0]}")
    for word in request.flag_words:
        request.flags |= _scheduler_flag(request.scheduler, word)
    _check(request)
    return request


def _command(options: object) -> Request:
    """Return the request with its command: the first option."""
    try:
        first: Option = next(options)  # type: ignore[call-overload]
    except (BadOptionError, StopIteration):
        raise TryHelpError from None
    if first.name not in COMMANDS:
        raise TryHelpError
    request = Request(COMMANDS[first.name])
    if first.name in ("start-daemon", "stop-daemon"):
        if first.value not in _ROLES:
            text = "start-daemon parameter" if first.name == "start-daemon" else "start_daemon"
            raise UsageError(f"illegal {text} specified")
        request.role = _ROLES[first.value]
    return request


def _set(request: Request, arguments: list[str]) -> None:
    if len(arguments) < 3:
        raise UsageError("--set option requires 3 timeout values")
    tcp_s, tcp_fin_s, udp_s = (_timeout(text, 0) for text in arguments[:3])
    request.timeouts = director.Timeouts(tcp_s, tcp_fin_s, udp_s)
    del arguments[:3]


def _timeout(text: str, low: int) -> int:
    value = values.number(text, low, TIMEOUT_MAX_S)
    if value is None:
        raise UsageError(f"invalid timeout value `{text}' specified")
    return value


def _check(request: Request) -> None:
    """Refuse combinations that make no sense, in ipvsadm's order."""
    wrong = combinations.fault(request.command, request.given)
    if not wrong and request.command in ("add-service", "edit-service"):
        wrong = _service_fault(request)
    if not wrong and request.command in ("add-server", "edit-server"):
        wrong = _server_fault(request)
    if not wrong and request.command == "list":
        wrong = _list_fault(request.given)
    if wrong:
        raise UsageError(wrong)


def _service_fault(request: Request) -> str:
    if not request.mark and not request.port and lvs.ServiceFlag.PERSISTENT not in request.flags:
        return "Zero port specified for non-persistent service"
    if lvs.ServiceFlag.ONE_PACKET in request.flags and not request.mark and request.transport != "udp":
        return "One-Packet Scheduling is only for UDP virtual services"
    return ""


def _server_fault(request: Request) -> str:
    assert request.server is not None
    tunnelled = request.forwarding is lvs.Forwarding.TUNNEL
    if lvs.family_of(request.server.address) is not request.family and not tunnelled:
        return "Different address family is allowed only for tunneling servers"
    if not tunnelled and request.given & {"tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"}:
        return "Tunnel options conflict with forward method"
    return combinations.tunnel_fault(request.tunnel, request.given)


def _list_fault(given: set[str]) -> str:
    other, numbers = given & {"connection", "timeout", "daemon"}, given & {"stats", "rate", "thresholds"}
    if (other and numbers) or (given & {"timeout", "daemon"} and "persistent-conn" in given):
        return "options conflicts in the list command"
    return ""


def _scheduler_flag(scheduler: str, word: str) -> lvs.ServiceFlag:
    """Return the flag of a word; some words belong to one LVS scheduler. Raises: UsageError."""
    if word in PLAIN_FLAGS:
        return PLAIN_FLAGS[word]
    for owner, flags in FLAG_NAMES.items():
        if word in flags:
            if owner != scheduler:
                raise UsageError(f"incompatible scheduler flag `{word}'")
            return flags[word]
    raise UsageError(f"invalid scheduler flag `{word}'")


class _Reader:
    """Takes one option after the other into a request; what an option means may depend on those before it."""

    def __init__(self, request: Request, names: values.Names) -> None:
        self.request, self.names = request, names

    def read(self, option: Option) -> None:
        """Take one option. Raises: UsageError."""
        handler = _HANDLERS.get(option.name)
        if handler is None:
            raise UsageError(f"invalid option `{option.word}'")
        name, take = handler
        if name:
            if name in self.request.given:
                raise UsageError(f"multiple '{name}' options specified")
            self.request.given.add(name)
        take(self, option)

    def note(self, option: Option) -> None:
        """Remember nothing but that it was given."""

    def service(self, option: Option) -> None:
        r = self.request
        r.transport = option.name.removesuffix("-service")
        found = values.endpoint(option.value or "", r.transport, self.names)
        if found is None:
            raise UsageError("illegal virtual server address[:port] specified")
        r.address, r.port, r.family = found.address, found.port or 0, lvs.family_of(found.address)
        if r.family is lvs.Family.IPV6:
            r.netmask = lvs.NETMASK_IPV6_HOST

    def fwmark(self, option: Option) -> None:
        value = values.number(option.value or "", 1, 2**32 - 1)
        if value is None:
            raise UsageError(f"invalid fwmark value `{option.value}' specified")
        self.request.mark, self.request.family, self.request.transport = value, lvs.Family.IPV4, "tcp"

    def ipv6(self, option: Option) -> None:
        if not self.request.mark:
            raise UsageError("-6 used before -f\n")
        self.request.family, self.request.netmask = lvs.Family.IPV6, lvs.NETMASK_IPV6_HOST

    def scheduler(self, option: Option) -> None:
        self.request.scheduler = option.value or ""

    def persistent(self, option: Option) -> None:
        self.request.flags |= lvs.ServiceFlag.PERSISTENT
        self.request.timeout_s = lvs.PERSISTENCE_TIMEOUT_S if option.value is None else _timeout(option.value, 1)

    def netmask(self, option: Option) -> None:
        text = option.value or ""
        if self.request.family is lvs.Family.IPV6:
            value: int | None = values.leading_number(text)
            if value is None or not 1 <= value <= lvs.NETMASK_IPV6_HOST:
                raise UsageError("illegal ipv6 netmask specified")
        else:
            value = values.netmask(text, self.names)
            if value is None:
                raise UsageError("illegal virtual server persistent mask specified")
        self.request.netmask = value

    def server(self, option: Option) -> None:
        found = values.endpoint(option.value or "", self.request.transport, self.names)
        if found is None:
            raise UsageError("illegal real server address[:port] specified")
        port = self.request.port if found.port is None else found.port
        self.request.server = lvs.ServerKey(found.address, port)

    def forwarding(self, option: Option) -> None:
        self.request.forwarding = _FORWARDING[option.name]

    def weight(self, option: Option) -> None:
        self.request.weight = self._number(option, 0, _INT_MAX, "illegal weight specified")

    def upper(self, option: Option) -> None:
        self.request.upper = self._number(option, 0, _INT_MAX, "illegal u_threshold specified")

    def lower(self, option: Option) -> None:
        self.request.lower = self._number(option, 0, _INT_MAX, "illegal l_threshold specified")

    def ops(self, option: Option) -> None:
        self.request.flags |= lvs.ServiceFlag.ONE_PACKET

    def engine(self, option: Option) -> None:
        self.request.engine = option.value or ""

    def scheduler_flags(self, option: Option) -> None:
        self.request.flag_words = tuple(filter(None, (option.value or "").split(",")))

    def tunnel(self, option: Option) -> None:
        if option.value not in _TUNNELS:
            raise UsageError("illegal tunnel type specified")
        self.request.tunnel = option.value

    def tunnel_port(self, option: Option) -> None:
        self.request.tunnel_port = self._number(option, 1, 65535, "illegal tunnel port specified")

    def checksum(self, option: Option) -> None:
        self.request.checksum |= _CHECKSUMS[option.name]

    def interface(self, option: Option) -> None:
        self.request.interface = (option.value or "")[:15]

    def sync_id(self, option: Option) -> None:
        self.request.sync_id = self._number(option, 0, 255, "illegal syncid specified")

    def sync_length(self, option: Option) -> None:
        self.request.sync_length = self._number(option, 1, _SYNC_LENGTH_MAX, "illegal sync-maxlen specified")

    def sync_group(self, option: Option) -> None:
        text = option.value or ""
        six = values.ipv6(text)
        if six is not None:
            if not six.is_multicast:
                raise UsageError(f"invalid IPv6 mcast-group `{text}'")
            self.request.sync_group = six
            return
        try:
            four = IPv4Address(text)
        except ValueError:
            four = IPv4Address(0)
        if not four.is_multicast:
            raise UsageError(f"invalid IPv4 mcast-group `{text}'")
        self.request.sync_group = four

    def sync_port(self, option: Option) -> None:
        self.request.sync_port = self._number(option, 1, 65535, "illegal mcast-port specified")

    def sync_ttl(self, option: Option) -> None:
        self.request.sync_ttl = self._number(option, 1, 255, "illegal mcast-ttl specified")

    def _number(self, option: Option, low: int, high: int, wrong: str) -> int:
        value = values.number(option.value or "", low, high)
        if value is None:
            raise UsageError(wrong)
        return value


_Handler = tuple[str, Callable[[_Reader, Option], None]]
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(("tcp-service", "udp-service", "sctp-service"), ("service-address", _Reader.service)),
    **dict.fromkeys(_FORWARDING, ("forwarding-method", _Reader.forwarding)),
    **{name: (name, _Reader.checksum) for name in _CHECKSUMS},
    **{
        name: (name, _Reader.note)
        for name in (
            "numeric", "connection", "timeout", "daemon", "stats", "rate", "thresholds", "persistent-conn",
            "nosort", "exact", "tun-info",
        )
    },
    "sort": ("", _Reader.note),
    "fwmark-service": ("service-address", _Reader.fwmark),
    "ipv6": ("", _Reader.ipv6),
    "scheduler": ("scheduler", _Reader.scheduler),
    "persistent": ("persistent", _Reader.persistent),
    "netmask": ("netmask", _Reader.netmask),
    "real-server": ("real-server", _Reader.server),
    "weight": ("weight", _Reader.weight),
    "u-threshold": ("u-threshold", _Reader.upper),
    "l-threshold": ("l-threshold", _Reader.lower),
    "ops": ("ops", _Reader.ops),
    "pe": ("pe", _Reader.engine),
    "sched-flags": ("sched-flags", _Reader.scheduler_flags),
    "tun-type": ("tun-type", _Reader.tunnel),
    "tun-port": ("tun-port", _Reader.tunnel_port),
    "mcast-interface": ("mcast-interface", _Reader.interface),
    "syncid": ("syncid", _Reader.sync_id),
    "sync-maxlen": ("sync-maxlen", _Reader.sync_length),
    "mcast-group": ("mcast-group", _Reader.sync_group),
    "mcast-port": ("mcast-port", _Reader.sync_port),
    "mcast-ttl": ("mcast-ttl", _Reader.sync_ttl),
}  # fmt: skip
