"""A reload: routers go on, come and go."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.checks import Script
from standfast.director.vrrp import changes, succession
from standfast.director.vrrp import events as ev
from standfast.director.vrrp.machine import Machine, To
from standfast.director.vrrp.tracked_things import TrackScript

SOURCE = ip_address("192.0.2.1").packed
S = 1_000_000_000
ONE = vrrp.VirtualRouter("A", 51, "eth0", (vrrp.VirtualAddress(ip_interface("192.0.2.10/24")),), version=3)
TWO = replace(ONE, name="B", vrid=52)


class World:
    """A machine on a wire that carries nothing but what it sends, with its timers."""

    def __init__(self, *routers: vrrp.VirtualRouter, **more: object) -> None:
        self.now = 0
        self.timers: dict[tuple[str, ev.Timer], ev.SetTimer] = {}
        self.sent: list[ev.Send] = []
        self.effects: list[ev.Effect] = []
        self.machine = Machine(vrrp.Configuration(routers, **more))  # type: ignore[arg-type]
        self.begin(*(each.name for each in routers))

    def begin(self, *names: str) -> None:
        """Bring up the interfaces of these routers, and start them."""
        for name in names:
            self.take(self.machine.handle(To(name, ev.InterfaceUp(SOURCE)), self.now))
            self.take(self.machine.handle(To(name, ev.Startup()), self.now))

    def take(self, effects: list[ev.Effect]) -> None:
        """Note what is to be done."""
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, ev.SetTimer):
                self.timers[effect.router, effect.timer] = effect
            elif isinstance(effect, ev.CancelTimer):
                self.timers.pop((effect.router, effect.timer), None)
            elif isinstance(effect, ev.Send):
                self.sent.append(effect)

    def run(self, until: int) -> None:
        """Let time pass."""
        while self.timers and (first := min(self.timers.values(), key=lambda t: t.due_ns)).due_ns <= until:
            del self.timers[first.router, first.timer]
            self.now = first.due_ns
            fired = ev.TimerFired(first.timer, first.generation)
            self.take(self.machine.handle(To(first.router, fired), self.now))
        self.now = until

    def reload(self, *routers: vrrp.VirtualRouter, **more: object) -> vrrp.changes.Changes:
        """Take another configuration as the live part does; return the changes."""
        wanted = vrrp.Configuration(routers, **more)  # type: ignore[arg-type]
        planned = changes.difference(self.machine.configuration, wanted)
        self.effects = []
        self.take(succession.retire(self.machine, planned, self.now))
        self.machine, effects = succession.succeed(self.machine, planned, self.now)
        self.take(effects)
        self.begin(*(each.name for each in planned.added))
        return planned

    def states(self) -> dict[str, ev.State]:
        """Return the routers' states."""
        return {name: router.state for name, router in self.machine.routers.items()}


def test_an_unchanged_router_is_the_same_one() -> None:
    """If this failed, a reload for the sake of one router would disturb all."""
    world = World(ONE, TWO)
    world.run(10 * S)
    before, timers = dict(world.machine.routers), dict(world.timers)
    planned = world.reload(ONE, replace(TWO, priority=90))
    assert planned.kept == (ONE,)
    assert world.machine.routers["A"] is before["A"]
    assert {key: timer for key, timer in world.timers.items() if key[0] == "A"} == {
        key: timer for key, timer in timers.items() if key[0] == "A"
    }
    assert world.states() == {"A": ev.State.ACTIVE, "B": ev.State.ACTIVE}


