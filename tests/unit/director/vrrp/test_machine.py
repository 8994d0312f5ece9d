"""Sync groups, and who is told what."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp.events import State, Timer
from standfast.director.vrrp.machine import Machine, To
from standfast.director.vrrp.tracking import Reading

S = 1_000_000_000
HERE = ip_address("10.78.0.5").packed
PLAIN = vrrp.SyncGroup("G")
Maker = Callable[..., Any]


class Pair:
    """Two virtual routers in a sync group."""

    def __init__(self, make: Maker, advert: Maker, group: vrrp.SyncGroup, **changes: Any) -> None:
        self.advert = advert
        second = (vrrp.VirtualAddress(ip_interface("10.79.0.100/24")),)
        a = replace(make(**changes), name="A", sync_group="G")
        b = replace(make(**changes), name="B", sync_group="G", vrid=52, interface="eth1", addresses=second)
        self.machine = Machine(vrrp.Configuration((a, b), (group,)))
        self.now = 0
        self.timers: dict[tuple[str, Timer], ev.SetTimer] = {}
        self.effects: list[Any] = []
        for name in "AB":
            self.give(To(name, ev.InterfaceUp(HERE)))

    def give(self, event: Any) -> list[Any]:
        self.effects = self.machine.handle(event, self.now)
        for effect in self.effects:
            if isinstance(effect, ev.SetTimer):
                self.timers[effect.router, effect.timer] = effect
        states = {router.state for router in self.machine.routers.values()}
        assert states == {State.ACTIVE} or State.ACTIVE not in states, "half active"
        return self.effects

    def fire(self, name: str, timer: Timer) -> None:
        due = self.timers[name, timer]
        self.now = max(self.now, due.due_ns)
        self.give(To(name, ev.TimerFired(timer, due.generation)))

    def hear(self, name: str, priority: int) -> None:
        datagram = self.advert(self.machine.routers[name].configuration, priority)
        self.give(To(name, ev.PacketReceived(datagram)))

    @property
    def states(self) -> set[State]:
        return {router.state for router in self.machine.routers.values()}

    def notified(self) -> list[tuple[str, State, bool]]:
        return [(e.name, e.state, e.of_group) for e in self.effects if isinstance(e, ev.Notify) and not e.quietly]


@pytest.fixture
def pair(virtual_router: Maker, advert: Maker) -> Maker:
    """Return a maker of pairs."""
    return lambda group=PLAIN, **changes: Pair(virtual_router, advert, group, **changes)


def active(pair: Pair) -> Pair:
    pair.give(ev.Startup())
    pair.fire("A", Timer.ACTIVE_DOWN)
    pair.fire("B", Timer.ACTIVE_DOWN)
    assert pair.states == {State.ACTIVE}
    return pair


def test_a_group_waits_for_its_last_member(pair: Maker) -> None:
    """Traffic would come in by one machine and go out by the other."""
    two = pair()
    two.give(ev.Startup())
    two.fire("A", Timer.ACTIVE_DOWN)
    assert two.states == {State.BACKUP}
    two.hear("B", 200)
    two.fire("A", Timer.ACTIVE_DOWN)
    assert two.states == {State.BACKUP}
    two.fire("B", Timer.ACTIVE_DOWN)
    assert two.states == {State.ACTIVE}
    assert two.machine.group_state("G") is State.ACTIVE
    assert ("G", State.ACTIVE, True) in two.notified()


def test_a_member_that_yields_takes_the_others_along(pair: Maker) -> None:
    """The group would be half active."""
    two = active(pair())
    two.hear("A", 200)
    assert two.states == {State.BACKUP}
    assert {effect.router for effect in two.effects if isinstance(effect, ev.RemoveAddresses)} == {"A", "B"}


def test_a_members_fault_is_the_groups(pair: Maker) -> None:
    """The group would be half active when one interface is lost."""
    two = active(pair())
    two.give(To("B", ev.InterfaceDown()))
    assert two.states == {State.FAULT}
    assert two.machine.group_state("G") is State.FAULT
    two.give(To("A", ev.InterfaceDown()))
    two.give(To("B", ev.InterfaceUp(HERE)))
    assert two.states == {State.FAULT}
    two.give(To("A", ev.InterfaceUp(HERE)))
    assert two.states == {State.BACKUP}
    assert two.machine.group_state("G") is State.BACKUP


def test_owners_become_active_together(pair: Maker) -> None:
    """A group of owners would be half active at its start."""
    two = pair(priority=255)
    two.give(ev.Startup())
    assert two.states == {State.ACTIVE}


def test_a_clean_end_says_so_on_every_interface(pair: Maker) -> None:
    """The other machine would get one half at once and the other after seconds."""
    two = active(pair())
    two.give(ev.Shutdown())
    assert two.states == {State.INITIALIZE}
    assert {effect.router for effect in two.effects if isinstance(effect, ev.Send)} == {"A", "B"}


@pytest.mark.parametrize(("weighs", "priority"), [(False, 100), (True, 110)])
def test_a_groups_members_have_no_weights_unless_it_says_so(pair: Maker, weighs: bool, priority: int) -> None:
    """Members would have different priorities, and the group no winner."""
    two = pair(vrrp.SyncGroup("G", tracking_weight=weighs), tracked=(vrrp.Tracked("x", 10),))
    two.give(ev.TrackChanged("x", Reading(True)))
    assert {router.priority for router in two.machine.routers.values()} == {priority}


def test_what_the_group_tracks_holds_every_member(pair: Maker) -> None:
    """`track_script` of a group would do nothing."""
    two = pair(vrrp.SyncGroup("G", tracked=(vrrp.Tracked("x"),)))
    two.give(ev.Startup())
    assert two.states == {State.INITIALIZE}
    two.give(ev.TrackChanged("x", Reading(False)))
    assert two.states == {State.FAULT}
    two.give(ev.TrackChanged("x", Reading(True)))
    assert two.states == {State.BACKUP}


def test_a_groups_own_weights_count(pair: Maker) -> None:
    """`weight` in a group's `track_script` would do nothing."""
    two = pair(vrrp.SyncGroup("G", tracked=(vrrp.Tracked("script:x", -20),)))
    two.give(ev.TrackChanged("script:x", Reading(False)))
    assert {router.priority for router in two.machine.routers.values()} == {80}


