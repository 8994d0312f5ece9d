"""The director's memory of its services, real servers and the probes that tell of them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from standfast.director import lvs
from standfast.director.checks import BfdCheck, Checker
from standfast.director.checks.kinds import FileCheck, MiscCheck
from standfast.director.configuration import CheckedServer, CheckedService
from standfast.director.events import Target
from standfast.director.lvs import RealServer, ServerKey, ServiceAddress, ServiceKey

WEIGHT_MAX = 2**31 - 1


class Watch:
    """One probe, and the real servers that its verdicts concern: one, or several if equal checks are merged."""

    __slots__ = ("checker", "generation", "number", "paused", "reason", "servers", "target")

    def __init__(self, number: int, target: Target, up: bool) -> None:
        self.number = number
        self.target = target
        self.checker = Checker(target.check, up)
        self.generation = 0
        self.servers: list[Server] = []
        self.paused = False
        self.reason = ""

    def inherit(self, old: Watch) -> None:
        """Take over what was known under another rhythm."""
        mine, theirs = self.checker, old.checker
        mine.up, mine.has_run, mine.weight = theirs.up, theirs.has_run, theirs.weight
        mine.retries = 0 if theirs.has_run else mine.retries
        self.reason = old.reason

    @property
    def is_probed(self) -> bool:
        """Return whether it asks by itself; a BFD session is told of."""
        return not isinstance(self.target.check.kind, BfdCheck)


class Server:
    """A real server of a service. `up`: all its checks succeed; `serving`: it is given new connections."""

    __slots__ = ("draining", "noun", "service", "serving", "since_ms", "up", "watches", "weight")

    def __init__(self, noun: CheckedServer, service: Service, serving: bool = False) -> None:
        self.noun = noun
        self.service = service
        self.watches: tuple[Watch, ...] = ()
        self.up = True
        self.serving = serving
        self.draining = False
        self.weight = noun.server.weight
        self.since_ms = 0

    @property
    def key(self) -> ServerKey:
        """Return what names it in its service."""
        return self.noun.server.key

    @property
    def name(self) -> str:
        """Return keepalived's name for it, as in FIFO lines."""
        return spoken(self.noun.server.key, self.service.noun.services[0].key)

    @property
    def real(self) -> RealServer:
        """Return it with the weight that its checks leave it."""
        server = self.noun.server
        return server if server.weight == self.weight else replace(server, weight=self.weight)

    def weigh(self) -> int:
        """Return the weight that its checks leave it: at least 0."""
        weight = base = self.noun.server.weight
        for watch in self.watches:
            if watch.checker.weight is not None:
                weight += watch.checker.weight - (base if watch.checker.weight_is_absolute else 0)
        return max(0, min(WEIGHT_MAX, weight))

    def refresh(self) -> None:
        """Take over what its checks say."""
        self.up = all(watch.checker.up for watch in self.watches)
        self.weight = self.weigh()


class Service:
    """A virtual service, or a group of them; `alive_weight` is the sum of the weights of the servers that are up.

    What is known of its real servers is made when it is first asked for: until then all are up, and nothing is known.
    """

    __slots__ = ("_all_serve", "_servers", "_weight", "alive_weight", "noun", "quorum", "suspended")

    def __init__(self, noun: CheckedService) -> None:
        self.noun = noun
        self._servers: dict[ServerKey, Server] | None = None
        self._all_serve = False
        self._weight = sum(server.weight for server in once([each.server for each in noun.servers]))
        self.alive_weight = 0
        self.suspended = False
        self.quorum = self.quorum_within(met=True)

    @property
    def servers(self) -> dict[ServerKey, Server]:
        """Return its real servers by key."""
        if self._servers is None:
            self._servers = {each.server.key: Server(each, self, self._all_serve) for each in self.noun.servers}
        return self._servers

    def quorum_within(self, met: bool) -> lvs.ServiceQuorum:
        """Return the service quorum as far as it can be reached."""
        return lvs.ServiceQuorum.within(self.noun.quorum, self.noun.hysteresis, (self._weight,), met)

    def dissolve(self) -> None:
        """Let go of the real servers, which know it: nobody has to look for circles then."""
        for server in self.servers.values():
            server.watches = ()
        self._servers = {}

    @property
    def sorry_serves(self) -> bool:
        """Return whether the sorry server takes all new connections."""
        return self.noun.sorry is not None and not self.quorum.met

    def add_up(self) -> int:
        """Return the weight that is alive, counted anew."""
        if self._servers is None:
            self.alive_weight = self._weight
        else:
            self.alive_weight = sum(server.weight for server in self._servers.values() if server.up)
        return self.alive_weight

    def wanted(self, server: Server) -> RealServer | None:
        """Return how a real server should stand in the table, None if not at all. It notes what drains from now on."""
        serving = server.up and not self.sorry_serves
        if server.noun.terms.on_failure is lvs.OnFailure.DRAIN:
            server.draining = not serving and (server.draining or server.serving)
        server.serving = serving
        if serving:
            return server.real
        return lvs.wanted_server(server.real, server.noun.terms.on_failure, False, server.draining)

    def wanted_sorry(self) -> RealServer | None:
        """Return how the sorry server should stand in the table, None if not at all."""
        if self.noun.sorry is None or not (self.sorry_serves or self.noun.sorry_inhibit):
            return None
        return self.noun.sorry if self.sorry_serves else lvs.quiesced(self.noun.sorry)

    def wanted_all(self) -> Iterable[RealServer]:
        """Yield all that should stand in the table."""
        if self._servers is None and not self.sorry_serves:
            self._all_serve = True
            for each in self.noun.servers:
                yield each.server
        else:
            for server in self.servers.values():
                if (wanted := self.wanted(server)) is not None:
                    yield wanted
        if (sorry := self.wanted_sorry()) is not None:
            yield sorry


def once(servers: list[RealServer]) -> Iterable[RealServer]:
    """Return real servers, of those with the same key the last, where the first stood.

    Nearly always all differ, which their numbers tell: a key keeps its hash, and before the table stands nothing needs
    ten thousands of them.
    """
    numbers = {int(server.key.address) << 16 | server.key.port for server in servers}
    return servers if len(numbers) == len(servers) else {server.key: server for server in servers}.values()


def placed(server: RealServer, service: ServiceKey) -> RealServer:
    """Return a real server in a service: port 0 is the service's."""
    if server.key.port or not isinstance(service, ServiceAddress) or not service.port:
        return server
    return replace(server, key=ServerKey(server.key.address, service.port))


def spoken(server: ServerKey, service: ServiceKey) -> str:
    """Return `[ADDRESS]:tcp:PORT`, without the transport where it is not known. Source: keepalived, FMT_RS."""
    if isinstance(service, ServiceAddress):
        return f"[{server.address}]:{service.transport.name.lower()}:{server.port or service.port}"
    return f"[{server.address}]:{server.port}"


def target_of(server: CheckedServer, service: ServiceKey, check_index: int) -> Target:
    """Return whom a check of a real server asks."""
    check = server.terms.checks[check_index]
    port = server.server.key.port or (service.port if isinstance(service, ServiceAddress) else 0)
    kind = check.kind
    if isinstance(kind, MiscCheck | FileCheck | BfdCheck):
        return Target(check, server.server.key.address, port)
    connect = kind.connect
    return Target(check, connect.address or server.server.key.address, connect.port or port)
