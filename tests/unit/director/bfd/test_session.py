"""RFC 5880 §6, by section: what one session does."""

from __future__ import annotations

from typing import Any

import pytest

from standfast.director import bfd
from standfast.director.bfd import events as ev
from standfast.director.bfd.reception import Drop

State, Timer, Diagnostic = bfd.State, bfd.Timer, bfd.Diagnostic
Driver = Any


def test_6_1_passive_role_is_silent_until_it_hears(driver: type[Driver]) -> None:
    """A passive router would begin sessions that it was told to wait for."""
    d = driver(passive=True)
    d.give(ev.Startup())
    assert d.sent == []
    assert Timer.TRANSMIT not in d.due
    d.hear(State.DOWN, your_discriminator=0)
    assert [packet.state for packet in d.sent] == [State.INIT]
    assert Timer.TRANSMIT in d.due


def test_6_1_active_role_speaks_first(driver: type[Driver]) -> None:
    """Two neighbours would wait for each other."""
    d = driver()
    d.give(ev.Startup())
    assert [(packet.state, packet.your_discriminator) for packet in d.sent] == [(State.DOWN, 0)]


TRANSITIONS = [
    (State.DOWN, State.ADMIN_DOWN, State.DOWN),
    (State.DOWN, State.DOWN, State.INIT),
    (State.DOWN, State.INIT, State.UP),
    (State.DOWN, State.UP, State.DOWN),
    (State.INIT, State.ADMIN_DOWN, State.DOWN),
    (State.INIT, State.DOWN, State.INIT),
    (State.INIT, State.INIT, State.UP),
    (State.INIT, State.UP, State.UP),
    (State.UP, State.ADMIN_DOWN, State.DOWN),
    (State.UP, State.DOWN, State.DOWN),
    (State.UP, State.INIT, State.UP),
    (State.UP, State.UP, State.UP),
]


@pytest.mark.parametrize(("before", "heard", "after"), TRANSITIONS)
def test_6_2_state_machine(driver: type[Driver], before: State, heard: State, after: State) -> None:
    """Both ends would never agree whether the path is there."""
    d = driver()
    d.give(ev.Startup())
    if before in (State.INIT, State.UP):
        d.hear(State.DOWN, your_discriminator=0)
    if before is State.UP:
        d.hear(State.INIT)
    assert d.session.state is before
    d.hear(heard)
    assert d.session.state is after


def test_6_5_poll_until_final(driver: type[Driver]) -> None:
    """The neighbour would not know for certain that we are fast now."""
    d = driver()
    d.give(ev.Startup())
    d.hear(State.DOWN, your_discriminator=0)
    d.hear(State.INIT)
    assert [packet.poll for packet in d.sent] == [True]
    d.fire(Timer.TRANSMIT)
    assert [packet.poll for packet in d.sent] == [True]
    d.hear(State.UP, final=True)
    d.fire(Timer.TRANSMIT)
    assert [packet.poll for packet in d.sent] == [False]


def test_6_5_never_poll_and_final(driver: type[Driver]) -> None:
    """keepalived discards a packet with both."""
    d = driver()
    d.give(ev.Startup())
    d.hear(State.DOWN, your_discriminator=0)
    d.hear(State.INIT, poll=True)
    assert [(packet.poll, packet.final) for packet in d.sent] == [(False, True)]
    d.fire(Timer.TRANSMIT)
    assert [(packet.poll, packet.final) for packet in d.sent] == [(True, False)]


def test_6_8_1_remote_discriminator_is_forgotten(driver: type[Driver]) -> None:
    """A neighbour that began anew would get packets for its former life."""
    d = driver()
    d.come_up()
    while d.session.state is State.UP:
        d.fire(Timer.DETECT)
    assert [packet.your_discriminator for packet in d.sent] == [0]


def test_6_8_3_slow_while_not_up(driver: type[Driver]) -> None:
    """A neighbour that is gone would be flooded with a hundred packets a second."""
    d = driver(min_tx_us=10_000)
    d.give(ev.Startup())
    assert [packet.desired_min_tx_us for packet in d.sent] == [1_000_000]
    assert 750_000 <= d.wait_us(Timer.TRANSMIT) <= 1_000_000
    d.come_up()
    d.fire(Timer.TRANSMIT)
    assert [packet.desired_min_tx_us for packet in d.sent] == [10_000]
    assert 7_500 <= d.wait_us(Timer.TRANSMIT) <= 10_000


