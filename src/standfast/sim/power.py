"""The fencing devices of a world: they reach every node's power over a network of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from standfast.agents import ExecutionStatus, Invocation, Outcome
from standfast.sim.clock import Clock, Timer

AGENT = "fence_sim"
METADATA = """<resource-agent name="fence_sim"><parameters><parameter name="port"/></parameters><actions>
<action name="on"/><action name="off"/><action name="reboot"/><action name="status"/><action name="list"/>
<action name="monitor"/><action name="metadata"/></actions></resource-agent>"""


class Machines(Protocol):
    """The power of the nodes, as a device sees it."""

    def names(self) -> list[str]:
        """Return the nodes that a device knows."""

    def is_on(self, node: str) -> bool:
        """Return whether a node has power."""

    def switch_off(self, node: str) -> None:
        """Cut a node's power."""

    def switch_on(self, node: str) -> None:
        """Give a node power; it boots."""

    def confirm_off(self, node: str) -> None:
        """Take note that somebody was told that the node is off, or was."""


@dataclass(slots=True)
class Temper:
    """How bad the devices are, from 0 to 1 a call; a failed call may have worked."""

    fails: float = 0.0
    hangs: float = 0.0
    duration_ms_max: int = 2000
    forges: bool = False  # a planted bug: success is told before the power is cut

    def calm(self) -> None:
        """Let every call from now on work."""
        self.fails = self.hangs = 0.0


@dataclass(slots=True)
class Call:
    """A call of a fence agent under way on some node."""

    invocation: Invocation
    done: Callable[[Outcome], None] | None
    effect: Timer | None = None
    end: Timer | None = None

    def vanish(self) -> None:
        """Let the agent end with its caller. What it has done is done."""
        self.done = None
        for timer in (self.effect, self.end):
            if timer is not None:
                timer.cancel()


class Devices:
    """Runs calls of fence agents."""

    def __init__(self, clock: Clock, random: Random, machines: Machines, temper: Temper) -> None:
        self._clock = clock
        self._random = random
        self._machines = machines
        self.temper = temper

    def run(self, invocation: Invocation, done: Callable[[Outcome], None]) -> Call:
        """Begin a call; `done` gets its outcome."""
        call = Call(invocation, done)
        if invocation.action not in ("off", "reboot", "on"):
            call.end = self._clock.after(self._random.randint(1, 50), lambda: self._end(call, self._answer(call)))
            return call
        draw = self._random.random()
        hangs = draw < self.temper.hangs
        fails = not hangs and draw < self.temper.hangs + self.temper.fails
        length_ms = invocation.timeout_ms if hangs else self._random.randint(1, self.temper.duration_ms_max)
        length_ms = min(length_ms, invocation.timeout_ms)
        works = not (hangs or fails)
        if works or self._random.random() < 0.5:
            at_ms = self._random.random() * length_ms
            call.effect = self._clock.after(at_ms, lambda: self._switch(invocation))
        if self.temper.forges and works:
            length_ms = 1
        call.end = self._clock.after(length_ms, lambda: self._told(call, hangs, works))
        return call

    def _switch(self, invocation: Invocation) -> None:
        node = invocation.parameters.get("port", "")
        if invocation.action != "on":
            self._machines.switch_off(node)
        if invocation.action != "off":
            self._machines.switch_on(node)

    def _told(self, call: Call, hung: bool, works: bool) -> None:
        if hung:
            self._end(call, Outcome(1, ExecutionStatus.TIMEOUT, "the device did not answer"))
        elif works:
            if call.done is not None and call.invocation.action != "on" and not self.temper.forges:
                self._machines.confirm_off(call.invocation.parameters.get("port", ""))
            self._end(call, Outcome(0, ExecutionStatus.DONE))
        else:
            self._end(call, Outcome(1, ExecutionStatus.DONE, "the device failed"))

    def _end(self, call: Call, outcome: Outcome) -> None:
        if call.done is not None:
            done, call.done = call.done, None
            done(outcome)

    def _answer(self, call: Call) -> Outcome:
        match call.invocation.action:
            case "metadata":
                return Outcome(0, ExecutionStatus.DONE, stdout=METADATA)
            case "list":
                listed = "".join(f"{name},\n" for name in self._machines.names())
                return Outcome(0, ExecutionStatus.DONE, stdout=listed)
            case "status":
                on = self._machines.is_on(call.invocation.parameters.get("port", ""))
                return Outcome(0 if on else 2, ExecutionStatus.DONE)
        return Outcome(0, ExecutionStatus.DONE)
