"""RFC 9568 §6.4 and RFC 3768 §6.4, state by state; then what keepalived does otherwise."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.events import Level
from standfast.director.vrrp import events as ev
from standfast.director.vrrp import packets
from standfast.director.vrrp.events import State, Timer
from standfast.director.vrrp.reception import Drop
from standfast.director.vrrp.tracking import Reading
from standfast.director.vrrp.transmission import Transmission

CS, MS, S = 10_000_000, 1_000_000, 1_000_000_000
LOWER, HERE, HIGHER = (ip_address(f"10.78.0.{n}").packed for n in (1, 5, 9))
Drive = Callable[..., Any]


def sent(driver: Any) -> list[int]:
    """Return the priorities of the adverts that went out last."""
    found = []
    for effect in driver.of(ev.Send):
        datagram = packets.ipv4_datagram(effect.packet)
        assert datagram is not None
        found.append(datagram.payload[2])
    return found


def backup(driver: Any) -> Any:
    driver.give(ev.Startup())
    assert driver.router.state is State.BACKUP
    return driver


# -- §6.4.1 {Initialize}


def test_6_4_1_the_owner_is_active_at_once(drive: Drive) -> None:
    """Its own addresses would be nobody's for seconds."""
    driver = drive(priority=255)
    driver.give(ev.Startup())
    assert driver.router.state is State.ACTIVE
    kinds = [type(effect) for effect in driver.effects if not isinstance(effect, ev.CancelTimer)]
    assert kinds[:4] == [ev.Send, ev.SetTimer, ev.AddAddresses, ev.GratuitousArp]
    assert sent(driver) == [255]
    assert driver.timers[Timer.ADVER].due_ns == S


def test_6_4_1_others_wait_the_active_down_interval(drive: Drive) -> None:
    """Every start would take the address from the Active Router."""
    driver = backup(drive(priority=100))
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == 3 * S + 156 * S // 256
    assert not driver.of(ev.Send)


def test_6_1_skew_time_is_not_rounded(drive: Drive) -> None:
    """With short intervals Backups of different priority would be Active in the same hundredth of a second."""
    near, far = (backup(drive(priority=p, advertisement_interval_cs=1)) for p in (101, 100))
    assert near.timers[Timer.ACTIVE_DOWN].due_ns == 3 * CS + 155 * CS // 256
    assert far.timers[Timer.ACTIVE_DOWN].due_ns - near.timers[Timer.ACTIVE_DOWN].due_ns == pytest.approx(
        CS / 256, abs=1
    )


def test_rfc3768_6_1_skew_time_does_not_follow_the_interval(drive: Drive) -> None:
    """Backups of version 2 would take over later than others expect."""
    driver = backup(drive(version=2, advertisement_interval_cs=500, priority=128))
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == 15 * S + S // 2


# -- §6.4.2 {Backup}


def test_6_4_2_shutdown(drive: Drive) -> None:
    """A stopped Backup would announce that the Active Router is gone."""
    driver = backup(drive())
    driver.give(ev.Shutdown())
    assert driver.router.state is State.INITIALIZE
    assert not driver.of(ev.Send)
    assert not driver.timers


def test_6_4_2_the_active_down_timer(drive: Drive) -> None:
    """Nobody would take over from a dead Active Router."""
    driver = backup(drive())
    driver.fire(Timer.ACTIVE_DOWN)
    assert driver.router.state is State.ACTIVE
    assert sent(driver) == [100]
    assert driver.of(ev.AddAddresses)
    assert driver.of(ev.GratuitousArp)[0].repeat == 5
    assert driver.timers[Timer.ADVER].due_ns == driver.now + S


def test_6_4_2_priority_0_shortens_the_wait_to_the_skew_time(drive: Drive) -> None:
    """A clean stop would cost as long as a crash."""
    driver = backup(drive())
    driver.now = S
    driver.hear(0)
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == S + 156 * S // 256


@pytest.mark.parametrize("priority", [100, 101, 255])
def test_6_4_2_an_advert_of_at_least_our_priority_is_obeyed(drive: Drive, priority: int) -> None:
    """Equals would take the address from each other."""
    driver = backup(drive())
    driver.now = S
    driver.hear(priority)
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == 4 * S + 156 * S // 256
    assert driver.router.active_source == LOWER


def test_6_4_2_the_interval_is_learned(drive: Drive) -> None:
    """A Backup with a shorter interval would take over from a live Active Router."""
    driver = backup(drive())
    driver.hear(200, advertisement_interval_cs=500)
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == 15 * S + 156 * 5 * S // 256
    driver.fire(Timer.ACTIVE_DOWN)
    assert driver.timers[Timer.ADVER].due_ns == driver.now + S


