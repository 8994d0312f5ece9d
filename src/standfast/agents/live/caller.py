"""One place to call agents of every class on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

import msgspec

from standfast.agents.command import candidates
from standfast.agents.environment import Site
from standfast.agents.invocation import AgentName, ExecutionStatus, Invocation, Ocf, Outcome
from standfast.agents.live.runner import Runner
from standfast.agents.live.systemd import Systemd


class Call(Protocol):
    """A call that is under way."""

    def kill(self) -> None:
        """End it; its outcome comes all the same."""


class Caller:
    """Calls agents: those that are files through the runner, units through systemd."""

    def __init__(self, site: Site, runner: Runner | None = None, systemd: Systemd | None = None) -> None:
        self.site = site
        self.runner = runner or Runner(site)
        self.systemd = systemd or Systemd()

    def start(
        self, invocation: Invocation, done: Callable[[Outcome], None], begun: Callable[[int], None] | None = None
    ) -> Call | None:
        """Start a call; `done` is called once with its outcome, from the loop. None if nothing is to be waited for.

        `begun` gets the number of the agent's process and group, if there is one, as `Runner.start` says.
        """
        invocation = msgspec.structs.replace(invocation, agent=self.resolve(invocation.agent))
        if invocation.action == "meta-data" and invocation.agent.standard in ("lsb", "systemd"):
            reason = f"{invocation.agent.standard} agents are not called for their meta-data"
            outcome = Outcome(int(Ocf.UNIMPLEMENT_FEATURE), ExecutionStatus.NOT_SUPPORTED, reason)
            asyncio.get_running_loop().call_soon(done, outcome)
            return None
        if invocation.agent.standard == "systemd":
            return self.systemd.start(invocation, done)
        return self.runner.start(invocation, done, begun)

    def resolve(self, agent: AgentName) -> AgentName:
        """Return what a `service` is on this machine: an init script, else a systemd unit. Others stay what they are.

        Source: resources_find_service_class of Pacemaker.
        """
        if agent.standard != "service":
            return agent
        script = AgentName("lsb", agent.type)
        found = any(os.path.exists(path) for path in candidates(script, self.site))
        return script if found else AgentName("systemd", agent.type)
