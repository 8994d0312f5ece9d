"""Interfaces that are asked for their link: which, how, and what follows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp.linkbeat import PERIOD_NS, Linkbeat, mii_link, polled
from standfast.director.vrrp.rtnetlink_messages import Link

MII, ETHTOOL, IOCTL = vrrp.LinkMethod.MII, vrrp.LinkMethod.ETHTOOL, vrrp.LinkMethod.IOCTL
UP = Link(3, "eth0", 0x41, b"")
DOWN = replace(UP, flags=1)


class Driver:
    """What an interface answers, by method; what is not there it cannot say."""

    def __init__(self, **answers: bool) -> None:
        self.answers: dict[str, bool] = {"IOCTL": True, **answers}
        self.asked: list[str] = []

    def __call__(self, interface: str, method: vrrp.LinkMethod) -> bool | None:
        self.asked.append(str(method))
        return self.answers.get(method)


def beat_of(driver: Driver, *polls: vrrp.LinkPoll) -> Linkbeat:
    made = Linkbeat(driver)
    made.become(polls or (vrrp.LinkPoll("eth0"),))
    return made


@pytest.mark.parametrize(
    ("wanted", "answers", "tried"),
    [
        (None, "MII ETHTOOL", "MII"),
        (None, "ETHTOOL", "MII ETHTOOL"),
        (None, "", "MII ETHTOOL"),
        (MII, "ETHTOOL", "MII ETHTOOL"),
        (ETHTOOL, "MII ETHTOOL", "ETHTOOL"),
        (ETHTOOL, "MII", "ETHTOOL MII"),
        (ETHTOOL, "", "ETHTOOL MII"),
        (IOCTL, "MII ETHTOOL", ""),
    ],
)
def test_methods_are_tried_in_keepalived_s_order(wanted: vrrp.LinkMethod | None, answers: str, tried: str) -> None:
    """An interface would be asked in a way that it does not understand, and count as up for ever."""
    driver = Driver(**dict.fromkeys(answers.split(), False))
    beat = beat_of(driver, vrrp.LinkPoll("eth0", wanted))
    beat.ask("eth0", UP)
    assert [word for word in driver.asked if word != "IOCTL"] == tried.split()
    assert beat.says(UP) is not any(word in answers.split() for word in tried.split())


def test_another_method_than_the_wanted_one_is_told() -> None:
    """An operator would believe in registers that nobody reads."""
    told = beat_of(Driver(ETHTOOL=True), vrrp.LinkPoll("eth0", MII)).ask("eth0", UP)
    assert told.said == ("(eth0): Configured linkbeat type MII not supported, using ETHTOOL",)
    assert not told.changed
    assert beat_of(Driver(ETHTOOL=True)).ask("eth0", UP).said == ()


def test_a_lost_link_is_seen_and_told_once() -> None:
    """A router with a dead link would stay Active, as netlink says that all is well."""
    driver = Driver(ETHTOOL=True)
    beat = beat_of(driver)
    assert not beat.ask("eth0", UP).changed
    driver.answers["ETHTOOL"] = False
    driver.asked.clear()
    told = beat.ask("eth0", UP)
    assert (told.changed, told.said) == (True, ("Linkbeat reports eth0 down",))
    assert driver.asked == ["ETHTOOL"]
    assert beat.says(UP) is False
    assert not beat.ask("eth0", UP).changed
    driver.answers["ETHTOOL"] = True
    assert beat.ask("eth0", UP).said == ("Linkbeat reports eth0 up",)
    assert beat.says(DOWN), "what netlink says does not count"


def test_flags_that_are_down_count_whatever_the_driver_says() -> None:
    """An interface that was taken down would be sent through."""
    driver = Driver(ETHTOOL=True, IOCTL=False)
    beat = beat_of(driver)
    assert beat.ask("eth0", UP).changed
    assert beat.says(UP) is False


def test_a_method_that_fails_later_leaves_it_to_the_flags() -> None:
    """One failed system call would move all addresses."""
    driver = Driver(MII=True)
    beat = beat_of(driver)
    beat.ask("eth0", UP)
    del driver.answers["MII"]
    assert not beat.ask("eth0", UP).changed
    assert beat.says(UP)


def test_a_new_interface_of_the_name_is_asked_anew() -> None:
    """What an interface was before would be said of the one that took its name."""
    driver = Driver(MII=True, ETHTOOL=True)
    beat = beat_of(driver)
    assert beat.is_new(UP)
    beat.ask("eth0", UP)
    assert not beat.is_new(UP)
    assert beat.ask("eth0", None).changed
    del driver.answers["MII"]
    another = replace(UP, index=9)
    assert beat.is_new(another)
    beat.ask("eth0", another)
    driver.answers["ETHTOOL"] = False
    assert beat.ask("eth0", another).changed


def test_virtual_interfaces_are_not_asked() -> None:
    """A virtual MAC would be asked what only the interface below can say."""
    driver = Driver(ETHTOOL=False)
    beat = beat_of(driver)
    assert not beat.ask("eth0", replace(UP, kind="macvlan")).changed
    assert driver.asked == []
    assert beat.says(UP) is None


def test_each_has_its_turn_once_a_second() -> None:
    """Hundreds of interfaces would be asked at a time, and adverts wait for them."""
    polls = tuple(vrrp.LinkPoll(f"eth{number}") for number in range(4))
    beat = beat_of(Driver(), *polls)
    assert [beat.next() for _ in range(6)] == ["eth0", "eth1", "eth2", "eth3", "eth0", "eth1"]
    assert beat.pause_ns * 4 == PERIOD_NS
    beat.become(())
    assert beat.next() == ""


def test_a_reload_keeps_what_is_known_of_the_same_poll() -> None:
    """A reload would have a dead link taken for a living one until its next turn."""
    driver = Driver(ETHTOOL=False)
    beat = beat_of(driver)
    beat.ask("eth0", UP)
    beat.become((vrrp.LinkPoll("eth0"), vrrp.LinkPoll("eth1")))
    assert beat.says(UP) is False
    beat.become((vrrp.LinkPoll("eth0", IOCTL),))
    assert beat.says(UP) is None


def test_only_what_is_looked_at_is_polled() -> None:
    """Interfaces of which nobody wants to know would be woken for."""
    polls = tuple(vrrp.LinkPoll(f"eth{number}") for number in range(4))
    tracked = (vrrp.Tracked("interface:eth1"), vrrp.Tracked("script:eth3"))
    router = vrrp.VirtualRouter("V", 51, "eth0", (), tracked=tracked)
    group = vrrp.SyncGroup("G", tracked=(vrrp.Tracked("interface:eth2"),))
    configuration = vrrp.Configuration((router,), (group,), polls=polls)
    assert polled(configuration) == polls[:3]


@pytest.mark.parametrize(
    ("registers", "link"),
    [
        ((0x3100, 0x782D, 0x782D), True),
        ((0x3100, 0x7809, 0x7809), False),
        ((0x3100, 0x7809, 0x782D), True),  # it came back: the first reading tells of the loss before
        ((0x3100, 0x0000, 0x0000), None),
        ((0xFFFF, 0xFFFF, 0xFFFF), None),
    ],
)
def test_registers_of_a_transceiver(registers: tuple[int, int, int], link: bool | None) -> None:
    """A loss long ago would be taken for one now, or an empty socket for a link."""
    assert mii_link(*registers) is link
