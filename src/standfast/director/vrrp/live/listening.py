"""The sockets of all virtual routers: who listens where, and who sends."""

from __future__ import annotations

import logging
import select
from collections.abc import Iterable, Iterator

from standfast.director.vrrp.checksum import PROTOCOL
from standfast.director.vrrp.configuration import AuthType, Configuration, VirtualRouter
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.sockets import PROBE, Receiver, Sender, vrid_of
from standfast.director.vrrp.packets import AH_PROTOCOL, TTL, Datagram
from standfast.director.vrrp.virtual_devices import listening_devices, sending_device

LOG = logging.getLogger("standfast.vrrp")
Place = tuple[str, int, int]
"""A device's name, the family, and the device's index: negative for who takes authentication headers."""


class Listening:
    """One receiver for each place and kind of advert, one sender for each router.

    `unknown_vrids`: how many adverts were of no router of ours.
    """

    def __init__(self, poll: select.epoll, interfaces: Interfaces) -> None:
        self._poll = poll
        self._interfaces = interfaces
        self._receivers: dict[Place, Receiver] = {}
        self._by_fd: dict[int, Receiver] = {}
        self._senders: dict[str, Sender] = {}
        self._unsent: dict[str, str] = {}
        self._hearing: dict[tuple[str, int, int], list[VirtualRouter]] = {}
        self._authenticates = False
        self.unknown_vrids = 0

    def configure(self, configuration: Configuration) -> None:
        """Note whether any router has authentication headers; the sockets follow when they are opened."""
        self._authenticates = any(
            each.authentication and each.authentication.type is AuthType.AH for each in configuration.routers
        )

    # -- what comes and goes

    def read(self, ready: set[int] | None) -> Iterator[tuple[str, Datagram]]:
        """Return what waits at these descriptors, or at all, with the router's name."""
        for fd in list(self._by_fd) if ready is None else ready & self._by_fd.keys():
            receiver = self._by_fd[fd]
            for datagram in receiver.read():
                routers = self._hearing.get((receiver.device, vrid_of(datagram), receiver.family))
                if not routers:
                    self.unknown_vrids += 1
                elif len(routers) == 1:
                    yield routers[0].name, datagram
                else:
                    yield self._meant(routers, datagram), datagram

    def _meant(self, routers: list[VirtualRouter], datagram: Datagram) -> str:
        """Return which of several routers of one place is spoken to: the one with that address, or the group's."""
        for router in routers:
            sender = self._senders.get(router.name)
            own = sender.source if sender else b""
            if datagram.destination == (own if router.unicast else router.group_packed):
                return router.name
        return routers[0].name

    def send(self, router: str, destination: bytes, packet: bytes) -> None:
        """Send a router's advert; trouble is told when it begins and when it ends."""
        sender = self._senders.get(router)
        trouble = sender.send(destination, packet) if sender else "no socket"
        if trouble != self._unsent.get(router, ""):
            self._unsent[router] = trouble
            LOG.warning("%s: adverts are %s", router, f"not sent: {trouble}" if trouble else "sent again")

    def rehearse(self, router: str, destination: bytes, packet: bytes) -> None:
        """Go through what `send` goes through, but for the wire."""
        if sender := self._senders.get(router):
            sender.send(destination, packet, PROBE)

    # -- who is there

    def _places(self, router: VirtualRouter) -> list[Place]:
        """Return where a router listens."""
        links = [link for name in sorted(listening_devices(router)) if (link := self._interfaces.link(name))]
        return [(link.name, router.family, link.index) for link in links]

    def _keys(self, place: Place) -> list[Place]:
        """Return the receivers of a place: for adverts, and on IPv4 for those with an authentication header."""
        name, family, index = place
        return [place, (name, family, -index)] if self._authenticates and family == 4 else [place]

    def is_there(self, router: VirtualRouter) -> bool:
        """Return whether a router listens wherever it should."""
        return all(key in self._receivers for place in self._places(router) for key in self._keys(place))

    def open(self, router: VirtualRouter, source: bytes) -> bool:
        """Have a router listen, and send from this address; return whether it can."""
        try:
            for place in self._places(router):
                for key in self._keys(place):
                    if key not in self._receivers:
                        self._open_receiver(key)
                    self._receivers[key].join(router.group_packed)
                self._hears(router, place)
            link = self._interfaces.link(sending_device(router))
            assert link is not None, "an interface that is up is there"
            ttl = router.unicast.ttl if router.unicast else TTL
            self.silence(router.name)
            self._senders[router.name] = Sender(link.name, link.index, router.family, source, ttl)
        except OSError as e:
            LOG.error("%s: no socket: %s", router.name, e)
            return False
        return True

    def _hears(self, router: VirtualRouter, place: Place) -> None:
        key = place[0], router.vrid, router.family
        others = [each for each in self._hearing.get(key, []) if each.name != router.name]
        self._hearing[key] = [*others, router]

    def _open_receiver(self, key: Place) -> None:
        name, family, index = key
        receiver = Receiver(name, abs(index), family, protocol=PROTOCOL if index > 0 else AH_PROTOCOL)
        self._by_fd[receiver.fileno()] = receiver
        self._poll.register(receiver.fileno(), select.EPOLLIN)
        self._receivers[key] = receiver

    # -- who goes

    def silence(self, router: str) -> None:
        """Close a router's sender."""
        if sender := self._senders.pop(router, None):
            sender.close()

    def rename(self, old: str, new: str) -> None:
        """Have a router's sender under another name."""
        if old in self._senders:
            self._senders[new] = self._senders.pop(old)

    def keep(self, going_on: Iterable[VirtualRouter], wanted: Iterable[VirtualRouter]) -> None:
        """Hear for those only that go on, and leave the places where no router will be."""
        self._hearing = {}
        for router in going_on:
            for place in self._places(router):
                if place in self._receivers:
                    self._hears(router, place)
        places = {place for router in wanted for place in self._places(router)}
        for name, family, index in self._receivers.keys() - places:
            if (name, family, abs(index)) not in places:
                receiver = self._receivers.pop((name, family, index))
                self._poll.unregister(receiver.fileno())
                del self._by_fd[receiver.fileno()]
                receiver.close()

    def close(self) -> None:
        """Close all."""
        for receiver in self._receivers.values():
            receiver.close()
        for sender in self._senders.values():
            sender.close()
