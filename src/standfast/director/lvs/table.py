"""The table of virtual services, the changes to it, and the difference of two tables.

Established connections live in the entries, so a table is never flushed and filled again: what stays is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from standfast.director.lvs.services import RealServer, ServerKey, ServiceKey, VirtualService


class Pool(msgspec.Struct, frozen=True):
    """A virtual service with its real servers, in the order of adding."""

    service: VirtualService
    servers: Mapping[ServerKey, RealServer] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, service: VirtualService, *servers: RealServer) -> Pool:
        """Return a pool; of two real servers with one key the last counts."""
        return cls(service, {server.key: server for server in servers})


Table = Mapping[ServiceKey, Pool]


def table_of(pools: Iterable[Pool]) -> Table:
    """Return the table of these pools, indexed by what names each virtual service."""
    return {pool.service.key: pool for pool in pools}


class AddService(msgspec.Struct, frozen=True, gc=False):
    """Change: a new virtual service, without real servers."""

    service: VirtualService


class EditService(msgspec.Struct, frozen=True, gc=False):
    """Change: another LVS scheduler, flags or persistence for a virtual service that stays."""

    service: VirtualService


class DeleteService(msgspec.Struct, frozen=True, gc=False):
    """Change: a virtual service goes, with its real servers."""

    key: ServiceKey


class AddServer(msgspec.Struct, frozen=True, gc=False):
    """Change: a new real server."""

    service: ServiceKey
    server: RealServer


class EditServer(msgspec.Struct, frozen=True, gc=False):
    """Change: another weight, method or threshold for a real server that stays; its connections live."""

    service: ServiceKey
    server: RealServer


class DeleteServer(msgspec.Struct, frozen=True, gc=False):
    """Change: a real server goes."""

    service: ServiceKey
    server: ServerKey


Change = AddService | EditService | DeleteService | AddServer | EditServer | DeleteServer


def difference(present: Table, wanted: Table) -> list[Change]:
    """Return the changes that turn the present table into the wanted one.

    Within a virtual service what comes stands before what goes, so that at no moment is a pool emptier than before
    and after. The time is that of the two tables' sizes.
    """
    changes: list[Change] = []
    for key, pool in wanted.items():
        changes += _of_pool(present.get(key), pool)
    changes += [DeleteService(key) for key in present if key not in wanted]
    return changes


def _of_pool(present: Pool | None, wanted: Pool) -> Iterator[Change]:
    key = wanted.service.key
    if present is None:
        yield AddService(wanted.service)
    elif not alike(present.service, wanted.service):
        yield EditService(wanted.service)
    there = {} if present is None else present.servers
    yield from (AddServer(key, server) for name, server in wanted.servers.items() if name not in there)
    yield from (EditServer(key, s) for name, s in wanted.servers.items() if name in there and s != there[name])
    yield from (DeleteServer(key, name) for name in there if name not in wanted.servers)


def alike(one: VirtualService, other: VirtualService) -> bool:
    """Return whether two virtual services of one key do the same; how the default netmask is written does not count."""
    return (one.scheduler, one.flags, one.persistence_timeout_s, one.effective_netmask, one.engine) == (
        other.scheduler, other.flags, other.persistence_timeout_s, other.effective_netmask, other.engine,
    )  # fmt: skip


def apply(table: Table, changes: Iterable[Change]) -> Table:
    """Return the table after these changes; the one that is given stays as it is."""
    result = dict(table)
    for change in changes:
        if isinstance(change, AddService):
            result[change.service.key] = Pool(change.service)
        elif isinstance(change, EditService):
            result[change.service.key] = Pool(change.service, result[change.service.key].servers)
        elif isinstance(change, DeleteService):
            del result[change.key]
        else:
            result[change.service] = _with(result[change.service], change)
    return result


def _with(pool: Pool, change: AddServer | EditServer | DeleteServer) -> Pool:
    if isinstance(change, DeleteServer):
        return Pool(pool.service, {k: s for k, s in pool.servers.items() if k != change.server})
    return Pool(pool.service, {**pool.servers, change.server.key: change.server})
