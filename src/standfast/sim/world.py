"""A seeded world: hosts, network, disks, agents, operators and an enemy, under virtual time.

First the safety phase: everything may go wrong, and no invariant may break. Then all is healed, and the cluster must
come to rest with everything running within its budget, and stay there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from standfast import cib, controller, executor
from standfast.cib import store
from standfast.sim import agent_model, power
from standfast.sim.checks import Checks
from standfast.sim.clients import Clients
from standfast.sim.clock import Clock
from standfast.sim.company import Company
from standfast.sim.daemon import Daemon, Machines
from standfast.sim.faults import Faults
from standfast.sim.host import Host
from standfast.sim.plan import Plan, draw
from standfast.sim.reality import Reality, Role
from standfast.sim.story import BrokenError, Story
from standfast.sim.wires import Wires

STEPS_MAX = 400_000
REST_MS = 600_000
STAY_MS = 12_000
RESTORE_FIRST_MS, RESTORE_EVERY_MS = 20_000, 60_000
LOOK_EVERY_MS = 2000
ANSWER_MS = 60_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a world ended: `broken` says what went wrong; `story` what came before it."""

    seed: int
    plan: str
    broken: str = ""
    story: tuple[str, ...] = ()
    steps: int = 0
    virtual_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)


class World:
    """The world of one seed."""

    def __init__(self, plan: Plan, random: Random, company: Company, echo: Callable[[str], None] | None = None) -> None:
        self.plan = plan
        self.clock = Clock()
        self.story = Story(self.clock, echo)
        self.reality = Reality(plan.kinds, self.story)
        self.wires = Wires(self.clock, random, plan.electorate())
        temper = agent_model.Temper(plan.agent_fails, plan.agent_hangs, plan.agent_lies, plan.agent_ms_max)
        self.agents = agent_model.Agents(self.clock, random, self.reality, temper)
        self.devices = power.Devices(self.clock, random, self, power.Temper(plan.device_fails, plan.device_hangs))
        self.checks = Checks(company, self.story, self.wires, plan)
        self.company = company
        self.hosts = [Host(name, i, self, random) for i, name in enumerate(plan.names, 1)]
        self.clients = Clients(self, random)
        self.faults = Faults(self, random)
        self._random = random

    # --- the two phases

    def run(self) -> None:
        """Live through both phases. Raises: BrokenError."""
        for host in self.hosts:
            host.disk.put(store.pack(cib.Document.parse(self.plan.document), 1, self.plan.names))
            self.clock.after(self._random.randint(0, 2000), host.power_on)
        self.faults.start()
        self.clients.start()
        self._until(lambda: self.clock.now_ms >= self.plan.safety_ms)
        self.heal()
        self._come_to_rest()

    def heal(self) -> None:
        """End all that is wrong: the network, the disks, the agents, the devices, the power."""
        self.story.tell("world", "everything is healed")
        self.faults.stop()
        self.clients.stop()
        self.wires.slow.clear()
        self.wires.heal()
        self.agents.temper.calm()
        self.devices.temper.calm()
        for host in self.hosts:
            host.disk.failing, host.disk.write_ms_max = False, 10
            if host.daemon is not None:
                host.daemon.resume()
            host.power_on()
            host.start_daemon_after(5000)

    def _come_to_rest(self) -> None:
        deadline_ms = self.clock.now_ms + REST_MS
        next_restore_ms = self.clock.now_ms + RESTORE_FIRST_MS
        calm_since_ms: int | None = None
        while True:
            self._until_ms(self.clock.now_ms + LOOK_EVERY_MS)
            trouble = self.trouble()
            if trouble:
                calm_since_ms = None
            elif calm_since_ms is None:
                calm_since_ms = self.clock.now_ms
            elif self.clock.now_ms - calm_since_ms >= STAY_MS:
                return
            if trouble and self.clock.now_ms >= deadline_ms:
                raise self.story.broken(f"it does not come to rest: {trouble}")
            if trouble and self.clock.now_ms >= next_restore_ms:
                self._restore()
                next_restore_ms += RESTORE_EVERY_MS

    def _restore(self) -> None:
        """Do what an operator does about what is still not running: power on, take orders back, forget failures."""
        for host in self.hosts:
            host.power_on()
        self.clients.restore()

    def trouble(self) -> str:
        """Return what is not as it must be at rest; empty if all is well. Raises: BrokenError if something is lost."""
        looks = []
        for host in self.hosts:
            if host.daemon is None or host.daemon.view is None:
                return f"{host.name} is not in the group"
            look = self.company.look(host.daemon.machines.controller)
            if look.document is None:
                return f"{host.name} has no document"
            self.checks.complete(host.name, look.document, self.checks.acknowledged)
            looks.append(look)
        if len({hashlib.sha256(look.document.render()).digest() for look in looks if look.document}) > 1:
            return "documents differ"
        if len({look.dc for look in looks}) > 1 or not looks[0].dc:
            return "there is no DC, or more than one"
        return self._not_running() or self.clients.unanswered(ANSWER_MS)

    def _not_running(self) -> str:
        for resource, kind in self.plan.kinds.items():
            nodes = self.reality.where(resource)
            if len(nodes) != kind.copies_max:
                return f"{resource} runs on {', '.join(nodes) or 'no node'}"
            promoted = self.reality.where(resource, Role.PROMOTED)
            if len(promoted) != kind.promoted_max:
                return f"{resource} is promoted on {', '.join(promoted) or 'no node'}"
        return ""

    def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            if self.clock.steps > STEPS_MAX:
                raise self.story.broken(f"more than {STEPS_MAX} steps")
            if not self.clock.step():
                raise self.story.broken("nothing happens any more")

    def _until_ms(self, at_ms: int) -> None:
        self.clock.after(at_ms - self.clock.now_ms, lambda: None)
        self._until(lambda: self.clock.now_ms >= at_ms)

    # --- what hosts ask for

    def make_machines(self, name: str, node_id: int) -> Machines:
        """Return new machines for a daemon."""
        return self.company.machines(name, node_id)

    def schedule(
        self, daemon: Daemon, effect: controller.Schedule, done: Callable[[controller.Scheduled], None]
    ) -> None:
        """Compute a transition; it takes its time."""
        document = cib.Document.parse(effect.document)
        self.checks.scheduled(daemon, document)
        delay_ms = self._random.randint(1, 50)

        def compute() -> None:
            done(controller.Scheduled(effect.number, self.company.schedule(document, effect.now_s)))

        self.clock.after(delay_ms, compute)

    def ordered(self, daemon: Daemon, event: object) -> None:
        """Check what an executor is told to do."""
        if isinstance(event, executor.Execute):
            self.checks.ordered(daemon, event)

    def replied(self, host: Host, reply: controller.Reply) -> None:
        """Give a client its answer."""
        self.clients.replied(host, reply)

    def handled(self, host: Host, daemon: Daemon, event: object) -> None:
        """Check invariants."""
        self.checks.handled(daemon, event)

    # --- what fencing devices do

    def names(self) -> list[str]:
        """Return the nodes that a device knows."""
        return list(self.plan.names)

    def is_on(self, node: str) -> bool:
        """Return whether a node has power."""
        return self._host(node).is_on

    def switch_off(self, node: str) -> None:
        """Cut a node's power."""
        self._host(node).power_off("fenced")

    def switch_on(self, node: str) -> None:
        """Give a node power again."""
        self.clock.after(self._random.randint(500, 5000), self._host(node).power_on)

    def confirm_off(self, node: str) -> None:
        """Take note that the cluster was told."""
        self.story.tell(node, "is confirmed off")
        self.reality.confirmed_off(node)

    def _host(self, node: str) -> Host:
        return next(host for host in self.hosts if host.name == node)


def run(
    seed: int,
    company: Callable[[], Company],
    *,
    echo: Callable[[str], None] | None = None,
    change: Callable[[World], None] | None = None,
    safety_ms: int | None = None,
) -> Verdict:
    """Return how the world of this seed ends. `change` plants something in it before it begins."""
    random = Random(seed)
    plan = draw(random, safety_ms)
    world = World(plan, random, company(), echo)
    world.story.tell("world", f"seed {seed}: {plan.summary()}")
    if change is not None:
        change(world)
    broken = ""
    try:
        world.run()
    except BrokenError as found:
        broken = str(found)
    except Exception as error:
        broken = f"{type(error).__name__}: {error}"
        world.story.tell("EXCEPTION", _where(error))
    counts = {**world.clients.told, "acknowledged": len(world.checks.acknowledged)}
    story = world.story.lines() if broken else ()
    return Verdict(seed, plan.summary(), broken, story, world.clock.steps, world.clock.now_ms / 1000, counts)


def _where(error: BaseException) -> str:
    """Return the error and the last places of its traceback, in a line."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('standfast/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return f"{type(error).__name__}: {error} at {' < '.join(reversed(places[-12:]))}"