def test_a_group_begins_before_its_members_and_follows_them_later(pair: Maker) -> None:
    """A script that waits for the group's word would have it in another order than with keepalived."""
    two = pair()
    two.give(ev.Startup())
    backup = State.BACKUP
    assert two.notified() == [("G", backup, True), ("A", backup, False), ("B", backup, False)]
    two.fire("A", Timer.ACTIVE_DOWN)
    two.fire("B", Timer.ACTIVE_DOWN)
    assert [name for name, _, _ in two.notified()][-1] == "G"
    two.give(ev.Shutdown())
    assert [name for name, _, _ in two.notified()] == ["A", "B", "G"]


def test_any_order_of_events_leaves_the_group_whole(pair: Maker) -> None:
    """Some order of losses and adverts would leave it half active."""
    moves: list[Callable[[Pair], Any]] = [
        lambda p: p.hear("A", 200),
        lambda p: p.hear("B", 0),
        lambda p: p.give(To("A", ev.InterfaceDown())),
        lambda p: p.give(To("A", ev.InterfaceUp(HERE))),
        lambda p: p.give(To("B", ev.InterfaceDown())),
        lambda p: p.give(To("B", ev.InterfaceUp(HERE))),
    ]
    for order in itertools.permutations(moves):
        two = active(pair())
        for move in order:
            move(two)  # `give` asserts it
        for name in "AB":
            two.give(To(name, ev.InterfaceUp(HERE)))
        assert two.states == {State.BACKUP}
