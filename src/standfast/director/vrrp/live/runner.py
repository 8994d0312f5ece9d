"""The VRRP process: sockets, netlink and timers turned into events, effects into system calls.

Order matters on waking: what waits in the sockets is read before any timer is looked at, so that a program that was
stopped hears before it acts.
"""

from __future__ import annotations

import errno
import logging
import os
import select
from collections.abc import Callable, Iterable
from pathlib import Path

from standfast.director.vrrp import events as ev
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp import succession
from standfast.director.vrrp.changes import Changes, difference, renamed
from standfast.director.vrrp.checksum import PROTOCOL
from standfast.director.vrrp.configuration import NS_PER_MS, Address, AuthType, Configuration, Tracked, VirtualRouter
from standfast.director.vrrp.live import firewall, virtual_mac
from standfast.director.vrrp.live.attendance import ATTENDANT, Attendance
from standfast.director.vrrp.live.belongings import (
    Announcers,
    Belongings,
    belongings,
    device_of,
    gather,
    sending_device,
    silent_addresses,
    virtual_addresses,
)
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.keeper import Keeper
from standfast.director.vrrp.live.ledger import Ledger
from standfast.director.vrrp.live.netlink import Kernel, Monitor
from standfast.director.vrrp.live.sockets import ProbeListener, Receiver, Sender, vrid_of
from standfast.director.vrrp.live.timers import TimerQueue, now_ns
from standfast.director.vrrp.machine import Event, Machine, To
from standfast.director.vrrp.packets import AH_PROTOCOL, TTL
from standfast.director.vrrp.rtnetlink_messages import Answer, Kind, Request
from standfast.director.vrrp.tracked_things import TrackKind
from standfast.director.vrrp.tracking import Reading

LOG = logging.getLogger("standfast.vrrp")
INTERFACE_PREFIX = TrackKind.INTERFACE.named("")

STARTUP = "\0startup"
"""Whose timer it is that is no router's: all begin then."""
Place = tuple[str, int, int]
"""A device's name, the family, and the device's index: negative for who takes authentication headers."""


