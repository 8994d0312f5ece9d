"""Why a router is in its state, in words."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp import explanation
from standfast.director.vrrp.mismatches import CURES
from standfast.director.vrrp.packets import GROUP_IPV4, Datagram
from standfast.director.vrrp.reception import Drop
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.router_status import row
from standfast.director.vrrp.tracking import Reading
from standfast.director.vrrp.transmission import Transmission

S = 1_000_000_000
HERE, THERE = ip_address("192.0.2.1").packed, ip_address("192.0.2.2").packed
ONE = vrrp.VirtualRouter("A", 51, "eth0", (vrrp.VirtualAddress(ip_interface("192.0.2.10/24")),), version=3)
TWO_ADDRESSES = (*ONE.addresses, vrrp.VirtualAddress(ip_interface("192.0.2.11/24")))


def started(noun: vrrp.VirtualRouter = ONE) -> Router:
    """Return a router that has begun."""
    router = Router(noun)
    router.handle(ev.InterfaceUp(HERE), 0)
    router.handle(ev.Startup(), 0)
    return router


def advert(noun: vrrp.VirtualRouter, priority: int = 100, *, ttl: int = 255, to: bytes = GROUP_IPV4) -> Datagram:
    """Return what the other machine sends with this configuration."""
    sender = Transmission(noun)
    sender.source = THERE
    ((_, packet),) = sender.packets(priority)
    return Datagram(THERE, to, ttl, packet[20:], header=packet[:20])


MISMATCHES = {
    "count": (replace(ONE, addresses=TWO_ADDRESSES), "2 addresses, ours are 1: only there 192.0.2.11"),
    "addresses": (replace(ONE, addresses=TWO_ADDRESSES[1:]), "only there 192.0.2.11; only here 192.0.2.10"),
    "version": (replace(ONE, version=2), "version 2, ours is 3"),
}


@pytest.mark.parametrize("what", MISMATCHES)
def test_what_two_routers_do_not_agree_about_is_an_alarm(what: str) -> None:
    """If this failed, two machines would have the address and nothing would say why."""
    theirs, told = MISMATCHES[what]
    router = started()
    router.handle(ev.TimerFired(ev.Timer.ACTIVE_DOWN, 1), router.timers[ev.Timer.ACTIVE_DOWN])
    router.handle(ev.PacketReceived(advert(theirs)), 5 * S)
    (alarm,) = explanation.alarms(row(router, 5 * S))
    assert alarm.startswith("TWO ARE ACTIVE: adverts of 192.0.2.2 are refused: ")
    assert told in alarm
    assert explanation.alarms(row(router, 60 * S)) == []
    assert f"refused 1 of 192.0.2.2, the last 55.0 s ago: {router.rivals.refused[THERE].reason} ({told})" in "".join(
        explanation.lines(row(router, 60 * S))
    )


def test_other_reasons_say_what_came() -> None:
    """If this failed, an operator would know that something is wrong, but not what."""
    router = started(replace(ONE, version=2))
    router.handle(ev.PacketReceived(advert(replace(ONE, version=2, advertisement_interval_cs=500))), 1 * S)
    assert "5 s, ours is 1 s" in explanation.alarms(row(router, 1 * S))[0]
    password = vrrp.Authentication(vrrp.AuthType.PASS, b"secret")
    router.handle(ev.PacketReceived(advert(replace(ONE, version=2, authentication=password))), 2 * S)
    assert "PASS, ours is NONE" in explanation.alarms(row(router, 2 * S))[0]
    router.handle(ev.PacketReceived(advert(ONE, ttl=64)), 3 * S)
    assert "TTL 64, 255 expected" in explanation.alarms(row(router, 3 * S))[0]
    router.handle(ev.PacketReceived(advert(ONE, to=HERE)), 4 * S)
    assert "sent to 192.0.2.1, the multicast group expected" in explanation.alarms(row(router, 4 * S))[0]
    assert row(router, 4 * S)["refused"][0]["count"] == 4


def test_a_rival_that_does_not_hear_us_is_an_alarm() -> None:
    """If this failed, a half-deaf link would go unnoticed: the other has the address too."""
    router = started()
    router.handle(ev.TimerFired(ev.Timer.ACTIVE_DOWN, 1), router.timers[ev.Timer.ACTIVE_DOWN])
    router.handle(ev.PacketReceived(advert(ONE, 50)), 5 * S)
    (alarm,) = explanation.alarms(row(router, 5 * S))
    assert "192.0.2.2 is Active too, with priority 50" in alarm


def test_a_backup_says_whom_it_obeys_and_how_long_it_waits() -> None:
    """If this failed, nobody could say when the next machine takes over."""
    router = started()
    router.handle(ev.PacketReceived(advert(ONE, 150)), 1 * S)
    text = "\n".join(explanation.lines(row(router, 2 * S)))
    assert "192.0.2.2 is Active\n" in text
    assert "hears 192.0.2.2: priority 150, 1 adverts, the last 1.0 s ago" in text
    assert "it takes over if none comes within 2.6 s" in text
    assert explanation.alarms(row(router, 2 * S)) == []


def test_a_fault_says_what_it_is() -> None:
    """If this failed, a router would stay out and nobody would know why."""
    router = started(replace(ONE, tracked=(vrrp.Tracked("script:chk", 0), vrrp.Tracked("script:heavy", -20))))
    assert "script:chk, script:heavy not known yet" in "\n".join(explanation.lines(row(router, 0)))
    router.handle(ev.TrackChanged("script:heavy", Reading(False)), S)
    router.handle(ev.TrackChanged("script:chk", Reading(False)), S)
    text = "\n".join(explanation.lines(row(router, S)))
    assert "A: FAULT for 0 ms, priority 80 (configured 100)" in text
    assert "cannot take part: script:chk" in text
    assert "tracks script:heavy: down, -20" in text


def test_every_reason_has_a_cure() -> None:
    """If this failed, an operator would be told of a mismatch and left alone with it."""
    assert set(CURES) == set(Drop)


@pytest.mark.parametrize(
    ("ms", "told"),
    [(12, "12 ms"), (3400, "3.4 s"), (300_000, "5 min"), (10_800_000, "3 h"), (864_000_000, "10 days")],
)
def test_times_are_said_as_people_say_them(ms: float, told: str) -> None:
    """If this failed, an uptime of a week would be a number of ten digits."""
    assert explanation.duration(ms) == told


def test_a_flood_of_different_packets_is_one_line_a_second() -> None:
    """If this failed, garbage on the wire would fill the disk."""
    router = started()
    lines = []
    for number in range(1000):
        datagram = Datagram(bytes((192, 0, 2, 2 + number % 200)), GROUP_IPV4, number % 255, b"x" * 20)
        lines += [e for e in router.handle(ev.PacketReceived(datagram), S + number * S // 500) if isinstance(e, ev.Log)]
    assert len(lines) == 2
    assert sum(router.dropped.values()) == 1000
    assert len(row(router, 4 * S)["refused"]) == 16


def test_a_mismatch_under_two_active_routers_is_an_error_with_its_cure() -> None:
    """If this failed, the log of a split brain would read like any other day's."""
    router = started()
    router.handle(ev.TimerFired(ev.Timer.ACTIVE_DOWN, 1), router.timers[ev.Timer.ACTIVE_DOWN])
    (line,) = router.handle(ev.PacketReceived(advert(replace(ONE, addresses=TWO_ADDRESSES))), 5 * S)
    assert isinstance(line, ev.Log)
    assert line.level.name == "ERROR"
    assert "(2 addresses, ours are 1: only there 192.0.2.11); two are Active. list the same" in line.text


@pytest.mark.parametrize("change", [{"vmac": vrrp.Vmac("own")}, {"ipvlan": vrrp.Ipvlan("own")}])
def test_the_device_is_told(change: dict[str, object]) -> None:
    """Nobody could see from which interface the adverts go."""
    assert "on eth0 through own, version 3" in explanation.headline(row(started(replace(ONE, **change)), S))  # type: ignore[arg-type]
    assert "on eth0, version 3" in explanation.headline(row(started(), S))


def test_who_gave_way_is_no_rival() -> None:
    """If this failed, a router that takes over from a lower one would say that its adverts do not reach it."""
    router = started()
    router.handle(ev.PacketReceived(advert(ONE, 50)), 1 * S)
    router.handle(ev.TimerFired(ev.Timer.ACTIVE_DOWN, 1), router.timers[ev.Timer.ACTIVE_DOWN])
    found = row(router, 4 * S)
    assert found["state"] == "active"
    assert explanation.alarms(found) == []
