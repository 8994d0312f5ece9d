"""Reading a configuration into the director's memory: what stays keeps its state, in a time linear in what is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from standfast.director import lvs
from standfast.director.configuration import CheckedService, Configuration
from standfast.director.events import Configured, Target
from standfast.director.lvs import ServiceKey
from standfast.director.watched import Server, Service, Watch, placed, target_of


class Reading:
    """One configuration being read. `watches` are all probes by number, `fresh` the new ones, `unwatched` what ended;
    they are complete after `watch`, for which the table does not wait.

    The probes that are given it takes over, and changes in place: there may be a hundred thousand.
    Services are told apart by name, real servers by address and port, checks by what they ask: a check that asks the
    same under another rhythm keeps what it knows. A service whose noun is the very same stays as it is: `changed` are
    all others.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        watches: dict[int, Watch],
        event: Configured,
        previous: Configuration | None,
        last: int,
    ) -> None:
        self._old = services
        self._event = event
        self._previous = previous
        self._first = previous is None
        self._merge = event.configuration.merge_checks
        self._merged: dict[Target, Watch] = {}
        self._known: dict[Target, Watch] = {w.target: w for w in watches.values()} if self._merge else {}
        self._before = watches
        self._given_up: list[int] = []
        self.watches: dict[int, Watch] = {}
        self.fresh: list[Watch] = []
        self.changed: list[Service] = []
        self.last_number = last
        self._waiting: list[Service] = []

    def services(self) -> dict[str, Service]:
        """Return the services with what is known of their real servers."""
        nouns = self._event.configuration.services
        same = self._same_services(nouns)
        self._give_up(same)
        found = {noun.name: same.get(noun.name) or self._service(noun) for noun in nouns}
        self.changed = [service for name, service in found.items() if name not in same]
        return found

    def _same_services(self, nouns: tuple[CheckedService, ...]) -> dict[str, Service]:
        """Return the services that stay, by name; none if checks are shared by services, or names by nouns."""
        before = self._previous
        if before is None or before.merge_checks or self._merge or len(before.services) != len(self._old):
            return {}
        if len({noun.name for noun in nouns}) != len(nouns):
            return {}
        old = self._old
        return {noun.name: old[noun.name] for noun in nouns if noun.name in old and old[noun.name].noun is noun}

    def _give_up(self, same: Mapping[str, Service]) -> None:
        """Let go of all probes but those of these services; who still wants one takes it again."""
        if not same:
            self._given_up = list(self._before)
            for watch in self._before.values():
                watch.servers = []
            return
        self.watches = self._before
        for service in (service for name, service in self._old.items() if name not in same):
            for watch in (watch for server in service.servers.values() for watch in server.watches):
                del self.watches[watch.number]
                self._given_up.append(watch.number)
                watch.servers = []

    @property
    def unwatched(self) -> list[int]:
        """Return the numbers of the probes that are not wanted any more."""
        return [number for number in self._given_up if number not in self.watches]

    def left_over(self) -> Iterator[lvs.Pool]:
        """Yield what stands in the table and is ours: configured, or noted by a predecessor."""
        if not self._first:
            return
        ours = {virtual.key for noun in self._event.configuration.services for virtual in noun.services}
        for key, pool in self._event.present.items():
            if key in ours or key in self._event.owned:
                yield pool

    def _service(self, noun: CheckedService) -> Service:
        service, old = Service(noun), self._old.get(noun.name)
        service.suspended = old is not None and old.suspended
        back = self._read_back(noun)
        if self._first and back is None and not self._merge:
            if any(check.rhythm.alpha for each in noun.servers for check in each.terms.checks):
                for server in service.servers.values():
                    server.up = not any(check.rhythm.alpha for check in server.noun.terms.checks)
            self._waiting.append(service)
            return service
        for key, server in service.servers.items():
            there = back.get(placed(server.noun.server, noun.services[0].key).key) if back is not None else None
            stands = back is None or (there is not None and there.weight > 0)
            self._server(server, None if old is None else old.servers.get(key), stands)
            if there is not None and not stands:
                server.draining = server.noun.terms.on_failure is lvs.OnFailure.DRAIN
        return service

    def watch(self) -> None:
        """Make the probes of a first configuration, of whose real servers nothing is known."""
        for service in self._waiting:
            for server in service.servers.values():
                self._watches(server, (), stands=True)
        self._waiting = []

    def _server(self, server: Server, before: Server | None, stands: bool) -> None:
        self._watches(server, () if before is None else before.watches, stands)
        server.refresh()
        if before is not None:
            server.serving, server.draining, server.since_ms = before.serving, before.draining, before.since_ms

    def _watches(self, server: Server, known: tuple[Watch, ...], stands: bool) -> None:
        watches = []
        for index, check in enumerate(server.noun.terms.checks):
            target = target_of(server.noun, server.service.noun.services[0].key, index)
            watch = self._watch(target, known, up=stands and not check.rhythm.alpha)
            watch.servers.append(server)
            watches.append(watch)
        server.watches = tuple(watches)

    def _read_back(self, noun: CheckedService) -> Mapping[lvs.ServerKey, lvs.RealServer] | None:
        """Return the real servers that stand in the table: they count as up, and no others; None: all do."""
        if not self._first:
            return None
        key: ServiceKey = noun.services[0].key
        pool = self._event.present.get(key)
        if pool is None or not (self._event.configuration.read_back or key in self._event.owned):
            return None
        return pool.servers

    def _watch(self, target: Target, known: tuple[Watch, ...], up: bool) -> Watch:
        if self._merge and (merged := self._merged.get(target)) is not None:
            return merged
        watch = self._same(target, known)
        if watch is None:
            watch = self._new(target, known, up)
        self.watches[watch.number] = watch
        if self._merge:
            self._merged[target] = watch
        return watch

    def _same(self, target: Target, known: tuple[Watch, ...]) -> Watch | None:
        """Return the probe that is there already and not taken."""
        if self._merge and (watch := self._known.get(target)) is not None:
            return watch
        return next((w for w in known if w.target == target and w.number not in self.watches), None)

    def _new(self, target: Target, known: tuple[Watch, ...], up: bool) -> Watch:
        self.last_number += 1
        watch = Watch(self.last_number, target, up)
        asked = (target.check.kind, target.address, target.port)
        for old in known:
            if (old.target.check.kind, old.target.address, old.target.port) == asked:
                watch.inherit(old)
                break
        self.fresh.append(watch)
        return watch
