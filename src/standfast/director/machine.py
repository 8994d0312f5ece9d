"""The director as a pure machine: verdicts of checks become changes of the table, scripts and log lines."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator

from standfast.director import lvs
from standfast.director.checks import BfdCheck, Script, Verdict, first_delay_ms
from standfast.director.configuration import Configuration, FlushOnStop
from standfast.director.events import (
    AddressesChanged,
    Apply,
    CancelProbe,
    Configured,
    ConnectionsCounted,
    CountConnections,
    Effect,
    Event,
    Finished,
    Flush,
    Level,
    Log,
    Own,
    Prepare,
    Probe,
    Probed,
    Ready,
    Refused,
    ScriptEnded,
    SendMail,
    SessionChanged,
    Shutdown,
    Tell,
)
from standfast.director.reloading import Reading
from standfast.director.script_queues import ScriptQueues
from standfast.director.standing import Standing
from standfast.director.watched import Server, Service, Watch, placed
from standfast.runtime import Now, SetTimer, TimerFired

DRAIN_POLL_MS = 1000
STARTUP_TIMEOUT_MS = 10_000
DIRECTOR = "director"


class Machine:
    """The director. `services` and `watches` are for reading."""

    def __init__(self) -> None:
        self.configuration: Configuration | None = None
        self.services: dict[str, Service] = {}
        self.watches: dict[int, Watch] = {}
        self._standing = Standing()
        self._scripts = ScriptQueues()
        self._addresses: frozenset[lvs.Address] | None = None
        self._draining: set[Server] = set()
        self._drain_generation = 0
        self._drain_timer_runs = False
        self._last_watch = 0
        self.keeps_table = False
        self._stopping = False
        self._tells_all = False
        self._now = Now(0, 0)

    def handle(self, event: Event, now: Now) -> list[Effect]:
        """Return what follows from an event."""
        return list(self.effects(event, now))

    def effects(self, event: Event, now: Now) -> Iterable[Effect]:
        """Return what follows from an event, each made when it is asked for; all are to be asked for."""
        self._now = now
        return self._probed(event) if isinstance(event, Probed) else self._rare(event)

    def _rare(self, event: Event) -> Iterator[Effect]:
        if isinstance(event, Configured):
            yield from self._configured(event)
        elif isinstance(event, ScriptEnded):
            yield from self._script_ended(event)
        elif isinstance(event, SessionChanged):
            yield from self._session_changed(event)
        elif isinstance(event, Refused):
            yield from self._refused(event)
        elif isinstance(event, ConnectionsCounted):
            yield from self._counted(event)
        elif isinstance(event, AddressesChanged):
            yield from self._addresses_changed(event)
        elif isinstance(event, TimerFired):
            yield from self._drain_timer(event)
        elif isinstance(event, Shutdown):
            yield from self._shutdown(event)

    # -- configuration

    def _configured(self, event: Configured) -> Iterator[Effect]:
        if self._stopping:
            return
        previous, configuration = self.configuration, event.configuration
        self.configuration, first = configuration, previous is None
        self._tells_all = configuration.log_all_failures
        reading = Reading(self.services, self.watches, event, previous, self._last_watch)
        services = reading.services()
        for pool in reading.left_over():
            self._standing.found(pool)
        yield from self._begin(configuration, first)
        gone = {name: service for name, service in self.services.items() if services.get(name) is not service}
        self.services = services
        turns = [(service, self._judge_anew(service, gone.get(service.noun.name))) for service in reading.changed]
        yield from self._set_table(reading.changed, gone.values(), first)
        reading.watch()
        self.watches, self._last_watch = reading.watches, reading.last_number
        yield from (CancelProbe(number) for number in reading.unwatched)
        for service, turn in turns:
            yield from self._quorum_turned(service, turn, quietly=first)
            if first and configuration.rs_init_notifies:
                for server in service.servers.values():
                    yield from self._server_told(server, server.up)
        self._draining = {server for server in self._draining if server.service.noun.name not in gone}
        self._draining |= {s for service in reading.changed for s in service.servers.values() if s.draining}
        yield from self._watch_drains()
        yield self._summary("up with" if first else "reloaded:")
        if first:
            yield Ready()
        yield from self._suspend(reading.fresh)
        for service in gone.values():
            service.dissolve()

    def _summary(self, word: str) -> Log:
        servers = sum(len(service.servers) for service in self.services.values())
        count = f"{len(self.services)} virtual services, {servers} real servers, {len(self.watches)} checks"
        return Log(Level.NOTICE, f"{word} {count}")

    def _begin(self, configuration: Configuration, first: bool) -> Iterator[Effect]:
        if first and configuration.flush_at_start:
            self._standing = Standing()
            yield Flush()
        yield Prepare(configuration)
        if first:
            yield from self._scripts.add(DIRECTOR, configuration.startup_script, STARTUP_TIMEOUT_MS)

    def _judge_anew(self, service: Service, old: Service | None) -> lvs.Turn | None:
        """Count a service that was read; return what became of its quorum: at the start, whatever it is."""
        service.quorum = service.quorum_within(met=old is None or old.quorum.met)
        service.quorum, turn = service.quorum.judge(service.add_up())
        if old is None and turn is None:
            return lvs.Turn.UP
        return turn

    def _set_table(self, changed: list[Service], gone: Iterable[Service], first: bool) -> Iterator[Effect]:
        """Bring the table to the services; those that did not change stand, unless the data plane refused something."""
        standing = self._standing
        before = standing.keys
        left = (before if first else _keys(gone)) - _keys(changed)
        if left:
            left -= _keys(self.services.values())
        if not first:
            changed = changed + [
                service for service in standing.doubtful(self.services.values()) if service not in changed
            ]
        changes = tuple(standing.settle_all(changed, left))
        after = standing.keys
        if after != before or first:
            yield Own(before | after)
        if changes:
            yield Apply(changes)
        if before - after:
            yield Own(after)

    def _probe_new(self, fresh: Iterable[Watch]) -> Iterator[Effect]:
        for ordinal, watch in enumerate(fresh):
            if watch.is_probed and not watch.paused:
                yield self._probe(watch, first_delay_ms(watch.target.check, ordinal))

    def _probe(self, watch: Watch, delay_ms: int) -> Probe:
        watch.generation += 1
        return Probe(watch.number, watch.generation, delay_ms, watch.target, watch.checker.part)

    # -- verdicts

    def _probed(self, event: Probed) -> list[Effect]:
        watch = self.watches.get(event.number)
        if watch is None or watch.generation != event.generation or watch.paused or self._stopping:
            return []
        verdict = watch.checker.judge(event.result)
        effects: list[Effect] = [self._probe(watch, verdict.delay_ms)]
        if not event.result.ok:
            watch.reason = event.result.reason
        told = verdict.told or (self._tells_all and not event.result.ok)
        if verdict.turned is not None or verdict.weight_changed or told:
            effects += self._follows(watch, verdict)
        return effects

    def _session_changed(self, event: SessionChanged) -> Iterator[Effect]:
        for watch in () if self._stopping else self.watches.values():
            kind = watch.target.check.kind
            if isinstance(kind, BfdCheck) and kind.session == event.name:
                watch.reason = f"session {event.name} is down"
                verdict = watch.checker.follow(event.up)
                if verdict.turned is not None:  # all states are told again when somebody may be new
                    yield from self._follows(watch, verdict)

    def _follows(self, watch: Watch, verdict: Verdict) -> Iterator[Effect]:
        if verdict.turned is None and not verdict.weight_changed:
            yield self._still(watch)
            return
        for server in watch.servers:
            yield from self._reconsider(server, watch, verdict)

    def _still(self, watch: Watch) -> Log:
        check = watch.target.check
        state = "" if watch.checker.up else " (it is down already)"
        return Log(Level.INFO, f"{check.name} of {watch.target} failed: {watch.reason}{state}")

    def _reconsider(self, server: Server, watch: Watch, verdict: Verdict) -> Iterator[Effect]:
        """Let a real server follow its checks: the table first, then what is told of it, then the quorum's turn."""
        service = server.service
        was_up, weight = server.up, server.weight
        server.refresh()
        service.alive_weight += (server.weight if server.up else 0) - (weight if was_up else 0)
        service.quorum, turn = service.quorum.judge(service.alive_weight)
        yield from self._applied(service, None if turn else server)
        if server.up is not was_up:
            server.since_ms = self._now.wall_ms
            yield self._turned(server, watch)
            yield from self._server_told(server, server.up)
        elif verdict.turned is not None:
            yield self._one_of_many(server, watch)
        elif server.weight != weight:
            text = f"real server {server.name} of {service.noun.name}: weight {server.weight}, was {weight}"
            yield Log(Level.NOTICE, f"{text}: {watch.target.check.name} says so")
        yield from self._quorum_turned(service, turn)

    def _turned(self, server: Server, watch: Watch) -> Log:
        check = watch.target.check
        head = f"real server {server.name} of {server.service.noun.name} is"
        if server.up:
            return Log(Level.NOTICE, f"{head} up: {check.name} of {watch.target} succeeded")
        after = f" after {check.rhythm.retry} retries" if check.rhythm.retry and watch.checker.has_run else ""
        return Log(Level.WARNING, f"{head} down: {check.name} of {watch.target} failed{after}: {watch.reason}")

    def _one_of_many(self, server: Server, watch: Watch) -> Log:
        word = "succeeded" if watch.checker.up else f"failed: {watch.reason}"
        others = sum(not other.checker.up for other in server.watches)
        text = f"{watch.target.check.name} of {watch.target} {word}"
        return Log(Level.INFO, f"{text}; real server {server.name} stays down, {others} of its checks fail")

    # -- what follows in the table and outside

    def _applied(self, service: Service, server: Server | None) -> Iterator[Effect]:
        """Bring one real server, or all of a service, to what should stand in the table."""
        standing = self._standing
        changes = tuple(standing.settle(service) if server is None else standing.settle_one(server))
        if changes:
            yield Apply(changes)
        for each in service.servers.values() if server is None else (server,):
            if each.draining:
                self._draining.add(each)
        yield from self._watch_drains()

    def _server_told(self, server: Server, up: bool) -> Iterator[Effect]:
        terms, name = server.noun.terms, server.service.noun.name
        yield Tell(f"RS {server.name} {name} {'UP' if up else 'DOWN'}")
        yield from self._notify(f"RS {server.name} of {name}", terms.notify_up if up else terms.notify_down)
        if terms.smtp_alert:
            yield from self._mail(f"Realserver {server.name} of virtual server {name} - {'UP' if up else 'DOWN'}")

    def _quorum_turned(self, service: Service, turn: lvs.Turn | None, quietly: bool = False) -> Iterator[Effect]:
        if turn is None:
            return
        noun, quorum, up = service.noun, service.quorum, turn is lvs.Turn.UP
        level = Level.NOTICE if up else Level.WARNING
        word = "gained" if up else "lost"
        limit = quorum.quorum + quorum.hysteresis if up else quorum.quorum - quorum.hysteresis
        if not (quietly and up):
            yield Log(level, f"{noun.name}: quorum {word}: weight {service.alive_weight}, limit {limit}")
        if noun.sorry is not None and not (quietly and up):
            yield Log(level, f"{noun.name}: sorry server {noun.sorry.key} {'rests' if up else 'serves'}")
        yield Tell(f"VS {noun.name} {'UP' if up else 'DOWN'}")
        yield from self._notify(f"VS {noun.name}", noun.quorum_up if up else noun.quorum_down)
        if noun.smtp_alert:
            yield from self._mail(f"Virtualserver {noun.name} - {'UP' if up else 'DOWN'}")

    def _notify(self, name: str, script: Script | None) -> Iterator[Effect]:
        assert self.configuration is not None
        yield from self._scripts.add(name, script, self.configuration.notify_timeout_ms)

    def _mail(self, subject: str) -> Iterator[Effect]:
        assert self.configuration is not None
        mail = self.configuration.mail
        if mail.recipients:
            yield SendMail(f"[{mail.router_id}] {subject}" if mail.router_id else subject, subject)

    # -- draining

    def _watch_drains(self) -> Iterator[Effect]:
        if self._draining and not self._drain_timer_runs:
            self._drain_timer_runs = True
            self._drain_generation += 1
            yield SetTimer("drain", self._drain_generation, DRAIN_POLL_MS)

    def _drain_timer(self, event: TimerFired) -> Iterator[Effect]:
        if event.generation != self._drain_generation or self._stopping:
            return
        self._drain_timer_runs = False
        self._draining = {server for server in self._draining if server.draining}
        keys = {virtual.key: None for server in self._draining for virtual in server.service.noun.services}
        if keys:
            yield CountConnections(tuple(keys))

    def _counted(self, event: ConnectionsCounted) -> Iterator[Effect]:
        for server in [server for server in self._draining if server.draining]:
            keys = [(v.key, placed(server.noun.server, v.key).key) for v in server.service.noun.services]
            if sum(event.counts.get(key, 0) for key in keys) == 0:
                server.draining = False
                self._draining.discard(server)
                yield from self._applied(server.service, server)
                yield Log(Level.NOTICE, f"real server {server.name} of {server.service.noun.name} is drained")
        yield from self._watch_drains()

    # -- the world

    def _refused(self, event: Refused) -> Iterator[Effect]:
        again: list[lvs.Change] = []
        for refusal in event.refusals:
            helps = self._standing.refused(refusal)
            if helps is not None:
                again.append(helps)
            reason = errno.errorcode.get(refusal.number, str(refusal.number))
            (line,) = lvs.plan_lines([refusal.change])
            yield Log(Level.ERROR, f"the data plane refused {line}: {reason}")
        if again:
            yield Apply(tuple(again))

    def _addresses_changed(self, event: AddressesChanged) -> Iterator[Effect]:
        self._addresses = event.addresses
        yield from self._suspend()

    def _suspend(self, fresh: Iterable[Watch] = ()) -> Iterator[Effect]:
        """Pause the checks of services whose addresses are elsewhere, begin the others of the new and the paused."""
        touched: dict[int, Watch] = {}
        for service in self.services.values() if self._addresses is not None else ():
            suspended = service.noun.ha_suspend and not any(self._is_here(v.key) for v in service.noun.services)
            if suspended is not service.suspended:
                word = "suspended: its address is not here" if suspended else "resumed"
                yield Log(Level.NOTICE, f"{service.noun.name}: checks {word}")
            if service.noun.ha_suspend or service.suspended:
                touched |= {watch.number: watch for server in service.servers.values() for watch in server.watches}
            service.suspended = suspended
        woken = []
        for number in sorted(touched):
            watch = touched[number]
            paused = all(server.service.suspended for server in watch.servers)
            if paused and not watch.paused:
                yield CancelProbe(number)
            elif watch.paused and not paused:
                woken.append(watch)
            watch.paused = paused
        yield from self._probe_new((*fresh, *woken))

    def _is_here(self, key: lvs.ServiceKey) -> bool:
        assert self._addresses is not None
        return isinstance(key, lvs.FirewallMark) or key.address in self._addresses

    def _script_ended(self, event: ScriptEnded) -> Iterator[Effect]:
        yield from self._scripts.ended(event.number, event.trouble)
        if self._stopping and self._scripts.idle:
            yield Finished()

    def _shutdown(self, event: Shutdown) -> Iterator[Effect]:
        if self._stopping:
            return
        self._stopping = True
        self.keeps_table = event.keep_table
        yield from (CancelProbe(number) for number in self.watches)
        if not event.keep_table:
            yield from self._take_down()
        configuration = self.configuration
        if configuration is not None:
            yield from self._scripts.add(DIRECTOR, configuration.shutdown_script, STARTUP_TIMEOUT_MS)
        if self._scripts.idle:
            yield Finished()

    def _take_down(self) -> Iterator[Effect]:
        changes = tuple(self._standing.remove(self._standing.keys))
        if self.configuration is not None and self.configuration.flush_on_stop is FlushOnStop.ALL:
            yield Flush()
        elif changes:
            yield Apply(changes)
        yield Own(frozenset())
        for service in self.services.values():
            if not service.noun.omega:
                continue
            for server in service.servers.values():
                if server.up:
                    yield from self._server_told(server, False)
            if service.quorum.met:
                yield from self._quorum_turned(service, lvs.Turn.DOWN)


def _keys(services: Iterable[Service]) -> frozenset[lvs.ServiceKey]:
    return frozenset(virtual.key for service in services for virtual in service.noun.services)
