"""One life of a node's daemon: the production machines, bound to the world as `daemons` binds them to a real one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from standfast import controller, executor, fencing, messaging
from standfast.agents import Invocation, Outcome
from standfast.cib import store
from standfast.errors import LocalProtocolError
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired
from standfast.sim.clock import Clock, Timer
from standfast.sim.story import Story

SLEPT_MS = 2000


class Machine(Protocol):
    """What all machines have."""

    def handle(self, event: Any, now: Now) -> list[Any]:
        """Return the effects of an event."""


@dataclass(slots=True)
class Machines:
    """The three machines of a daemon."""

    controller: Machine
    executor: Machine
    fencing: Machine


class Around(Protocol):
    """What a daemon can do to its node and the world."""

    clock: Clock
    story: Story

    def now(self) -> Now:
        """Return the moment by this node's clocks."""

    def run_agent(self, invocation: Invocation, done: Callable[[Outcome], None]) -> object:
        """Begin a call of an agent on this node."""

    def kill_agent(self, call: object) -> None:
        """Kill such a call."""

    def write(self, packed: bytes, done: Callable[[bool], None]) -> None:
        """Write to this node's disk."""

    def remember(self, results: tuple[executor.Result, ...]) -> None:
        """Keep the executor's history for the next daemon of this boot."""

    def schedule(
        self, daemon: Daemon, effect: controller.Schedule, done: Callable[[controller.Scheduled], None]
    ) -> None:
        """Compute a transition."""

    def ordered(self, daemon: Daemon, event: object) -> None:
        """Look at what a daemon's executor is told to do: invariants."""

    def replied(self, reply: controller.Reply) -> None:
        """Give a client its answer."""

    def panic(self, reason: str) -> None:
        """Reset the machine."""

    def stopped(self, reason: str) -> None:
        """Take note that the daemon has ended cleanly."""

    def handled(self, daemon: Daemon, event: object) -> None:
        """Look at the daemon after it has handled an event: invariants."""


