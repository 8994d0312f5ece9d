"""Runs systemd units over D-Bus: an order is a job, and its end is the signal that removes it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import sdbus
from sdbus.exceptions import SdBusBaseError

from standfast.agents import systemd_unit
from standfast.agents.invocation import ExecutionStatus, Invocation, Ocf, Outcome
from standfast.agents.live.process import boottime_ms
from standfast.errors import LiveError

log = logging.getLogger(__name__)
SYSTEMD = "org.freedesktop.systemd1"
ROOT = "/org/freedesktop/systemd1"
MANAGER = f"{SYSTEMD}.Manager"
UNIT = f"{SYSTEMD}.Unit"
POLL_S = 0.25  # between two looks at a unit that is on its way
ENDED_JOBS_KEPT = 64
BUS_ERRORS = (SdBusBaseError, OSError)


class UnitCall:
    """An order to a unit that is under way."""

    pid = 0  # nothing of ours runs

    def __init__(self, task: asyncio.Task[Outcome]) -> None:
        self._task = task

    def kill(self) -> None:
        """Stop waiting for it. The job itself goes on: systemd answers for the unit."""
        self._task.cancel()


class Systemd:
    """The systemd of this machine. The connection is made when it is first needed, and again after it broke."""

    def __init__(self, override_folder: str = "/run/systemd/system", *, look_s: float = 0.5) -> None:
        self.override_folder = override_folder
        self.look_s = look_s  # how long a unit's state is asked for after a time-out
        self._bus: Any = None
        self._slot: Any = None
        self._jobs: dict[str, asyncio.Future[str]] = {}
        self._ended: OrderedDict[str, str] = OrderedDict()

    def start(self, invocation: Invocation, done: Callable[[Outcome], None]) -> UnitCall:
        """Begin an order; `done` is called once with its outcome, from the loop."""
        task = asyncio.get_running_loop().create_task(self.run(invocation))
        task.add_done_callback(lambda ended: done(outcome_of(ended, invocation)))
        return UnitCall(task)

    async def run(self, invocation: Invocation) -> Outcome:
        """Return what came of an order: of all that can go wrong too."""
        before_ms, wall_ms = boottime_ms(), time.time_ns() // 1_000_000
        try:
            async with asyncio.timeout(invocation.timeout_ms / 1000 if invocation.timeout_ms > 0 else None):
                outcome = await self._run(invocation)
        except LiveError as e:
            outcome = Outcome(int(Ocf.NOT_INSTALLED), ExecutionStatus.NOT_INSTALLED, str(e))
        except TimeoutError:
            outcome = await self._timed_out(invocation)
        return msgspec.structs.replace(outcome, started_wall_ms=wall_ms, duration_ms=boottime_ms() - before_ms)

    async def _run(self, invocation: Invocation) -> Outcome:
        unit, action = systemd_unit.unit_name(invocation.agent.type), invocation.action
        await self._connect()
        try:
            if action in ("monitor", "status"):
                return await self._state(unit)
            if action in systemd_unit.METHODS:
                return await self._order(unit, action)
        except BUS_ERRORS as e:
            self._check_connection()
            return systemd_unit.error_outcome(action, unit, *error_of(e))
        return Outcome(int(Ocf.UNIMPLEMENT_FEATURE), ExecutionStatus.ERROR, f"systemd units know no {action}")

    # --- the bus

    async def _connect(self) -> None:
        """Connect, and ask for signals. Raises: LiveError if there is no bus, or no systemd on it."""
        if self._bus is not None:
            return
        try:
            self._bus = sdbus.sd_bus_open_system()
            self._slot = await self._bus.match_signal_async(SYSTEMD, ROOT, MANAGER, "JobRemoved", self._job_removed)
            await self._call(ROOT, MANAGER, "Subscribe")
        except BUS_ERRORS as e:
            self._drop_connection()
            raise LiveError(f"no systemd on the system bus: {': '.join(error_of(e))}") from e

    def _drop_connection(self) -> None:
        bus, self._bus, self._slot = self._bus, None, None
        if bus is not None:
            bus.close()
        for job in self._jobs.values():
            if not job.done():
                job.set_result("lost: the connection to systemd broke")

    def _check_connection(self) -> None:
        """Drop a connection that is no more: what is asked next makes a new one."""
        try:
            self._bus.get_fd()
        except BUS_ERRORS:
            self._drop_connection()

    async def _call(self, path: str, interface: str, member: str, signature: str = "", *arguments: Any) -> Any:
        message = self._bus.new_method_call_message(SYSTEMD, path, interface, member)
        if signature:
            message.append_data(signature, *arguments)
        return (await self._bus.call_async(message)).get_contents()

    async def _property(self, path: str, name: str) -> str:
        message = self._bus.new_property_get_message(SYSTEMD, path, UNIT, name)
        _, value = (await self._bus.call_async(message)).get_contents()
        return str(value)

    def _job_removed(self, message: Any) -> None:
        """Keep how a job ended: the signal may be read before the reply that says which job is ours."""
        _, path, _, result = message.get_contents()
        if job := self._jobs.get(path):
            if not job.done():
                job.set_result(result)
            return
        self._ended[path] = result
        if len(self._ended) > ENDED_JOBS_KEPT:
            self._ended.popitem(last=False)

    # --- orders

    async def _order(self, unit: str, action: str) -> Outcome:
        if action == "start":
            await self._override(unit)
        elif action == "stop":
            await self._remove_override(unit)
        path = await self._call(ROOT, MANAGER, systemd_unit.METHODS[action], "ss", unit, "replace")
        return systemd_unit.job_outcome(action, unit, await self._job_end(path))

    async def _job_end(self, path: str) -> str:
        if (result := self._ended.pop(path, None)) is not None:
            return result
        job: asyncio.Future[str]
        job = self._jobs[path] = asyncio.get_running_loop().create_future()
        try:
            return await job
        finally:
            del self._jobs[path]

    async def _state(self, unit: str) -> Outcome:
        """Return what a monitor finds; a unit that is on its way is waited for."""
        path = await self._call(ROOT, MANAGER, "LoadUnit", "s", unit)
        while True:
            outcome = systemd_unit.state_outcome(await self._property(path, "ActiveState"))
            if outcome is not None:
                return outcome
            await asyncio.sleep(POLL_S)

    async def _timed_out(self, invocation: Invocation) -> Outcome:
        """Return the outcome of an order that took too long, with the state that its unit is in."""
        unit, doing = systemd_unit.unit_name(invocation.agent.type), ""
        try:
            async with asyncio.timeout(self.look_s):
                path = await self._call(ROOT, MANAGER, "LoadUnit", "s", unit)
                states = [await self._property(path, name) for name in ("ActiveState", "SubState")]
                doing = f"{unit} is {'/'.join(states)}"
        except (*BUS_ERRORS, TimeoutError, AttributeError):
            doing = f"{unit}: systemd does not answer"
        reason = f"{invocation.action} of {unit} timed out after {invocation.timeout_ms} ms"
        return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.TIMEOUT, reason, doing=doing)

    # --- drop-ins

    def _drop_in_path(self, unit: str) -> Path:
        return Path(self.override_folder, f"{unit}.d", systemd_unit.DROP_IN)

    async def _override(self, unit: str) -> None:
        path, text = self._drop_in_path(unit), systemd_unit.drop_in(unit)
        if path.exists() and path.read_text() == text:
            return
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        await self._call(ROOT, MANAGER, "Reload")

    async def _remove_override(self, unit: str) -> None:
        try:
            os.unlink(self._drop_in_path(unit))
        except FileNotFoundError:
            return
        await self._call(ROOT, MANAGER, "Reload")


def outcome_of(task: asyncio.Task[Outcome], invocation: Invocation) -> Outcome:
    """Return the outcome of an order that ended, in whatever way: who asked gets an answer."""
    if task.cancelled():
        return Outcome(int(Ocf.OK), ExecutionStatus.CANCELLED, f"{invocation.action} was cancelled")
    if (error := task.exception()) is not None:
        log.error("%s of %s", invocation.action, invocation.agent, exc_info=error)
        return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.ERROR, f"{type(error).__name__}: {error}")
    return task.result()


def error_of(error: BaseException) -> tuple[str, str]:
    """Return a D-Bus error's name and message."""
    name = getattr(error, "dbus_error_name", "") or (str(error.args[0]) if error.args else type(error).__name__)
    return name, str(error.args[-1]) if error.args else str(error)
