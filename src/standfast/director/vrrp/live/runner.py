"""The VRRP process: sockets, netlink and timers turned into events, effects into system calls.

Order matters on waking: what waits in the sockets is read before any timer is looked at, so that a program that was
stopped hears before it acts. And it acts before it speaks: a line of the log may take longer than a change of state.
"""

from __future__ import annotations

import logging
import select
from collections.abc import Callable
from pathlib import Path

from standfast.director.realtime.live.waiting import Waiting
from standfast.director.vrrp import events as ev
from standfast.director.vrrp import rehearsal, succession
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.changes import Changes, difference, renamed
from standfast.director.vrrp.configuration import NS_PER_MS, Configuration, VirtualRouter
from standfast.director.vrrp.link_delays import longest_ns
from standfast.director.vrrp.live.attendance import ATTENDANT, Attendance
from standfast.director.vrrp.live.estate import Estate
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.link_watch import LINKS, LinkWatch
from standfast.director.vrrp.live.listening import Listening
from standfast.director.vrrp.live.neighbours import PACING
from standfast.director.vrrp.live.netlink import Kernel, Monitor
from standfast.director.vrrp.live.timers import TimerQueue, now_ns
from standfast.director.vrrp.machine import Event, Machine, To
from standfast.director.vrrp.rtnetlink_messages import Kind
from standfast.director.vrrp.tracked_things import TrackKind
from standfast.director.vrrp.tracking import INTERFACE_PREFIX, Reading, tracked_interfaces
from standfast.director.vrrp.virtual_devices import sending_device, source_device

LOG = logging.getLogger("standfast.vrrp")

STARTUP = "\0startup"
"""Whose timer it is that is no router's: all begin then."""