def test_a_changed_router_misses_no_advert() -> None:
    """If this failed, the other router would take over because of a reload."""
    world = World(ONE)
    world.run(10 * S + S // 2)
    count = len(world.sent)
    world.reload(replace(ONE, priority=150, garp=vrrp.Garp(1, 0), addresses=(*ONE.addresses, _address("192.0.2.11"))))
    assert not [e for e in world.effects if isinstance(e, ev.AddAddresses | ev.RemoveAddresses | ev.Notify)]
    world.run(20 * S + S // 2)
    assert len(world.sent) - count == 10
    assert [send.packet[22] for send in world.sent[count:]] == [150] * 10
    assert world.sent[-1].packet[23] == 2


def test_a_shorter_interval_counts_at_once() -> None:
    """If this failed, a peer that learned of the shorter interval would give up before the next advert came."""
    world = World(replace(ONE, advertisement_interval_cs=4000))
    world.run(200 * S)
    assert world.states() == {"A": ev.State.ACTIVE}
    world.reload(ONE)
    assert world.timers["A", ev.Timer.ADVER].due_ns - world.now <= S


def test_a_removed_router_says_goodbye() -> None:
    """If this failed, its addresses would stay, or the other router would wait for its time to run out."""
    world = World(ONE, TWO)
    world.run(10 * S)
    planned = world.reload(TWO)
    assert planned.removed == (ONE,)
    (goodbye,) = [e for e in world.effects if isinstance(e, ev.Send)]
    assert (goodbye.router, goodbye.packet[22]) == ("A", 0)
    assert ev.RemoveAddresses("A") in world.effects
    assert ev.Notify("A", ev.State.INITIALIZE, 100, deleted=True) in world.effects
    assert ("A", ev.Timer.ADVER) not in world.timers
    assert world.states() == {"B": ev.State.ACTIVE}


def test_a_renamed_router_goes_on() -> None:
    """If this failed, another name in the file would bring a change of the Active Router."""
    world = World(ONE)
    world.run(10 * S)
    planned = world.reload(replace(ONE, name="C"))
    assert changes.renamed(planned) == {"A": "C"}
    assert world.states() == {"C": ev.State.ACTIVE}
    assert {name for name, _ in world.timers} == {"C"}


def test_a_new_virtual_mac_begins_anew() -> None:
    """If this failed, adverts would go on from a device that is not there any more."""
    planned = changes.difference(vrrp.Configuration((ONE,)), vrrp.Configuration((replace(ONE, vmac=vrrp.Vmac()),)))
    assert [new.vmac for _, new in planned.anew] == [vrrp.Vmac()]
    assert changes.lines(planned) == ["! A: begins anew: virtual MAC"]
    through = replace(ONE, ipvlan=vrrp.Ipvlan())
    planned = changes.difference(vrrp.Configuration((ONE,)), vrrp.Configuration((through,)))
    assert changes.lines(planned) == ["! A: begins anew: ipvlan"]


def test_a_group_that_gets_a_new_member_begins_as_backup() -> None:
    """If this failed, half a group would be Active."""
    grouped, other = replace(ONE, sync_group="G"), replace(TWO, sync_group="G")
    world = World(grouped, groups=(vrrp.SyncGroup("G"),))
    world.run(10 * S)
    assert world.states() == {"A": ev.State.ACTIVE}
    world.reload(grouped, other, groups=(vrrp.SyncGroup("G"),))
    assert world.states() == {"A": ev.State.BACKUP, "B": ev.State.BACKUP}
    world.run(20 * S)
    assert world.states() == {"A": ev.State.ACTIVE, "B": ev.State.ACTIVE}


def test_what_is_newly_tracked_counts_as_good() -> None:
    """If this failed, a router would leave its addresses for the time until a new script ran first."""
    world = World(ONE)
    world.run(10 * S)
    script = TrackScript("chk", Script(("true",)))
    world.reload(replace(ONE, tracked=(vrrp.Tracked("script:chk"),)), scripts=(script,))
    assert world.states() == {"A": ev.State.ACTIVE}


def test_a_plan_says_each_change_once() -> None:
    """If this failed, an operator could not see what a reload does before it does."""
    old = vrrp.Configuration((ONE, TWO))
    new = vrrp.Configuration(
        (replace(ONE, priority=7, addresses=(_address("192.0.2.11"),)), replace(ONE, vrid=9, name="N"))
    )
    assert changes.lines(changes.difference(old, new)) == [
        "- B: virtual router 52 on eth0 is given up",
        "~ A: addresses -192.0.2.10/24 +192.0.2.11/24; priority 100 -> 7",
        "+ N: virtual router 9 on eth0, priority 100",
    ]
    assert changes.difference(old, old).is_nothing


def _address(text: str) -> vrrp.VirtualAddress:
    return vrrp.VirtualAddress(ip_interface(f"{text}/24"))


def test_several_routers_of_one_place_are_told_apart() -> None:
    """If this failed, one of two routers that speak to peers of their own would take over the other's state."""

    def unicast(name: str, source: str, priority: int = 100) -> vrrp.VirtualRouter:
        peers = vrrp.Unicast((vrrp.Peer(ip_address("192.0.2.99")),))
        return replace(ONE, name=name, source=ip_address(source), unicast=peers, priority=priority)

    one, two = unicast("A", "192.0.2.1"), unicast("B", "192.0.2.3")
    swapped = (unicast("B", "192.0.2.3", 7), unicast("A", "192.0.2.1", 8))
    found = changes.difference(vrrp.Configuration((one, two)), vrrp.Configuration(swapped))
    assert {(old.name, new.name) for old, new in found.adjusted} == {("A", "A"), ("B", "B")}
    found = changes.difference(vrrp.Configuration((one, two)), vrrp.Configuration((two,)))
    assert (found.removed, found.kept) == ((one,), (two,))


def test_states_that_stay_are_told_if_that_is_wanted() -> None:
    """Who reads the FIFO would not know what is so after a reload, or be told of what it did not ask for."""
    world = World(ONE)
    world.run(10 * S)
    plain = changes.difference(vrrp.Configuration((ONE,)), vrrp.Configuration((ONE, TWO)))
    assert succession.told_again(world.machine, plain) == []
    wanted = replace(plain, after=replace(plain.after, telling=vrrp.Telling(fifos_after_reload=True)))
    assert succession.told_again(world.machine, wanted) == [ev.Notify("A", ev.State.ACTIVE, 100, to_fifos_only=True)]
