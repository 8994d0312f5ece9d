"""What `standfast vrrp` shows."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import Any

from standfast.cli import render_vrrp
from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp.packets import GROUP_IPV4, Datagram
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.router_status import row

NOUN = vrrp.VirtualRouter("A", 51, "eth0", (vrrp.VirtualAddress(ip_interface("192.0.2.10/24")),))


def known(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"routers": rows, "groups": {}, "unknown_vrids": 0, "restarts": 0, **more}


def refusing() -> dict[str, Any]:
    """Return a router that hears another with a longer TTL gone."""
    router = Router(NOUN)
    router.handle(ev.InterfaceUp(ip_address("192.0.2.1").packed), 0)
    router.handle(ev.Startup(), 0)
    datagram = Datagram(ip_address("192.0.2.2").packed, GROUP_IPV4, 7, b"x" * 20)
    router.handle(ev.PacketReceived(datagram), 1)
    return row(router, 2)


def test_an_alarm_stands_below_its_router() -> None:
    """If this failed, nobody would see in the list that two routers do not agree."""
    lines = render_vrrp.status(known(refusing(), groups={"G": "backup"}))
    assert lines[0].startswith("A: BACKUP for 0 ms, priority 100, virtual router 51 on eth0, version 2")
    assert lines[1].startswith("  !! adverts of 192.0.2.2 are refused: TTL (TTL 7, 255 expected)")
    assert lines[2] == "sync group G: BACKUP"
    assert render_vrrp.status(known()) == ["no virtual routers"]


def test_what_concerns_no_router_is_said_too() -> None:
    """If this failed, a wrong virtual router id would look like silence."""
    told = render_vrrp.explained(known(unknown_vrids=3, restarts=2), [])
    assert told == [
        "3 adverts were for virtual router ids that nobody here has",
        "the VRRP process died 2 times and was started again",
    ]
    assert render_vrrp.is_alarming([refusing()])