def test_6_4_2_a_lower_advert_is_discarded_with_preempt(drive: Drive) -> None:
    """The better router would never take over."""
    driver = backup(drive())
    due = driver.timers[Timer.ACTIVE_DOWN]
    driver.now = S
    driver.hear(99)
    assert driver.effects == []
    assert driver.timers[Timer.ACTIVE_DOWN] == due


def test_6_4_2_a_lower_advert_is_obeyed_without_preempt(drive: Drive) -> None:
    """A returning router would take the address back against its configuration."""
    driver = backup(drive(preempt=False))
    driver.now = S
    driver.hear(99)
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == 4 * S + 156 * S // 256


def test_6_1_the_owner_preempts_whatever_is_configured(drive: Drive) -> None:
    """An address's owner would stay Backup."""
    driver = drive(priority=255, preempt=False).until_active()
    driver.hear(254, HIGHER)
    assert driver.router.state is State.ACTIVE


# -- §6.4.3 {Active}


def test_6_4_3_shutdown(drive: Drive) -> None:
    """The Backups would wait for the Active_Down_Interval."""
    driver = drive().until_active()
    driver.give(ev.Shutdown())
    assert sent(driver) == [0]
    kinds = [type(effect) for effect in driver.effects]
    assert kinds.index(ev.Send) < kinds.index(ev.RemoveAddresses)
    assert not driver.timers


def test_6_4_3_a_goodbye_at_hand_is_that_of_a_shutdown(drive: Drive) -> None:
    """A router that is ended would say another thing at once than it says in peace, or speak though it is a Backup."""
    driver = drive()
    driver.give(ev.Startup())
    assert not driver.router.goodbye()
    driver.until_active()
    at_hand = driver.router.goodbye()
    driver.give(ev.Shutdown())
    assert [(effect.destination, effect.packet) for effect in driver.of(ev.Send)] == at_hand
    assert not driver.router.goodbye()


def test_6_4_3_who_slept_says_no_goodbye(drive: Drive) -> None:
    """The one that took over meanwhile would be taken for gone."""
    driver = drive().until_active()
    driver.fire(Timer.ADVER, late=5 * S)
    assert not driver.router.goodbye()


def test_6_4_3_the_adver_timer(drive: Drive) -> None:
    """The Backups would take over from a live router; or late adverts would move all later ones."""
    driver = drive().until_active()
    due = driver.timers[Timer.ADVER].due_ns
    driver.fire(Timer.ADVER, late=3 * MS)
    assert sent(driver) == [100]
    assert driver.timers[Timer.ADVER].due_ns == due + S


def test_6_4_3_priority_0_is_answered(drive: Drive) -> None:
    """Other Backups that heard it would take over from us."""
    driver = drive().until_active()
    driver.hear(0)
    assert sent(driver) == [100]
    assert driver.timers[Timer.ADVER].due_ns == driver.now + S


def test_6_4_3_a_higher_priority_wins(drive: Drive) -> None:
    """Two would be Active."""
    driver = drive().until_active()
    driver.hear(101, advertisement_interval_cs=200)
    assert driver.router.state is State.BACKUP
    assert driver.of(ev.RemoveAddresses)
    assert not driver.of(ev.Send)
    assert Timer.ADVER not in driver.timers
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == driver.now + 6 * S + 156 * 2 * S // 256


@pytest.mark.parametrize(("source", "state"), [(LOWER, State.ACTIVE), (HIGHER, State.BACKUP)])
def test_6_4_3_between_equals_the_higher_address_wins(drive: Drive, source: bytes, state: State) -> None:
    """Both or neither would yield."""
    driver = drive().until_active()
    driver.hear(100, source)
    assert driver.router.state is state


def test_6_4_3_addresses_are_compared_as_unsigned_numbers(drive: Drive) -> None:
    """10.78.0.200 would be below 10.78.0.5."""
    driver = drive().until_active()
    driver.hear(100, ip_address("200.0.0.1").packed)
    assert driver.router.state is State.BACKUP


def test_6_4_3_a_lower_priority_is_answered_at_once(drive: Drive) -> None:
    """A rival would stay Active until our next advert, and switches would send frames to it for longer."""
    driver = drive().until_active()
    driver.now += S // 2
    driver.hear(99, HIGHER)
    assert driver.router.state is State.ACTIVE
    assert sent(driver) == [100]


# -- what keepalived does otherwise, and what we do