class Runner:
    """Runs until `stop` was called. `notified` is told of each state change."""

    def __init__(
        self, configuration: Configuration, ledger: Path, notified: Callable[[ev.Notify], None] = lambda _: None
    ) -> None:
        self.configuration = configuration
        self.machine = Machine(configuration)
        self._notified = notified
        self._kernel = Kernel()
        self._monitor = Monitor()
        self._timers = TimerQueue()
        self._waiting = Waiting(self._timers)
        poll = self._waiting.poll
        self._interfaces = Interfaces()
        self._links = LinkWatch(
            self._interfaces, self._timers.apply, lambda name: longest_ns(name, self.machine.routers.values())
        )
        self._estate = Estate(configuration, self._kernel, self._interfaces, ledger, poll, self._timers.apply)
        self._listening = Listening(poll, self._interfaces)
        self._listening.configure(configuration)
        self._attendance = Attendance(poll, self._timers, self._give)
        self._up: dict[str, bytes] = {}
        self._sessions: dict[str, bool] = {}
        self._wants_queue = False
        self._untold: list[ev.Effect] = []
        self._said_goodbye: set[str] = set()
        self.lateness: Callable[[int], None] | None = None
        """What is told of each timer's lateness in nanoseconds."""

    @property
    def unknown_vrids(self) -> int:
        """Return how many adverts were of no router of ours."""
        return self._listening.unknown_vrids

    # -- begin and end

    def prepare(self) -> None:
        """Remove what a predecessor left; make devices, rules and sockets."""
        self._attendance.start(self.configuration)
        self._estate.begin()
        self._waiting.poll.register(self._monitor.fileno(), select.EPOLLIN)

    def start(self, delay_ms: int = 0) -> None:
        """Begin to take part, after a delay if there is one."""
        self._estate.add_static()
        self._links.configure(self.configuration)
        for router in self.configuration.routers:
            self._look_at(router, first=True)
        self._tell_interfaces(tracked_interfaces(self.configuration))
        self._attendance.first()
        if delay_ms:
            LOG.log(25, "routers begin in %g s", delay_ms / 1000)
            self._timers.apply(ev.SetTimer(STARTUP, ev.Timer.ADVER, 0, now_ns() + delay_ms * NS_PER_MS))
        else:
            self._give(ev.Startup())
        self._tell()

    def stop(self) -> None:
        """End soon; may be called from a signal handler."""
        self._waiting.stop()

    def leave(self) -> None:
        """End soon, and say so at once; in the loop."""
        for router in self.machine.routers.values():
            for destination, packet in router.goodbye():
                self._listening.send(router.name, destination, packet)
                self._said_goodbye.add(router.name)
        self.stop()

    def close(self, *, keeps_addresses: bool = False) -> None:
        """Take everything back, or leave it to a successor without a word to the others; close everything."""
        effects = self.machine.handle(ev.Shutdown(), now_ns())
        for effect in sorted(effects, key=lambda effect: not isinstance(effect, ev.Send)):
            # all say that they stop before any takes its addresses back
            said = isinstance(effect, ev.Send) and effect.router in self._said_goodbye
            if not (said or (keeps_addresses and isinstance(effect, ev.Send | ev.RemoveAddresses))):
                self._carry_out(effect)
        self._tell()
        if not keeps_addresses:
            self._estate.remove_static()
        self._attendance.end()
        if not keeps_addresses:
            self._estate.end()
        opened = self._listening, self._estate, self._links, self._monitor, self._timers, self._kernel, self._waiting
        for each in opened:
            each.close()

    # -- the loop

    def watch(self, fd: int, read: Callable[[], None], *, once: bool = False) -> None:
        """Call `read` whenever something waits there, after the sockets were read."""
        self._waiting.watch(fd, read, once=once)

    def run(self) -> None:
        """Run until `stop`."""
        while not self._waiting.stopping:
            self._timers.arm()
            self.turn(None)

    def turn(self, timeout_s: float | None) -> None:
        """Wait for something and take it: sockets, then netlink, then timers."""
        ready = self._waiting.wait(timeout_s)
        self._read(ready)
        if self._monitor.fileno() in ready:
            self._hear_kernel()
        for name in self._estate.probed(ready):
            self._give(To(name, ev.AddressProbed()))
        if self._attendance.fileno() in ready:
            self._attendance.read()
        for timer in self._timers.due():
            if self.lateness is not None:
                self.lateness(now_ns() - timer.due_ns)
            self._fired(timer)
        if near := self._timers.near():
            self._rehearse(near.router)
        self._waiting.call_watched(ready)
        while self._wants_queue:
            self._wants_queue = False
            self._read(None)
            self._give(ev.QueueRead())
        self._tell()

    def _read(self, ready: set[int] | None) -> None:
        for name, datagram in self._listening.read(ready):
            self._give(To(name, ev.PacketReceived(datagram)))

    def _fired(self, timer: ev.SetTimer) -> None:
        match timer.router:
            case "":
                self._estate.add_again()
            case _ if timer.router == PACING:
                self._estate.neighbours.go_on()
            case _ if timer.router.startswith(LINKS):
                self._links_changed(self._links.fired(timer.router))
            case _ if timer.router == ATTENDANT:
                self._attendance.restart()
            case _ if timer.router == STARTUP:
                self._give(ev.Startup())
            case _:
                self._give(To(timer.router, ev.TimerFired(timer.timer, timer.generation)))

    def _rehearse(self, router: str) -> None:
        """Have at hand what a take-over needs, as far as nobody notices."""
        if (known := self.machine.routers.get(router)) is None:
            return
        for effect in rehearsal.take_over(known.configuration, known.source, now_ns()):
            match effect:
                case ev.Send(_, destination, packet):
                    self._listening.rehearse(router, destination, packet)
                case ev.AddAddresses():
                    self._estate.rehearse(router)

    def session_changed(self, name: str, up: bool) -> None:
        """Take the state of a BFD session, which is told again and again."""
        if self._sessions.get(name) is not up:
            self._sessions[name] = up
            self._give_session(name, up)

    def _give_session(self, name: str, up: bool) -> None:
        self._give(ev.TrackChanged(TrackKind.BFD.named(name), Reading(up)))

    def _give(self, event: Event) -> None:
        for effect in self.machine.handle(event, now_ns()):
            self._carry_out(effect)

    def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.SetTimer() | ev.CancelTimer():
                self._timers.apply(effect)
            case ev.Send(router, destination, packet):
                self._listening.send(router, destination, packet)
            case ev.AddAddresses(router):
                self._estate.add(router)
            case ev.RemoveAddresses(router):
                self._estate.remove(router)
            case ev.GratuitousArp(router, repeat):
                self._estate.announce(router, repeat)
            case ev.ArpElsewhere(router):
                self._estate.announce_elsewhere(router)
            case ev.Probe(router):
                self._estate.probe(router)
            case ev.ReadQueue():
                self._wants_queue = True
            case _:
                self._untold.append(effect)

    def _tell(self) -> None:
        """Say what was done, in that order."""
        untold, self._untold = self._untold, []
        for effect in untold:
            match effect:
                case ev.Log(level, text):
                    LOG.log(level, text)
                case ev.Notify(name, state, priority):
                    LOG.log(25, "%s: %s, priority %d", name, state, priority)
                    self._notified(effect)
                    self._attendance.tell(effect)
                case ev.PriorityChanged() | ev.LowerHeard():
                    self._attendance.tell(effect)
        self._attendance.flush()

    # -- a reload

    def reconfigure(self, configuration: Configuration) -> Changes:
        """Be these routers from now on; return what changed. Those that are the same miss nothing meanwhile."""
        changes = difference(self.configuration, configuration)
        for effect in succession.retire(self.machine, changes, now_ns()):
            self._carry_out(effect)
        self._attendance.start(configuration)
        self._let_go(changes)
        estate = self._estate
        before, static = estate.belongings, estate.static
        self.configuration = configuration
        self._listening.configure(configuration)
        fresh = changes.added + tuple(new for _, new in changes.anew)
        estate.become(configuration, fresh)
        self.machine, effects = succession.succeed(self.machine, changes, now_ns())
        estate.adjust(static, estate.static, "static")
        for old, new in changes.adjusted:
            if new.name in estate.held:
                estate.adjust(before[old.name], estate.belongings[new.name], new.name)
        estate.remove_unused_devices()
        for effect in effects:
            self._carry_out(effect)
        self._links.configure(configuration)
        for router in configuration.routers:
            self._look_at(router, first=router in fresh)
        self._tell_interfaces(tracked_interfaces(self.configuration))
        for name, up in self._sessions.items():
            self._give_session(name, up)
        for effect in succession.begin(self.machine, changes, now_ns()):
            self._carry_out(effect)
        self._tell()
        for told in succession.told_again(self.machine, changes):
            self._attendance.tell(told)
        return changes

    def _let_go(self, changes: Changes) -> None:
        """Give back the sockets and devices of routers that are gone; rename what is of those with another name."""
        for router in changes.removed + tuple(old for old, _ in changes.anew):
            self._listening.silence(router.name)
            self._up.pop(router.name, None)
        for old, new in renamed(changes).items():
            self._listening.rename(old, new)
            self._up |= {new: self._up.pop(old)} if old in self._up else {}
            self._estate.held = {new if name == old else name for name in self._estate.held}
        for old_router, new_router in changes.adjusted:
            if (old_router.group, old_router.unicast) != (new_router.group, new_router.unicast):
                self._up.pop(new_router.name, None)  # its sockets are made anew
        self._estate.give_back_devices(changes)
        self._listening.keep([new for _, new in changes.going_on], changes.after.routers)

    # -- the kernel's news

    def _hear_kernel(self) -> None:
        links: set[str] = set()
        devices_changed = False
        for answer in self._monitor.read():
            if answer is None:
                self._interfaces.read(self._kernel)
                self._links.look_again()
                links |= tracked_interfaces(self.configuration)
                devices_changed = True
                continue
            about = self._interfaces.heard(answer)
            if isinstance(about, nl.Link):
                if answer.kind == Kind.NEW_LINK:
                    self._links.heard(about)
                links.add(about.name)
                devices_changed = True
            elif isinstance(about, nl.Holding):
                devices_changed = devices_changed or about.address not in self._estate.virtual
                if answer.kind == Kind.DEL_ADDRESS:
                    self._lost_address(about, answer)
            elif answer.kind in (Kind.DEL_ROUTE, Kind.DEL_RULE):
                self._estate.lost_route(answer)
        if devices_changed:
            self._estate.follow_interfaces()
            self._estate.gather()
            for router in self.configuration.routers:
                self._look_at(router)
        if self._interfaces.take_came_up():
            self._estate.add_static()  # what its loss took away without a word
        self._tell_interfaces(links & tracked_interfaces(self.configuration))

    def _links_changed(self, names: set[str]) -> None:
        """Take what interfaces are seen as now that were asked, or whose delay is over."""
        for router in self.configuration.routers if names else ():
            if router.interface in names or sending_device(router) in names:
                self._look_at(router)
        self._tell_interfaces(names & tracked_interfaces(self.configuration))

    def _lost_address(self, held: nl.Holding, answer: nl.Answer) -> None:
        name, again = self._estate.lost_address(held, answer)
        if name:
            self._estate.announce(name, 1)
        if again:
            self._timers.apply(again)

    def _is_up(self, name: str) -> bool:
        link = self._interfaces.link(name)
        return link is not None and self._links.is_up(link)

    def _tell_interfaces(self, names: set[str]) -> None:
        for name in names:
            self._give(ev.TrackChanged(INTERFACE_PREFIX + name, Reading(self._is_up(name))))

    def _look_at(self, router: VirtualRouter, *, first: bool = False) -> None:
        """Tell the machine whether a router's interface can carry adverts now, if that changed."""
        source, lost = b"", False
        if self._is_up(router.interface) and self._is_up(sending_device(router)):
            source, lost = self._source(router)
        if source and (source != self._up.get(router.name) or not self._listening.is_there(router)):
            source = source if self._listening.open(router, source) else b""
        if source != self._up.get(router.name, b"" if not first else None):
            self._up[router.name] = source
            self._give(To(router.name, ev.InterfaceUp(source) if source else ev.InterfaceDown(lost)))

    def _source(self, router: VirtualRouter) -> tuple[bytes, bool]:
        """Return what a router's adverts are sent from, if anything can be; and whether the source is lost."""
        holder = source_device(router)
        if router.source is not None and router.track_source:
            held = self._interfaces.holds(holder, router.source)
            return (router.source.packed if held else b""), not held
        found = self._interfaces.source(holder, router.family, self._estate.virtual)
        return (router.source.packed if found and router.source else found), False
