"""What the virtual routers have on this machine: addresses, routes, rules, devices, and who is told of them."""

from __future__ import annotations

import errno
import logging
import os
import select
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

from standfast.director.vrrp import events as ev
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.changes import Changes
from standfast.director.vrrp.configuration import OWNER_PRIORITY, Address, Configuration, VirtualRouter
from standfast.director.vrrp.live import firewall, virtual_devices
from standfast.director.vrrp.live.belongings import (
    Belongings,
    belongings,
    gather,
    silent_addresses,
    virtual_addresses,
)
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.keeper import Keeper
from standfast.director.vrrp.live.ledger import Ledger
from standfast.director.vrrp.live.neighbours import Neighbours
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.live.sockets import ProbeListener
from standfast.director.vrrp.rtnetlink_messages import Answer, Request
from standfast.director.vrrp.virtual_devices import VirtualDevice, all_devices, devices, holder_of

LOG = logging.getLogger("standfast.vrrp")
_HARMLESS = {0, errno.EEXIST, errno.EADDRNOTAVAIL, errno.ESRCH, errno.ENOENT}


class Estate:
    """The configuration's things. `held`: the routers whose things are set now."""

    def __init__(
        self,
        configuration: Configuration,
        kernel: Kernel,
        interfaces: Interfaces,
        ledger: Path,
        poll: select.epoll,
        set_timer: Callable[[ev.SetTimer], None],
    ) -> None:
        self._kernel = kernel
        self._interfaces = interfaces
        self._poll = poll
        self._ledger = Ledger(ledger)
        self._keeper = Keeper(kernel)
        self.neighbours = Neighbours(interfaces, set_timer)
        self._probe_listeners: dict[str, ProbeListener] = {}
        self._silent: tuple[Address, ...] = ()
        self._firewall = configuration.firewall
        self.held: set[str] = set()
        self.static = Belongings()
        self.belongings: dict[str, Belongings] = {}
        self._configuration = configuration
        self.virtual = virtual_addresses(configuration)
        self._devices: dict[str, VirtualDevice] = {}

    # -- what is there

    def begin(self) -> None:
        """Remove what a predecessor left, and what was there before; make devices and rules."""
        self._interfaces.read(self._kernel)
        removed, links = self._ledger.clean(self._kernel)
        for name in links:
            virtual_devices.remove(name, self._kernel, self._interfaces)
        if removed:
            LOG.warning("removed %d addresses, routes and rules that a predecessor had left", removed)
        self._interfaces.read(self._kernel)
        self._make_devices(self._configuration.routers)
        self._remove_strays()
        self._prepare()

    def become(self, configuration: Configuration, fresh: Iterable[VirtualRouter]) -> None:
        """Be what another configuration says; devices that are not there yet are made."""
        before, fresh = set(self._configuration.routers), set(fresh)
        same = {each.name for each in configuration.routers if each in before and each not in fresh}
        self._configuration, self.virtual = configuration, virtual_addresses(configuration)
        self._make_devices(configuration.routers)
        self._prepare(same)

    def _prepare(self, same: Container[str] = ()) -> None:
        self.gather(same)
        removals = [request for each in self.belongings.values() for request in each.removals]
        self._ledger.write([*removals, *self.static.removals], list(self._devices))
        self._silence()

    def _make_devices(self, routers: Iterable[VirtualRouter]) -> None:
        for router in routers:
            for device in devices(router):
                if self._devices.get(device.name) == device and self._interfaces.link(device.name):
                    continue
                if trouble := virtual_devices.make(device, self._kernel, self._interfaces):
                    LOG.error("%s: no virtual device: %s", router.name, trouble)
                self._devices[device.name] = device
            if router.promote_secondaries:
                virtual_devices.set_number(f"ipv4/conf/{router.interface}/promote_secondaries", 1)
        self._interfaces.read(self._kernel)

    def follow_interfaces(self) -> None:
        """Have the devices in the VRFs of the interfaces below them."""
        virtual_devices.follow(self._devices.values(), self._kernel, self._interfaces)

    def give_back_devices(self, changes: Changes) -> None:
        """Remove the devices of routers that go or begin anew, but for those that others go on with."""
        gone = changes.removed + tuple(old for old, _ in changes.anew)
        kept = {device.name for _, router in changes.going_on for device in devices(router)}
        for name in {device.name for router in gone for device in devices(router)} - kept:
            self._remove_device(name)

    def remove_unused_devices(self) -> None:
        """Remove the devices that nobody wants any more."""
        for name in self._devices.keys() - all_devices(self._configuration).keys():
            self._remove_device(name)

    def _remove_device(self, name: str) -> None:
        if self._devices.pop(name, None):
            virtual_devices.remove(name, self._kernel, self._interfaces)

    def _remove_strays(self) -> None:
        """Nobody but an owner begins with its addresses: another machine may be Active."""
        routers = self._configuration.routers
        owned = {
            each.address.ip for router in routers if router.priority == OWNER_PRIORITY for each in router.addresses
        }
        holders = {
            holder_of(router, each) for router in routers for each in router.addresses + router.excluded_addresses
        }
        indices = {link.index for name in holders if (link := self._interfaces.link(name))}
        strays = [
            held
            for held in self._interfaces.holdings()
            if held.address in self.virtual - owned and held.index in indices
        ]
        for held, error in zip(strays, self._kernel.change([nl.holding_removed(held) for held in strays]), strict=True):
            if not error:
                LOG.warning("removed %s, which was there before we began", held.address)
        if strays:
            self._interfaces.read(self._kernel)

    def gather(self, same: Container[str] = ()) -> None:
        """Prepare requests and frames for the interfaces as they are now; those of the same routers are kept."""
        configuration, known = self._configuration, self.belongings
        self.belongings = {
            each.name: known[each.name] if each.name in same else belongings(each, self._interfaces)
            for each in configuration.routers
        }
        addresses = [(each, each.device) for each in configuration.static_addresses]
        self.static = gather(addresses, configuration.static_routes, configuration.static_rules, self._interfaces)
        self.neighbours.configure(configuration)
        self.neighbours.prepare(self.belongings)
        self._listen_for_probes({device for each in self.belongings.values() for device in each.probes})

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

    def _silence(self) -> None:
        """Have those addresses silent that are to be, if they are others than before."""
        silent, wanted = silent_addresses(self._configuration), self._configuration.firewall
        if (silent, wanted) != (self._silent, self._firewall):
            if self._silent and wanted.table != self._firewall.table:
                firewall.silence((), self._firewall)
            was, self._silent, self._firewall = self._silent, silent, wanted
            if (silent or was) and (trouble := firewall.silence(silent, wanted)):
                LOG.error("addresses that should be silent are not: %s", trouble)

    # -- what is set and taken back

    def add(self, router: str) -> None:
        """Set what goes with an Active Router."""
        self.held.add(router)
        self._change(self.belongings[router].additions, router)

    def rehearse(self, router: str) -> None:
        """Go through what `add` goes through, without any effect."""
        addresses = [each for each in self.belongings[router].additions if each.kind == nl.Kind.NEW_ADDRESS]
        self._kernel.change([nl.nowhere(each) for each in addresses[:1]])

    def remove(self, router: str) -> None:
        """Take it back."""
        self.held.discard(router)
        self.neighbours.forget(router)
        self._change(self.belongings[router].removals, router)

    def add_static(self) -> None:
        """Set what stands whether or not any router is Active."""
        self._change(self.static.additions, "static")

    def remove_static(self) -> None:
        """Take it back."""
        self._change(self.static.removals, "static")

    def add_again(self) -> None:
        """Set again all that must be there."""
        for name, mine in self._owned():
            self._change(mine.additions, name or "static")

    def adjust(self, before: Belongings, after: Belongings, whose: str) -> None:
        """Take away what is not wanted any more, then set what is new, and tell the neighbours of that."""
        self._change([each for each in before.removals if each not in after.removals], whose)
        new = [each for each in after.additions if each not in before.additions]
        self._change(new, whose)
        if new:
            known = before.frames
            told = {
                device: [frame for frame in frames if frame not in known.get(device, [])]
                for device, frames in after.frames.items()
            }
            self.neighbours.announce(whose, told, 1)

    def _change(self, requests: list[Request], whose: str) -> None:
        if requests:
            for request, error in zip(requests, self._kernel.change(requests), strict=True):
                if error not in _HARMLESS:
                    LOG.error("%s: %s refused: %s", whose, request.kind.name, os.strerror(error))

    def _owned(self) -> list[tuple[str, Belongings]]:
        """Return what must be in the kernel now, with whose it is; static things are nobody's."""
        return [(name, self.belongings[name]) for name in sorted(self.held)] + [("", self.static)]

    # -- the neighbours

    def announce(self, router: str, repeat: int) -> None:
        """Tell the neighbours where a router's addresses are."""
        self.neighbours.announce(router, self.belongings[router].frames, repeat)

    def announce_elsewhere(self, router: str) -> None:
        """Tell them on interfaces from which nothing else comes."""
        self.neighbours.announce(router, self.belongings[router].elsewhere, 1)

    def probe(self, router: str) -> None:
        """Ask whether its addresses are in use."""
        self.neighbours.ask(self.belongings[router].probes)

    def probed(self, ready: Container[int]) -> Iterator[str]:
        """Return the routers, of those that are Active, whose addresses somebody asked for."""
        for device, listener in self._probe_listeners.items():
            if listener.fileno() not in ready:
                continue
            asked, link = set(listener.read()), self._interfaces.link(device)
            for name in sorted(self.held):
                mine = {
                    address.packed for index, address in self.belongings[name].addresses if link and index == link.index
                }
                if mine & asked:
                    yield name

    # -- what somebody else removed

    def lost_address(self, held: nl.Holding, answer: Answer) -> tuple[str, ev.SetTimer | None]:
        """Set an address again that must be there; return the router to announce, and the timer of `add_again`."""
        name, again_ns = self._keeper.lost_address(held, answer, self._owned())
        return name, ev.SetTimer("", ev.Timer.GARP_DELAY, 0, again_ns) if again_ns else None

    def lost_route(self, answer: Answer) -> None:
        """Set a route or rule again that must be there."""
        self._keeper.lost_route(answer, self._owned())

    # -- the end

    def end(self) -> None:
        """Take back rules and devices, and forget the ledger."""
        if self._silent:
            firewall.silence((), self._firewall)
        for name in list(self._devices):
            self._remove_device(name)
        self._ledger.end()

    def close(self) -> None:
        """Close its sockets."""
        for listener in self._probe_listeners.values():
            listener.close()
        self.neighbours.close()
