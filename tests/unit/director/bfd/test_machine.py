"""Which packet is whose, and two machines on a channel."""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import bfd
from standfast.director.bfd import events as ev
from standfast.director.bfd.intervals import NS_PER_S, NS_PER_US
from standfast.director.bfd.machine import Machine, To
from standfast.director.bfd.reception import Drop

MS = 1_000_000
HERE, THERE = ip_address("10.79.0.1").packed, ip_address("10.79.0.2").packed
Maker = Callable[..., bfd.SessionConfiguration]
Channel = Any


def arrived(packet: bfd.Packet, source: bytes = THERE, destination: bytes = HERE) -> ev.Arrived:
    """Return the event of a packet from the neighbour."""
    return ev.Arrived(bfd.Datagram(source, destination, 255, packet.pack()))


@pytest.fixture
def machine(configuration: Maker) -> Machine:
    """Return a machine with one session, begun."""
    made = Machine(1)
    made.handle(ev.Configured(bfd.Configuration((configuration(),))), 0)
    return made


def test_6_8_6_by_discriminator(machine: Machine) -> None:
    """A packet would go to another session than the neighbour meant; the address does not count then."""
    session = machine.sessions["B"]
    machine.handle(arrived(bfd.Packet(bfd.State.INIT, 7, session.discriminator), ip_address("10.9.9.9").packed), 0)
    assert session.state is bfd.State.UP
    machine.handle(arrived(bfd.Packet(bfd.State.DOWN, 7, session.discriminator ^ 1)), 0)
    assert machine.dropped == {Drop.NO_SESSION: 1}
    assert session.state is bfd.State.UP


def test_6_8_6_first_contact_by_address(machine: Machine) -> None:
    """No session would ever begin, or a stranger could begin one."""
    machine.handle(arrived(bfd.Packet(bfd.State.DOWN, 7), ip_address("10.9.9.9").packed), 0)
    machine.handle(arrived(bfd.Packet(bfd.State.UP, 7)), 0)
    assert machine.dropped == {Drop.NO_NEIGHBOR: 1, Drop.YOUR_DISCRIMINATOR: 1}
    machine.handle(arrived(bfd.Packet(bfd.State.DOWN, 7)), 0)
    assert machine.sessions["B"].state is bfd.State.INIT


def test_the_same_packet_again(machine: Machine) -> None:
    """A packet that is known would not count as heard, or one from farther away would."""
    session = machine.sessions["B"]
    again = arrived(bfd.Packet(bfd.State.UP, 7, session.discriminator, 10_000, 10_000, 3))
    machine.handle(arrived(bfd.Packet(bfd.State.INIT, 7, session.discriminator)), 0)
    for now_ns in (MS, 2 * MS, 3 * MS):
        machine.handle(again, now_ns)
    assert (session.heard_ns, session.counts["received"]) == (3 * MS, 4)
    for _ in range(2):
        machine.handle(ev.Arrived(replace(again.datagram, ttl=254)), 4 * MS)
    assert (session.heard_ns, session.dropped) == (3 * MS, {Drop.TTL: 2})
    machine.handle(To("B", ev.Disable()), 5 * MS)
    machine.handle(again, 6 * MS)
    assert (session.heard_ns, session.state) == (3 * MS, bfd.State.ADMIN_DOWN)


def test_two_sessions_with_one_neighbour(configuration: Maker) -> None:
    """Of two paths to one neighbour the wrong one would come up."""
    two = tuple(configuration(name=str(n), source=ip_address(f"10.79.0.{n}")) for n in (1, 11))
    machine = Machine(1)
    machine.handle(ev.Configured(bfd.Configuration(two)), 0)
    machine.handle(arrived(bfd.Packet(bfd.State.DOWN, 7), destination=ip_address("10.79.0.11").packed), 0)
    assert {name: session.state for name, session in machine.sessions.items()} == {
        "1": bfd.State.DOWN,
        "11": bfd.State.INIT,
    }


def test_nonsense_is_counted(machine: Machine) -> None:
    """A flood of garbage would end the process, or nobody would see it."""
    world = random.Random(7)
    for _ in range(5000):
        payload = world.randbytes(world.choice((0, 1, 4, 23, 24, 26, 52)))
        machine.handle(ev.Arrived(bfd.Datagram(THERE, HERE, 255, payload)), 0)
    session = machine.sessions["B"]
    assert session.state in (bfd.State.DOWN, bfd.State.INIT)
    assert sum(machine.dropped.values()) + sum(session.dropped.values()) + session.counts["received"] == 5000


def test_reload_keeps_what_stays(machine: Machine, configuration: Maker) -> None:
    """Whoever adds a session would lose the others for a moment."""
    kept = machine.sessions["B"]
    machine.handle(arrived(bfd.Packet(bfd.State.INIT, 7, kept.discriminator)), 0)
    more = configuration(name="C", neighbor=ip_address("10.79.0.3"))
    effects = machine.handle(ev.Configured(bfd.Configuration((configuration(), more))), MS)
    assert machine.sessions["B"] is kept
    assert kept.is_up
    assert [effect for effect in effects if isinstance(effect, ev.Changed)] == [ev.Changed("C", False)]
    effects = machine.handle(ev.Configured(bfd.Configuration((more,))), 2 * MS)
    assert ev.Closed("B") in effects
    assert list(machine.sessions) == ["C"]


