"""One BFD session's protocol machine: RFC 5880, asynchronous mode, without authentication and without Echo.

Pure: `handle(event, now_ns) -> effects`. Where a sentence of a standard stands above a line, the line obeys it; a line
that deviates says so.

Its own sleep. A program that did not run cannot know whether its neighbour was silent: the whole machine may have stood
still, and packets be on their way to the socket. Whoever looks too late whether a neighbour is dead waits for one more
packet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standfast.director.bfd import events as ev
from standfast.director.bfd.configuration import SLOW_US, SessionConfiguration
from standfast.director.bfd.draws import Draws
from standfast.director.bfd.events import Effect, Timer
from standfast.director.bfd.intervals import NS_PER_US, detection_time_us, jittered_ns, transmit_interval_us
from standfast.director.bfd.packets import Diagnostic, Packet, State
from standfast.director.bfd.reception import Drop
from standfast.director.events import Level

_NS_PER_MS = 1_000_000
_BEYOND_DOWN = (State.INIT, State.UP)
LATENESS = 8
"""Whoever looks later than this part of the Detection Time looks once more."""


class Session:
    """A session. Everything without a leading underscore is for reading."""

    def __init__(self, configuration: SessionConfiguration, discriminator: int, draws: Draws) -> None:
        self.configuration = configuration
        # "bfd.SessionState [...] MUST be initialized to Down"; "bfd.RemoteSessionState [...] MUST be initialized to
        # Down"; "bfd.RemoteDiscr [...] MUST be initialized to zero"; "bfd.LocalDiag [...] MUST be initialized to
        # zero"; "bfd.RemoteMinRxInterval [...] MUST be initialized to 1." RFC 5880 §6.8.1
        self.state = self.remote_state = State.DOWN
        self.remote_discriminator = 0
        self.diagnostic = Diagnostic.NONE
        self.remote_min_rx_us = 1
        self.remote_min_tx_us = 0
        self.remote_multiplier = 0
        self.remote_diagnostic = 0
        self.discriminator = discriminator
        self.polls = False
        self.counts: Counter[str] = Counter()
        self.dropped: Counter[Drop] = Counter()
        self.heard_ns: int | None = None
        self._draws = draws
        self._remote_demand = False
        self._told: bool | None = None
        self._complains = True
        self._looked_late = False
        self.steady: Packet | None = None
        """The last packet, if it would change nothing were it to come again."""
        self._generation = 0
        self._set: dict[Timer, tuple[int, int]] = {}
        self._planned_us = 0
        self._sent_ns: int | None = None
        self._now = 0

    # -- what is so

    @property
    def name(self) -> str:
        """Return the configured name."""
        return self.configuration.name

    @property
    def is_up(self) -> bool:
        """Return what those who follow the session were told last."""
        return bool(self._told)

    @property
    def desired_min_tx_us(self) -> int:
        """Return bfd.DesiredMinTxInterval."""
        # "When bfd.SessionState is not Up, the system MUST set bfd.DesiredMinTxInterval to a value of not less than
        # one second (1,000,000 microseconds)." RFC 5880 §6.8.3
        if self.state is not State.UP:
            return max(self.configuration.idle_tx_us, SLOW_US)
        return self.configuration.min_tx_us

    @property
    def transmit_interval_us(self) -> int:
        """Return how often packets are sent, less jitter."""
        return transmit_interval_us(self.desired_min_tx_us, self.remote_min_rx_us)

    @property
    def remote_interval_us(self) -> int:
        """Return how often the neighbour sends."""
        return transmit_interval_us(self.remote_min_tx_us, self.configuration.min_rx_us)

    @property
    def detection_time_us(self) -> int:
        """Return the Detection Time, 0 before anything was heard."""
        return detection_time_us(self.remote_multiplier, self.configuration.min_rx_us, self.remote_min_tx_us)

    # -- events

    def handle(self, event: ev.SessionEvent, now_ns: int) -> list[Effect]:
        """Return what follows from an event."""
        self._now = now_ns
        return list(self._take(event))

    def _take(self, event: ev.SessionEvent) -> Iterator[Effect]:
        match event:
            case ev.PacketReceived(packet):
                drop = self._judge(packet, event)
                if drop is not None:
                    yield from self._discard(drop)
                else:
                    yield from self._received(packet)
            case ev.TimerFired(timer, generation):
                if self._set.get(timer, (0, 0))[0] == generation:
                    _, due_ns = self._set.pop(timer)
                    yield from self._expired(due_ns) if timer is Timer.DETECT else self._periodic()
            case ev.Startup():
                yield from self._tell(False)
                yield from self._send()
                yield from self._plan()
            case ev.Disable():
                yield from self._disable()
            case ev.Enable():
                yield from self._enable()
            case ev.Shutdown() | ev.Removed():
                yield from self._close(event)

    # -- reception: RFC 5880 §6.8.6, from the selection of the session on

    def _judge(self, packet: Packet, event: ev.PacketReceived) -> Drop | None:
        # "All received BFD Control packets that are demultiplexed to the session MUST be discarded if the received TTL
        # or Hop Limit is not equal to 255." RFC 5881 §5; `ttl` and `max_hops` deviate where they are set
        if not self.configuration.accepts_ttl(event.ttl):
            return Drop.TTL
        # "If the A bit is set and no authentication is in use (bfd.AuthType is zero), the packet MUST be discarded."
        # RFC 5880 §6.8.6
        if event.authenticated:
            return Drop.AUTHENTICATION
        return None

    def hear_again(self, now_ns: int) -> bool:
        """Take a packet that is byte for byte the last one; return whether it changes nothing and so is taken."""
        if self.steady is None:
            return False
        self.heard_ns = now_ns
        self._looked_late = False
        self.counts["received"] += 1
        return True

    def _discard(self, drop: Drop) -> Iterator[Effect]:
        self.dropped[drop] += 1
        if self._complains:
            self._complains = False
            yield ev.Log(Level.WARNING, f"{self.name}: dropped a packet of {self.configuration.neighbor}: {drop}")

    def _received(self, packet: Packet) -> Iterator[Effect]:
        # "Set bfd.RemoteDiscr to the value of My Discriminator. Set bfd.RemoteState to the value of the State (Sta)
        # field. Set bfd.RemoteDemandMode to the value of the Demand (D) bit. Set bfd.RemoteMinRxInterval to the value
        # of Required Min RX Interval." RFC 5880 §6.8.6
        self.remote_discriminator = packet.my_discriminator
        self.remote_state = packet.state
        self._remote_demand = packet.demand
        self.remote_min_rx_us = packet.required_min_rx_us
        self.remote_min_tx_us = packet.desired_min_tx_us
        self.remote_multiplier = packet.multiplier
        self.remote_diagnostic = packet.diagnostic
        # "If a Poll Sequence is being transmitted by the local system and the Final (F) bit in the received packet is
        # set, the Poll Sequence MUST be terminated." RFC 5880 §6.8.6
        if packet.final:
            self.polls = False
        # "If bfd.SessionState is AdminDown: Discard the packet". RFC 5880 §6.8.6
        if self.state is State.ADMIN_DOWN:
            self.dropped[Drop.ADMIN_DOWN] += 1
            return
        self.counts["received"] += 1
        yield from self._follow(packet)

    def _follow(self, packet: Packet) -> Iterator[Effect]:
        before = self.state
        self.heard_ns = self._now
        self._looked_late = False
        yield from self._meet(packet.state)
        yield from self._watch()
        if packet.poll:
            # "If the Poll (P) bit is set, send a BFD Control packet to the remote system with the Poll (P) bit clear,
            # and the Final (F) bit set". RFC 5880 §6.8.6
            yield from self._send(final=True)
        elif self.state is not before:
            # "A BFD Control packet SHOULD be transmitted during the interval between periodic Control packet
            # transmissions when the contents of that packet would differ". RFC 5880 §6.8.7
            yield from self._send()
        yield from self._plan()
        both_up = self.state is State.UP and packet.state is State.UP
        self.steady = packet if both_up and not packet.poll and not packet.final else None

    def _meet(self, remote: State) -> Iterator[Effect]:
        """Change the state by the neighbour's."""
        match self.state, remote:
            # "If received state is AdminDown: If bfd.SessionState is not Down: Set bfd.LocalDiag to 3 (Neighbor
            # signaled session down). Set bfd.SessionState to Down." RFC 5880 §6.8.6
            case ((State.INIT | State.UP), State.ADMIN_DOWN):
                yield from self._go_down(Diagnostic.NEIGHBOR_SIGNALED_DOWN, "the neighbour is AdminDown", path=False)
            # "If bfd.SessionState is Down: If received State is Down: Set bfd.SessionState to Init. Else if received
            # State is Init: Set bfd.SessionState to Up." RFC 5880 §6.8.6
            case State.DOWN, State.DOWN:
                self.state = State.INIT
            case State.DOWN, State.INIT:
                yield from self._go_up()
            # "Else if bfd.SessionState is Init: If received State is Init or Up: Set bfd.SessionState to Up."
            # RFC 5880 §6.8.6
            case State.INIT, (State.INIT | State.UP):
                yield from self._go_up()
            # "Else (bfd.SessionState is Up): If received State is Down: Set bfd.LocalDiag to 3 (Neighbor signaled
            # session down). Set bfd.SessionState to Down." RFC 5880 §6.8.6
            case State.UP, State.DOWN:
                why = f"the neighbour says so, its diagnostic is {self.remote_diagnostic}"
                yield from self._go_down(Diagnostic.NEIGHBOR_SIGNALED_DOWN, why)

    # -- states

    def _go_up(self) -> Iterator[Effect]:
        self._change(State.UP)
        self.diagnostic = Diagnostic.NONE  # Deviates: RFC 5880 leaves the last reason standing; keepalived does not
        self.counts["up"] += 1
        self._complains = True
        yield ev.Log(Level.NOTICE, f"{self.name}: session with {self.configuration.neighbor} is Up")
        yield from self._tell(True)

    def _go_down(self, diagnostic: Diagnostic, why: str, *, path: bool = True) -> Iterator[Effect]:
        """Go Down; `path`: this says that the path is broken, so that followers must know."""
        was_up = self.state is State.UP
        self._change(State.DOWN)
        self.diagnostic = diagnostic
        if was_up:
            self.counts["down"] += 1
            yield ev.Log(Level.WARNING, f"{self.name}: session with {self.configuration.neighbor} is Down: {why}")
        # Followers are not told of an AdminDown. Source: RFC 5882 §3.2; keepalived does the same
        if path and was_up:
            yield from self._tell(False)

    def _change(self, state: State) -> None:
        before_us = self.desired_min_tx_us
        self.state = state
        self.steady = None
        # "If either bfd.DesiredMinTxInterval is changed or bfd.RequiredMinRxInterval is changed, a Poll Sequence MUST
        # be initiated (see section 6.5)." RFC 5880 §6.8.3
        if self.desired_min_tx_us != before_us:
            self.polls = True

    def _tell(self, up: bool) -> Iterator[Effect]:
        if self._told is not up:
            self._told = up
            yield ev.Changed(self.name, up)

    def _disable(self) -> Iterator[Effect]:
        if self.state is not State.ADMIN_DOWN:
            # "Else Set bfd.SessionState to AdminDown Set bfd.LocalDiag to an appropriate value". RFC 5880 §6.8.16
            self._change(State.ADMIN_DOWN)
            self.diagnostic = Diagnostic.ADMINISTRATIVELY_DOWN
            yield from self._send()
            yield from self._plan()

    def _enable(self) -> Iterator[Effect]:
        if self.state is State.ADMIN_DOWN:
            # "If enabling session Set bfd.SessionState to Down". RFC 5880 §6.8.16
            self._change(State.DOWN)
            yield from self._send()
            yield from self._plan()

    def _close(self, event: ev.Shutdown | ev.Removed) -> Iterator[Effect]:
        """End: one last packet says whether the path is to be taken for broken."""
        if self.state is not State.ADMIN_DOWN:
            self._change(State.DOWN if isinstance(event, ev.Shutdown) else State.ADMIN_DOWN)
            self.diagnostic = Diagnostic.ADMINISTRATIVELY_DOWN
            self.polls = False
            yield from self._send()
        for timer in list(self._set):
            yield self._cancel(timer)
        yield ev.Closed(self.name)

    # -- what is heard, and for how long nothing may be

    def _watch(self) -> Iterator[Effect]:
        """Set the detection timer, unless one that runs out earlier will look again."""
        due_ns = self._now + self.detection_time_us * NS_PER_US
        if Timer.DETECT not in self._set or self._set[Timer.DETECT][1] > due_ns:
            yield self._set_timer(Timer.DETECT, due_ns)

    def _expired(self, looked_ns: int) -> Iterator[Effect]:
        """Look whether the neighbour is silent for too long; `looked_ns` is when this was to be."""
        assert self.heard_ns is not None, "the timer runs from a packet on"
        due_ns = self.heard_ns + self.detection_time_us * NS_PER_US
        if self._now < due_ns:
            yield self._set_timer(Timer.DETECT, due_ns)
            return
        if (self._now - looked_ns) * LATENESS > self.detection_time_us * NS_PER_US and not self._looked_late:
            # Deviates: RFC 5880 does not speak of a system that did not run
            self._looked_late = True
            self.counts["slept"] += 1
            yield self._set_timer(Timer.DETECT, self._now + self.remote_interval_us * NS_PER_US)
            return
        # "If a period of a Detection Time passes without the receipt of a valid, authenticated BFD packet from the
        # remote system, this variable MUST be set to zero." RFC 5880 §6.8.1, bfd.RemoteDiscr
        self.remote_discriminator = 0
        self._remote_demand = False
        # "a period of time equal to the Detection Time passes without receiving a BFD Control packet from the remote
        # system, and bfd.SessionState is Init or Up, the session has gone down -- the local system MUST set
        # bfd.SessionState to Down and bfd.LocalDiag to 1 (Control Detection Time Expired)." RFC 5880 §6.8.4
        if self.state in _BEYOND_DOWN:
            silent_ms = (self._now - self.heard_ns) / _NS_PER_MS
            why = f"nothing heard for {silent_ms:.1f} ms, the limit is {self.detection_time_us / 1000:g} ms"
            yield from self._go_down(Diagnostic.TIME_EXPIRED, why)
            yield from self._send()
        yield from self._plan()

    # -- what is sent

    def _may_send(self) -> bool:
        # "A system MUST NOT transmit BFD Control packets if bfd.RemoteDiscr is zero and the system is taking the
        # Passive role." RFC 5880 §6.8.7
        return bool(self.remote_discriminator) or not self.configuration.passive

    def _is_periodic(self) -> bool:
        # "A system MUST NOT periodically transmit BFD Control packets if bfd.RemoteMinRxInterval is zero."
        # RFC 5880 §6.8.7
        if not self._may_send() or self.remote_min_rx_us == 0:
            return False
        # "A system MUST NOT periodically transmit BFD Control packets if Demand mode is active on the remote system
        # (bfd.RemoteDemandMode is 1, bfd.SessionState is Up, and bfd.RemoteSessionState is Up) and a Poll Sequence is
        # not being transmitted." RFC 5880 §6.8.7
        demand = self._remote_demand and self.state is State.UP and self.remote_state is State.UP
        return not demand or self.polls

    def _periodic(self) -> Iterator[Effect]:
        if self._is_periodic():
            yield from self._send()
        yield from self._plan()

    def _send(self, *, final: bool = False) -> Iterator[Effect]:
        if not self._may_send():
            return
        self.counts["sent"] += 1
        if not final or self._sent_ns is None:
            self._sent_ns = self._now
            self._planned_us = 0  # the next one is an interval from now
        configuration = self.configuration
        packet = Packet(
            self.state,
            self.discriminator,
            self.remote_discriminator,
            self.desired_min_tx_us,
            configuration.min_rx_us,
            configuration.multiplier,
            self.diagnostic,
            # "A BFD Control packet MUST NOT have both the Poll (P) and Final (F) bits set." RFC 5880 §6.5
            poll=self.polls and not final,
            final=final,
        )
        yield ev.Send(self.name, packet.pack())

    def _plan(self) -> Iterator[Effect]:
        """Have the next packet sent when it is due; anew if the interval is another than it was."""
        if not self._is_periodic():
            if Timer.TRANSMIT in self._set:
                yield self._cancel(Timer.TRANSMIT)
            return
        interval_us = self.transmit_interval_us
        if Timer.TRANSMIT in self._set and interval_us == self._planned_us:
            return
        self._planned_us = interval_us
        wait_ns = jittered_ns(interval_us, self.configuration.multiplier, self._draws.fraction())
        last_ns = self._now if self._sent_ns is None else self._sent_ns
        yield self._set_timer(Timer.TRANSMIT, max(last_ns + wait_ns, self._now))

    # -- timers

    def _set_timer(self, timer: Timer, due_ns: int) -> ev.SetTimer:
        self._generation += 1
        self._set[timer] = self._generation, due_ns
        return ev.SetTimer(self.name, timer, self._generation, due_ns)

    def _cancel(self, timer: Timer) -> ev.CancelTimer:
        del self._set[timer]
        return ev.CancelTimer(self.name, timer)
