"""The first table of a director: set before anything is made that only watches it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from standfast import director
from standfast.daemons.director.opening import set_first_table
from standfast.daemons.director.table import Table
from standfast.director import checks, events, lvs
from standfast.director.live.ledger import Ledger
from standfast.director.memory import MemoryDataplane

SERVICE = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80)
OTHER = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 81)
PROBE = checks.Check(checks.TcpCheck(checks.Connect()), checks.Rhythm())
ASLEEP = checks.Check(checks.TcpCheck(checks.Connect()), checks.Rhythm(alpha=True))


def server(number: int, *of: checks.Check) -> director.CheckedServer:
    real = lvs.RealServer(lvs.ServerKey(ip_address(f"198.51.100.{number}"), 80), lvs.Forwarding.NAT, 1, 0, 0)
    return director.CheckedServer(real, director.Terms(of))


def service(key: lvs.ServiceAddress, *servers: director.CheckedServer) -> director.CheckedService:
    return director.CheckedService(f"{key.port}", (lvs.VirtualService(key, "rr"),), servers)


class Watching(MemoryDataplane):
    """Notes how many probes there are whenever the table is changed. `machines` are all that were made."""

    def __init__(self, machines: list[director.Machine]) -> None:
        super().__init__()
        self.probes: list[int] = []
        self._machines = machines

    def apply(self, changes: Sequence[lvs.Change]) -> list[director.Refusal]:
        self.probes.append(len(self._machines[-1].watches))
        return super().apply(changes)


@pytest.fixture
def dataplane(monkeypatch: pytest.MonkeyPatch) -> Watching:
    machines: list[director.Machine] = []

    class Noted(director.Machine):
        def __init__(self) -> None:
            super().__init__()
            machines.append(self)

    monkeypatch.setattr(director, "Machine", Noted)
    return Watching(machines)


def test_probes_are_made_when_the_table_stands(dataplane: Watching, tmp_path: Path) -> None:
    """Services of a big configuration would be back later by what the memory of their probes takes."""
    services = (
        service(SERVICE, server(1, PROBE), server(2, PROBE, ASLEEP), server(3)),
        service(OTHER, server(1, PROBE)),
    )
    opening = set_first_table(
        director.Configuration(services), Table(dataplane, Ledger(tmp_path / "ledger"), pytest.fail)
    )
    assert dataplane.probes == [0]
    assert {found.server.key.address for found in dataplane.servers(SERVICE)} == {
        ip_address("198.51.100.1"), ip_address("198.51.100.3"),
    }  # fmt: skip
    effects = list(opening.effects)
    assert [type(effect) for effect in effects].index(events.Ready) < len(effects) - 4
    assert [e.target.check for e in effects if isinstance(e, events.Probe)] == [PROBE, PROBE, ASLEEP, PROBE]
    first, *_ = opening.machine.services.values()
    known = [[watch.checker.up for watch in each.watches] for each in first.servers.values()]
    assert known == [[True], [True, False], []]
    assert [each.up for each in first.servers.values()] == [True, False, True]