class Runner:
    """Runs until `stop` was called. `notified` is told of each state change."""

    def __init__(
        self, configuration: Configuration, ledger: Path, notified: Callable[[ev.Notify], None] = lambda _: None
    ) -> None:
        self.configuration = configuration
        self.machine = Machine(configuration)
        self.unknown_vrids = 0
        self._notified = notified
        self._kernel = Kernel()
        self._monitor = Monitor()
        self._keeper = Keeper(self._kernel)
        self._timers = TimerQueue()
        self._poll = select.epoll()
        self._ledger = Ledger(ledger)
        self._interfaces = Interfaces()
        self._virtual = virtual_addresses(configuration)
        self._belongings: dict[str, Belongings] = {}
        self._static = Belongings()
        self._held: set[str] = set()
        self._announcers = Announcers(self._interfaces)
        self._receivers: dict[Place, Receiver] = {}
        self._by_fd: dict[int, Receiver] = {}
        self._probe_listeners: dict[str, ProbeListener] = {}
        self._senders: dict[str, Sender] = {}
        self._up: dict[str, bytes] = {}
        self._unsent: dict[str, str] = {}
        self._names: dict[tuple[str, int, int], str] = {}
        self._attendance = Attendance(self._poll, self._timers, self._give)
        self._sessions: dict[str, bool] = {}
        self._silent: tuple[Address, ...] = ()
        self._watched: dict[int, Callable[[], None]] = {}
        self._wants_queue = False
        self._stopping = False
        self._stop_pipe, self._stop_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    # -- begin and end

    def prepare(self) -> None:
        """Remove what a predecessor left; make devices, rules and sockets."""
        self._attendance.start(self.configuration)
        self._interfaces.read(self._kernel)
        removed, links = self._ledger.clean(self._kernel)
        for name in links:
            virtual_mac.remove(name, self._kernel, self._interfaces)
        if removed:
            LOG.warning("removed %d addresses, routes and rules that a predecessor had left", removed)
        self._interfaces.read(self._kernel)
        self._make_devices(self.configuration.routers)
        self._remove_strays()
        self._gather()
        self._note()
        self._silence()
        for fd in (self._monitor.fileno(), self._timers.fileno(), self._stop_pipe):
            self._poll.register(fd, select.EPOLLIN)

    def _make_devices(self, routers: Iterable[VirtualRouter]) -> None:
        for router in routers:
            if router.vmac and (trouble := virtual_mac.make(router, self._kernel, self._interfaces)):
                LOG.error("%s: no virtual MAC: %s", router.name, trouble)
            if router.promote_secondaries:
                virtual_mac.set_number(f"ipv4/conf/{router.interface}/promote_secondaries", 1)
        self._interfaces.read(self._kernel)

    def _remove_strays(self) -> None:
        """Nobody but an owner begins with its addresses: another machine may be Active."""
        owned = {
            each.address.ip
            for router in self.configuration.routers
            if router.priority == 255
            for each in router.addresses
        }
        devices = {device_of(router) for router in self.configuration.routers}
        indices = {link.index for name in devices if (link := self._interfaces.link(name))}
        strays = [
            held
            for held in self._interfaces.holdings()
            if held.address in self._virtual - owned and held.index in indices
        ]
        for held, error in zip(strays, self._kernel.change([nl.holding_removed(held) for held in strays]), strict=True):
            if not error:
                LOG.warning("removed %s, which was there before we began", held.address)
        if strays:
            self._interfaces.read(self._kernel)

    def _gather(self) -> None:
        configuration = self.configuration
        self._belongings = {router.name: belongings(router, self._interfaces) for router in configuration.routers}
        static = configuration.static_addresses, configuration.static_routes, configuration.static_rules
        self._static = gather(*static, "", self._interfaces)
        self._announcers.prepare(device for each in self._belongings.values() for device in each.frames)
        self._listen_for_probes({device for each in self._belongings.values() for device in each.probes})

    def _listen_for_probes(self, devices: set[str]) -> None:
        for device in devices:
            link, known = self._interfaces.link(device), self._probe_listeners.get(device)
            if link is None or (known is not None and known.index == link.index):
                continue
            if known is not None:
                known.close()
            try:
                self._probe_listeners[device] = listener = ProbeListener(link.index, device)
            except OSError as e:
                LOG.warning("%s: not listening for probes: %s", device, e)
                continue
            self._poll.register(listener.fileno(), select.EPOLLIN)

    def _note(self) -> None:
        removals = [request for each in self._belongings.values() for request in each.removals]
        links = [device_of(router) for router in self.configuration.routers if router.vmac]
        self._ledger.write([*removals, *self._static.removals], links)

    def _silence(self) -> None:
        """Have those addresses silent that are to be, if they are others than before."""
        silent = silent_addresses(self.configuration)
        if silent != self._silent:
            self._silent = silent
            if trouble := firewall.silence(silent):
                LOG.error("addresses that should be silent are not: %s", trouble)

    def start(self, delay_ms: int = 0) -> None:
        """Begin to take part, after a delay if there is one."""
        self._change(self._static.additions, "static")
        for router in self.configuration.routers:
            self._look_at(router, first=True)
        for name in self._tracked_interfaces():
            self._give(ev.TrackChanged(INTERFACE_PREFIX + name, Reading(self._is_up(name))))
        self._attendance.first()
        if delay_ms:
            LOG.log(25, "routers begin in %g s", delay_ms / 1000)
            self._timers.apply(ev.SetTimer(STARTUP, ev.Timer.ADVER, 0, now_ns() + delay_ms * NS_PER_MS))
        else:
            self._give(ev.Startup())
        self._attendance.flush()

    def stop(self) -> None:
        """End soon; may be called from a signal handler."""
        self._stopping = True
        os.write(self._stop_end, b"x")

    def close(self, *, keeps_addresses: bool = False) -> None:
        """Take everything back, or leave it to a successor without a word to the others; close everything."""
        effects = self.machine.handle(ev.Shutdown(), now_ns())
        for effect in sorted(effects, key=lambda effect: not isinstance(effect, ev.Send)):
            # all say that they stop before any takes its addresses back
            if not (keeps_addresses and isinstance(effect, ev.Send | ev.RemoveAddresses)):
                self._carry_out(effect)
        if not keeps_addresses:
            self._change(self._static.removals, "static")
        self._attendance.end()
        if not keeps_addresses:
            self._clear_kernel()
        self._close_files()

    def _clear_kernel(self) -> None:
        if self._silent:
            firewall.silence(())
        for router in self.configuration.routers:
            if router.vmac:
                virtual_mac.remove(device_of(router), self._kernel, self._interfaces)
        self._ledger.end()

    def _close_files(self) -> None:
        for receiver in self._receivers.values():
            receiver.close()
        for sender in self._senders.values():
            sender.close()
        for listener in self._probe_listeners.values():
            listener.close()
        self._announcers.close()
        self._monitor.close()
        self._timers.close()
        self._kernel.close()
        self._poll.close()
        os.close(self._stop_pipe)
        os.close(self._stop_end)

    # -- the loop

    def watch(self, fd: int, read: Callable[[], None]) -> None:
        """Call `read` whenever something waits there, after the sockets were read."""
        self._watched[fd] = read
        self._poll.register(fd, select.EPOLLIN)

    def run(self) -> None:
        """Run until `stop`."""
        while not self._stopping:
            self._timers.arm()
            self.turn(None)

    def turn(self, timeout_s: float | None) -> None:
        """Wait for something and take it: sockets, then netlink, then timers."""
        ready = {fd for fd, _ in self._poll.poll(timeout_s)}
        for fd in ready & self._by_fd.keys():
            self._read(self._by_fd[fd])
        if self._monitor.fileno() in ready:
            self._hear_kernel()
        for device, listener in self._probe_listeners.items():
            if listener.fileno() in ready:
                self._hear_probes(device, set(listener.read()))
        if self._timers.fileno() in ready:
            self._timers.acknowledge()
        if self._attendance.fileno() in ready:
            self._attendance.read()
        for timer in self._timers.due():
            if timer.router == ATTENDANT:
                self._attendance.restart()
                continue
            if timer.router == STARTUP:
                self._give(ev.Startup())
                continue
            if not timer.router:
                for name, mine in self._owned():
                    self._change(mine.additions, name or "static")
                continue
            self._give(To(timer.router, ev.TimerFired(timer.timer, timer.generation)))
        for fd in ready & self._watched.keys():
            self._watched[fd]()
        while self._wants_queue:
            self._wants_queue = False
            for receiver in list(self._receivers.values()):
                self._read(receiver)
            self._give(ev.QueueRead())
        self._attendance.flush()

    def session_changed(self, name: str, up: bool) -> None:
        """Take the state of a BFD session, which is told again and again."""
        if self._sessions.get(name) is not up:
            self._sessions[name] = up
            self._give_session(name, up)

    def _give_session(self, name: str, up: bool) -> None:
        self._give(ev.TrackChanged(TrackKind.BFD.named(name), Reading(up)))

    def _read(self, receiver: Receiver) -> None:
        for datagram in receiver.read():
            name = self._names.get((receiver.device, vrid_of(datagram), receiver.family))
            if name is None:
                self.unknown_vrids += 1
            else:
                self._give(To(name, ev.PacketReceived(datagram)))

    def _hear_probes(self, device: str, probed: set[bytes]) -> None:
        link = self._interfaces.link(device)
        for name in sorted(self._held):
            mine = {
                address.packed for index, address in self._belongings[name].addresses if link and index == link.index
            }
            if mine & probed:
                self._give(To(name, ev.AddressProbed()))

    def _give(self, event: Event) -> None:
        for effect in self.machine.handle(event, now_ns()):
            self._carry_out(effect)

    def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.SetTimer() | ev.CancelTimer():
                self._timers.apply(effect)
            case ev.Send(router, destination, packet):
                sender = self._senders.get(router)
                trouble = sender.send(destination, packet) if sender else "no socket"
                if trouble != self._unsent.get(router, ""):
                    self._unsent[router] = trouble
                    LOG.warning("%s: adverts are %s", router, f"not sent: {trouble}" if trouble else "sent again")
            case ev.AddAddresses(router):
                self._held.add(router)
                self._change(self._belongings[router].additions, router)
            case ev.RemoveAddresses(router):
                self._held.discard(router)
                self._change(self._belongings[router].removals, router)
            case ev.GratuitousArp(router, repeat):
                self._tell_neighbours(self._belongings[router].frames, repeat)
            case ev.Probe(router):
                self._tell_neighbours(self._belongings[router].probes, 1)
            case _:
                self._tell(effect)

    def _tell_neighbours(self, frames: dict[str, list[bytes]], repeat: int) -> None:
        for device, of_device in frames.items():
            if announcer := self._announcers.on(device):
                announcer.send(of_device, repeat)

    def _tell(self, effect: ev.Effect) -> None:
        match effect:
            case ev.ReadQueue():
                self._wants_queue = True
            case ev.Log(level, text):
                LOG.log(level, text)
            case ev.Notify(name, state, priority):
                LOG.log(25, "%s: %s, priority %d", name, state, priority)
                self._notified(effect)
                self._attendance.tell(effect)
            case ev.PriorityChanged() | ev.LowerHeard():
                self._attendance.tell(effect)

    def _change(self, requests: list[Request], whose: str) -> None:
        harmless = {0, errno.EEXIST, errno.EADDRNOTAVAIL, errno.ESRCH, errno.ENOENT}
        if requests:
            for request, error in zip(requests, self._kernel.change(requests), strict=True):
                if error not in harmless:
                    LOG.error("%s: %s refused: %s", whose, request.kind.name, os.strerror(error))

    # -- a reload

    def reconfigure(self, configuration: Configuration) -> Changes:
        """Be these routers from now on; return what changed. Those that are the same miss nothing meanwhile."""
        changes = difference(self.configuration, configuration)
        for effect in succession.retire(self.machine, changes, now_ns()):
            self._carry_out(effect)
        self._attendance.start(configuration)
        self._let_go(changes)
        before, static = self._belongings, self._static
        self.configuration, self._virtual = configuration, virtual_addresses(configuration)
        fresh = changes.added + tuple(new for _, new in changes.anew)
        self._make_devices(fresh)
        self._gather()
        self._note()
        self._silence()
        self.machine, effects = succession.succeed(self.machine, changes, now_ns())
        self._adjust(static, self._static, "static")
        for old, new in changes.adjusted:
            if new.name in self._held:
                self._adjust(before[old.name], self._belongings[new.name], new.name)
        for effect in effects:
            self._carry_out(effect)
        for router in configuration.routers:
            self._look_at(router, first=router in fresh)
        for name in self._tracked_interfaces():
            self._give(ev.TrackChanged(INTERFACE_PREFIX + name, Reading(self._is_up(name))))
        for name, up in self._sessions.items():
            self._give_session(name, up)
        for effect in succession.begin(self.machine, changes, now_ns()):
            self._carry_out(effect)
        return changes

    def _let_go(self, changes: Changes) -> None:
        """Give back the sockets and devices of routers that are gone; rename what is of those with another name."""
        for router in changes.removed + tuple(old for old, _ in changes.anew):
            if sender := self._senders.pop(router.name, None):
                sender.close()
            self._up.pop(router.name, None)
            if router.vmac:
                virtual_mac.remove(device_of(router), self._kernel, self._interfaces)
        for old, new in renamed(changes).items():
            self._senders |= {new: self._senders.pop(old)} if old in self._senders else {}
            self._up |= {new: self._up.pop(old)} if old in self._up else {}
            self._held = {new if name == old else name for name in self._held}
        for old_router, new_router in changes.adjusted:
            if (old_router.group, old_router.unicast) != (new_router.group, new_router.unicast):
                self._up.pop(new_router.name, None)  # its sockets are made anew
        going_on = [new for _, new in changes.going_on]
        self._names = {
            (name, router.vrid, family): router.name
            for router in going_on
            for name, family, index in self._places(router)
            if (name, family, index) in self._receivers
        }
        self._close_receivers({place for router in changes.after.routers for place in self._places(router)})

    def _close_receivers(self, wanted: set[Place]) -> None:
        """Leave the groups where no router is any more."""
        for name, family, index in self._receivers.keys() - wanted:
            if (name, family, abs(index)) not in wanted:
                receiver = self._receivers.pop((name, family, index))
                self._poll.unregister(receiver.fileno())
                del self._by_fd[receiver.fileno()]
                receiver.close()

    def _adjust(self, before: Belongings, after: Belongings, whose: str) -> None:
        """Take away what is not wanted any more, then set what is new, and tell the neighbours of that."""
        self._change([each for each in before.removals if each not in after.removals], whose)
        new = [each for each in after.additions if each not in before.additions]
        self._change(new, whose)
        for device, frames in after.frames.items():
            told = [frame for frame in frames if frame not in before.frames.get(device, [])]
            if told and new and (announcer := self._announcers.on(device)):
                announcer.send(told, 1)

    # -- the kernel's news

    def _hear_kernel(self) -> None:
        links: set[str] = set()
        devices_changed = False
        for answer in self._monitor.read():
            if answer is None:
                self._interfaces.read(self._kernel)
                devices_changed = True
                continue
            about = self._interfaces.heard(answer)
            if isinstance(about, nl.Link):
                links.add(about.name)
                devices_changed = True
            elif isinstance(about, nl.Holding):
                devices_changed = devices_changed or about.address not in self._virtual
                if answer.kind == Kind.DEL_ADDRESS:
                    self._lost_address(about, answer)
            elif answer.kind in (Kind.DEL_ROUTE, Kind.DEL_RULE):
                self._keeper.lost_route(answer, self._owned())
        if devices_changed:
            self._gather()
            for router in self.configuration.routers:
                self._look_at(router)
        for name in links & self._tracked_interfaces():
            self._give(ev.TrackChanged(INTERFACE_PREFIX + name, Reading(self._is_up(name))))

    def _lost_address(self, held: nl.Holding, answer: Answer) -> None:
        name, again_ns = self._keeper.lost_address(held, answer, self._owned())
        if name:
            self._carry_out(ev.GratuitousArp(name, 1))
        if again_ns:
            self._timers.apply(ev.SetTimer("", ev.Timer.GARP_DELAY, 0, again_ns))

    def _owned(self) -> list[tuple[str, Belongings]]:
        """Return what must be in the kernel now, with whose it is; static things are nobody's."""
        return [(name, self._belongings[name]) for name in sorted(self._held)] + [("", self._static)]

    def _is_up(self, name: str) -> bool:
        link = self._interfaces.link(name)
        return link is not None and link.is_up

    def _tracked_interfaces(self) -> set[str]:
        tracked: list[Tracked] = [each for router in self.configuration.routers for each in router.tracked]
        tracked += [each for group in self.configuration.groups for each in group.tracked]
        return {each.name.removeprefix(INTERFACE_PREFIX) for each in tracked if each.name.startswith(INTERFACE_PREFIX)}

    # -- sockets

    def _look_at(self, router: VirtualRouter, *, first: bool = False) -> None:
        """Tell the machine whether a router's interface can carry adverts now, if that changed."""
        source = b""
        if self._is_up(router.interface) and self._is_up(sending_device(router)):
            source = self._interfaces.source(router.interface, router.family, self._virtual)
            if router.source is not None and source:
                source = router.source.packed
        if source and (source != self._up.get(router.name) or not self._is_listening(router)):
            source = self._open_sockets(router, source)
        if source != self._up.get(router.name, b"" if not first else None):
            self._up[router.name] = source
            self._give(To(router.name, ev.InterfaceUp(source) if source else ev.InterfaceDown()))

    def _places(self, router: VirtualRouter) -> list[Place]:
        """Return device, family and index of where a router listens: its interface, and its virtual MAC's."""
        devices = {router.interface, device_of(router)}
        links = [link for name in sorted(devices) if (link := self._interfaces.link(name))]
        return [(link.name, router.family, link.index) for link in links]

    def _is_listening(self, router: VirtualRouter) -> bool:
        return all(key in self._receivers for place in self._places(router) for key in self._keys(place))

    def _keys(self, place: Place) -> list[Place]:
        """Return the receivers of a place: for adverts, and on IPv4 for those with an authentication header."""
        name, family, index = place
        authenticated = any(
            each.authentication and each.authentication.type is AuthType.AH for each in self.configuration.routers
        )
        return [place, (name, family, -index)] if authenticated and family == 4 else [place]

    def _open_sockets(self, router: VirtualRouter, source: bytes) -> bytes:
        """Return the source, or nothing if a socket could not be opened."""
        try:
            for place in self._places(router):
                for key in self._keys(place):
                    if key not in self._receivers:
                        self._open_receiver(key)
                    self._receivers[key].join(router.group_packed)
                self._names[place[0], router.vrid, router.family] = router.name
            link = self._interfaces.link(sending_device(router))
            assert link is not None, "an interface that is up is there"
            ttl = router.unicast.ttl if router.unicast else TTL
            if old := self._senders.pop(router.name, None):
                old.close()
            self._senders[router.name] = Sender(link.name, link.index, router.family, source, ttl)
        except OSError as e:
            LOG.error("%s: no socket: %s", router.name, e)
            return b""
        return source

    def _open_receiver(self, key: Place) -> None:
        name, family, index = key
        receiver = Receiver(name, abs(index), family, protocol=PROTOCOL if index > 0 else AH_PROTOCOL)
        self._by_fd[receiver.fileno()] = receiver
        self._poll.register(receiver.fileno(), select.EPOLLIN)
        self._receivers[key] = receiver