@pytest.mark.parametrize("silent", [{"lower_priority_advert": False}, {"strict": True}])
def test_a_rival_is_not_answered_where_that_is_asked(drive: Drive, silent: dict[str, Any]) -> None:
    """`lower_prio_no_advert` would do nothing."""
    driver = drive(**silent).until_active()
    driver.hear(99)
    assert not driver.of(ev.Send)


def test_the_winner_tells_the_neighbours_unasked(drive: Drive) -> None:
    """After a split brain the neighbours would go on sending to the loser."""
    driver = drive(garp=vrrp.Garp(delay_ms=0, lower_priority_delay_ms=2000)).until_active()
    driver.now += 2 * S
    driver.hear(99)
    assert driver.of(ev.GratuitousArp)
    driver.now += S // 10
    driver.hear(99)
    assert not driver.of(ev.GratuitousArp), "not more often than adverts go"
    assert driver.timers[Timer.GARP_DELAY].due_ns == driver.now + 2 * S
    driver.fire(Timer.GARP_DELAY)
    assert driver.of(ev.GratuitousArp)[0].repeat == 5


def test_neighbours_are_told_again_later_and_regularly(drive: Drive) -> None:
    """A switch that was still learning would never hear it."""
    driver = drive(garp=vrrp.Garp(repeat=2, delay_ms=1000, refresh_ms=60_000, refresh_repeat=3)).until_active()
    started = driver.now
    driver.fire(Timer.GARP_DELAY)
    assert driver.now == started + S
    assert driver.of(ev.GratuitousArp)[0].repeat == 2
    driver.timers.pop(Timer.ADVER)
    refresh = driver.timers[Timer.GARP_REFRESH]
    assert refresh.due_ns == started + 60 * S


def test_one_of_two_owners_gives_way(drive: Drive) -> None:
    """Two owners would fight for ever."""
    driver = drive(priority=255).until_active()
    driver.hear(255, HIGHER)
    assert driver.router.state is State.BACKUP
    assert driver.router.priority == 254
    assert any(log.level is Level.ERROR for log in driver.of(ev.Log))


def test_a_last_advert_goes_to_a_higher_one_where_asked(drive: Drive) -> None:
    """`higher_prio_send_advert` would do nothing."""
    driver = drive(higher_priority_advert=True).until_active()
    driver.hear(200)
    assert sent(driver) == [100]
    assert driver.router.state is State.BACKUP


def test_who_yields_probes_and_who_is_probed_tells_the_neighbours(drive: Drive) -> None:
    """After a partition the winner would not know that the neighbours heard another."""
    loser = drive().until_active()
    loser.hear(200)
    kinds = [type(effect) for effect in loser.effects]
    assert kinds.index(ev.RemoveAddresses) < kinds.index(ev.Probe)
    assert not loser.of(ev.Send)
    winner = drive().until_active()
    winner.give(ev.AddressProbed())
    assert not winner.of(ev.GratuitousArp), "it has just told them"
    winner.give(ev.AddressProbed(), winner.now + 2 * S)
    assert winner.of(ev.GratuitousArp)
    loser.give(ev.AddressProbed(), loser.now + 2 * S)
    assert loser.effects == []


def test_preempt_delay_counts_from_the_first_lower_advert(drive: Drive) -> None:
    """A router that has just booted would take the address before its routes are there."""
    driver = backup(drive(preempt_delay_ms=5000))
    for second in range(5):
        driver.now = second * S
        driver.hear(50)
        assert driver.timers[Timer.ACTIVE_DOWN].due_ns > driver.now + 3 * S
    before = driver.timers[Timer.ACTIVE_DOWN]
    driver.now = 5 * S
    driver.hear(50)
    assert driver.timers[Timer.ACTIVE_DOWN] == before


def test_down_timer_adverts(drive: Drive) -> None:
    """A lossy link could not be allowed for."""
    driver = backup(drive(down_timer_adverts=5, priority=254))
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns == 5 * S + 2 * S // 256


def test_a_peers_old_checksum_is_learned(drive: Drive) -> None:
    """An old keepalived would not accept our adverts, and both would be Active."""
    peers = vrrp.Unicast((vrrp.Peer(ip_address(LOWER)),))
    driver = backup(drive(unicast=peers))
    driver.hear(50, old_unicast_checksum=True)
    driver.fire(Timer.ACTIVE_DOWN)
    old = Transmission(driver.router.configuration)
    old.source = HERE
    old.learn_group_checksum()
    assert driver.of(ev.Send)[0].packet == old.packets(100)[0][1]