def test_6_8_3_reduction_of_the_neighbour_counts_at_once(driver: type[Driver]) -> None:
    """The neighbour would miss our packets for as long as the old interval was."""
    d = driver()
    d.come_up()
    d.hear(State.UP, required_min_rx_us=5_000_000)
    d.fire(Timer.TRANSMIT)
    assert d.wait_us(Timer.TRANSMIT) > 3_000_000
    d.hear(State.UP, required_min_rx_us=10_000)
    assert d.wait_us(Timer.TRANSMIT) <= 10_000


def test_6_8_4_detection_time(driver: type[Driver]) -> None:
    """A dead path would be taken for alive, or a living one for dead."""
    d = driver(min_rx_us=20_000)
    d.come_up()
    assert d.session.detection_time_us == 3 * 20_000  # the neighbour's multiplier, the slower of both intervals
    d.fire(Timer.DETECT)
    while d.session.state is State.UP:
        d.fire(Timer.DETECT)
    assert d.now_ns - d.session.heard_ns == 60_000_000
    assert d.session.diagnostic is Diagnostic.TIME_EXPIRED
    assert d.told == [False]
    assert [(packet.state, packet.diagnostic) for packet in d.sent] == [(State.DOWN, 1)]


def test_whoever_slept_looks_once_more(driver: type[Driver]) -> None:
    """After a pause of the whole machine every neighbour would be taken for dead before its packets are there."""
    d = driver()
    d.come_up()
    d.now_ns = d.due[Timer.DETECT][0] + 20_000_000
    d.fire(Timer.DETECT)
    assert d.session.state is State.UP
    assert d.wait_us(Timer.DETECT) == 10_000
    d.hear(State.UP)
    while d.session.state is State.UP:
        d.now_ns = d.due[Timer.DETECT][0] + 20_000_000
        d.fire(Timer.DETECT)
    assert d.session.counts["slept"] == 2, "only once in a row"


def test_6_8_4_each_packet_counts(driver: type[Driver]) -> None:
    """A session would go down although its neighbour speaks."""
    d = driver()
    d.come_up()
    for _ in range(20):
        d.now_ns += 29_000_000
        d.hear(State.UP)
        if d.due[Timer.DETECT][0] <= d.now_ns:
            d.fire(Timer.DETECT)
    assert d.session.state is State.UP
    assert d.wait_us(Timer.DETECT) <= 30_000


def test_6_8_4_shorter_detection_counts_at_once(driver: type[Driver]) -> None:
    """The detection time of the slow start would still hold when the neighbour is fast."""
    d = driver()
    d.give(ev.Startup())
    d.hear(State.DOWN, your_discriminator=0, desired_min_tx_us=1_000_000)
    assert d.wait_us(Timer.DETECT) == 3_000_000
    d.hear(State.UP)
    assert d.wait_us(Timer.DETECT) == 30_000


def test_6_8_6_ttl(driver: type[Driver]) -> None:
    """Somebody behind a router could hold a dead session up. RFC 5881 §5."""
    d = driver()
    d.give(ev.Startup())
    d.hear(State.DOWN, ttl=254, your_discriminator=0)
    assert d.session.state is State.DOWN
    assert d.session.dropped == {Drop.TTL: 1}


@pytest.mark.parametrize(
    ("changes", "ttl", "taken"),
    [
        ({"max_hops": 2}, 253, True),
        ({"max_hops": 2}, 252, False),
        ({"max_hops": -1}, 1, True),
        ({"ttl": 64}, 64, True),
        ({"ttl": 64}, 63, False),
    ],
)
def test_ttl_as_keepalived_has_it(driver: type[Driver], changes: dict[str, int], ttl: int, taken: bool) -> None:
    """A neighbour a few hops away, or keepalived on IPv6, would be deaf or spoofed."""
    d = driver(**changes)
    d.give(ev.Startup())
    d.hear(State.DOWN, ttl=ttl, your_discriminator=0)
    assert (d.session.state is State.INIT) is taken


def test_6_8_6_authentication(driver: type[Driver]) -> None:
    """A digest that nobody checks would look like one that was."""
    d = driver()
    d.give(ev.Startup())
    d.hear(State.DOWN, authenticated=True, your_discriminator=0)
    assert d.session.dropped == {Drop.AUTHENTICATION: 1}
    assert d.session.state is State.DOWN


def test_drops_are_logged_once(driver: type[Driver]) -> None:
    """A flood of bad packets would fill the log."""
    d = driver()
    d.give(ev.Startup())
    lines = [d.hear(State.DOWN, ttl=1, your_discriminator=0) for _ in range(3)]
    assert [len(effects) for effects in lines] == [1, 0, 0]
    assert d.session.dropped[Drop.TTL] == 3


