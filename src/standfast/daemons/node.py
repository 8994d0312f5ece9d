"""One node, live: binds the controller's machine to the engine, the disk, the executor, fencing, and the worker.

Events go through one queue, so that an effect's answer is never handled inside the handling of its cause. They are
handled in turns of bounded time, between which the loop does what else is due.
"""

from __future__ import annotations

import asyncio
import collections
import logging
import os
import signal
import time
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from standfast import cib, controller, errors, messaging, runtime
from standfast.agents import Site
from standfast.agents.live import Caller
from standfast.cib.live import open_store
from standfast.daemons import eventlog, inputs, power, resident
from standfast.daemons.settings import Settings
from standfast.executor.live import Executor, Journal, RunningAgent, end_agents
from standfast.executor.live.journal import boot_id
from standfast.messaging.live import corosync, local
from standfast.runtime.live import Timers, now
from standfast.runtime.live.lag import LagMeter

LOG = logging.getLogger("standfast")
TURN_S = 0.005
LEFT_AGENTS_WAIT_S = 2.0
WORKER_AFTER_S = 1.0
_TROUBLE = {"warning": " (with warnings)", "error": " (with errors)"}
_ENDS = controller.Reply(
    0, error="the daemon ends before it knows the outcome", exit_status=int(errors.Exit.DISCONNECTED)
)  # fmt: skip


def engine_of(settings: Settings) -> messaging.Engine:
    """Return the engine that the settings name."""
    if settings.engine == "corosync":
        return corosync.CorosyncEngine(settings.node_id)
    return local.LocalEngine(str(settings.sequencer), settings.node_id)


