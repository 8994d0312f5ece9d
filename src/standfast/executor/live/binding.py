"""The executor as a daemon has it: the machine with agents, timers and a journal behind its effects."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections import deque
from collections.abc import Callable

from standfast.agents import AgentName, Invocation, Outcome, Site
from standfast.agents.live import Call, Caller, Catalogue
from standfast.errors import LiveError
from standfast.executor.events import (
    AgentKnown,
    Effect,
    Event,
    Exited,
    Finished,
    KillAgent,
    LearnAgent,
    ProcessEnded,
    Remember,
    Result,
    RunAgent,
)
from standfast.executor.live.journal import Journal, RunningAgent
from standfast.executor.live.left_agents import start_ticks
from standfast.executor.live.offspring import Offspring
from standfast.executor.machine import Machine
from standfast.runtime import CancelTimer, SetTimer
from standfast.runtime.live import Timers, now

log = logging.getLogger(__name__)
WRITE_EVERY_S = 0.1  # the history is written at most this often
LEAVING_PROCESSES = frozenset(["start", "promote", "migrate_from"])


class Executor:
    """One node's executor. `finished` gets every result that the machine tells, from the loop.

    It must be made within a running loop. Invariant: an agent that runs is in the journal before the loop hears of it.
    """

    def __init__(
        self,
        finished: Callable[[Result], None],
        *,
        site: Site | None = None,
        journal: Journal | None = None,
        caller: Caller | None = None,
    ) -> None:
        self.machine = Machine()
        self.caller = caller or Caller(site or Site())
        self.catalogue = Catalogue(self.caller.runner)
        self.journal = journal
        self.timers = Timers(self.submit)
        self.offspring = Offspring(lambda resource_id: self.submit(ProcessEnded(resource_id)))
        self._finished = finished
        self._loop = asyncio.get_running_loop()
        self._events: deque[Event] = deque()
        self._working = False
        self._calls: dict[int, Call] = {}
        self._agents: dict[int, RunningAgent] = {}  # written by the threads that start them
        self._learning: set[asyncio.Task[None]] = set()
        self._unwritten: tuple[Result, ...] | None = None
        self._written_s = 0.0
        self._on_disk: tuple[Result, ...] | None = None  # None: what a predecessor wrote

    @property
    def busy(self) -> bool:
        """Return whether an agent runs or waits to be run."""
        return self.machine.busy

    def submit(self, event: Event) -> None:
        """Give the machine an event and do what it says. What is submitted meanwhile comes after."""
        self._events.append(event)
        if self._working:
            return
        self._working = True
        try:
            while self._events:
                for effect in self.machine.handle(self._events.popleft(), now()):
                    self._do(effect)
        finally:
            self._working = False

    def close(self) -> None:
        """End timers and write the history. Agents that run are left to their end; the journal names them."""
        self.timers.clear()
        self.offspring.close()
        for task in self._learning:
            task.cancel()
        self.caller.runner.settle()
        self._write()

    def end_at_once(self) -> None:
        """Kill the process groups of all agents that run: this node must not go on."""
        self.caller.runner.settle()
        for agent in self._agents.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(agent.pid, signal.SIGKILL)

    def _do(self, effect: Effect) -> None:
        match effect:
            case RunAgent():
                self._run(effect)
            case KillAgent(call):
                if under_way := self._calls.get(call):
                    under_way.kill()
            case LearnAgent(agent):
                self._learn(agent)
            case Finished(result):
                self._finished(result)
            case Remember(results):
                self._remember(results)
            case SetTimer() | CancelTimer():
                self.timers.apply(effect)

    # --- agents

    def _run(self, effect: RunAgent) -> None:
        number, invocation = effect.call, effect.invocation
        call = self.caller.start(
            invocation,
            lambda outcome: self._exited(number, outcome),
            lambda pid: self._begun(number, invocation, pid),
        )
        if call is not None:
            self._calls[number] = call

    def _begun(self, number: int, invocation: Invocation, pid: int) -> None:
        """Keep that an agent runs, in the thread that started it."""
        agent = RunningAgent(pid, start_ticks(pid) or 0, invocation.resource_id, invocation.action)
        self._agents[number] = agent
        if self.journal is not None:
            try:
                self.journal.begun(agent)
            except LiveError as e:
                log.warning("%s", e)

    def _exited(self, number: int, outcome: Outcome) -> None:
        self._calls.pop(number, None)
        agent = self._agents.pop(number, None)
        if agent is not None and self.journal is not None:
            self.journal.ended(agent)
        if agent is not None and agent.action in LEAVING_PROCESSES and outcome.exit_code == 0:
            self.offspring.look(agent)
        self.submit(Exited(number, outcome))

    def _learn(self, agent: AgentName) -> None:
        """Answer from the cache at once, else fetch beside everything else."""
        if kept := self.catalogue.cached(agent):
            self.submit(AgentKnown(agent, kept.metadata))
            return
        task = self._loop.create_task(self._fetch(agent))
        self._learning.add(task)
        task.add_done_callback(self._learning.discard)

    async def _fetch(self, agent: AgentName) -> None:
        """Fetch and answer, whatever happens: results wait for it."""
        metadata = None
        try:
            metadata = await self.catalogue.metadata(agent)
        except LiveError as e:
            log.warning("%s", e)
        except Exception:
            log.exception("meta-data of %s", agent)
        self.submit(AgentKnown(agent, metadata))

    # --- the journal

    def _remember(self, results: tuple[Result, ...]) -> None:
        """Write the history: at once if some of what is on disk does not hold any more, else a moment after the last
        time, so that many results in a row are written together."""
        waiting, self._unwritten = self._unwritten is not None, results
        if self._on_disk is None or not {id(r) for r in self._on_disk} <= {id(r) for r in results}:
            self._write()
        elif not waiting:
            self._loop.call_at(max(self._loop.time(), self._written_s + WRITE_EVERY_S), self._write)

    def _write(self) -> None:
        results, self._unwritten = self._unwritten, None
        if results is None or self.journal is None:
            return
        self._written_s = self._loop.time()
        try:
            self.journal.remember(results)
            self._on_disk = results
        except LiveError as e:
            log.warning("%s", e)
