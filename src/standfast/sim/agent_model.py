"""Agents of a world: calls that take time, take effect somewhere in between, and fail, hang or lie by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from standfast.agents import ExecutionStatus, Invocation, Ocf, Outcome
from standfast.sim.clock import Clock, Timer
from standfast.sim.reality import Kernel, Reality, Role

SUCCESS = Outcome(int(Ocf.OK), ExecutionStatus.DONE)


@dataclass(slots=True)
class Temper:
    """How bad the agents are, from 0 to 1 a call. `duration_ms_max`: of a call that does not hang."""

    fails: float = 0.0
    hangs: float = 0.0
    lies: float = 0.0
    duration_ms_max: int = 100

    def calm(self) -> None:
        """Let every call from now on work."""
        self.fails = self.hangs = self.lies = 0.0


@dataclass(slots=True)
class Call:
    """A call under way; it is a process of its own: it goes on when its daemon dies, and ends with its kernel."""

    invocation: Invocation
    kernel: Kernel
    done: Callable[[Outcome], None] | None
    effect: Timer | None = None
    end: Timer | None = None


class Agents:
    """Runs calls on the reality."""

    def __init__(self, clock: Clock, random: Random, reality: Reality, temper: Temper) -> None:
        self._clock = clock
        self._random = random
        self._reality = reality
        self.temper = temper

    def run(self, kernel: Kernel, invocation: Invocation, done: Callable[[Outcome], None]) -> Call:
        """Begin a call; `done` gets its outcome."""
        call = Call(invocation, kernel, done)
        draw = self._random.random()
        hangs = draw < self.temper.hangs
        fails = not hangs and draw < self.temper.hangs + self.temper.fails
        takes_effect = not (hangs or fails) or self._random.random() < 0.5
        length_ms = invocation.timeout_ms if hangs else self._random.randint(1, self.temper.duration_ms_max)
        length_ms = min(length_ms, invocation.timeout_ms or length_ms)
        if invocation.action == "start":
            self._reality.starting(kernel, invocation.resource_id)
        elif invocation.action == "stop":
            self._reality.stopping(kernel, invocation.resource_id)
        elif invocation.action == "demote":
            self._reality.demoting(kernel, invocation.resource_id)
        if takes_effect:
            at_ms = self._random.random() * min(length_ms, self.temper.duration_ms_max)
            call.effect = self._clock.after(at_ms, lambda: self._take_effect(call))
        call.end = self._clock.after(length_ms, lambda: self._finish(call, hangs, fails))
        return call

    def kill(self, call: Call) -> None:
        """Kill a call's processes; it takes no more effect, and its outcome says so."""
        if call.end is None or call.end.action is None:
            return
        self._stop_timers(call)
        call.kernel.unsure.add(call.invocation.resource_id)
        if call.done is not None:
            done, call.done = call.done, None
            self._clock.after(1, lambda: done(Outcome(1, ExecutionStatus.CANCELLED, "killed")))

    def vanish(self, call: Call) -> None:
        """Let a call end with its kernel: nobody hears of it."""
        call.done = None
        if call.effect is not None:
            call.effect.cancel()
        if call.end is not None:
            call.end.cancel()

    def _stop_timers(self, call: Call) -> None:
        for timer in (call.effect, call.end):
            if timer is not None:
                timer.cancel()
        if call.invocation.action == "start":
            call.kernel.starting.discard(call.invocation.resource_id)

    def _take_effect(self, call: Call) -> None:
        resource = call.invocation.resource_id
        match call.invocation.action:
            case "start":
                self._reality.started(call.kernel, resource)
            case "stop" if call.kernel.running.get(resource) is not Role.PROMOTED:
                self._reality.ended(call.kernel, resource)
            case "migrate_to":
                self._reality.migrated(call.kernel, resource, call.invocation.meta.get("migrate_target", ""))
            case "promote" if resource in call.kernel.running:
                self._reality.promoted(call.kernel, resource)
            case "demote":
                self._reality.demoted(call.kernel, resource)

    def _finish(self, call: Call, hung: bool, failed: bool) -> None:
        self._stop_timers(call)
        outcome = self._outcome(call, hung, failed)
        if call.invocation.action == "monitor":
            self._reality.probed(call.kernel.node, call.invocation.resource_id)
        if outcome.exit_code not in (Ocf.OK, Ocf.NOT_RUNNING, Ocf.RUNNING_PROMOTED) or call.done is None:
            call.kernel.unsure.add(call.invocation.resource_id)
        if call.done is not None:
            done, call.done = call.done, None
            done(outcome)

    def _outcome(self, call: Call, hung: bool, failed: bool) -> Outcome:
        if hung:
            return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.TIMEOUT, "it took too long")
        if failed:
            return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.DONE, "it did not work")
        resource, role = call.invocation.resource_id, call.kernel.running.get(call.invocation.resource_id)
        match call.invocation.action:
            case "monitor":
                code = {None: Ocf.NOT_RUNNING, Role.STARTED: Ocf.OK, Role.PROMOTED: Ocf.RUNNING_PROMOTED}[role]
                return Outcome(int(code), ExecutionStatus.DONE)
            case "stop" if role is Role.PROMOTED:
                return Outcome(int(Ocf.RUNNING_PROMOTED), ExecutionStatus.DONE, "it is promoted")
            case "start" if self._random.random() < self.temper.lies:
                self._reality.died(call.kernel, resource)
            case "migrate_from" if role is None:
                return Outcome(int(Ocf.NOT_RUNNING), ExecutionStatus.DONE, "it has not come")
            case "promote" if role is not Role.PROMOTED:
                return Outcome(int(Ocf.NOT_RUNNING), ExecutionStatus.DONE, "it does not run")
        return SUCCESS