class Node:
    """All machines of one node and what they touch. `last_words` is called before the process ends itself at once."""

    def __init__(self, settings: Settings, last_words: Callable[[], None] = lambda: None) -> None:
        self.settings = settings
        self._last_words = last_words
        self.events = eventlog.EventLog()
        self.machine = controller.Machine(settings.node_id, settings.node)
        self.engine = engine_of(settings)
        site = Site(
            sbin_directory=str(settings.sbin),
            fence_directories=tuple(str(p) for p in settings.fence_agents),
            ocf_directories=tuple(str(p) for p in settings.ocf_agents),
        )
        caller = Caller(site)
        self.power = power.Power(settings.node, caller, self.post)
        self.journal = Journal(str(settings.run))
        self.executor = Executor(self._finished, journal=self.journal, caller=caller)
        self.worker = resident.Resident()
        self.questions = resident.Resident()  # its own, so that no question of a client holds up a recovery
        self.lag = LagMeter(self._slept)
        self.ended = asyncio.Event()
        self.trouble = ""
        self.faulty = False
        self._store = open_store(settings.state / "cib")
        self._inputs = inputs.Inputs(settings.inputs)
        self._timers = Timers(self.post)
        self._queue: collections.deque[controller.Event] = collections.deque()
        self._turn_is_due = False
        self._replies: dict[int, asyncio.Future[controller.Reply]] = {}
        self._number = 0
        self._rendered: tuple[object, bytes] = (None, b"")
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life

    async def start(self) -> None:
        """Load what the disk holds, begin with it, and join the group."""
        loaded = await asyncio.to_thread(self._store.load)
        left, refused = self.journal.load()
        await self._end_left_agents(left.agents)
        self.post(
            controller.Loaded(
                loaded.document,
                loaded.term,
                boot_id() + self._namespace(),
                str(uuid.uuid4()),
                left.results,
                (*loaded.refused, *refused),
                loaded.members,
                cpus=os.cpu_count() or 1,
                change_term=loaded.change_term,
                base=loaded.base,
            )
        )
        self.lag.start()
        self.engine.start(self.post)
        self._background(self._start_worker())

    async def _start_worker(self) -> None:
        """Have the worker at hand before it is needed, but first let the node join."""
        await asyncio.sleep(WORKER_AFTER_S)
        await self.worker.start()

    async def _end_left_agents(self, agents: tuple[RunningAgent, ...]) -> None:
        """Await the agents that the predecessor left, then end them: two of one resource must not run at once."""
        left = await end_agents(agents, LEFT_AGENTS_WAIT_S)
        for agent in left:
            LOG.error("an agent of the predecessor cannot be ended pid=%d resource=%s", agent.pid, agent.resource_id)
        for agent in set(agents) - set(left):
            self.journal.ended(agent)

    @staticmethod
    def _namespace() -> str:
        """Return what tells two lives of a namespaced node apart: the start of its first process."""
        return "/" + Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19]

    async def stop(self) -> None:
        """Leave the group and end what was started here, agents excepted: a successor reclaims them."""
        self.engine.leave()
        self.lag.stop()
        self._timers.clear()
        self.power.stop()
        for task in self._tasks:
            task.cancel()
        self.executor.close()
        await self.worker.stop()
        await self.questions.stop()

    # --- events in

    def post(self, event: controller.Event) -> None:
        """Hand the controller an event, after those that wait already."""
        self._queue.append(event)
        if not self._turn_is_due:
            self._turn_is_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        end_s = time.monotonic() + TURN_S
        try:
            while self._queue and time.monotonic() < end_s:
                for effect in self.machine.handle(self._queue.popleft(), now()):
                    self._do(effect)
        except Exception as fault:
            self._end_by(fault)
            return
        self._turn_is_due = bool(self._queue)
        if self._turn_is_due:
            asyncio.get_running_loop().call_soon(self._turn)

    async def request(self, user: str, body: controller.requests.Body, client: str = "") -> controller.Reply:
        """Ask the controller; return its reply. Raises: RequestError with the reply's error and exit status."""
        if self.ended.is_set():
            raise errors.RequestError("the daemon ends", errors.Exit.DISCONNECTED)
        self._number += 1
        future = self._replies[self._number] = asyncio.get_running_loop().create_future()
        self.post(controller.Request(self._number, user, body, client))
        reply: controller.Reply = await future
        if reply.error:
            raise errors.RequestError(reply.error, errors.Exit(reply.exit_status or errors.Exit.ERROR), reply.reports)
        return reply

    def _finished(self, result: Any) -> None:
        self.post(controller.OperationFinished(result))

    def _slept(self, gap_ms: int) -> None:
        self.post(controller.Slept(gap_ms))

    # --- effects out

    def _do(self, effect: controller.Effect) -> None:
        match effect:
            case controller.Multicast(payload=payload):
                self._multicast(payload)
            case controller.Store():
                self._background(self._store_document(effect))
            case controller.Schedule():
                self._background(self._schedule(effect))
            case controller.Reply(request=number):
                if (future := self._replies.pop(number, None)) and not future.done():
                    future.set_result(effect)
            case controller.ToExecutor(event=event):
                self.executor.submit(event)
            case controller.ToFencing(event=event):
                self.power.handle(event)
            case controller.Publish():
                self.events.add(effect, now().wall_ms)
            case controller.KeepInput():
                self._background(self._keep_input(effect))
            case controller.Panic(reason=reason):
                self._panic(reason)
            case controller.StopNow(reason=reason):
                self._end(reason)
            case runtime.SetTimer() | runtime.CancelTimer():
                self._timers.apply(effect)

    def _multicast(self, payload: bytes) -> None:
        """Send; without a view the message is lost as its sender's view is: EngineLost is on its way."""
        try:
            self.engine.multicast(payload)
        except errors.LocalProtocolError as e:
            LOG.debug("not sent: %s", e)

    async def _store_document(self, effect: controller.Store) -> None:
        try:
            await asyncio.to_thread(
                self._store.save, effect.document, effect.term, effect.members, effect.change_term, effect.base
            )
        except (errors.LiveError, OSError) as e:
            self.post(controller.StoreFailed(effect.number, str(e)))
        else:
            self.post(controller.Stored(effect.number))

    async def _schedule(self, effect: controller.Schedule) -> None:
        try:
            outcome = await self.worker.schedule(effect.document, effect.now_s)
        except errors.StandfastError as e:
            LOG.error("the scheduler failed: %s", e)
            self.post(controller.Scheduled(effect.number, None, str(e)))
        else:
            self.post(controller.Scheduled(effect.number, outcome))

    async def _keep_input(self, effect: controller.KeepInput) -> None:
        limit = inputs.limit(self.document, effect.severity)
        try:
            path = await asyncio.to_thread(self._inputs.keep, effect.document, effect.severity, limit, effect.now_s)
        except OSError as e:
            LOG.warning("the scheduler's input is not kept: %s", e)
        else:
            if path is not None:
                trouble = _TROUBLE.get(effect.severity, "")
                LOG.log(
                    logging.WARNING if trouble else logging.INFO,
                    "Calculated transition %d%s, saving inputs in %s", effect.transition, trouble, path,
                )  # fmt: skip

    def _panic(self, reason: str) -> None:
        LOG.error("this node must not go on: %s", reason)
        if self.settings.panic == "init":
            os.kill(1, signal.SIGTERM)
        self.executor.end_at_once()
        self._last_words()
        os._exit(errors.Exit.ERROR)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._end_by(fault)

    def _end_by(self, fault: BaseException) -> None:
        """End the daemon because of a broken invariant: its peers recover what it did."""
        LOG.error("a fault of ours: %r", fault, exc_info=fault)
        self.faulty = True
        self._end(repr(fault))

    def _end(self, reason: str) -> None:
        """Begin to end: who still waits for an answer is told that there will be none."""
        self.trouble = reason
        for future in self._replies.values():
            if not future.done():
                future.set_result(_ENDS)
        self._replies.clear()
        self.ended.set()

    @property
    def document(self) -> cib.Document:
        """Return the document as it is now; nobody outside the machine changes it. Raises: RequestError before there
        is one."""
        if self.machine.known_document is None:
            raise errors.RequestError("this node has no configuration yet: it waits", errors.Exit.DISCONNECTED)
        return self.machine.known_document

    def rendered(self) -> tuple[object, bytes]:
        """Return the document's text, and what tells this state from every other one of this life. Raises:
        RequestError before there is a document."""
        document, replica = self.document, self.machine.replica
        key = (id(replica), 0 if replica is None else replica.applied, str(document.version))
        if self._rendered[0] != key:
            self._rendered = key, document.render()
        return self._rendered
