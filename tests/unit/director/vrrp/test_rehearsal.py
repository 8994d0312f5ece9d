"""A take-over that is only played."""

from __future__ import annotations

from ipaddress import ip_interface

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp import rehearsal

ROUTER = vrrp.VirtualRouter("V", 51, "eth0", addresses=(vrrp.VirtualAddress(ip_interface("192.0.2.9/24")),))


@pytest.mark.parametrize("grouped", ["", "G"])
def test_it_is_all_of_a_take_over(grouped: str) -> None:
    """What is not played would be slow when it counts, a member of a group's as well."""
    router = vrrp.VirtualRouter("V", 51, "eth0", addresses=ROUTER.addresses, sync_group=grouped)
    effects = rehearsal.take_over(router, b"\xc0\x00\x02\x01", 5)
    kinds = [type(effect) for effect in effects]
    assert kinds.index(ev.Send) < kinds.index(ev.AddAddresses) < kinds.index(ev.GratuitousArp)
    assert isinstance(effects[-1], ev.Notify)
    assert effects[-1].state is vrrp.State.ACTIVE