class Daemon:
    """The binding. Events wait in a queue, so that effects are done in their order before the next event."""

    def __init__(self, name: str, machines: Machines, engine: messaging.Engine, around: Around) -> None:
        self.name = name
        self.machines = machines
        self.engine = engine
        self.is_alive = True
        self.view: messaging.RegularView | None = None
        self.quorum: messaging.Quorum | None = None
        self.place: tuple[messaging.ViewId, int] | None = None  # the last message of the view that was handled
        self._around = around
        self._queue: deque[tuple[str, object]] = deque()
        self._busy = False
        self._paused_at_ms: int | None = None
        self._timers: dict[tuple[str, str], Timer] = {}
        self._calls: dict[int, object] = {}

    def start(self, loaded: controller.Loaded) -> None:
        """Begin with what the disk holds, and join the group."""
        self.feed("controller", loaded)
        self.engine.start(lambda event: self.feed("controller", event))

    def feed(self, to: str, event: object) -> None:
        """Hand an event to a machine, now or when the daemon runs again."""
        if not self.is_alive:
            return
        self._queue.append((to, event))
        if self._paused_at_ms is None and not self._busy:
            self._work()

    def die(self) -> None:
        """End at once."""
        self.is_alive = False
        self._queue.clear()
        for timer in self._timers.values():
            timer.cancel()

    def pause(self) -> None:
        """Do nothing until `resume`; the world goes on."""
        self._paused_at_ms = self._around.clock.now_ms

    def resume(self) -> None:
        """Go on with what has come meanwhile."""
        if self._paused_at_ms is None or not self.is_alive:
            return
        gap_ms = self._around.clock.now_ms - self._paused_at_ms
        self._paused_at_ms = None
        if gap_ms >= SLEPT_MS:
            self._queue.appendleft(("controller", controller.Slept(gap_ms)))
        self._work()

    @property
    def is_paused(self) -> bool:
        """Return whether it is paused."""
        return self._paused_at_ms is not None

    # --- inside

    def _work(self) -> None:
        self._busy = True
        try:
            while self._queue and self.is_alive and self._paused_at_ms is None:
                to, event = self._queue.popleft()
                self._handle(to, event)
        finally:
            self._busy = False

    def _handle(self, to: str, event: object) -> None:
        match event:
            case messaging.RegularView():
                self.view, self.quorum, self.place = event, event.quorum, (event.id, 0)
            case messaging.Delivered(view, position):
                self.place = (view, position)
            case messaging.QuorumChanged(quorum):
                self.quorum = quorum
            case messaging.EngineLost():
                self.view = self.quorum = self.place = None
        machine: Machine = getattr(self.machines, to)
        for effect in machine.handle(event, self._around.now()):
            if not self.is_alive:
                return
            self._perform(to, effect)
        if self.is_alive:
            self._around.handled(self, event)

    def _perform(self, owner: str, effect: object) -> None:
        match effect:
            case SetTimer(name, generation, delay_ms):
                self._set_timer(owner, name, generation, delay_ms)
            case CancelTimer(name):
                if timer := self._timers.pop((owner, name), None):
                    timer.cancel()
            case executor.RunAgent(call, invocation):
                self._run(call, invocation)
            case executor.KillAgent(call):
                if call in self._calls:
                    self._around.kill_agent(self._calls[call])
            case executor.LearnAgent(agent):
                self._around.clock.after(1, lambda: self.feed("executor", executor.AgentKnown(agent, None)))
            case executor.Finished(result):
                self._queue.append(("controller", controller.OperationFinished(result)))
            case executor.Remember(results):
                self._around.remember(results)
            case fencing.RunAgent(call, invocation):
                self._around.run_agent(invocation, lambda o: self.feed("fencing", fencing.Exited(call, o)))
            case fencing.Say(payload):
                self._queue.append(("controller", controller.FencingSays(payload)))
            case fencing.Receipt():
                self._queue.append(("controller", controller.FencingReceipt(effect)))
            case _:
                self._perform_controllers(effect)

    def _perform_controllers(self, effect: object) -> None:
        around = self._around
        match effect:
            case controller.Multicast(payload):
                self._multicast(payload)
            case controller.Store():
                self._store(effect)
            case controller.Schedule():
                around.schedule(self, effect, lambda scheduled: self.feed("controller", scheduled))
            case controller.ToExecutor(event):
                around.ordered(self, event)
                self._handle("executor", event)
            case controller.ToFencing(event):
                self._handle("fencing", event)
            case controller.Reply():
                around.replied(effect)
            case controller.Publish(kind, message, level):
                if level != "debug":
                    around.story.tell(self.name, f"[{kind}] {message}")
            case controller.KeepInput():
                pass
            case controller.Panic(reason):
                around.panic(reason)
            case controller.StopNow(reason):
                self.die()
                self.engine.leave()
                around.stopped(reason)
            case _:
                raise AssertionError(f"nobody knows what to do about {effect!r}")

    def _multicast(self, payload: bytes) -> None:
        try:
            self.engine.multicast(payload)
        except LocalProtocolError as error:
            # The engine is ahead of what the controller has heard: a view, or its loss, is in our queue.
            self._around.story.tell(self.name, f"not sent: {error}")

    def _store(self, effect: controller.Store) -> None:
        packed = store.pack(effect.document, effect.term, effect.members, effect.change_term, effect.base)

        def done(ok: bool) -> None:
            event = controller.Stored(effect.number) if ok else controller.StoreFailed(effect.number, "disk error")
            self.feed("controller", event)

        self._around.write(packed, done)

    def _run(self, call: int, invocation: Invocation) -> None:
        def done(outcome: Outcome) -> None:
            self._calls.pop(call, None)
            self.feed("executor", executor.Exited(call, outcome))

        self._calls[call] = self._around.run_agent(invocation, done)

    def _set_timer(self, owner: str, name: str, generation: int, delay_ms: int) -> None:
        if earlier := self._timers.get((owner, name)):
            earlier.cancel()
        fired = TimerFired(name, generation)
        self._timers[(owner, name)] = self._around.clock.after(delay_ms, lambda: self.feed(owner, fired))
