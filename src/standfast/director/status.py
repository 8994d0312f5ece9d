"""What a director knows, as plain values for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from standfast.director import lvs
from standfast.director.dataplane import ServerStatus, ServiceStatus
from standfast.director.machine import Machine
from standfast.director.watched import Server, Service, Watch

Row = dict[str, Any]


def services(machine: Machine) -> list[Row]:
    """Return every service with its real servers and checks."""
    return [_service(service) for service in machine.services.values()]


def _service(service: Service) -> Row:
    noun, quorum = service.noun, service.quorum
    return {
        "name": noun.name,
        "virtual_services": [str(virtual.key) for virtual in noun.services],
        "scheduler": noun.services[0].scheduler,
        "quorum": quorum.quorum,
        "hysteresis": quorum.hysteresis,
        "quorum_met": quorum.met,
        "alive_weight": service.alive_weight,
        "sorry_server": None if noun.sorry is None else str(noun.sorry.key),
        "sorry_serves": service.sorry_serves,
        "suspended": service.suspended,
        "real_servers": [_server(server) for server in service.servers.values()],
    }


def _server(server: Server) -> Row:
    return {
        "address": str(server.key.address),
        "port": server.key.port,
        "forwarding": server.noun.server.forwarding.name,
        "weight": server.weight,
        "configured_weight": server.noun.server.weight,
        "up": server.up,
        "serving": server.serving,
        "draining": server.draining,
        "since_ms": server.since_ms,
        "checks": [_check(watch) for watch in server.watches],
    }


def _check(watch: Watch) -> Row:
    return {
        "kind": watch.target.check.name,
        "target": str(watch.target),
        "up": watch.checker.up,
        "has_run": watch.checker.has_run,
        "retries": watch.checker.retries if watch.checker.has_run else 0,
        "paused": watch.paused,
        "last_failure": watch.reason,
    }


# -- Prometheus' text format, with the names of keepalived's exporters

_COUNTERS = ("in_packets", "out_packets", "in_bytes", "out_bytes")


def metrics(machine: Machine, table: list[tuple[ServiceStatus, list[ServerStatus]]], probes: int) -> str:
    """Return the metrics. Source: github.com/gen2brain/keepalived_exporter for `keepalived_*`; the others are ours."""
    samples: dict[str, list[str]] = {"keepalived_up": ["1"]}
    for status, servers in table:
        _counted(samples, "vip", _address(status.service.key), _protocol(status.service.key), status)
        for server in servers:
            _counted(samples, "rs", str(server.server.key), _protocol(status.service.key), server)
    for name, value in _own(machine, probes):
        samples.setdefault(name, []).append(value)
    return "".join(_family(name, values) for name, values in samples.items())


def _counted(
    samples: dict[str, list[str]], what: str, address: str, protocol: str, status: ServiceStatus | ServerStatus
) -> None:
    labels = f'{{addr="{address}",proto="{protocol}"}}'
    for name in _COUNTERS:
        samples.setdefault(f"keepalived_lvs_{what}_{name}", []).append(f"{labels} {getattr(status.counters, name)}")
    samples.setdefault(f"keepalived_lvs_{what}_conn", []).append(f"{labels} {status.counters.connections}")


def _own(machine: Machine, probes: int) -> Iterator[tuple[str, str]]:
    for service in machine.services.values():
        vs = f'virtual_server="{_escaped(service.noun.name)}"'
        yield "standfast_director_quorum_met", f"{{{vs}}} {int(service.quorum.met)}"
        yield "standfast_director_alive_weight", f"{{{vs}}} {service.alive_weight}"
        for server in service.servers.values():
            labels = f'{{{vs},real_server="{_escaped(server.name)}"}}'
            yield "standfast_director_real_server_up", f"{labels} {int(server.up)}"
            yield "standfast_director_real_server_weight", f"{labels} {server.weight}"
    yield "standfast_director_probes_total", str(probes)


def _family(name: str, values: list[str]) -> str:
    counter = name.endswith("_total") or name.startswith("keepalived_lvs_")
    lines = [f"# TYPE {name} {'counter' if counter else 'gauge'}"]
    lines += [f"{name}{value}" if value.startswith("{") else f"{name} {value}" for value in values]
    return "\n".join(lines) + "\n"


def _address(key: lvs.ServiceKey) -> str:
    if isinstance(key, lvs.FirewallMark):
        return f"fwmark:{key.mark}"
    return str(lvs.ServerKey(key.address, key.port))


def _protocol(key: lvs.ServiceKey) -> str:
    return "0" if isinstance(key, lvs.FirewallMark) else str(int(key.transport))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
