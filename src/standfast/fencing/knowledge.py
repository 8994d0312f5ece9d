"""What is known of agents and devices: meta-data, and whom a device says it can fence. Answers are kept."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from standfast.fencing import capabilities, hosts, messages
from standfast.fencing.capabilities import Capabilities
from standfast.fencing.events import Configured, Device
from standfast.fencing.hosts import Check

FRESH_MS = 60_000
"""An answer that is no longer than this ago is believed when it says no; an older one is asked for again."""


class Answer(msgspec.Struct, frozen=True):
    """What a device said, and when we heard it."""

    at_ms: int
    hosts: frozenset[str]


Question = tuple[str, str, str]
"""A device, list or status, and the status's target."""


class Knowledge:
    """Caches; a device whose configuration changed is asked anew."""

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self._agents: dict[str, Capabilities] = {}
        self._assumed: set[str] = set()
        self._answers: dict[Question, Answer] = {}

    def configure(self, configured: Configured) -> list[str]:
        """Take the devices. Return the agents whose meta-data are not known, or could not be had the last time."""
        new = {d.id: d for d in configured.devices}
        for question in [q for q in self._answers if new.get(q[0]) != self.devices.get(q[0])]:
            del self._answers[question]
        self.devices = new
        known = self._agents.keys() - self._assumed
        return sorted({d.agent for d in new.values()} - known)

    def learn(self, agent: str, metadata: str) -> None:
        """Take an agent's meta-data; where they are none the usual is assumed."""
        found = capabilities.parse(metadata)
        self._agents[agent] = found or capabilities.ASSUMED
        (self._assumed.add if found is None else self._assumed.discard)(agent)

    def capabilities(self, agent: str) -> Capabilities | None:
        """Return what the agent can do; None while it has yet to say."""
        return self._agents.get(agent)

    def told(self, said: messages.Told, now_ms: int) -> None:
        """Keep an answer; one that failed counts as naming nobody."""
        names = frozenset(name.casefold() for name in said.hosts) if said.ok else frozenset()
        self._answers[(said.device, said.what, said.target)] = Answer(now_ms, names)

    def lists(self) -> tuple[messages.Told, ...]:
        """Return the devices' lists, for joiners."""
        return tuple(
            messages.Told(device, what, target, True, hosts=tuple(sorted(answer.hosts)))
            for (device, what, target), answer in sorted(self._answers.items())
        )

    def can_fence(self, device: Device, target: str, now_ms: int) -> bool | Question:
        """Return whether the device can fence the target, or what it must be asked first."""
        able = self._agents.get(device.agent)
        if able is None:
            return (device.id, "metadata", "")
        check = hosts.check(device.parameters, able)
        if check is Check.NONE:
            return True
        if check is Check.STATIC_LIST:
            return hosts.in_static_list(device.parameters, target)
        question = (device.id, *(("list", "") if check is Check.DYNAMIC_LIST else ("status", target)))
        return self._by_answer(question, device, target, now_ms)

    def _by_answer(self, question: Question, device: Device, target: str, now_ms: int) -> bool | Question:
        answer = self._answers.get(question)
        if answer is not None and hosts.port(device.parameters, target).casefold() in answer.hosts:
            return True
        return question if answer is None or now_ms - answer.at_ms > FRESH_MS else False

    def unlisted(self) -> Iterable[Question]:
        """Return what devices with a dynamic list have never been asked: so that it is known when it is needed."""
        for device in self.devices.values():
            able = self._agents.get(device.agent)
            dynamic = able is not None and hosts.check(device.parameters, able) is Check.DYNAMIC_LIST
            if dynamic and (device.id, "list", "") not in self._answers:
                yield (device.id, "list", "")

    def targets(self, device: Device, nodes: Iterable[str], now_ms: int) -> tuple[str, ...]:
        """Return the nodes that the device is known to be able to fence."""
        return tuple(n for n in nodes if self.can_fence(device, n, now_ms) is True)
