"""What a rehearsal goes through: sockets and the kernel's tables, without any effect."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.live.sockets import PROBE, Sender
from standfast.director.vrrp.transmission import Transmission

pytestmark = [pytest.mark.live]
SOURCES = {4: "10.70.0.1", 6: "fe80::1"}


@pytest.mark.parametrize("family", [4, 6])
def test_an_advert_that_is_rehearsed_is_not_sent(
    lan: Callable[..., Any], inside: Callable[..., Any], wait: Callable[..., Any], family: int
) -> None:
    """A Backup would speak as if it were Active."""
    place = lan(1)
    virtual = "10.70.0.100/24" if family == 4 else "fe80::100/64"
    router = vrrp.VirtualRouter("V", 51, "eth0", (vrrp.VirtualAddress(ip_interface(virtual)),), version=3)
    transmission = Transmission(router)
    transmission.source = ip_address(SOURCES[family]).packed
    sent = {priority: transmission.packets(priority)[0] for priority in (77, 78)}

    def opened() -> Sender:
        return Sender("eth0", socket.if_nametoindex("eth0"), family, transmission.source)

    sender = inside(place.names["a"], opened)
    assert wait(lambda: not sender.send(*sent[77], PROBE)), "the interface is up at last"
    assert not sender.send(*sent[78])
    assert wait(lambda: [seen.priority for seen in place.adverts] == [78]), place.adverts
    sender.close()


@pytest.mark.parametrize("address", ["10.70.0.100/24", "2001:db8::100/64"])
def test_an_address_that_is_rehearsed_is_nowhere(
    lan: Callable[..., Any], inside: Callable[..., Any], address: str
) -> None:
    """Two machines would have it before its time."""
    place = lan(1)
    kernel: Kernel = inside(place.names["a"], Kernel)
    index = inside(place.names["a"], lambda: socket.if_nametoindex("eth0"))
    wanted = nl.address(vrrp.VirtualAddress(ip_interface(address)), index, adds=True)
    assert kernel.change([nl.nowhere(wanted)]) == [errno.ENODEV]
    assert ip_interface(address).ip not in {held.address for held in kernel.holdings()}
    assert kernel.change([wanted]) == [0]
    assert ip_interface(address).ip in {held.address for held in kernel.holdings()}
    kernel.close()
