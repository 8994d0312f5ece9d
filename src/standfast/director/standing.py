"""What the director believes to stand in the table, and the changes that bring it to what should."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator

from standfast.director import lvs
from standfast.director.dataplane import Refusal
from standfast.director.lvs import RealServer, ServerKey, ServiceKey, VirtualService
from standfast.director.watched import Server, Service, once, placed

Servers = dict[ServerKey, RealServer]


class Standing:
    """The table as far as it is ours. Every method that yields changes takes them for made."""

    def __init__(self) -> None:
        self._services: dict[ServiceKey, VirtualService] = {}
        self._servers: dict[ServiceKey, Servers | tuple[RealServer, ...]] = {}
        self._doubtful: set[ServiceKey] = set()

    @property
    def keys(self) -> frozenset[ServiceKey]:
        """Return which services stand."""
        return frozenset(self._services)

    def found(self, pool: lvs.Pool) -> None:
        """Take note of what a predecessor left."""
        self._services[pool.service.key] = pool.service
        self._servers[pool.service.key] = dict(pool.servers)

    def servers(self, key: ServiceKey) -> Servers:
        """Return the real servers that stand in a service; by key only when they are asked for, which few ever are."""
        there = self._servers.get(key, {})
        if isinstance(there, tuple):
            there = self._servers[key] = {server.key: server for server in there}
        return there

    def doubtful(self, services: Iterable[Service]) -> list[Service]:
        """Return those of which changes were refused since they were settled: they may be tried again."""
        doubtful = self._doubtful
        return [s for s in services if any(v.key in doubtful for v in s.noun.services)] if doubtful else []

    def settle_all(self, services: Iterable[Service], gone: Iterable[ServiceKey]) -> Iterator[lvs.Change]:
        """Yield what brings these services to what should stand, and takes others out."""
        for service in services:
            for virtual in service.noun.services:
                self._doubtful.discard(virtual.key)
                yield from self._service(virtual)
            yield from self.settle(service)
        yield from self.remove(gone)

    def remove(self, keys: Iterable[ServiceKey]) -> Iterator[lvs.Change]:
        """Yield what takes services out, the last that was set first: IPVS looks for what comes in reverse."""
        named = frozenset(keys)
        for key in [key for key in reversed(self._services) if key in named] if named else ():
            del self._services[key], self._servers[key]
            yield lvs.DeleteService(key)

    def _service(self, virtual: VirtualService) -> Iterator[lvs.Change]:
        there = self._services.get(virtual.key)
        self._services[virtual.key] = virtual
        if there is None:
            self._servers[virtual.key] = ()
            yield lvs.AddService(virtual)
        elif not lvs.alike(there, virtual):
            yield lvs.EditService(virtual)

    def settle(self, service: Service) -> Iterator[lvs.Change]:
        """Yield what brings all of a service to what should stand: what comes before what goes."""
        wanted = list(service.wanted_all())
        for virtual in service.noun.services:
            here = [placed(each, virtual.key) for each in wanted]
            if self._servers[virtual.key]:
                yield from self._pool(virtual.key, {server.key: server for server in here})
                continue
            self._servers[virtual.key] = added = tuple(once(here))
            for server in added:
                yield lvs.AddServer(virtual.key, server)

    def _pool(self, key: ServiceKey, wanted: Servers) -> Iterator[lvs.Change]:
        there = self.servers(key)
        self._servers[key] = wanted
        for name, server in wanted.items():
            if name not in there:
                yield lvs.AddServer(key, server)
            elif server != there[name]:
                yield lvs.EditServer(key, server)
        yield from (lvs.DeleteServer(key, name) for name in there if name not in wanted)

    def settle_one(self, server: Server) -> Iterator[lvs.Change]:
        """Yield what brings one real server to what should stand; the time does not depend on how many there are."""
        service = server.service
        sorry = service.noun.sorry
        if sorry is not None and sorry.key.address == server.key.address:
            yield from self.settle(service)
            return
        wanted = service.wanted(server)
        for virtual in service.noun.services:
            there = self.servers(virtual.key)
            name = placed(server.noun.server, virtual.key).key
            before = there.get(name)
            if wanted is None:
                if there.pop(name, None) is not None:
                    yield lvs.DeleteServer(virtual.key, name)
                continue
            there[name] = after = placed(wanted, virtual.key)
            if before is None:
                yield lvs.AddServer(virtual.key, after)
            elif before != after:
                yield lvs.EditServer(virtual.key, after)

    def refused(self, refusal: Refusal) -> lvs.Change | None:
        """Take note that a change was not made; return what may help: somebody else may have changed the table."""
        change, number = refusal.change, refusal.number
        if isinstance(change, lvs.AddService):
            if number == errno.EEXIST:
                return lvs.EditService(change.service)
            self._doubtful.add(change.service.key)  # a reload tries it again
            self._services.pop(change.service.key, None)
            self._servers[change.service.key] = ()
        elif isinstance(change, lvs.AddServer):
            if number == errno.EEXIST:
                return lvs.EditServer(change.service, change.server)
            self._doubtful.add(change.service)
            self.servers(change.service).pop(change.server.key, None)
        elif isinstance(change, lvs.EditServer) and number == errno.ENOENT:
            return lvs.AddServer(change.service, change.server)
        return None
