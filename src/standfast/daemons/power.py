"""Binds a node's fencing machine: its calls to fence agents, its words and receipts to the controller."""

from __future__ import annotations

from collections.abc import Callable

from standfast import controller, fencing, runtime
from standfast.agents.live import Caller
from standfast.runtime.live import Timers, now

Post = Callable[[controller.Event], None]


class Power:
    """The fencing machine of one node, live. `post` takes events for the controller."""

    def __init__(self, node: str, agents: Caller, post: Post) -> None:
        self.machine = fencing.Machine(node)
        self._agents = agents
        self._post = post
        self._timers = Timers(self.handle)

    def handle(self, event: fencing.Event) -> None:
        """Give the machine an event and do what it says."""
        for effect in self.machine.handle(event, now()):
            self._do(effect)

    def _do(self, effect: fencing.Effect) -> None:
        match effect:
            case fencing.Receipt():
                self._post(controller.FencingReceipt(effect))
            case fencing.Say(payload=payload):
                self._post(controller.FencingSays(payload))
            case fencing.RunAgent(call=call, invocation=invocation):
                self._agents.start(invocation, lambda outcome: self.handle(fencing.Exited(call, outcome)))
            case runtime.SetTimer() | runtime.CancelTimer():
                self._timers.apply(effect)

    def stop(self) -> None:
        """Cancel the timers."""
        self._timers.clear()
