"""Whatever was set up is taken back exactly, wherever it was cut off."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.director import setup
from standfast.director.live.setup import Executor, LedgerFile
from standfast.director.setup import Held, Link, Method

VIPS = ("10.0.0.100", "10.0.0.101")
WISHES = st.one_of(
    st.builds(setup.DirectorWish, st.sampled_from(Method), st.sampled_from([VIPS, VIPS[:1]])),
    st.builds(setup.RealServerWish, st.sampled_from([Method.DIRECT, Method.TUNNEL]), st.sampled_from([VIPS, VIPS[1:]])),
)
KNOBS = st.dictionaries(
    st.sampled_from(
        [setup.conf(link, knob) for link in ("all", "eth0", "lo") for knob in ("arp_ignore", "forwarding")]
    ),
    st.sampled_from(["0", "1"]),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wish=WISHES, knobs=KNOBS, cut=st.integers(0, 9), again=st.booleans(), undo_cut=st.integers(0, 9))
def test_it_is_as_before(
    machines, a_host: setup.Facts, tmp_path: Path, wish, knobs, cut: int, again: bool, undo_cut: int
) -> None:
    """If this failed, a machine would keep settings of a set-up that was cut off, or lose its own."""
    before = msgspec.structs.replace(a_host, sysctls={**a_host.sysctls, **knobs})
    machine, file = machines(before), LedgerFile(tmp_path / "ledger.json")
    executor = Executor(file, machine)
    for steps in (cut, *([1000] if again else [])):
        machine.steps_left = steps
        with contextlib.suppress(machine.CutOff):
            executor.set_up(wish)
    for steps in (undo_cut, 1000):
        machine.steps_left = steps
        with contextlib.suppress(machine.CutOff):
            executor.take_back()
    assert machine.facts == before
    assert file.read() is None


def test_setting_up_again_does_nothing(machines, tmp_path: Path) -> None:
    """If this failed, a second run would note the first one's values as those of before."""
    machine = machines()
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    wish = setup.RealServerWish(Method.DIRECT, VIPS)
    assert executor.set_up(wish) == 4
    ledger = executor.ledger()
    assert executor.set_up(wish) == 0
    assert executor.ledger() == ledger


def test_one_address_of_two_is_taken_back(machines, a_host: setup.Facts, tmp_path: Path) -> None:
    """If this failed, the other VIP's real server would begin to answer ARP, or the last would leave something."""
    machine = machines()
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    for vip in VIPS:
        executor.set_up(setup.RealServerWish(Method.DIRECT, (vip,)))
    executor.take_back(VIPS[:1])
    assert [h.address for h in machine.facts.addresses if h.link == "lo"] == ["127.0.0.1/8", "10.0.0.101/32"]
    assert machine.facts.number(setup.conf("all", "arp_ignore")) == 1
    executor.take_back(VIPS[1:])
    assert machine.facts == a_host


def test_what_somebody_else_changed_is_left(machines, tmp_path: Path) -> None:
    """If this failed, undoing would overwrite what an administrator set since."""
    machine = machines()
    said: list[str] = []
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine, said.append)
    executor.set_up(setup.RealServerWish(Method.DIRECT, VIPS))
    machine.facts.sysctls[setup.conf("all", "arp_ignore")] = "2"
    executor.take_back()
    assert machine.facts.number(setup.conf("all", "arp_ignore")) == 2
    assert any("arp_ignore was changed to 2 by somebody else" in line for line in said)


def test_a_restart_of_the_machine_ends_it(machines, a_host: setup.Facts, tmp_path: Path) -> None:
    """If this failed, values of before the restart would be written over what the machine was started with."""
    machine = machines()
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    executor.set_up(setup.RealServerWish(Method.DIRECT, VIPS))
    started_with = {**a_host.sysctls, setup.conf("all", "arp_ignore"): "1"}
    machine.boot, machine.facts = "second", msgspec.structs.replace(a_host, sysctls=started_with)
    assert executor.take_back() == 0
    assert machine.facts.number(setup.conf("all", "arp_ignore")) == 1


def test_a_module_that_others_use_stays(machines, tmp_path: Path) -> None:
    """If this failed, undoing would tear down somebody's tunnel."""
    machine = machines()
    said: list[str] = []
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine, said.append)
    executor.set_up(setup.RealServerWish(Method.TUNNEL, VIPS))
    other = Link("office", arp=False, kind="ipip")
    machine.facts = msgspec.structs.replace(machine.facts, links=(*machine.facts.links, other))
    executor.take_back()
    assert "ipip" in machine.facts.modules
    assert any("office" in line for line in said)


def test_a_module_in_use_stays(machines, tmp_path: Path) -> None:
    """If this failed, taking a director back would end with an error because its table is not empty."""
    machine = machines()
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    executor.set_up(setup.DirectorWish(Method.DIRECT, VIPS))
    machine.facts = msgspec.structs.replace(machine.facts, busy=frozenset(("ip_vs",)))
    executor.take_back()
    assert "ip_vs" in machine.facts.modules
    assert executor.ledger().entries == ()


def test_one_vip_by_two_methods(machines, a_host: setup.Facts, tmp_path: Path) -> None:
    """If this failed, a director could not forward one port by NAT and another by DR."""
    machine = machines()
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    for method in (Method.NAT, Method.DIRECT, Method.NAT):
        executor.set_up(setup.DirectorWish(method, VIPS))
    assert [wish.method for wish in executor.ledger().wishes] == [Method.DIRECT, Method.NAT]
    executor.take_back(VIPS)
    assert machine.facts == a_host


def test_a_module_stays_where_other_namespaces_are(machines, a_host: setup.Facts, tmp_path: Path) -> None:
    """If this failed, undoing in a container would tear down the tunnels of all the others."""
    machine = machines(msgspec.structs.replace(a_host, namespaces=2))
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    executor.set_up(setup.RealServerWish(Method.TUNNEL, VIPS))
    executor.take_back()
    assert "ipip" in machine.facts.modules
    assert machine.facts.link("tunl0") == Link("tunl0", up=False, arp=False, mtu=1480, kind="ipip")
    assert not [h for h in machine.facts.addresses if h.link == "tunl0"]


def test_an_address_of_before_is_not_taken_away(machines, a_host: setup.Facts, tmp_path: Path) -> None:
    """If this failed, undoing would remove an address that was there all along."""
    before = msgspec.structs.replace(a_host, addresses=(*a_host.addresses, Held("10.0.0.100/32", "eth0")))
    machine = machines(before)
    executor = Executor(LedgerFile(tmp_path / "ledger.json"), machine)
    executor.set_up(setup.DirectorWish(Method.DIRECT, VIPS[:1]))
    executor.take_back()
    assert machine.facts == before


def test_a_ledger_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """If this failed, a damaged ledger would be taken for none, and what was set up stay for ever."""
    path = tmp_path / "ledger.json"
    path.write_text('{"boot": ')
    with pytest.raises(Exception, match=r"ledger\.json"):
        LedgerFile(path).read()
