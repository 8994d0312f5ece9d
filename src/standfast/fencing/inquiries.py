"""What this node asks agents outside a fencing: their meta-data, and devices' lists and states."""

from __future__ import annotations

import msgspec

from standfast import agents
from standfast.fencing import calls, devices, hosts, messages
from standfast.fencing.capabilities import ASSUMED
from standfast.fencing.coordinator import QUESTION_TIMEOUT_MS
from standfast.fencing.events import Effect, RunAgent, Say
from standfast.fencing.scene import Scene

METADATA_TIMEOUT_MS = 15_000
_UNKNOWN_TARGET = 1


class Metadata(msgspec.Struct, frozen=True):
    """A call that asks an agent what it can do."""

    agent: str


class Inquiries:
    """Calls of agents by number, and what each is for."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._calls: dict[int, Metadata | messages.Asked] = {}

    def metadata(self, agent: str) -> list[Effect]:
        """Ask an agent what it can do, unless it is being asked."""
        if Metadata(agent) in self._calls.values():
            return []
        call = self._scene.next_number()
        self._calls[call] = Metadata(agent)
        name = agents.AgentName("stonith", agent)
        return [RunAgent(call, agents.Invocation(name, "metadata", METADATA_TIMEOUT_MS))]

    def ask(self, asked: messages.Asked) -> list[Effect]:
        """Ask a device for its list, or for the state of a target."""
        device = self._scene.knowledge.devices.get(asked.device)
        if device is None:
            return [self._tell(asked, False)]
        able = self._scene.knowledge.capabilities(device.agent) or ASSUMED
        limit_ms = devices.timeout_ms(device, asked.what, QUESTION_TIMEOUT_MS)
        node_id = self._scene.node_id(asked.target)
        invocation = devices.invocation(device, asked.what, able, limit_ms, asked.target, node_id)
        call = self._scene.next_number()
        self._calls[call] = asked
        return [RunAgent(call, invocation)]

    def exited(self, call: int, outcome: agents.Outcome) -> list[Effect] | None:
        """Take the end of a call; None: it is not one of these."""
        match self._calls.pop(call, None):
            case Metadata(agent):
                self._scene.knowledge.learn(agent, outcome.stdout if outcome.exit_code == 0 else "")
                return []
            case messages.Asked() as asked:
                return [self._answer(asked, outcome)]
        return None

    def _answer(self, asked: messages.Asked, outcome: agents.Outcome) -> Say:
        """Return what the device said. A status of 0 (on) or 2 (off) says that the target is known to it."""
        if outcome.status is not agents.ExecutionStatus.DONE:
            return self._tell(asked, False)
        if asked.what == "list":
            return self._tell(asked, outcome.exit_code == 0, tuple(sorted(hosts.device_list(outcome.stdout))))
        device = self._scene.knowledge.devices.get(asked.device)
        known = outcome.exit_code in (0, calls.STATUS_OFF) and device is not None
        names = (hosts.port(device.parameters, asked.target),) if known and device is not None else ()
        return self._tell(asked, known or outcome.exit_code == _UNKNOWN_TARGET, names)

    def _tell(self, asked: messages.Asked, ok: bool, names: tuple[str, ...] = ()) -> Say:
        told = messages.Told(asked.device, asked.what, asked.target, ok, self._scene.node, names)
        return Say(messages.render(told))
