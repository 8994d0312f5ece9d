"""A small world for fencing machines: ordered messages, views, agents that can be told to fail, and a clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from standfast import agents, fencing
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired

METADATA = """<resource-agent name="x"><parameters><parameter name="port"/></parameters><actions>
<action name="on"/><action name="off"/><action name="reboot"/><action name="status"/><action name="list"/>
<action name="monitor"/><action name="metadata"/></actions></resource-agent>"""
Script = Callable[[str, agents.Invocation], tuple[int, int, str]]


def succeed(node: str, invocation: agents.Invocation) -> tuple[int, int, str]:
    """Return exit code, milliseconds and output of an agent that always can."""
    return (2 if invocation.action == "status" else 0), 100, ""


@dataclass
class World:
    """Machines by node, all messages in one order, and what came out of them."""

    names: tuple[str, ...]
    script: Script = succeed
    metadata: dict[str, str] = field(default_factory=dict)
    now_ms: int = 1000
    machines: dict[str, fencing.Machine] = field(default_factory=dict)
    receipts: dict[str, list[fencing.Receipt]] = field(default_factory=dict)
    calls: list[tuple[int, str, str, str]] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    configured: fencing.Configured | None = None
    _queue: list[tuple[int, int, str, fencing.Event]] = field(default_factory=list)
    _order: itertools.count = field(default_factory=itertools.count)  # type: ignore[type-arg]
    _timers: dict[tuple[str, str], int] = field(default_factory=dict)
    lives: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names:
            self.boot(name)
        self.view(*self.names)

    def boot(self, name: str) -> None:
        """Give the node a new machine."""
        self.lives[name] = self.lives.get(name, 0) + 1
        self.machines[name] = fencing.Machine(name)
        self.receipts.setdefault(name, [])
        if self.configured is not None:
            self.give(name, self.configured)

    def view(self, *members: str, may_fence: bool = True) -> None:
        """Let these be the members; the first one coordinates. Who is not among them hears nothing more."""
        self.members = members
        for name in members:
            lives = {member: f"{member}.{self.lives[member]}" for member in members}
            self.give(name, fencing.Membership(frozenset(members), members[0], may_fence, lives))

    def crash(self, name: str, *, coordinator: str = "") -> None:
        """Let a node vanish and the others see it."""
        del self.machines[name]
        rest = [n for n in self.members if n != name]
        first = coordinator or (rest[0] if rest else "")
        if rest:
            self.view(first, *(n for n in rest if n != first))

    def cut(self, name: str) -> None:
        """Let a node be alone: it lives on without quorum, the others take it for lost."""
        rest = [n for n in self.members if n != name]
        self.view(*rest)
        self.give(name, fencing.Membership(frozenset([name]), name, may_fence=False))

    def configure(self, *devices: fencing.Device, **more: object) -> None:
        """Let all know these devices, and their agents' meta-data."""
        nodes = tuple(enumerate(self.names, 1))
        self.configured = fencing.Configured(devices, more.pop("levels", ()), nodes, **more)  # type: ignore[arg-type]
        for name in list(self.machines):
            self.give(name, self.configured)
        self.run(until_ms=self.now_ms + 500)

    def fence(self, target: str, request: str = "r1", node: str = "", **more: object) -> None:
        """Ask for a fencing, of the coordinator unless another is named."""
        values = {"action": "reboot", "incarnation": f"{target}.1"} | more
        self.give(node or self.members[0], fencing.Fence(request=request, target=target, **values))  # type: ignore[arg-type]

    def give(self, name: str, event: fencing.Event) -> None:
        """Hand an event to a node's machine, and do what it wants."""
        now = Now(self.now_ms, self.now_ms + 1_700_000_000_000)
        for effect in self.machines[name].handle(event, now):
            self._do(name, effect, now)

    def _do(self, name: str, effect: fencing.Effect, now: Now) -> None:
        match effect:
            case fencing.Say(payload):
                self.messages.append((name, str(payload["kind"])))
                self._push(self.now_ms + 1, "*", fencing.Heard(name, payload))
            case fencing.RunAgent(call, invocation):
                self._call(name, call, invocation, now)
            case fencing.Receipt():
                self.receipts[name].append(effect)
            case SetTimer(timer, generation, delay_ms):
                self._timers[(name, timer)] = generation
                self._push(self.now_ms + delay_ms, name, TimerFired(timer, generation))
            case CancelTimer(timer):
                self._timers.pop((name, timer), None)

    def _call(self, name: str, call: int, invocation: agents.Invocation, now: Now) -> None:
        if invocation.action == "metadata":
            code, took_ms, output = 0, 10, self.metadata.get(invocation.agent.type, METADATA)
        else:
            code, took_ms, output = self.script(name, invocation)
            port = str(invocation.parameters.get("port", ""))
            self.calls.append((self.now_ms, name, invocation.action, f"{invocation.resource_id}:{port}"))
        timed_out = took_ms > invocation.timeout_ms
        status = agents.ExecutionStatus.TIMEOUT if timed_out else agents.ExecutionStatus.DONE
        outcome = agents.Outcome(1 if timed_out else code, status, stdout=output)
        self._push(self.now_ms + min(took_ms, invocation.timeout_ms), name, fencing.Exited(call, outcome))

    def _push(self, at_ms: int, name: str, event: fencing.Event) -> None:
        life = self.lives.get(name, 0)
        heapq.heappush(self._queue, (at_ms, next(self._order), f"{name}/{life}", event))

    def run(self, until_ms: int = 10**9) -> None:
        """Let time pass until nothing is left to happen. More than 5000 events are a circle."""
        for _ in range(5000):
            if not self._queue or self._queue[0][0] > until_ms:
                break
            at_ms, _, to, event = heapq.heappop(self._queue)
            self.now_ms = max(self.now_ms, at_ms)
            name, life = to.split("/")
            if name == "*":
                for member in self.members:
                    if isinstance(event, fencing.Heard) and event.sender in self.members and member in self.machines:
                        self.give(member, event)
            elif name in self.machines and self.lives[name] == int(life):
                if isinstance(event, TimerFired) and self._timers.get((name, event.name)) != event.generation:
                    continue
                self.give(name, event)
        else:
            raise AssertionError(f"this does not come to rest: {self.messages[-5:]} {self.calls[-3:]}")
        if until_ms < 10**9:
            self.now_ms = max(self.now_ms, until_ms)

    def fencings(self) -> list[tuple[str, str, str]]:
        """Return the calls that change something: node, action, device:port."""
        return [(n, a, d) for _, n, a, d in self.calls if a in ("on", "off", "reboot")]

    def agreed(self) -> list[fencing.Receipt]:
        """Return the receipts of the members, which must be the same on each."""
        found = [self.receipts[name] for name in self.members]
        assert all(other == found[0] for other in found), found
        return found[0]


@pytest.fixture
def world() -> type[World]:
    """Return the class: a test makes the world it needs."""
    return World
