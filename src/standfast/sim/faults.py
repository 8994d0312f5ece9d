"""What goes wrong in a world, and when: by chance, from the kinds that the plan allows."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from standfast import controller
from standfast.sim.clock import Clock
from standfast.sim.host import Host
from standfast.sim.plan import Plan
from standfast.sim.reality import Reality
from standfast.sim.story import Story
from standfast.sim.wires import Wires


class Victim(Protocol):
    """The world, as its enemy sees it."""

    clock: Clock
    story: Story
    wires: Wires
    reality: Reality
    plan: Plan
    hosts: list[Host]


class Faults:
    """Strikes every now and then until `stop`."""

    def __init__(self, world: Victim, random: Random) -> None:
        self._world = world
        self._random = random
        self._active = True
        self._kinds: dict[str, Callable[[], None]] = {
            "power": self._power,
            "daemon": self._daemon,
            "pause": self._pause,
            "cut": self._cut,
            "slow": self._slow,
            "sequencer": self._sequencer,
            "resource": self._resource,
            "disk": self._disk,
            "blackout": self._blackout,
            "stop": self._stop,
        }

    def start(self) -> None:
        """Begin."""
        gap_ms = self._random.expovariate(1 / self._world.plan.fault_gap_ms)
        self._world.clock.after(gap_ms, self._strike)

    def stop(self) -> None:
        """Let nothing new go wrong."""
        self._active = False

    def _strike(self) -> None:
        if not self._active:
            return
        kinds = sorted(self._world.plan.faults)
        weights = [0.1 if kind == "blackout" else 1.0 for kind in kinds]
        self._kinds[self._random.choices(kinds, weights)[0]]()
        self.start()

    def _later(self, low_ms: int, high_ms: int, action: Callable[[], None]) -> None:
        def act() -> None:
            if self._active:
                action()

        self._world.clock.after(self._random.randint(low_ms, high_ms), act)

    def _host(self) -> Host:
        return self._random.choice(self._world.hosts)

    # --- the kinds

    def _power(self) -> None:
        host = self._host()
        host.power_off("power cut")
        self._later(100, 60000, host.power_on)

    def _blackout(self) -> None:
        for host in self._world.hosts:
            host.power_off("blackout")
            self._later(100, 20000, host.power_on)

    def _daemon(self) -> None:
        self._host().crash_daemon()

    def _stop(self) -> None:
        daemon = self._host().daemon
        if daemon is not None:
            self._world.story.tell(daemon.name, "daemon is told to stop")
            daemon.feed("controller", controller.Stop())

    def _pause(self) -> None:
        daemon = self._host().daemon
        if daemon is not None and not daemon.is_paused:
            self._world.story.tell(daemon.name, "daemon hangs")
            daemon.pause()
            self._later(50, self._random.choice((1000, 20000)), daemon.resume)

    def _cut(self) -> None:
        ids = [host.node_id for host in self._world.hosts]
        groups: dict[int, set[int]] = {}
        for node_id in ids:
            groups.setdefault(self._random.randrange(2 if self._random.random() < 0.8 else 3), set()).add(node_id)
        parts = tuple(frozenset(group) for group in groups.values())
        self._world.story.tell("network", f"is cut into {' | '.join(','.join(map(str, sorted(p))) for p in parts)}")
        self._world.wires.cut(parts)
        self._later(100, 40000, self._heal)

    def _heal(self) -> None:
        if self._world.wires.is_cut:
            self._world.story.tell("network", "is whole again")
            self._world.wires.heal()

    def _slow(self) -> None:
        host, delay_ms = self._host(), self._random.choice((20, 200, 1500))
        self._world.story.tell(host.name, f"is slow: {delay_ms} ms")
        self._world.wires.slow[host.node_id] = delay_ms

        def quicken() -> None:
            self._world.wires.slow.pop(host.node_id, None)

        self._later(100, 20000, quicken)

    def _sequencer(self) -> None:
        self._world.story.tell("network", "the sequencer is restarted")
        self._world.wires.network.restart()

    def _resource(self) -> None:
        running = sorted((k.node, r) for k in self._world.reality.kernels.values() for r in k.running)
        if running:
            node, resource = self._random.choice(running)
            self._world.story.tell(node, f"{resource} dies")
            self._world.reality.died(self._world.reality.kernels[node], resource)

    def _disk(self) -> None:
        disk = self._host().disk
        if self._random.random() < 0.5:
            disk.failing = True
        disk.write_ms_max = self._random.choice((100, 3000))

        def repair() -> None:
            disk.failing, disk.write_ms_max = False, 10

        self._later(100, 15000, repair)
