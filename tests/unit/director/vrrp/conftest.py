"""Virtual routers to try, and a hand that drives one."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp.packets import Datagram
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.transmission import Transmission

CS = 10_000_000
S = 1_000_000_000
HERE, OTHER, HIGHER = (ip_address(f"10.78.0.{n}").packed for n in (5, 1, 9))


@pytest.fixture(scope="session")
def recorded() -> dict[str, Any]:
    """Return adverts that keepalived sent, as hex from the IP header on, by variant."""
    path = Path(__file__).with_name("packets.json")
    return dict(json.loads(path.read_text())["variants"])


def make_router(**changes: Any) -> vrrp.VirtualRouter:
    """Return a virtual router of version 3 with one IPv4 address."""
    plain = vrrp.VirtualRouter("V", 51, "eth0", (vrrp.VirtualAddress(ip_interface("10.78.0.100/24")),), version=3)
    return replace(plain, **changes)


class Driver:
    """Gives events to one router and keeps what came out of the last."""

    def __init__(self, configuration: vrrp.VirtualRouter, source: bytes = HERE) -> None:
        self.router = Router(configuration)
        self.now = 0
        self.effects: list[ev.Effect] = []
        self.timers: dict[vrrp.Timer, ev.SetTimer] = {}
        self.give(ev.InterfaceUp(source))

    def give(self, event: ev.RouterEvent, now: int | None = None) -> list[ev.Effect]:
        """Give an event, at `now` or at the same moment as the last."""
        self.now = self.now if now is None else now
        self.effects = self.router.handle(event, self.now)
        for effect in self.effects:
            if isinstance(effect, ev.SetTimer):
                self.timers[effect.timer] = effect
            elif isinstance(effect, ev.CancelTimer):
                self.timers.pop(effect.timer, None)
        return self.effects

    def fire(self, timer: vrrp.Timer, late: int = 0) -> list[ev.Effect]:
        """Let a timer run out, `late` nanoseconds after it should."""
        due = self.timers[timer]
        return self.give(ev.TimerFired(timer, due.generation), due.due_ns + late)

    def hear(self, priority: int, source: bytes = OTHER, **changes: Any) -> list[ev.Effect]:
        """Let an advert of another router arrive; `changes` are of its configuration."""
        return self.give(ev.PacketReceived(make_advert(self.router.configuration, priority, source, **changes)))

    def until_active(self) -> Driver:
        """Start, and let nobody be heard."""
        self.give(ev.Startup())
        if self.router.state is not vrrp.State.ACTIVE:
            self.fire(vrrp.Timer.ACTIVE_DOWN)
        assert self.router.state is vrrp.State.ACTIVE
        return self

    def of(self, kind: type) -> list[Any]:
        """Return the last effects of this kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


def make_advert(like: vrrp.VirtualRouter, priority: int, source: bytes = OTHER, **changes: Any) -> Datagram:
    """Return an advert that a router of this configuration would send to the multicast group or to `HERE`."""
    sender = replace(like, **changes)
    if sender.unicast:
        sender = replace(sender, unicast=vrrp.Unicast((vrrp.Peer(ip_address(HERE)),)))
    transmission = Transmission(sender)
    transmission.source = source
    _, packet = transmission.packets(priority)[0]
    found = vrrp.packets.ipv4_datagram(packet)
    assert found is not None
    return found


@pytest.fixture
def drive() -> Callable[..., Driver]:
    """Return a maker of drivers: `drive(priority=150)`."""
    return lambda **changes: Driver(make_router(**changes))


@pytest.fixture
def virtual_router() -> Callable[..., vrrp.VirtualRouter]:
    """Return a maker of configurations: `virtual_router(priority=150)`."""
    return make_router


@pytest.fixture
def advert() -> Callable[..., Datagram]:
    """Return a maker of received adverts: `advert(configuration, priority, source, **changes)`."""
    return make_advert
