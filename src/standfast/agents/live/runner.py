"""Calls agents that are files, many at a time, and says what came of each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import msgspec

from standfast.agents import exits
from standfast.agents.command import Command, command
from standfast.agents.environment import Site
from standfast.agents.invocation import ExecutionStatus, Invocation, Ocf, Outcome
from standfast.agents.live.doing import doing
from standfast.agents.live.process import Child, Process, spawn

THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="agent-start")
KEEP_BYTES = 16 * 1024
KEEP_METADATA_BYTES = 4 * 1024 * 1024


class Patience(msgspec.Struct, frozen=True):
    """How long each step of a kill takes at most, in seconds: to look what it does, SIGTERM, SIGKILL, giving up."""

    look_s: float = 0.5
    term_s: float = 1.0
    kill_s: float = 2.0


class Call:
    """One call that is under way, or on its way to be. `done` is called once with its outcome, from the loop."""

    def __init__(self, invocation: Invocation, patience: Patience, done: Callable[[Outcome], None]) -> None:
        self.invocation = invocation
        self.patience = patience
        self.timed_out = False
        self.cancelled = False
        self.doing = ""
        self.done = done
        self._process: Process | None = None
        self._ended = asyncio.Event()
        self._killer: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, process: Process) -> None:
        """Take note that the agent runs now; it is ended at once if it was not wanted any more meanwhile."""
        self._process = process
        process.ended = self.ended
        limit_ms = self.invocation.timeout_ms
        if limit_ms > 0:
            left_s = max(0, limit_ms - process.duration_ms) / 1000
            self._timer = process.loop.call_later(left_s, self._time_out)
        if self.cancelled:
            self._end()

    @property
    def process(self) -> Process:
        """Return the agent's process, which has begun."""
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        """Return the agent's process id, which is its process group's and session's too; 0 before it runs."""
        return 0 if self._process is None else self._process.pid

    @property
    def whole_group(self) -> bool:
        """Return whether a kill reaches all of the group. With on-fail=block only the agent dies: an operator looks."""
        return self.invocation.meta.get("on_fail", self.invocation.meta.get("on-fail")) != "block"

    def _time_out(self) -> None:
        self.timed_out = True
        self._end()

    def kill(self) -> None:
        """End a call that is not wanted any more; its outcome comes all the same, with status CANCELLED."""
        self.cancelled = True
        self._end()

    def _end(self) -> None:
        if self._process is not None and self._killer is None and self._process.returncode is None:
            self._killer = self.process.loop.create_task(self._kill())

    async def _kill(self) -> None:
        """Note what it is doing, then SIGTERM, SIGKILL, and in the end give up: each only if it is still there."""
        if self.timed_out:
            self.doing = await doing(self.pid, self.patience.look_s)
        self.process.end_group = self.whole_group
        for number, wait_s in (
            (signal.SIGTERM, self.patience.term_s),
            (signal.SIGKILL, self.patience.kill_s),
        ):
            self.process.signal(number, group=self.whole_group)
            try:
                await asyncio.wait_for(self._ended.wait(), wait_s)
            except TimeoutError:
                continue
            return
        self.process.abandon()
        self._finish(f"{self._limit()} and cannot be killed")

    def ended(self, process: Process) -> None:
        """Take the end of the process."""
        self._ended.set()
        code = process.returncode
        assert code is not None
        if self.timed_out or self.cancelled:
            self._finish(self._limit())
        elif code < 0:
            self._finish(f"{self.invocation.action} interrupted by signal {signal_name(-code)}")
        else:
            self._finish("", code)

    def _limit(self) -> str:
        if not self.timed_out:
            return f"{self.invocation.action} was cancelled"
        return f"{self.invocation.action} timed out after {self.invocation.timeout_ms} ms"

    def _finish(self, trouble: str, code: int = int(Ocf.UNKNOWN_ERROR)) -> None:
        """Tell the outcome. `trouble` says why it is none of the agent's own."""
        if self._timer is not None:
            self._timer.cancel()
        stdout, stderr = (tail.text() for tail in self.process.tails)
        said = exits.exit_reason(stderr) if self.invocation.agent.standard == "ocf" else ""
        self.done(
            Outcome(
                exit_code=code if trouble else exits.to_ocf(self.invocation, code, stdout),
                status=self._status(trouble),
                exit_reason=": ".join(part for part in (trouble, said) if part),
                stdout=stdout,
                stderr=stderr,
                doing=self.doing,
                started_wall_ms=self.process.started_wall_ms,
                duration_ms=self.process.duration_ms,
            )
        )

    def _status(self, trouble: str) -> ExecutionStatus:
        if self.timed_out:
            return ExecutionStatus.TIMEOUT
        if self.cancelled:
            return ExecutionStatus.CANCELLED
        return ExecutionStatus.ERROR if trouble else ExecutionStatus.DONE