def test_6_8_6_neighbour_signals_down(driver: type[Driver]) -> None:
    """What the neighbour found out first would not reach our followers."""
    d = driver()
    d.come_up()
    d.hear(State.DOWN, diagnostic=1)
    assert d.session.diagnostic is Diagnostic.NEIGHBOR_SIGNALED_DOWN
    assert d.told == [False]


def test_5882_3_2_admin_down_is_no_failure(driver: type[Driver]) -> None:
    """Whoever takes a session out of service for a while would take the service out too. RFC 5882 §3.2."""
    d = driver()
    d.come_up()
    d.hear(State.ADMIN_DOWN)
    assert d.session.state is State.DOWN
    assert d.told == []
    assert d.session.is_up


def test_6_8_6_final_is_sent_at_once(driver: type[Driver]) -> None:
    """The neighbour's Poll Sequence would not end, whatever state we are in."""
    d = driver()
    d.come_up()
    before = dict(d.due)
    d.hear(State.UP, poll=True)
    assert [(packet.final, packet.state) for packet in d.sent] == [(True, State.UP)]
    assert d.due[Timer.TRANSMIT] == before[Timer.TRANSMIT]  # the rhythm stays


def test_6_8_7_change_is_told_at_once(driver: type[Driver]) -> None:
    """Coming up would take as many seconds as there are states."""
    d = driver()
    d.give(ev.Startup())
    d.hear(State.DOWN, your_discriminator=0)
    assert [packet.state for packet in d.sent] == [State.INIT]
    d.hear(State.INIT)
    assert [packet.state for packet in d.sent] == [State.UP]


def test_6_8_7_passive_role_stops_when_nobody_is_there(driver: type[Driver]) -> None:
    """A passive router would go on calling somebody who is gone."""
    d = driver(passive=True)
    d.come_up()
    while d.session.state is State.UP:
        d.fire(Timer.DETECT)
    assert d.sent == []
    assert Timer.TRANSMIT not in d.due


def test_6_8_7_nothing_periodic_for_whoever_wants_none(driver: type[Driver]) -> None:
    """A neighbour that asked for silence would not get it, but must get its Final."""
    d = driver()
    d.come_up()
    d.hear(State.UP, required_min_rx_us=0)
    assert Timer.TRANSMIT not in d.due
    d.hear(State.UP, required_min_rx_us=0, poll=True)
    assert [packet.final for packet in d.sent] == [True]


def test_6_8_7_demand_mode_of_the_neighbour(driver: type[Driver]) -> None:
    """A neighbour in Demand mode would be sent what it asked not to get."""
    d = driver()
    d.come_up()
    d.hear(State.UP, demand=True)
    assert Timer.TRANSMIT not in d.due
    d.hear(State.UP, demand=False)
    assert Timer.TRANSMIT in d.due


def test_6_8_16_disable_and_enable(driver: type[Driver]) -> None:
    """A session that is held down would come up by the next packet."""
    d = driver()
    d.come_up()
    d.give(ev.Disable())
    assert [(packet.state, packet.diagnostic) for packet in d.sent] == [(State.ADMIN_DOWN, 7)]
    assert d.told == []
    d.hear(State.INIT)
    assert d.session.state is State.ADMIN_DOWN
    assert d.session.dropped == {Drop.ADMIN_DOWN: 1}
    d.give(ev.Enable())
    d.hear(State.DOWN)
    assert d.session.state is State.INIT


def test_end_of_the_speaker_is_a_failure(driver: type[Driver]) -> None:
    """Whoever follows our services would learn of our stop only after the detection time."""
    d = driver()
    d.come_up()
    d.give(ev.Shutdown())
    assert [(packet.state, packet.diagnostic) for packet in d.sent] == [(State.DOWN, 7)]
    assert d.due == {}


def test_removal_of_a_session_is_none(driver: type[Driver]) -> None:
    """Whoever takes a bfd_instance out of the file would cause a takeover at the neighbour."""
    d = driver()
    d.come_up()
    d.give(ev.Removed())
    assert [packet.state for packet in d.sent] == [State.ADMIN_DOWN]
    assert d.due == {}


def test_followers_are_told_at_the_start(driver: type[Driver]) -> None:
    """A check would stay up on a session that never was."""
    d = driver()
    d.give(ev.Startup())
    assert d.told == [False]
    d.hear(State.DOWN, your_discriminator=0)
    assert d.told == []
    d.hear(State.INIT)
    assert d.told == [True]


def test_old_timers_do_nothing(driver: type[Driver]) -> None:
    """A timer that was replaced would send out of turn or end a living session."""
    d = driver()
    d.come_up()
    assert d.give(ev.TimerFired(Timer.DETECT, 0)) == []
    assert d.give(ev.TimerFired(Timer.TRANSMIT, 0)) == []
