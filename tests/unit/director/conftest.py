"""A director in a made-up world: the machine, a table in memory, and real servers that live or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from standfast import director
from standfast.director import checks, lvs
from standfast.director.events import (
    Apply,
    CancelProbe,
    Configured,
    ConnectionsCounted,
    CountConnections,
    Effect,
    Event,
    Finished,
    Flush,
    Log,
    Own,
    Probe,
    Probed,
    Refused,
    RunScript,
    ScriptEnded,
    Tell,
)  # fmt: skip
from standfast.director.machine import Machine
from standfast.director.memory import MemoryDataplane
from standfast.runtime import Now, SetTimer, TimerFired

VIP = ip_address("192.0.2.1")


def service_key(port: int = 80) -> lvs.ServiceAddress:
    """Return a virtual service's key."""
    return lvs.ServiceAddress(lvs.Transport.TCP, VIP, port)


def server_key(number: int, port: int = 80) -> lvs.ServerKey:
    """Return a real server's key."""
    return lvs.ServerKey(ip_address("198.51.100.0") + number, port)


def script(name: str) -> checks.Script:
    """Return a notify script."""
    return checks.Script((name,))


def configured(servers: Iterable[director.CheckedServer], port: int = 80, **how: object) -> director.CheckedService:
    """Return a virtual service of these real servers."""
    service = lvs.VirtualService(service_key(port), "rr")
    return director.CheckedService(f"[{VIP}]:tcp:{port}", (service,), tuple(servers), **how)  # type: ignore[arg-type]


def server(number: int, *kinds: checks.Check, weight: int = 1, **how: object) -> director.CheckedServer:
    """Return a real server with these checks, or one of TCP."""
    real = lvs.RealServer(server_key(number), lvs.Forwarding.NAT, weight)
    return director.CheckedServer(real, director.Terms(kinds or (tcp(),), **how))  # type: ignore[arg-type]


def tcp(delay_loop_ms: int = 5000, retry: int = 1, alpha: bool = False) -> checks.Check:
    """Return a TCP check."""
    return checks.Check(checks.TcpCheck(), checks.Rhythm(delay_loop_ms, retry, 1000, alpha=alpha))


@dataclass
class World:
    """Carries out what the machine says. `dead` are real servers' numbers; time goes by in `run` only."""

    machine: Machine = field(default_factory=Machine)
    dataplane: MemoryDataplane = field(default_factory=MemoryDataplane)
    dead: set[int] = field(default_factory=set)
    now_ms: int = 0
    probes: dict[int, tuple[int, Probe]] = field(default_factory=dict)
    timers: dict[str, tuple[int, int]] = field(default_factory=dict)
    running: dict[int, RunScript] = field(default_factory=dict)
    scripts_last_ms: int = 0
    effects: list[Effect] = field(default_factory=list)
    tables: list[tuple[int, dict[lvs.ServerKey, int]]] = field(default_factory=list)
    asked: int = 0

    service = staticmethod(configured)
    server = staticmethod(server)
    tcp = staticmethod(tcp)
    script = staticmethod(script)
    key = staticmethod(service_key)
    server_key = staticmethod(server_key)

    def handle(self, event: Event) -> list[Effect]:
        """Give the machine an event and do what it says."""
        effects = self.machine.handle(event, Now(self.now_ms, self.now_ms))
        self.effects += effects
        for effect in effects:
            self._do(effect)
        return effects

    def start(self, *services: director.CheckedService, read: bool = False, owned: Iterable[lvs.ServiceKey] = (),
              **how: object) -> list[Effect]:  # fmt: skip
        """Configure, or reload; `read`: with the table as it stands."""
        present = director.table(self.dataplane) if read else {}
        return self.handle(Configured(director.Configuration(services, **how), present, frozenset(owned)))  # type: ignore[arg-type]

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, Apply):
            for change in effect.changes:
                refusals = self.dataplane.apply([change])
                self.note()
                if refusals:
                    self.handle(Refused(tuple(refusals)))
        elif isinstance(effect, Flush):
            self.dataplane.flush()
        elif isinstance(effect, Probe):
            self.probes[effect.number] = (self.now_ms + effect.delay_ms, effect)
        elif isinstance(effect, CancelProbe):
            self.probes.pop(effect.number, None)
        elif isinstance(effect, SetTimer):
            self.timers[effect.name] = (self.now_ms + effect.delay_ms, effect.generation)
        elif isinstance(effect, RunScript):
            self.running[effect.number] = effect
            if self.scripts_last_ms == 0:
                self.end_script(effect.number)
        elif isinstance(effect, CountConnections):
            self.handle(ConnectionsCounted({
                (key, status.server.key): status.connections
                for key in effect.services for status in self.dataplane.servers(key)
            }))  # fmt: skip

    def end_script(self, number: int, trouble: str = "") -> None:
        """Let a script end."""
        del self.running[number]
        self.handle(ScriptEnded(number, trouble))

    def note(self) -> None:
        """Write down what stands in the service of port 80 after each single change."""
        if any(status.service.key == service_key() for status in self.dataplane.services()):
            pool = {s.server.key: s.server.weight for s in self.dataplane.servers(service_key())}
            if not self.tables or self.tables[-1][1] != pool:
                self.tables.append((self.now_ms, pool))

    def run(self, for_ms: int) -> None:
        """Let time go by: probes find servers dead or alive at once."""
        end_ms = self.now_ms + for_ms
        while True:
            due = [(at, number, "") for number, (at, _) in self.probes.items()]
            due += [(at, generation, name) for name, (at, generation) in self.timers.items()]
            if not due or min(due)[0] > end_ms:
                break
            self.now_ms, number, name = min(due)
            if name:
                del self.timers[name]
                self.handle(TimerFired(name, number))
            else:
                self._answer(self.probes.pop(number)[1])
        self.now_ms = end_ms

    def _answer(self, probe: Probe) -> None:
        self.asked += 1
        dead = int(probe.target.address) - int(ip_address("198.51.100.0")) in self.dead
        result = checks.Result(False, "connection refused") if dead else checks.Result(True)
        self.handle(Probed(probe.number, probe.generation, result))

    def pool(self, port: int = 80) -> dict[int, int]:
        """Return the weights of the real servers that stand in the table, by number."""
        base = int(ip_address("198.51.100.0"))
        return {int(s.server.key.address) - base: s.server.weight for s in self.dataplane.servers(service_key(port))}

    @property
    def lines(self) -> list[str]:
        """Return what was told to the FIFOs."""
        return [effect.line for effect in self.effects if isinstance(effect, Tell)]

    @property
    def logs(self) -> list[str]:
        """Return the log."""
        return [effect.text for effect in self.effects if isinstance(effect, Log)]

    @property
    def scripts(self) -> list[str]:
        """Return what was run, in order."""
        return [str(effect.script) for effect in self.effects if isinstance(effect, RunScript)]

    @property
    def owned(self) -> frozenset[lvs.ServiceKey]:
        """Return what the ledger says."""
        return next((e.services for e in reversed(self.effects) if isinstance(e, Own)), frozenset())

    @property
    def finished(self) -> bool:
        """Return whether the director has ended."""
        return any(isinstance(effect, Finished) for effect in self.effects)


@pytest.fixture
def world() -> World:
    """Return a world without a director's work in it."""
    return World()