def test_a_restarted_peers_sequence_is_taken_when_it_was_given_up(drive: Drive) -> None:
    """With AH a router that restarts and counts from 1 would be ignored for as long as it was up before."""
    key = vrrp.Authentication(vrrp.AuthType.AH, b"secret")
    driver = backup(drive(version=2, authentication=key))
    driver.hear(200)
    assert driver.router.counts["received"] == 1
    driver.hear(200)
    assert driver.router.dropped[Drop.AUTH_SEQUENCE] == 1
    driver.fire(Timer.ACTIVE_DOWN)
    driver.hear(200)
    assert driver.router.state is State.BACKUP


def test_a_drop_is_told_once(drive: Drive) -> None:
    """The log would hold a line a second for ever; or nothing about a pair that cannot agree."""
    driver = backup(drive())
    driver.hear(100, version=2)
    assert len(driver.of(ev.Log)) == 1
    driver.hear(100, version=2)
    assert driver.of(ev.Log) == []
    assert driver.router.dropped[Drop.VERSION] == 2


# -- faults and tracking


def test_a_lost_interface_is_a_fault(drive: Drive) -> None:
    """A router that nobody hears would keep the addresses."""
    driver = drive().until_active()
    driver.give(ev.InterfaceDown())
    assert driver.router.state is State.FAULT
    assert driver.of(ev.RemoveAddresses)
    assert sent(driver) == [0]
    driver.hear(200)
    assert driver.effects == []
    driver.give(ev.InterfaceUp(HERE))
    assert driver.router.state is State.BACKUP


def test_an_interface_that_is_not_tracked_is_no_fault(drive: Drive) -> None:
    """`dont_track_primary` would do nothing."""
    driver = drive(track_interface=False).until_active()
    driver.give(ev.InterfaceDown())
    assert driver.router.state is State.ACTIVE


def test_what_is_tracked_and_was_never_read_holds_it_quietly(drive: Drive) -> None:
    """A router would become Active before its script has run, or everybody would be told of a fault at each start."""
    driver = drive(tracked=(vrrp.Tracked("script"),))
    driver.give(ev.Startup())
    assert driver.router.state is State.INITIALIZE
    assert driver.effects == []
    driver.give(ev.TrackChanged("script", Reading(True)))
    assert driver.router.state is State.BACKUP
    driver.give(ev.TrackChanged("script", Reading(False)))
    assert driver.router.state is State.FAULT
    assert "script" in driver.of(ev.Log)[0].text


def test_weights_move_the_priority(drive: Drive) -> None:
    """A router whose upstream is gone would keep the addresses."""
    driver = drive(tracked=(vrrp.Tracked("up", -60),))
    driver.give(ev.TrackChanged("up", Reading(True)))
    driver.until_active()
    driver.give(ev.TrackChanged("up", Reading(False)))
    assert driver.router.priority == 40
    driver.hear(50)
    assert driver.router.state is State.BACKUP


def test_a_script_that_fails_at_the_start_is_a_fault_that_is_told(drive: Drive) -> None:
    """Nobody would learn that a machine cannot take part."""
    driver = drive(tracked=(vrrp.Tracked("script"),))
    driver.give(ev.Startup())
    driver.give(ev.TrackChanged("script", Reading(False)))
    assert driver.of(ev.Notify) == [ev.Notify("V", State.FAULT, 100)]


def test_a_weight_that_was_never_read_holds_nobody(drive: Drive) -> None:
    """A router whose check is slow would not take part, though it may with less priority."""
    driver = drive(tracked=(vrrp.Tracked("script", 20),))
    driver.give(ev.Startup())
    assert driver.router.state is State.BACKUP
    assert driver.router.priority == 100


def test_another_priority_is_told_and_moves_the_skew(drive: Drive) -> None:
    """The better of two Backups would not be the first to take over."""
    driver = drive(tracked=(vrrp.Tracked("up", -60),))
    driver.give(ev.Startup())
    before_ns = driver.timers[Timer.ACTIVE_DOWN].due_ns
    driver.give(ev.TrackChanged("up", Reading(False)))
    assert driver.of(ev.PriorityChanged) == [ev.PriorityChanged("V", active=False, priority=40)]
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns - before_ns == pytest.approx(60 * S / 256, abs=2)
    driver.fire(Timer.ACTIVE_DOWN)
    driver.give(ev.TrackChanged("up", Reading(True)))
    assert driver.of(ev.PriorityChanged) == [ev.PriorityChanged("V", active=True, priority=100)]
    assert driver.of(ev.SetTimer) == []


def test_a_lower_rival_is_told(drive: Drive) -> None:
    """What a rival's script took in a cloud would not be taken back: `notify_master_rx_lower_pri`."""
    driver = drive().until_active()
    driver.hear(50)
    assert driver.of(ev.LowerHeard) == [ev.LowerHeard("V", 100)]


