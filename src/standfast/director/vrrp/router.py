"""One virtual router's protocol machine: RFC 9568 (version 3) and RFC 3768 (version 2), with keepalived's deviations.

Pure: `handle(event, now_ns) -> effects`. Where a sentence of a standard stands above a line, the line obeys it; a line
that deviates says so. The standards' {Initialize} with something missing is FAULT here.

Its own sleep. A program that did not run (SIGSTOP, a frozen machine) may have been given up by the others. Whoever
wakes past its time asks for what waits in its sockets, sends nothing before it has read that, and then one advert.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from standfast.director.events import Level
from standfast.director.vrrp import events as ev
from standfast.director.vrrp.circumstances import GROUP_FAULT, INTERFACE_FAULT, Circumstances
from standfast.director.vrrp.configuration import NS_PER_MS, OWNER_PRIORITY, AuthType, VirtualRouter
from standfast.director.vrrp.events import Effect, State, Timer
from standfast.director.vrrp.intervals import NS_PER_S, active_down_interval_ns, interval_ns, skew_time_ns
from standfast.director.vrrp.neighbours import Neighbours
from standfast.director.vrrp.packets import Datagram
from standfast.director.vrrp.reception import Advert, ChecksumForm, Drop, Reception
from standfast.director.vrrp.refusals import Refusals
from standfast.director.vrrp.rivals import Rivals
from standfast.director.vrrp.timer_set import TimerSet
from standfast.director.vrrp.tracking import Reading
from standfast.director.vrrp.transmission import Packet, Transmission

BACKUP_LATENESS = 8
"""A Backup whose time is over listens once more if it is later than this part of the interval."""


class Router:
    """A virtual router. Everything without a leading underscore is for reading."""

    def __init__(self, configuration: VirtualRouter, *, grouped: bool = False) -> None:
        self.configuration = configuration
        self.state = State.INITIALIZE
        self.active_source = b""
        self.counts: Counter[str] = Counter()
        self.rivals = Rivals()
        self._refusals = Refusals(configuration)
        self.since_ns = 0
        self.active_adver_interval_ns = self._interval_ns
        self._reception = Reception(configuration)
        self._transmission = Transmission(configuration)
        self.grouped = grouped
        self._started = False
        self._circumstances = Circumstances(configuration)
        self._wants = False
        self._timers = TimerSet(configuration.name)
        self._neighbours = Neighbours(configuration, self._timers)
        self._preempt_at_ns: int | None = None
        self._rival_heard = False
        self._unread = False
        self._owes_advert = False
        self._now = 0

    # -- what is so

    @property
    def name(self) -> str:
        """Return the configured name."""
        return self.configuration.name

    @property
    def dropped(self) -> Counter[Drop]:
        """Return how many packets were discarded, by reason."""
        return self._reception.dropped

    @property
    def faults(self) -> frozenset[str]:
        """Return what holds it in FAULT, by name."""
        return frozenset(self._circumstances.faults)

    @property
    def own_faults(self) -> frozenset[str]:
        """Return what holds it in FAULT, its group left out."""
        return frozenset(self._circumstances.own_faults)

    @property
    def wants_active(self) -> bool:
        """Return whether it is Backup, heard nobody for long enough, and waits for its sync group."""
        return self.state is State.BACKUP and self._wants and not self._unread

    @property
    def source(self) -> bytes:
        """Return the address that adverts are sent from; empty if there is none."""
        return self._transmission.source

    @property
    def priority(self) -> int:
        """Return the priority with what is tracked."""
        return self._circumstances.priority

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Return what was last seen of each thing that is tracked."""
        return self._circumstances.readings

    @property
    def timers(self) -> dict[Timer, int]:
        """Return what it waits for: the moment of each timer."""
        return self._timers.moments

    @property
    def skew_time_ns(self) -> int:
        """Return Skew_Time as it is now."""
        return skew_time_ns(self.configuration.version, self.priority, self.active_adver_interval_ns)

    @property
    def active_down_interval_ns(self) -> int:
        """Return Active_Down_Interval as it is now."""
        adverts = self.configuration.down_timer_adverts
        version, interval = self.configuration.version, self.active_adver_interval_ns
        return active_down_interval_ns(version, self.priority, interval, adverts)

    @property
    def _interval_ns(self) -> int:
        return interval_ns(3, self.configuration.advertisement_interval_cs)

    # -- events

    def handle(self, event: ev.RouterEvent, now_ns: int) -> list[Effect]:
        """Return what follows from an event."""
        self._now = now_ns
        return [*self._note_sleep(), *self._take(event)]

    def _take(self, event: ev.RouterEvent) -> Iterator[Effect]:
        match event:
            case ev.PacketReceived(datagram):
                if self.state in (State.BACKUP, State.ACTIVE):
                    yield from self._received(self._reception.judge(datagram, self.source), datagram)
            case ev.TimerFired(timer, generation):
                if self._timers.is_current(timer, generation):
                    yield from self._fired(timer)
            case ev.QueueRead():
                yield from self._queue_read()
            case ev.AddressProbed():
                yield from self._probed()
            case ev.Promote():
                if self.wants_active:
                    yield from self._become_active()
            case ev.Demote():
                yield from self._demoted()
            case _:
                yield from self._happened(event)

    def _happened(self, event: ev.RouterEvent) -> Iterator[Effect]:
        match event:
            case ev.Startup():
                self._started = True
                yield from self._settle()
            case ev.Shutdown(deleted):
                yield from self._shut_down(deleted)
            case ev.InterfaceUp(source):
                own = self.configuration.source
                self._transmission.source = own.packed if own else source
                yield from self._fault_is(INTERFACE_FAULT, False)
            case ev.InterfaceDown(lost_source):
                yield from self._fault_is(INTERFACE_FAULT, lost_source or self.configuration.track_interface)
            case ev.GroupFault(faulty):
                yield from self._fault_is(GROUP_FAULT, faulty)
            case ev.TrackChanged(name, reading):
                yield from self._track(name, reading)

    # -- after a reload

    def succeed(self, other: Router, now_ns: int) -> list[Effect]:
        """Go on as `other`, which had another configuration and is not used any more; return what follows.

        Source: keepalived 2.2.7 keeps state and counters too, and takes what was never read for good.
        """
        self._now = now_ns
        self.state, self.counts = other.state, other.counts
        self.active_source, self.rivals, self.since_ns = other.active_source, other.rivals, other.since_ns
        if self.state is State.BACKUP and other.active_source:
            self.active_adver_interval_ns = other.active_adver_interval_ns
        self._reception.continue_as(other._reception)
        self._transmission.continue_as(other._transmission)
        self._refusals.continue_as(other._refusals)
        self._neighbours.continue_as(other._neighbours)
        self._timers.continue_generations(other._timers)
        self._started, self._wants = other._started, other._wants
        self._preempt_at_ns, self._rival_heard = other._preempt_at_ns, other._rival_heard
        self._unread, self._owes_advert = other._unread, other._owes_advert
        self._circumstances.continue_as(other._circumstances, self.grouped)
        timers = [*self._timers_of(other)]
        if self.state is State.ACTIVE and self._timers.due_ns(Timer.GARP_EXTRA) is None:
            timers += self._neighbours.plan(Timer.GARP_EXTRA, now_ns)
        return [*timers, *self._faults_changed(bool(other.faults))]

    def _timers_of(self, other: Router) -> Iterator[Effect]:
        """Take another's timers, for the same moments; the next advert goes not later than an interval from now."""
        for timer, due_ns in other.timers.items():
            yield ev.CancelTimer(other.name, timer)
            soon_ns = self._now + self._interval_ns
            yield self._timers.set(timer, min(due_ns, soon_ns) if timer is Timer.ADVER else due_ns)

    # -- timers

    def _fired(self, timer: Timer) -> Iterator[Effect]:
        if timer in (Timer.ACTIVE_DOWN, Timer.ADVER):
            if not self._unread:  # else it is still set, and seen to be due when the queue was read
                yield from self._due(timer)
            return
        self._timers.forget(timer)
        if timer is Timer.GARP_DELAY:
            self._rival_heard = False
        yield from self._tell_neighbours(self._neighbours.due(timer, self._now))
        yield from self._neighbours.plan(timer, self._now)

    def _due(self, timer: Timer) -> Iterator[Effect]:
        if timer is Timer.ACTIVE_DOWN:
            # "If the Active_Down_Timer fires, then: - Send an ADVERTISEMENT [...] - Transition to the {Active} state".
            # RFC 9568 §6.4.2
            yield from self._want_active()
            return
        # "If the Adver_Timer fires, then: - Send an ADVERTISEMENT - Reset the Adver_Timer to Advertisement_Interval".
        # RFC 9568 §6.4.3
        yield from self._advertise(self.timers[timer])

    # -- our own sleep

    def _note_sleep(self) -> Iterator[Effect]:
        """Ask for what waits in the sockets if a timer is so late that others may have acted meanwhile."""
        if self._unread:
            return
        patience = max(self.configuration.down_timer_adverts - 1, 1)
        limits = (
            (Timer.ADVER, patience * self._interval_ns),
            (Timer.ACTIVE_DOWN, self.active_adver_interval_ns // BACKUP_LATENESS),
        )
        for timer, late_ns_max in limits:
            due_ns = self._timers.due_ns(timer)
            if due_ns is not None and (late_ns := self._now - due_ns) >= late_ns_max:
                self._unread = True
                if late_ns >= self.active_adver_interval_ns:
                    self.counts["slept"] += 1
                    text = f"{self.name}: woke {late_ns / NS_PER_S:.3f} s late as {self.state}; listening first"
                    yield ev.Log(Level.WARNING, text)
                yield ev.ReadQueue(self.name)
                return

    def _queue_read(self) -> Iterator[Effect]:
        if not self._unread:
            return
        self._unread = False
        owes, self._owes_advert = self._owes_advert, False
        if self.state is State.ACTIVE:
            if self._rival_heard and not self.configuration.preempts:
                # Deviates: no standard speaks of sleep. Who does not preempt does not take back what it slept through.
                yield from self._become_backup("another took over while we slept")
                return
            if owes or self._is_due(Timer.ADVER):
                yield from self._advertise(self._now)
            if self._rival_heard:
                yield from self._tell_neighbours(self._neighbours.defend(self._now))
        elif self._is_due(Timer.ACTIVE_DOWN):
            yield from self._want_active()

    def _is_due(self, timer: Timer) -> bool:
        due_ns = self._timers.due_ns(timer)
        return due_ns is not None and due_ns <= self._now

    # -- what goes out

    def _advertise(self, due_ns: int) -> Iterator[Effect]:
        """Send an advert and set the next one's timer: an interval after `due_ns`, when this one should have gone."""
        yield from self._send(self.priority)
        interval_ns = self._interval_ns
        next_ns = due_ns + interval_ns
        yield self._timers.set(Timer.ADVER, next_ns if next_ns > self._now else self._now + interval_ns)

    def goodbye(self) -> list[Packet]:
        """Return what it would send if it were shut down now, each with its destination."""
        if self.state is not State.ACTIVE or self._unread or not self.source:
            return []
        return self._transmission.packets(0)

    def _send(self, priority: int) -> Iterator[Effect]:
        if self._unread:
            self._owes_advert = True
        elif self.source:
            self.counts["sent" if priority else "sent with priority 0"] += 1
            for destination, packet in self._transmission.packets(priority):
                yield ev.Send(self.name, destination, packet)

    def _tell_neighbours(self, told: Iterator[Effect]) -> Iterator[Effect]:
        if self.state is State.ACTIVE and not self._unread:
            yield from told

    # -- what comes in

    def _received(self, verdict: Advert | Drop, datagram: Datagram) -> Iterator[Effect]:
        if isinstance(verdict, Drop):
            self.rivals.refuses(datagram, verdict, self._now)
            # "If any one of the above checks fails, the receiver MUST discard the packet". RFC 9568 §7.1
            yield from self._refusals.tell(verdict, datagram, self.state is State.ACTIVE, self._now)
            return
        self.counts["received" if verdict.priority else "received with priority 0"] += 1
        self._refusals.end()
        self.rivals.hears(verdict, self._now)
        self._learn(verdict)
        if self.state is State.BACKUP:
            yield from self._heard_as_backup(verdict)
        else:
            yield from self._heard_as_active(verdict)

    def _learn(self, advert: Advert) -> None:
        if advert.form is ChecksumForm.GROUP_PSEUDO_HEADER:
            self._transmission.learn_group_checksum()
        auth = self.configuration.authentication
        if auth and auth.type is AuthType.AH:
            self._transmission.continue_sequence(self._reception.sequence_max)

    def _heard_as_backup(self, advert: Advert) -> Iterator[Effect]:
        if advert.priority == 0:
            # "If the Priority in the ADVERTISEMENT is 0, then: o Set the Active_Down_Timer to Skew_Time".
            # RFC 9568 §6.4.2
            yield self._timers.set(Timer.ACTIVE_DOWN, self._now + self.skew_time_ns)
        elif not self.configuration.preempts or advert.priority >= self.priority or self._preempt_waits(advert):
            # "If Preempt_Mode is False, or if the Priority in the ADVERTISEMENT is greater than or equal to the local
            # Priority, then: + Set the Active_Adver_Interval to the Max Advertise Interval contained in the
            # ADVERTISEMENT + Recompute the Skew_Time + Recompute the Active_Down_Interval + Set the
            # Active_Down_Timer to Active_Down_Interval". RFC 9568 §6.4.2
            yield from self._obey(advert)
        # "else // preempt was true and priority was less than the local priority + Discard the ADVERTISEMENT".
        # RFC 9568 §6.4.2

    def _preempt_waits(self, advert: Advert) -> bool:
        """Return whether preempt_delay has not passed. Deviates: not in the RFCs; from the first lower advert on."""
        delay_ns = self.configuration.preempt_delay_ms * NS_PER_MS
        if not delay_ns or self.configuration.priority == OWNER_PRIORITY:
            return False
        if self._preempt_at_ns is None:
            self._preempt_at_ns = self._now + delay_ns
        return self._now < self._preempt_at_ns

    def _obey(self, advert: Advert) -> Iterator[Effect]:
        self._wants = False
        if advert.priority >= self.priority:
            self._preempt_at_ns = None
        if advert.source != self.active_source:
            self.active_source = advert.source
            yield ev.Log(Level.INFO, f"{self.name}: {_text(advert.source)} is Active with priority {advert.priority}")
        self.active_adver_interval_ns = advert.interval_ns
        yield self._timers.set(Timer.ACTIVE_DOWN, self._now + self.active_down_interval_ns)

    def _heard_as_active(self, advert: Advert) -> Iterator[Effect]:
        if advert.priority == 0:
            # "If the Priority in the ADVERTISEMENT is 0, then: o Send an ADVERTISEMENT o Reset the Adver_Timer to
            # Advertisement_Interval". RFC 9568 §6.4.3
            yield from self._advertise(self._now)
            # Deviates: not in the RFCs. A rival is gone, and who believed it must be told.
            yield from self._tell_neighbours(self._neighbours.defend(self._now))
        elif advert.priority > self.priority or (
            advert.priority == self.priority and advert.source > self.source
        ):  # "(based on an unsigned integer comparison of the IPvX addresses in network byte order)". RFC 9568 §6.4.3
            yield from self._yield_to(advert)
        else:
            yield from self._assert_active(advert)

    def _yield_to(self, advert: Advert) -> Iterator[Effect]:
        if self.priority == OWNER_PRIORITY:
            # Deviates: a second owner is a mistake that the RFCs do not speak of; one of the two must give way.
            self._circumstances.lose_ownership()
            text = f"{self.name}: {_text(advert.source)} has priority 255 too; ours is 254 from now on"
            yield ev.Log(Level.ERROR, text)
        if self.configuration.higher_priority_advert:
            yield from self._send(self.priority)
        # "+ Cancel Adver_Timer + Set the Active_Adver_Interval to the Max Advertise Interval contained in the
        # ADVERTISEMENT + Recompute the Skew_Time + Recompute the Active_Down_Interval + Set the Active_Down_Timer to
        # Active_Down_Interval + Transition to the {Backup} state". RFC 9568 §6.4.3
        self.active_source = advert.source
        why = f"{_text(advert.source)} has priority {advert.priority}, ours is {self.priority}"
        yield from self._become_backup(why, advert.interval_ns)
        if not self._unread:
            # Deviates: not in the RFCs. After a partition the winner has heard nothing of us, and the neighbours may
            # have; it defends its address against a probe by telling all where it is.
            yield ev.Probe(self.name)

    def _probed(self) -> Iterator[Effect]:
        # A host may defend its address by an ARP Announcement (RFC 5227 §2.4); here not more often than adverts go.
        yield from self._tell_neighbours(self._neighbours.defend(self._now, self._interval_ns))

    def _assert_active(self, advert: Advert) -> Iterator[Effect]:
        # "+ Discard the ADVERTISEMENT + Send an ADVERTISEMENT immediately to assert the {Active} state to the sending
        # VRRP Router and to update any learning bridges with the correct Active VRRP Router path." RFC 9568 §6.4.3
        if not self._rival_heard:
            self._rival_heard = True
            text = f"{self.name}: {_text(advert.source)} is Active too, with priority {advert.priority}"
            yield ev.Log(Level.WARNING, text)
        if self.configuration.asserts:
            yield from self._advertise(self._now)
        yield ev.LowerHeard(self.name, self.priority)
        # Deviates: not in the RFCs. The rival has told the neighbours its MAC; so they are told ours, now (not more
        # often than adverts go) and when it was not heard for a while.
        yield from self._tell_neighbours(self._neighbours.defend(self._now, self._interval_ns))
        yield from self._neighbours.defend_later(self._now)

    # -- from state to state

    def _settle(self) -> Iterator[Effect]:
        """Leave {Initialize} or FAULT."""
        if self._circumstances.faults:
            yield from self._fault()
        elif self.priority == OWNER_PRIORITY:
            # "If the Priority = 255, i.e., the router owns the IPvX address associated with the Virtual Router, then:
            # + Send an ADVERTISEMENT [...] + Transition to the {Active} state". RFC 9568 §6.4.1
            yield from self._want_active()
        else:
            # "else // Router is not the address owner: + Set the Active_Adver_Interval to Advertisement_Interval
            # + Set the Active_Down_Timer to Active_Down_Interval + Transition to the {Backup} state".
            # RFC 9568 §6.4.1. So does keepalived's `state MASTER`
            yield from self._become_backup("")

    def _want_active(self) -> Iterator[Effect]:
        if not self.grouped:
            yield from self._become_active()
            return
        if self.state is not State.BACKUP:
            yield from self._become_backup("")
        self._wants = True
        yield self._timers.set(Timer.ACTIVE_DOWN, self._now + self.active_down_interval_ns)
        yield ev.Wants(self.name)

    def _become_active(self) -> Iterator[Effect]:
        yield from self._timers.cancel_all()
        self._reception.forget_sequences()
        self._preempt_at_ns, self._rival_heard, self._wants = None, False, False
        self.active_source = b""
        # The own interval counts again. RFC 9568 §6.1, Active_Adver_Interval
        self.active_adver_interval_ns = self._interval_ns
        self.state, self.since_ns = State.ACTIVE, self._now
        self.counts["became active"] += 1
        # "- Send an ADVERTISEMENT - If the protected IPvX address is an IPv4 address, then: o For each IPv4 address
        # associated with the Virtual Router, broadcast a gratuitous ARP message [...] - Set the Adver_Timer to
        # Advertisement_Interval - Transition to the {Active} state". RFC 9568 §6.4.2
        yield from self._advertise(self._now)
        yield ev.AddAddresses(self.name)
        yield from self._neighbours.take_over(self._now)
        yield ev.Notify(self.name, self.state, self.priority)

    def _become_backup(self, why: str, interval_ns: int = 0) -> Iterator[Effect]:
        was = self.state
        yield from self._timers.cancel_all()
        self._wants, self._rival_heard, self._preempt_at_ns = False, False, None
        self.state, self.since_ns = State.BACKUP, self._now
        self.active_adver_interval_ns = interval_ns or self._interval_ns
        yield self._timers.set(Timer.ACTIVE_DOWN, self._now + self.active_down_interval_ns)
        if was is State.ACTIVE:
            self.counts["left active"] += 1
            yield ev.RemoveAddresses(self.name)
        if why:
            yield ev.Log(Level.NOTICE, f"{self.name}: backup: {why}")
        yield ev.Notify(self.name, self.state, self.priority)

    def _demoted(self) -> Iterator[Effect]:
        if self.state is State.ACTIVE:
            yield from self._become_backup("another member of the sync group is")
        self._wants = False

    def _leave(self, state: State, deleted: bool = False) -> Iterator[Effect]:
        """Go where nothing is sent nor heard; who was Active says so first."""
        was = self.state
        yield from self._timers.cancel_all()
        self._wants, self._unread, self._owes_advert = False, False, False
        self.state, self.since_ns = state, self._now
        self.active_source = b""
        if was is State.ACTIVE:
            self.counts["left active"] += 1
            # "- Cancel the Adver_Timer - Send an ADVERTISEMENT with Priority = 0 - Transition to the {Initialize}
            # state". RFC 9568 §6.4.3
            yield from self._send(0)
            yield ev.RemoveAddresses(self.name)
        yield ev.Notify(self.name, self.state, self.priority, deleted=deleted)

    def _shut_down(self, deleted: bool) -> Iterator[Effect]:
        if self._started:
            self._started = False
            # "If a Shutdown event is received, then: - Cancel the Active_Down_Timer - Transition to the {Initialize}
            # state". RFC 9568 §6.4.2
            yield from self._leave(State.INITIALIZE, deleted)

    # -- faults

    def _fault(self) -> Iterator[Effect]:
        known = sorted(self._circumstances.told_faults)
        if self.state is State.INITIALIZE and not known:
            return  # until its scripts ran once it waits, and nobody is told
        if self.state is not State.FAULT:
            if known:
                yield ev.Log(Level.WARNING, f"{self.name}: fault: {', '.join(known)}")
            yield from self._leave(State.FAULT)

    def _fault_is(self, name: str, faulty: bool) -> Iterator[Effect]:
        before = bool(self._circumstances.faults)
        self._circumstances.hold(name, faulty)
        yield from self._faults_changed(before)

    def _faults_changed(self, before: bool) -> Iterator[Effect]:
        if not self._started:
            return
        if self._circumstances.faults:
            yield from self._fault()
        elif before:
            yield from self._settle()

    def _track(self, name: str, reading: Reading) -> Iterator[Effect]:
        before, state = bool(self._circumstances.faults), self.state
        priority, interval_ns = self.priority, self.active_down_interval_ns
        self._circumstances.read(name, reading)
        yield from self._faults_changed(before)
        if not self._started or self.priority == priority:
            return
        yield ev.PriorityChanged(self.name, self.state is State.ACTIVE, self.priority)
        due_ns = self._timers.due_ns(Timer.ACTIVE_DOWN)
        if self.state is state is State.BACKUP and due_ns is not None:
            # Deviates: not in the RFCs. The Skew_Time is another now
            yield self._timers.set(Timer.ACTIVE_DOWN, due_ns + self.active_down_interval_ns - interval_ns)
        if self.state in (State.BACKUP, State.ACTIVE):
            yield ev.Log(Level.INFO, f"{self.name}: priority {self.priority}, was {priority}")


def _text(source: bytes) -> str:
    """Return an address as people write it."""
    return str(ip_address(source))
