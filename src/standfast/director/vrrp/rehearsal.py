"""A take-over that is only played: what did not run for long runs slowly once, as no cache holds it any more.

Nothing of it concerns the router that is about to take over but its configuration.
"""

from __future__ import annotations

from msgspec.structs import replace

from standfast.director.vrrp import events as ev
from standfast.director.vrrp.configuration import Configuration, VirtualRouter
from standfast.director.vrrp.machine import Machine, To


def take_over(configuration: VirtualRouter, source: bytes, now_ns: int) -> list[ev.Effect]:
    """Return what a router does that becomes Active as its time is over: effects that nobody is to carry out."""
    alone = replace(configuration, sync_group="", tracked=())
    machine = Machine(Configuration((alone,)))
    effects = machine.handle(To(alone.name, ev.InterfaceUp(source)), now_ns) + machine.handle(ev.Startup(), now_ns)
    due = [effect for effect in effects if isinstance(effect, ev.SetTimer) and effect.timer is ev.Timer.ACTIVE_DOWN]
    return [
        effect
        for timer in due
        for effect in machine.handle(To(alone.name, ev.TimerFired(timer.timer, timer.generation)), timer.due_ns)
    ]
