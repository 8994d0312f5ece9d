"""The runner in this process: in which order it does and says things."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.live.runner import Runner

pytestmark = [pytest.mark.live]
VIRTUAL = (ip_interface("10.70.0.100/32"), ip_interface("10.70.0.101/32"))


def test_it_acts_before_it_speaks(
    lan: Callable[..., Any], inside: Callable[..., Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """A line of the log may take longer than a change of state: the next router must not wait for it."""
    place = lan(1)
    owners = tuple(
        vrrp.VirtualRouter(f"V{number}", 51 + number, "eth0", (vrrp.VirtualAddress(address),), version=3, priority=255)
        for number, address in enumerate(VIRTUAL)
    )

    def addresses_when_told() -> list[tuple[vrrp.State, int]]:
        kernel, found = Kernel(), []

        def told(notify: vrrp.events.Notify) -> None:
            held = {held.address for held in kernel.holdings()}
            found.append((notify.state, sum(each.ip in held for each in VIRTUAL)))

        runner = Runner(vrrp.Configuration(owners), tmp_path / "ledger.json", told)
        runner.prepare()
        runner.start()
        runner.close()
        kernel.close()
        return found

    active, ended = (vrrp.State.ACTIVE, 2), (vrrp.State.INITIALIZE, 0)
    assert wait(lambda: inside(place.names["a"], addresses_when_told) == [active, active, ended, ended])