def test_discriminators_differ(configuration: Maker) -> None:
    """Two sessions would hear each other's packets. RFC 5880 §6.8.1."""
    many = tuple(configuration(name=str(n), neighbor=ip_address(n)) for n in range(1, 200))
    machine = Machine(1)
    machine.handle(ev.Configured(bfd.Configuration(many)), 0)
    assert len({session.discriminator for session in machine.sessions.values()}) == 199


SEEDS = range(12)


def wild(world: random.Random, configuration: Maker) -> bfd.SessionConfiguration:
    """Return a configuration of any kind; a multiplier that outlives one delay."""
    return configuration(
        min_rx_us=world.choice((5_000, 10_000, 15_000, 50_000)),
        min_tx_us=world.choice((5_000, 10_000, 15_000, 300_000)),
        idle_tx_us=world.choice((1_000_000, 1_500_000)),
        multiplier=world.choice((1, 2, 3, 5)),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_without_loss_it_comes_up_and_never_flaps(seed: int, channel: type[Channel], configuration: Maker) -> None:
    """A session would come and go on a sound path, and services with it."""
    world = random.Random(seed)
    a, b = wild(world, configuration), replace(wild(world, configuration), passive=seed % 4 == 3)
    ch = channel(a, b, seed, delay_ns=world.choice((0, MS // 20, MS // 4)))
    ch.start("a")
    ch.run(world.randrange(3 * NS_PER_S))
    ch.start("b")
    ch.run(ch.now_ns + 3 * NS_PER_S)
    assert ch.both_up()
    ch.run(ch.now_ns + 10 * NS_PER_S)
    assert sorted(node for _, node, up in ch.told if up) == ["a", "b"]
    assert len(ch.told) == 4  # down at the start, up once


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cut_is_noticed_within_the_detection_time(seed: int, channel: type[Channel], configuration: Maker) -> None:
    """Traffic would go to a dead path for longer than was configured."""
    world = random.Random(seed)
    ch = channel(wild(world, configuration), wild(world, configuration), seed, delay_ns=MS // 20)
    ch.start("a")
    ch.start("b")
    ch.run(8 * NS_PER_S + world.randrange(NS_PER_S))
    assert ch.both_up()
    cut_ns, ch.told = ch.now_ns, []
    limits = {node: ch.session(node).detection_time_us * NS_PER_US for node in "ab"}
    ch.arrives = lambda sender: False
    ch.run(cut_ns + 5 * NS_PER_S)
    heard = dict(ch.heard_ns)
    assert sorted((node, up) for _, node, up in ch.told) == [("a", False), ("b", False)]
    for at_ns, node, _ in ch.told:
        assert at_ns == heard[node] + limits[node]
    ch.arrives = lambda sender: True
    ch.run(ch.now_ns + 5 * NS_PER_S)
    assert ch.both_up()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cut_of_one_direction_is_noticed_by_both(seed: int, channel: type[Channel], configuration: Maker) -> None:
    """A path that carries one way only would be taken for sound by whoever still hears."""
    ch = channel(configuration(multiplier=3), configuration(multiplier=3), seed, delay_ns=MS // 20)
    ch.start("a")
    ch.start("b")
    ch.run(6 * NS_PER_S)
    assert ch.both_up()
    cut_ns, ch.told = ch.now_ns, []
    ch.arrives = lambda sender: sender != "a"
    ch.run(cut_ns + NS_PER_S)
    assert [(node, up) for _, node, up in ch.told] == [("b", False), ("a", False)]
    assert ch.told[1][0] - cut_ns < 31 * MS
    assert ch.session("a").diagnostic is bfd.Diagnostic.NEIGHBOR_SIGNALED_DOWN


@pytest.mark.parametrize("seed", SEEDS)
def test_loss_heals(seed: int, channel: type[Channel], configuration: Maker) -> None:
    """After a bad time of the network a session would stay down, or one end up and the other down."""
    world = random.Random(seed)
    ch = channel(wild(world, configuration), wild(world, configuration), seed, delay_ns=MS // 20)
    ch.arrives = lambda sender: world.random() < 0.6
    ch.start("a")
    ch.start("b")
    ch.run(20 * NS_PER_S)
    ch.arrives = lambda sender: True
    ch.run(ch.now_ns + 15 * NS_PER_S)
    assert ch.both_up()
    assert not ch.session("a").polls
    assert not ch.session("b").polls


def test_the_wire_is_not_flooded(channel: type[Channel], configuration: Maker) -> None:
    """Answers to answers would fill the link: never much more than one packet in three quarters of an interval."""
    ch = channel(configuration(), configuration(), 1, delay_ns=MS // 20)
    ch.start("a")
    ch.start("b")
    ch.run(10 * NS_PER_S)
    for node in "ab":
        moments = [at_ns for at_ns, sender, _ in ch.sent if sender == node]
        assert len(moments) < 10 * NS_PER_S / (7.5 * MS) + 20
        assert len(moments) > 800
