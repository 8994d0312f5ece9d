"""One node of a world: power, boots, disk, and the daemons that live on it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from standfast import controller, executor
from standfast.agents import Invocation, Outcome
from standfast.runtime import Now
from standfast.sim import agent_model, power
from standfast.sim.clock import Clock, Timer
from standfast.sim.daemon import Daemon, Machines
from standfast.sim.disk import Disk
from standfast.sim.reality import Kernel, Reality
from standfast.sim.story import Story
from standfast.sim.wires import Wires


class Surroundings(Protocol):
    """What the hosts of a world share."""

    clock: Clock
    story: Story
    reality: Reality
    wires: Wires
    agents: agent_model.Agents
    devices: power.Devices

    def make_machines(self, name: str, node_id: int) -> Machines:
        """Return new machines for a daemon."""

    def schedule(
        self, daemon: Daemon, effect: controller.Schedule, done: Callable[[controller.Scheduled], None]
    ) -> None:
        """Compute a transition."""

    def ordered(self, daemon: Daemon, event: object) -> None:
        """Check what an executor is told to do."""

    def replied(self, host: Host, reply: controller.Reply) -> None:
        """Give a client its answer."""

    def handled(self, host: Host, daemon: Daemon, event: object) -> None:
        """Check invariants."""


class Host:
    """A node. It boots when it gets power, and its daemon starts soon after; a daemon that died is started again."""

    def __init__(self, name: str, node_id: int, shared: Surroundings, random: Random) -> None:
        self.name = name
        self.node_id = node_id
        self.clock = shared.clock
        self.story = shared.story
        self.daemon: Daemon | None = None
        self.kernel: Kernel | None = None
        self.disk = Disk(shared.clock, random)
        self._shared = shared
        self._random = random
        self._wall_error_ms = random.choice((0, 0, 0, -3000, 7000))
        self._booted_ms = 0
        self._boots = 0
        self._lives = 0
        self._history: tuple[executor.Result, ...] = ()
        self._newest_history: tuple[executor.Result, ...] = ()
        self._calls: list[agent_model.Call] = []
        self._device_calls: list[power.Call] = []
        self._start: Timer | None = None

    # --- power

    @property
    def is_on(self) -> bool:
        """Return whether the kernel runs."""
        return self.kernel is not None

    def power_on(self) -> None:
        """Boot."""
        if self.kernel is not None:
            return
        self._boots += 1
        self._booted_ms = self.clock.now_ms
        self.kernel = self._shared.reality.boot(self.name, f"{self.name}-boot-{self._boots}")
        self._history = self._newest_history = ()
        self.story.tell(self.name, "boots")
        self._shared.wires.network.power_on(self.node_id)
        self.start_daemon_after(self._random.randint(3000, 6000))

    def power_off(self, why: str) -> None:
        """Lose everything that is not on disk."""
        if self.kernel is None:
            return
        self.story.tell(self.name, f"goes off: {why}")
        self._cancel_start()
        self._shared.wires.power_off(self.node_id)
        self._end_daemon(power=True)
        for call in self._calls:
            self._shared.agents.vanish(call)
        for device_call in self._device_calls:
            device_call.vanish()
        self._calls, self._device_calls = [], []
        self.kernel = None
        self._shared.reality.die(self.name)

    # --- daemon

    def start_daemon_after(self, delay_ms: int) -> None:
        """Start the daemon in a while."""
        self._cancel_start()
        self._start = self.clock.after(delay_ms, self.start_daemon)

    def start_daemon(self) -> None:
        """Start the daemon, with what its predecessors left."""
        if self.kernel is None or self.daemon is not None:
            return
        self._cancel_start()
        for call in self._calls:
            self._shared.agents.kill(call)
        self._calls = []
        self._lives += 1
        life = f"{self.name}-life-{self._lives}"
        self.story.tell(self.name, f"daemon starts: {life}")
        engine = self._shared.wires.network.engine(self.node_id)
        self.daemon = Daemon(self.name, self._shared.make_machines(self.name, self.node_id), engine, self)
        self.daemon.start(self._loaded(life))

    def crash_daemon(self) -> None:
        """Kill the daemon; its agents go on."""
        if self.daemon is None:
            return
        self.story.tell(self.name, "daemon is killed")
        self._shared.wires.crash(self.node_id)
        self._end_daemon()
        for call in self._calls:
            call.done = None
        for device_call in self._device_calls:
            device_call.done = None
        self.start_daemon_after(self._random.choice((200, 2000, 12000)))

    def _end_daemon(self, *, power: bool = False) -> None:
        if self.daemon is not None:
            self.daemon.die()
            self.daemon = None
        self.disk.interrupt(power=power)

    def _cancel_start(self) -> None:
        if self._start is not None:
            self._start.cancel()
            self._start = None

    def _loaded(self, life: str) -> controller.Loaded:
        assert self.kernel is not None
        found = self.disk.load()
        return controller.Loaded(
            document=found.document,
            term=found.term,
            boot=self.kernel.boot,
            life=life,
            history=self._history,
            refused=found.refused,
            members=found.members,
            change_term=found.change_term,
            base=found.base,
        )

    # --- what the daemon asks for

    def now(self) -> Now:
        """Return the moment by our clocks: the one begins at boot, the other is a little wrong."""
        now = self.clock.now()
        return Now(now.monotonic_ms - self._booted_ms, now.wall_ms + self._wall_error_ms)

    def run_agent(self, invocation: Invocation, done: Callable[[Outcome], None]) -> object:
        """Begin a call of an agent here."""
        assert self.kernel is not None
        if invocation.agent.standard == "stonith":
            device_call = self._shared.devices.run(invocation, done)
            self._device_calls = [c for c in self._device_calls if c.done is not None] + [device_call]
            return device_call
        call = self._shared.agents.run(self.kernel, invocation, done)
        self._calls = [c for c in self._calls if c.end is not None and c.end.action is not None] + [call]
        return call

    def kill_agent(self, call: object) -> None:
        """Kill it."""
        if isinstance(call, agent_model.Call):
            self._shared.agents.kill(call)

    def write(self, packed: bytes, done: Callable[[bool], None]) -> None:
        """Write to our disk."""
        self.disk.write(packed, done)

    def remember(self, results: tuple[executor.Result, ...]) -> None:
        """Keep the executor's history until the next boot: what it does not hold any more is gone at once, what is
        new in it is kept a moment later."""
        self._history = tuple(result for result in self._history if result in results)
        daemon, self._newest_history = self.daemon, results

        def keep() -> None:
            if daemon is self.daemon and self._newest_history is results:
                self._history = results

        self.clock.after(self._random.choice((0, 100)), keep)

    def schedule(
        self, daemon: Daemon, effect: controller.Schedule, done: Callable[[controller.Scheduled], None]
    ) -> None:
        """Compute a transition."""
        self._shared.schedule(daemon, effect, done)

    def ordered(self, daemon: Daemon, event: object) -> None:
        """Look at what our executor is told to do."""
        self._shared.ordered(daemon, event)

    def replied(self, reply: controller.Reply) -> None:
        """Give a client its answer."""
        self._shared.replied(self, reply)

    def panic(self, reason: str) -> None:
        """Reset this machine."""
        self.power_off(f"panic: {reason}")
        self.clock.after(self._random.randint(3000, 10000), self.power_on)

    def stopped(self, reason: str) -> None:
        """Take note of a clean end; the daemon is started again after a while."""
        self.story.tell(self.name, f"daemon has ended: {reason}")
        self._shared.reality.left(self.name)
        self._history = self._newest_history
        self.daemon = None
        self.disk.interrupt(power=False)
        self.start_daemon_after(self._random.randint(2000, 20000))

    def handled(self, daemon: Daemon, event: object) -> None:
        """Look at the daemon."""
        self._shared.handled(self, daemon, event)
