"""What may happen to a cluster, as values: how it begins, how it ends, and what must not follow from it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chaos.harness import RETURN_S, World, until

from standfast.lab import topology

Act = Callable[[World, str], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """`hold_s`: for how long it lasts, at least and at most; `apply` and `heal` are given the node that it strikes.
    `harmless`: nobody may be fenced because of it, unless Corosync too thinks that it is lost."""

    name: str
    apply: Act
    heal: Act
    hold_s: tuple[float, float] = (2.0, 5.0)
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault, where, and for how long."""

    fault: Fault
    node: str
    hold_s: float

    def __str__(self) -> str:
        return f"{self.fault.name} {self.node} {self.hold_s:.2f}"


def _nothing(world: World, node: str) -> None:
    """Undo nothing: the cluster does it itself."""


def _start(world: World, node: str) -> None:
    world.start_programs(node)


def _kill_node(world: World, node: str) -> None:
    world.lab.kill(node)


def _kill_all(world: World, node: str) -> None:
    for name in world.names:
        if world.is_on(name):
            world.lab.kill(name)


def _start_all(world: World, node: str) -> None:
    for name in world.names:
        world.start_programs(name)


def _cut(world: World, node: str) -> None:
    world.lab.cut(node)


def _cut_all(world: World, node: str) -> None:
    world.lab.cut("|".join(world.names))


def _heal_network(world: World, node: str) -> None:
    world.lab.heal()


def _flap(world: World, node: str) -> None:
    """Take the link away for a moment, again and again: each time shorter than the token."""
    _unplug(world, node, (0.15,) * 4, 0.5)


def _churn(world: World, node: str) -> None:
    """Take the link away again and again, for about as long as Totem needs to see it: rings break as they form."""
    _unplug(world, node, (1.2, 2.3, 3.0), 0.7)


def _unplug(world: World, node: str, for_s: Sequence[float], between_s: float) -> None:
    """Unplug the node on the bridge's side, so that its carrier stays: the kernel may tell of its return a second
    late. A node that is off, or boots in between, is plugged in by its boot."""
    for gap_s in for_s:
        _plug(world, node, "nomaster")
        time.sleep(gap_s)
        _plug(world, node, "master", topology.bridge(0))
        time.sleep(between_s)


def _plug(world: World, node: str, *where: str) -> None:
    world.lab.output(topology.CLIENT, "ip", "link", "set", node, *where)


def _signal(number: str, *programs: str) -> Act:
    def send(world: World, node: str) -> None:
        for program in programs:
            world.signal(node, program, number)

    return send


def _continue(world: World, node: str) -> None:
    _signal("CONT", "corosync", "standfastd")(world, node)
    _start(world, node)


def _roll(world: World, node: str) -> None:
    """Restart one node after the other, each cleanly, beginning with this one."""
    begin = world.names.index(node)
    for name in (*world.names[begin:], *world.names[:begin]):
        until(f"{name} stops", lambda n=name: world.lab.output(n, "standfast", "stop")[0] == 0)
        until(f"{name}'s daemon ended", lambda n=name: not world.signal(n, "standfastd", "0"))
        world.lab.off(name)
        world.lab.boot(name)
        until(f"{name} is back", world.all_online)


ALL = (
    Fault("node-death", _kill_node, _start),
    Fault("power-cut", _kill_all, _start_all, (0.2, 2.0)),
    Fault("cut", _cut, _heal_network, (2.0, 6.0)),
    Fault("cut-all", _cut_all, _heal_network, (2.0, 6.0)),
    Fault("flap", _flap, _nothing, (0.0, 1.0), harmless=True),
    Fault("churn", _churn, _nothing, (0.0, 1.0)),
    Fault("corosync-stopped", _signal("STOP", "corosync"), _continue, (1.5, 4.0)),
    Fault("daemon-stopped", _signal("STOP", "standfastd"), _continue, (1.5, 13.0)),
    Fault("both-stopped", _signal("STOP", "corosync", "standfastd"), _continue, (1.5, 4.0)),
    Fault("corosync-killed", _signal("KILL", "corosync"), _start, (0.0, 3.0)),
    Fault("both-killed", _signal("KILL", "corosync", "standfastd"), _start, (0.0, 4.0)),
    Fault("daemon-killed", _signal("KILL", "standfastd"), _start, (0.0, 0.5), harmless=True),
    Fault("daemon-away", _signal("KILL", "standfastd"), _start, (RETURN_S + 1, RETURN_S + 3)),
    Fault("rolling-restart", _roll, _nothing, (0.0, 0.0)),
)
NAMED = {fault.name: fault for fault in ALL}


def draw(chance: random.Random, names: Sequence[str], only: Sequence[str] = ()) -> Strike:
    """Return the next of a seeded sequence, of the faults named in `only` if any is."""
    fault = chance.choice([fault for fault in ALL if not any(only) or fault.name in only])
    return Strike(fault, chance.choice(names), chance.uniform(*fault.hold_s))
