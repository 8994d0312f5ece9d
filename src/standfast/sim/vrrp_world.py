"""Seeded worlds of VRRP: several machines' virtual routers on segments that lose, repeat, delay and cut.

First everything goes wrong: loss, duplicates, reordering, partitions, pauses (the machine's clock goes on, its program
does not), crashes, clean stops, tracked scripts that fail. Then all is healed, and after a while there must be one
Active Router for each virtual router. What must never happen is checked after every event.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_interface

from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp import packets
from standfast.director.vrrp.events import State, Timer
from standfast.director.vrrp.machine import Machine, To

MS, S = 1_000_000, 1_000_000_000
TROUBLE_INTERVALS = 120
HEALED_INTERVALS = 25
SCRIPT = vrrp.TrackKind.SCRIPT.named("check")


class BrokenError(Exception):
    """An invariant was broken."""


@dataclass(frozen=True)
class Plan:
    """What a seed chose."""

    hosts: int
    segments: int
    version: int
    interval_cs: int
    grouped: bool
    preempt: bool
    owner: bool
    equals: bool
    loss: float
    repeats: float
    late: float
    weight: int | None
    """Of the script that each router tracks; None: it tracks none."""


@dataclass
class Verdict:
    """How a seed ended; `broken` is empty if it was good."""

    seed: int
    plan: Plan
    broken: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)


def plan_of(chance: random.Random) -> Plan:
    """Return what this world will be."""
    version = chance.choice((2, 3, 3))
    return Plan(
        hosts=chance.randint(2, 5),
        segments=chance.randint(1, 3),
        version=version,
        interval_cs=100 if version == 2 else chance.choice((10, 25, 100)),
        grouped=chance.random() < 0.5,
        preempt=chance.random() < 0.7,
        owner=chance.random() < 0.2,
        equals=chance.random() < 0.3,
        loss=chance.choice((0.0, 0.02, 0.08)),
        repeats=chance.choice((0.0, 0.1)),
        late=chance.choice((0.0, 0.05)),
        weight=chance.choice((None, 0, -30, 30)),
    )


class Host:
    """One machine with a virtual router on each segment."""

    def __init__(self, number: int, plan: Plan, priority: int) -> None:
        self.number = number
        self.name = f"h{number}"
        self.source = ip_address(f"10.0.0.{number + 1}").packed
        self.configuration = _configuration(plan, priority)
        self.machine: Machine | None = None
        self.holds: set[str] = set()
        self.timers: dict[tuple[str, Timer], ev.SetTimer] = {}
        self.works = True
        """Whether the tracked script succeeds."""
        self.paused = False
        self.paused_ns = 0
        self.inbox: list[vrrp.machine.Event] = []
        self.wakes: Counter[str] | None = None
        """While it has not read what waited: what it sent, by virtual router."""

    def states(self) -> dict[str, State]:
        """Return the state of each virtual router; none if the program is not there."""
        return {name: router.state for name, router in self.machine.routers.items()} if self.machine else {}


def _configuration(plan: Plan, priority: int) -> vrrp.Configuration:
    routers = tuple(
        vrrp.VirtualRouter(
            f"V{segment}",
            segment + 1,
            f"eth{segment}",
            (vrrp.VirtualAddress(ip_interface(f"10.0.{segment}.100/24")),),
            version=plan.version,
            priority=priority,
            advertisement_interval_cs=plan.interval_cs,
            preempt=plan.preempt,
            sync_group="G" if plan.grouped else "",
            tracked=() if plan.weight is None else (vrrp.Tracked(SCRIPT, plan.weight),),
        )
        for segment in range(plan.segments)
    )
    return vrrp.Configuration(routers, (vrrp.SyncGroup("G"),) if plan.grouped else ())


class World:
    """The hosts, the wires between them, and the clock."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.plan = plan_of(self.chance)
        self.verdict = Verdict(seed, self.plan)
        self.now = 0
        self._order = itertools.count()
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self.healed = False
        self.parts: dict[int, dict[int, int]] = {segment: {} for segment in range(self.plan.segments)}
        """For each segment, which side of the cut a host is on."""
        self.disturbed_ns = 0
        self._two_since: dict[str, int] = {}
        priorities = [100 if self.plan.equals else 50 + 20 * number for number in range(self.plan.hosts)]
        if self.plan.owner:
            priorities[-1] = 255
        self.hosts = [Host(number, self.plan, priority) for number, priority in enumerate(priorities)]

    @property
    def interval_ns(self) -> int:
        """Return the interval between adverts."""
        return self.plan.interval_cs * 10 * MS

    @property
    def down_ns_max(self) -> int:
        """Return the longest Active_Down_Interval of any host."""
        return 3 * self.interval_ns + (S if self.plan.version == 2 else self.interval_ns)

    def say(self, text: str) -> None:
        """Add a line to the story."""
        self.verdict.story.append(f"{self.now / S:10.4f} {text}")

    def later(self, delay_ns: int, what: Callable[[], None]) -> None:
        """Do something after a while."""
        heapq.heappush(self._queue, (self.now + max(delay_ns, 0), next(self._order), what))

    def run(self) -> Verdict:
        """Run to the end, or to the first broken invariant."""
        try:
            for host in self.hosts:
                self.start(host)
            self._plan_trouble()
            self._until(TROUBLE_INTERVALS * self.interval_ns)
            self.heal()
            self._until(self.now + HEALED_INTERVALS * max(self.interval_ns, self.down_ns_max // 4))
            self._check_one_active()
        except (BrokenError, AssertionError) as e:
            self.say(f"INVARIANT {e}")
            self.verdict.broken = str(e) or "an assertion"
        return self.verdict

    def _until(self, end_ns: int) -> None:
        while self._queue and self._queue[0][0] <= end_ns:
            self.now, _, what = heapq.heappop(self._queue)
            what()
            self._check_twos()
        self.now = end_ns

    # -- hosts

    def start(self, host: Host) -> None:
        """Start a host's program."""
        self.say(f"{host.name} starts")
        host.machine = Machine(host.configuration)
        host.inbox, host.wakes, host.paused = [], None, False
        for router in host.configuration.routers:
            self.give(host, To(router.name, ev.InterfaceUp(host.source)))
        self.give(host, ev.Startup())
        if self.plan.weight is not None:
            self.later(self.chance.randrange(self.interval_ns), lambda: self._run_script(host))

    def _run_script(self, host: Host) -> None:
        self.give(host, ev.TrackChanged(SCRIPT, vrrp.tracking.Reading(host.works)))

    def crash(self, host: Host) -> None:
        """Cut a host's power: its addresses are gone with it."""
        self.say(f"{host.name} crashes")
        host.machine, host.inbox, host.paused, host.wakes = None, [], False, None
        host.holds.clear()
        host.timers.clear()

    def stop(self, host: Host) -> None:
        """Stop a host's program cleanly."""
        self.say(f"{host.name} stops")
        self.give(host, ev.Shutdown())
        self.crash(host)

    def pause(self, host: Host) -> None:
        """Freeze a host's program; what comes for it waits."""
        self.say(f"{host.name} is paused")
        host.paused, host.paused_ns = True, self.now
        self.disturbed_ns = self.now

    def resume(self, host: Host) -> None:
        """Let it go on: with its sockets first, or with its timers."""
        if not host.paused:
            return
        self.say(f"{host.name} goes on with {len(host.inbox)} waiting")
        self.disturbed_ns = self.now
        host.paused, waiting, host.inbox = False, host.inbox, []
        long = self.now - host.paused_ns >= self.down_ns_max + self.interval_ns
        host.wakes = Counter() if long else None
        if self.chance.random() < 0.5:
            waiting.sort(key=lambda event: not isinstance(event.event, ev.TimerFired) if isinstance(event, To) else 1)
        else:
            waiting.sort(key=lambda event: isinstance(event.event, ev.TimerFired) if isinstance(event, To) else 1)
        for event in waiting:
            self.give(host, event)
        if not any(isinstance(event, ev.QueueRead) for event in host.inbox):
            host.wakes = None  # it had not slept for long enough to doubt
        self._read_queue(host)

    def _read_queue(self, host: Host) -> None:
        if ev.QueueRead() in host.inbox and not host.paused:
            host.inbox.clear()
            self.give(host, ev.QueueRead())
            if host.wakes and max(host.wakes.values(), default=0) > 1:
                raise BrokenError(f"{host.name} sent a burst after its sleep: {dict(host.wakes)}")
            host.wakes = None

    def give(self, host: Host, event: vrrp.machine.Event) -> None:
        """Give an event to a host's program, and do what it says."""
        if host.machine is None:
            return
        if host.paused:
            host.inbox.append(event)
            return
        unread = host.wakes is not None and not isinstance(event, ev.QueueRead)
        effects = host.machine.handle(event, self.now)
        for effect in effects:
            self._carry_out(host, effect, unread)
        if any(isinstance(effect, ev.Notify) for effect in effects):
            self._check_host(host)

    def _carry_out(self, host: Host, effect: ev.Effect, unread: bool) -> None:
        match effect:
            case ev.Send(router, _, packet):
                if host.wakes is not None:
                    host.wakes[router] += 1
                self._transmit(host, router, packet)
            case ev.SetTimer(router, timer, generation, due_ns):
                host.timers[router, timer] = effect
                late_ns = self.chance.randrange(300_000)
                fired = To(router, ev.TimerFired(timer, generation))
                self.later(due_ns - self.now + late_ns, lambda: self._fire(host, effect, fired))
            case ev.CancelTimer(router, timer):
                host.timers.pop((router, timer), None)
            case ev.AddAddresses(router):
                host.holds.add(router)
            case ev.RemoveAddresses(router):
                host.holds.discard(router)
            case ev.GratuitousArp(router):
                if unread and host.wakes:
                    raise BrokenError(f"{host.name} told the neighbours of {router} before it had read its queue")
            case ev.ReadQueue():
                if ev.QueueRead() not in host.inbox:
                    host.inbox.append(ev.QueueRead())
                    self.later(0, lambda: self._read_queue(host))
            case ev.Notify(name, state):
                self.say(f"{host.name} {name} is {state}")
            case _:
                pass

    def _fire(self, host: Host, timer: ev.SetTimer, fired: To) -> None:
        if host.timers.get((timer.router, timer.timer)) is timer:
            self.give(host, fired)

    # -- wires

    def _transmit(self, host: Host, router: str, packet: bytes) -> None:
        segment = int(router[1:])
        datagram = packets.ipv4_datagram(packet)
        assert datagram is not None
        side = self.parts[segment]
        for other in self.hosts:
            if other is host or side.get(other.number, 0) != side.get(host.number, 0):
                continue
            if not self.healed and self.chance.random() < self.plan.loss:
                self.verdict.counts["lost"] += 1
                continue
            copies = 2 if self.chance.random() < self.plan.repeats else 1
            for _ in range(copies):
                self._deliver(other, To(router, ev.PacketReceived(datagram)))

    def _deliver(self, host: Host, event: To) -> None:
        delay_ns = self.chance.randint(50_000, 1_000_000)
        if self.chance.random() < self.plan.late:
            delay_ns += self.chance.randrange(self.interval_ns)
        machine = host.machine
        self.verdict.counts["delivered"] += 1
        self.later(delay_ns, lambda: self.give(host, event) if host.machine is machine else None)

    # -- trouble

    def _plan_trouble(self) -> None:
        end_ns = TROUBLE_INTERVALS * self.interval_ns
        for _ in range(self.chance.randint(2, 8)):
            what = self.chance.choice((self._cut, self._nap, self._die, self._leave, self._fail))
            self.later(self.chance.randrange(end_ns), what)

    def _some_ns(self) -> int:
        return self.chance.randint(1, 12 * self.interval_ns)

    def _cut(self) -> None:
        if self.healed:
            return
        segment = self.chance.randrange(self.plan.segments)
        self.parts[segment] = {host.number: self.chance.randrange(2) for host in self.hosts}
        self.say(f"segment {segment} is cut: {self.parts[segment]}")
        self.disturbed_ns = self.now
        self.later(self._some_ns(), lambda: self._mend(segment))

    def _mend(self, segment: int) -> None:
        if self.parts[segment]:
            self.say(f"segment {segment} is whole")
            self.disturbed_ns = self.now
        self.parts[segment] = {}

    def _nap(self) -> None:
        host = self.chance.choice(self.hosts)
        if host.machine and not self.healed and not host.paused:
            self.verdict.counts["pauses"] += 1
            self.pause(host)
            self.later(self._some_ns(), lambda: self.resume(host))

    def _die(self) -> None:
        host = self.chance.choice(self.hosts)
        if host.machine and not self.healed:
            self.crash(host)
            self.later(self._some_ns(), lambda: None if host.machine else self.start(host))

    def _leave(self) -> None:
        host = self.chance.choice(self.hosts)
        if host.machine and not self.healed and not host.paused:
            self.stop(host)
            self.later(self._some_ns(), lambda: None if host.machine else self.start(host))

    def _fail(self) -> None:
        host = self.chance.choice(self.hosts)
        if self.plan.weight is not None and not self.healed and host.works:
            self.verdict.counts["failures"] += 1
            self._script_turns(host, False)
            self.later(self._some_ns(), lambda: self._script_turns(host, True))

    def _script_turns(self, host: Host, works: bool) -> None:
        if host.works is not works:
            self.say(f"{host.name}'s script {'succeeds' if works else 'fails'}")
            host.works = works
            self._run_script(host)

    def heal(self) -> None:
        """Let nothing go wrong from now on."""
        self.say("all is healed")
        self.healed = True
        self.plan = replace(self.plan, loss=0.0, repeats=0.0, late=0.0)
        for segment in self.parts:
            self._mend(segment)
        for host in self.hosts:
            self.resume(host)
            self._script_turns(host, True)
            if host.machine is None:
                self.start(host)

    # -- what must be so

    def _check_host(self, host: Host) -> None:
        states = host.states()
        active = {name for name, state in states.items() if state is State.ACTIVE}
        if active != host.holds:
            raise BrokenError(f"{host.name} is Active for {sorted(active)} and holds {sorted(host.holds)}")
        for name, router in host.machine.routers.items() if host.machine else ():
            if router.faults and name in active:
                raise BrokenError(f"{host.name} is Active for {name} in spite of {sorted(router.faults)}")
        if self.plan.grouped and active and active != set(states):
            raise BrokenError(f"{host.name}'s sync group is half active: {sorted(active)}")

    def _active(self, router: str) -> list[str]:
        return [host.name for host in self.hosts if router in host.holds]

    def _check_twos(self) -> None:
        """Two may be Active for a moment, if adverts were lost; longer only while a cut or a pause made them so."""
        holds = [host.holds for host in self.hosts]
        if not self._two_since and len(set().union(*holds)) == sum(map(len, holds)):
            return
        for segment in range(self.plan.segments):
            name = f"V{segment}"
            apart = any(self.parts.values()) or any(host.paused for host in self.hosts)
            if len(self._active(name)) < 2 or apart:
                self._two_since.pop(name, None)
                continue
            since_ns = max(self._two_since.setdefault(name, self.now), self.disturbed_ns)
            if self.now - since_ns > self.down_ns_max:
                raise BrokenError(f"{name} has two Active Routers for {(self.now - since_ns) / S:.3f} s")

    def _check_one_active(self) -> None:
        for segment in range(self.plan.segments):
            active = self._active(f"V{segment}")
            if len(active) != 1:
                raise BrokenError(f"V{segment} has {len(active)} Active Routers after healing: {active}")
            if self.plan.preempt and not self.plan.equals and active != [self.hosts[-1].name]:
                raise BrokenError(f"V{segment} is at {active}, and {self.hosts[-1].name} would preempt")


def run(seed: int) -> Verdict:
    """Return how the world of this seed ended."""
    return World(seed).run()
