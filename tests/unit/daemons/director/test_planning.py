"""What a reload would change, for people."""

from __future__ import annotations

from ipaddress import ip_interface

from standfast import director
from standfast.daemons.director.planning import planned
from standfast.dialects.keepalived import VrrpHalf
from standfast.dialects.live.machine import Loaded
from standfast.director import vrrp
from standfast.director.vrrp.orders import Running

ROUTER = vrrp.VirtualRouter("A", 51, "eth0", (vrrp.VirtualAddress(ip_interface("192.0.2.10/24")),))
TELLING = vrrp.Telling(mail=director.Mail(router_id="one"))
WITHOUT = Loaded(director.Configuration())
WITH = Loaded(director.Configuration(), vrrp=VrrpHalf(vrrp.Configuration((ROUTER,), telling=TELLING), Running("")))


def test_routers_come_and_go() -> None:
    """An operator would not see that a reload gives up an address, or see changes that are none."""
    assert planned(WITHOUT, WITH) == ["+ A: virtual router 51 on eth0, priority 100"]
    assert planned(WITH, WITHOUT) == ["- A: virtual router 51 on eth0 is given up"]
    assert planned(WITHOUT, WITHOUT) == planned(WITH, WITH) == []
