"""What a configuration wants in the table at its start, and what a change of it would change there."""

from __future__ import annotations

from msgspec.structs import replace

from standfast import director
from standfast.director import lvs


def start_table(configuration: director.Configuration) -> lvs.Table:
    """Return the table before any check has run: all real servers but those that wait for their first success."""
    return lvs.table_of(_pool(service, virtual) for service in configuration.services for virtual in service.services)


def full_table(configuration: director.Configuration) -> lvs.Table:
    """Return the table with every real server up."""
    return lvs.table_of(
        _pool(service, virtual, waiting=True) for service in configuration.services for virtual in service.services
    )


def _pool(service: director.CheckedService, virtual: lvs.VirtualService, waiting: bool = False) -> lvs.Pool:
    up = [s for s in service.servers if waiting or not any(check.rhythm.alpha for check in s.terms.checks)]
    servers = [_placed(s.server, virtual.key) for s in up]
    sorry = service.sorry
    if sum(server.weight for server in servers) < service.quorum and sorry is not None:
        servers = [_placed(sorry, virtual.key)]
    elif sorry is not None and service.sorry_inhibit:
        servers.append(replace(_placed(sorry, virtual.key), weight=0))
    quiesced = [s for s in service.servers if s not in up and s.terms.on_failure is lvs.OnFailure.QUIESCE]
    servers += [replace(_placed(s.server, virtual.key), weight=0) for s in quiesced]
    return lvs.Pool.of(virtual, *servers)


def _placed(server: lvs.RealServer, key: lvs.ServiceKey) -> lvs.RealServer:
    """Return a real server with the port that it has in a virtual service."""
    if server.key.port or not isinstance(key, lvs.ServiceAddress):
        return server
    return replace(server, key=lvs.ServerKey(server.key.address, key.port))


def changes(present: director.Configuration, wanted: director.Configuration) -> list[lvs.Change]:
    """Return what another configuration changes in the table, if every real server is up."""
    return lvs.difference(full_table(present), full_table(wanted))
