"""This machine's interfaces and addresses, as a dump told them and netlink goes on telling."""

from __future__ import annotations

from collections.abc import Container
from ipaddress import IPv6Address

from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.configuration import Address
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.rtnetlink_messages import AddressFlag, Answer, Kind


class Interfaces:
    """What is there now."""

    def __init__(self) -> None:
        self._links: dict[int, nl.Link] = {}
        self._holdings: dict[tuple[int, Address], nl.Holding] = {}
        self._came_up = False

    def read(self, kernel: Kernel) -> None:
        """Look at everything."""
        self._links = {link.index: link for link in kernel.links()}
        self._holdings = {(held.index, held.address): held for held in kernel.holdings()}

    def heard(self, answer: Answer) -> nl.Link | nl.Holding | None:
        """Take a change; return what it was about, if it was a link or an address."""
        if answer.kind in (Kind.NEW_LINK, Kind.DEL_LINK):
            link = nl.read_link(answer)
            if answer.kind == Kind.NEW_LINK:
                known = self._links.get(link.index)
                self._came_up = self._came_up or (link.is_up and not (known and known.is_up))
                self._links[link.index] = link
            else:
                self._links.pop(link.index, None)
            return link
        if answer.kind in (Kind.NEW_ADDRESS, Kind.DEL_ADDRESS):
            held = nl.read_address(answer)
            if answer.kind == Kind.NEW_ADDRESS:
                self._holdings[held.index, held.address] = held
            else:
                self._holdings.pop((held.index, held.address), None)
            return held
        return None

    def take_came_up(self) -> bool:
        """Return whether any interface came up since this was asked last."""
        came_up, self._came_up = self._came_up, False
        return came_up

    def link(self, name: str) -> nl.Link | None:
        """Return the interface of this name."""
        return next((link for link in self._links.values() if link.name == name), None)

    def holdings(self) -> list[nl.Holding]:
        """Return every address."""
        return list(self._holdings.values())

    def vrf_of(self, link: nl.Link) -> int:
        """Return the index of the VRF that an interface is in, or 0."""
        master = self._links.get(link.master)
        return master.index if master and master.kind == "vrf" else 0

    def _places(self, name: str) -> set[int]:
        """Return the index of an interface, and of a VRF those of all that are in it."""
        link = self.link(name)
        if link is None:
            return set()
        return {link.index, *(each.index for each in self._links.values() if self.vrf_of(each) == link.index)}

    def holds(self, name: str, address: Address) -> bool:
        """Return whether the interface, or one of the VRF's, has this address and may use it."""
        held = (self._holdings.get((index, address)) for index in self._places(name))
        return any(each and not each.flags & (AddressFlag.TENTATIVE | AddressFlag.DAD_FAILED) for each in held)

    def source(self, name: str, family: int, not_these: Container[Address]) -> bytes:
        """Return the interface's primary address: the first IPv4 address, the link-local IPv6 address; else nothing.

        Of a VRF it is that of any of its interfaces.
        """
        places = self._places(name)
        bad = AddressFlag.TENTATIVE | AddressFlag.DAD_FAILED if family == 6 else AddressFlag.SECONDARY
        for held in self._holdings.values():
            address = held.address
            if held.index not in places or address.version != family or address in not_these or held.flags & bad:
                continue
            if not isinstance(address, IPv6Address) or address.is_link_local:
                return address.packed
        return b""