class Runner:
    """Starts calls of agents that are files, each in a thread; afterwards calls look after themselves."""

    def __init__(self, site: Site, patience: Patience | None = None) -> None:
        self.site = site
        self.patience = patience or Patience()
        self._starting: set[Future[Child]] = set()

    def start(
        self, invocation: Invocation, done: Callable[[Outcome], None], begun: Callable[[int], None] | None = None
    ) -> Call | None:
        """Start a call; `done` gets its outcome, later. None if there is nothing to wait for: there is no such agent,
        and `done` is called in the loop's next turn.

        `begun` gets the process id as soon as the agent runs, from another thread, and before anything else happens.
        """
        todo = command(invocation, self.site)
        file = existing(todo)
        if not file:
            where = " or ".join(todo.candidates) or "a name that no agent can have"
            outcome = refused(2, f"{invocation.agent} is not installed: no {where}")
            asyncio.get_running_loop().call_soon(done, outcome)
            return None
        call = Call(invocation, self.patience, done)
        self._begin(call, file, todo, begun)
        return call

    def _begin(self, call: Call, file: str, todo: Command, begun: Callable[[int], None] | None) -> None:
        loop = asyncio.get_running_loop()

        def work() -> Child:
            child = spawn(file, todo)
            if begun is not None:
                begun(child.popen.pid)
            return child

        def tell(future: Future[Child]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._begun, call, file, future)

        future = THREADS.submit(work)
        self._starting.add(future)
        future.add_done_callback(tell)

    def _begun(self, call: Call, file: str, future: Future[Child]) -> None:
        self._starting.discard(future)
        keep = KEEP_METADATA_BYTES if call.invocation.action == "meta-data" else KEEP_BYTES
        try:
            child = future.result()
        except (OSError, ValueError) as e:
            error = e.errno if isinstance(e, OSError) and e.errno else 0
            said = os.strerror(error) if error else str(e)
            call.done(refused(error, f"cannot execute {file}: {said}"))
        else:
            call.begin(Process(child, keep=keep))

    def settle(self) -> None:
        """Wait until all agents that are being started run: for one who ends, and must know of them."""
        wait(self._starting)

    async def run(self, invocation: Invocation) -> Outcome:
        """Call an agent and return its outcome. One that is cancelled kills its agent."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        call = self.start(invocation, lambda o: None if outcome.done() else outcome.set_result(o))
        try:
            return await outcome
        except asyncio.CancelledError:
            if call is not None:
                call.kill()
            raise


def existing(todo: Command) -> str:
    """Return the first path of a command that exists, whatever it is; "" if none does."""
    return next((path for path in todo.candidates if os.path.lexists(path)), "")


def refused(error: int, reason: str) -> Outcome:
    """Return the outcome of a call that could not be made."""
    code, status = exits.refusal(error)
    return Outcome(code, status, reason)


def signal_name(number: int) -> str:
    """Return a signal's name; its number if it has none (real-time signals)."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