# -- our own sleep


def test_a_sleeping_active_router_listens_before_it_speaks(drive: Drive) -> None:
    """Whoever took over meanwhile would be thrown out, or the neighbours told that we are it."""
    driver = drive().until_active()
    driver.fire(Timer.ADVER, late=10 * S)
    assert not driver.of(ev.Send)
    assert driver.of(ev.ReadQueue)
    driver.hear(150)
    assert driver.router.state is State.BACKUP
    driver.give(ev.QueueRead())
    assert not driver.of(ev.Send)
    assert not driver.of(ev.GratuitousArp)


def test_a_sleeper_that_was_not_given_up_sends_one_advert(drive: Drive) -> None:
    """Every advert that waited in its socket would be answered: a burst."""
    driver = drive(garp=vrrp.Garp(delay_ms=1000)).until_active()
    driver.fire(Timer.GARP_DELAY, late=10 * S)
    assert not driver.of(ev.GratuitousArp)
    for _ in range(9):
        driver.hear(50)
        assert not driver.of(ev.Send)
        assert not driver.of(ev.GratuitousArp)
    driver.give(ev.QueueRead())
    assert sent(driver) == [100]
    assert len(driver.of(ev.GratuitousArp)) == 1
    assert driver.timers[Timer.ADVER].due_ns == driver.now + S


def test_a_sleeper_without_preempt_leaves_it_to_who_took_over(drive: Drive) -> None:
    """The addresses would move back against the configuration."""
    driver = drive(preempt=False).until_active()
    driver.fire(Timer.ADVER, late=10 * S)
    driver.hear(50)
    driver.give(ev.QueueRead())
    assert driver.router.state is State.BACKUP
    assert not driver.of(ev.Send)


def test_a_sleeping_backup_listens_before_it_takes_over(drive: Drive) -> None:
    """A frozen Backup would be Active for a moment each time it wakes."""
    driver = backup(drive())
    driver.fire(Timer.ACTIVE_DOWN, late=10 * S)
    assert driver.router.state is State.BACKUP
    driver.hear(150)
    driver.give(ev.QueueRead())
    assert driver.router.state is State.BACKUP
    assert driver.timers[Timer.ACTIVE_DOWN].due_ns > driver.now + 3 * S


def test_a_sleeping_backup_takes_over_if_nobody_was_heard(drive: Drive) -> None:
    """After a sleep nobody would be Active."""
    driver = backup(drive())
    driver.fire(Timer.ACTIVE_DOWN, late=10 * S)
    driver.give(ev.QueueRead())
    assert driver.router.state is State.ACTIVE
    assert sent(driver) == [100]


def test_a_timer_that_was_replaced_says_nothing(drive: Drive) -> None:
    """A Backup would take over although it has just heard an advert."""
    driver = backup(drive())
    old = driver.timers[Timer.ACTIVE_DOWN]
    driver.now = S
    driver.hear(150)
    driver.give(ev.TimerFired(Timer.ACTIVE_DOWN, old.generation), old.due_ns)
    assert driver.router.state is State.BACKUP


def test_virtual_macs_elsewhere_are_told_again_and_again(drive: Drive) -> None:
    """A switch forgets a MAC that says nothing for minutes, and floods all its ports."""
    address = vrrp.VirtualAddress(ip_interface("192.0.2.9/24"), "eth1", vmac="v1")
    garp = vrrp.Garp(extra_ms=1000)
    driver = drive(excluded_addresses=(address,), garp=garp).until_active()
    for _ in range(3):
        driver.fire(vrrp.Timer.ADVER)
        driver.fire(vrrp.Timer.GARP_EXTRA)
        assert driver.of(ev.ArpElsewhere) == [ev.ArpElsewhere("V")]
    driver.give(ev.Shutdown())
    assert vrrp.Timer.GARP_EXTRA not in driver.timers
    assert vrrp.Timer.GARP_EXTRA not in drive(garp=garp).until_active().timers


def test_a_lost_source_is_a_fault_whatever_the_interface_is(drive: Drive) -> None:
    """Adverts from an address that is not ours any more, or none: two would be Active."""
    driver = drive(track_interface=False, track_source=True).until_active()
    driver.give(ev.InterfaceDown())
    assert driver.router.state is State.ACTIVE
    driver.give(ev.InterfaceDown(lost_source=True))
    assert driver.router.state is State.FAULT
    driver.give(ev.InterfaceUp(HERE))
    assert driver.router.state is State.BACKUP
