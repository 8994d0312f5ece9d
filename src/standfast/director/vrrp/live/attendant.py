"""The attendant's process: scripts, tracked files and processes, notifications.

`python -m standfast.director.vrrp.live.attendant FD`, started by the VRRP process, whose end of the channel it ends
with. What it is told are lists of events, what it says are lists of effects: both are programs of one version.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import pwd
import signal
import socket
import sys
from collections.abc import Coroutine
from typing import Any

from msgspec.structs import replace

from standfast.director import checks
from standfast.director import events as dev
from standfast.director.configuration import Fifo
from standfast.director.live import notices, script_security, scripts
from standfast.director.vrrp import attendant as at
from standfast.director.vrrp.events import TrackChanged
from standfast.director.vrrp.live import process_connector
from standfast.director.vrrp.live.tracked_files import TrackedFiles
from standfast.director.vrrp.script_runs import RunTracked
from standfast.errors import LiveError
from standfast.runtime import CancelTimer, SetTimer
from standfast.runtime.live.timers import Timers

DEFAULT_USER = "keepalived_script"
LOOK_AGAIN_S = 1.0
END_PATIENCE_S = 10.0
_MESSAGE_BYTES = 1 << 20


class Attendance:
    """Carries out what the attendant wants."""

    def __init__(self, channel: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._channel = channel
        self._attendant = at.Attendant()
        self._timers = Timers(self._handle, self._loop)
        self._pipes = notices.Pipes()
        self._files = TrackedFiles(lambda name, value: self._handle(at.FileRead(name, value)))
        self._connector: process_connector.Connector | None = None
        self._looks = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._notifying: set[asyncio.Task[None]] = set()
        self._mails: asyncio.Queue[dev.SendMail] = asyncio.Queue()
        self._said: list[Any] = []
        self.ending = asyncio.Event()
        self.ended = asyncio.Event()

    async def run(self) -> None:
        """Attend until told to end, then until everything was told; or until nobody is there any more."""
        self._loop.add_reader(self._channel, self._hear)
        if self._files.fileno() >= 0:
            self._loop.add_reader(self._files, self._files.changed)
        self._spawn(self._look_again())
        self._spawn(self._send_mails())
        await self.ending.wait()
        if not self.ended.is_set():
            self._timers.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_PATIENCE_S):
                    while not self._attendant.idle and self._notifying:
                        await asyncio.wait(self._notifying)
                        await asyncio.sleep(0)
                    await self._mails.join()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._pipes.close()

    # -- what is heard and said

    def _hear(self) -> None:
        data, fds, _, _ = socket.recv_fds(self._channel, _MESSAGE_BYTES, 1)
        if not data:
            self.ended.set()
            self.ending.set()
            return
        for message in pickle.loads(data):
            if message == at.END:
                self.ending.set()
            elif message == at.Configure.__name__:
                with open(fds[0], "rb") as opened:
                    self._configure(pickle.load(opened))
            else:
                self._handle(message)
        self._flush()

    def _configure(self, configuration: Any) -> None:
        telling = configuration.telling
        if not telling.user:
            with contextlib.suppress(KeyError):
                pwd.getpwnam(DEFAULT_USER)
                telling = replace(telling, user=DEFAULT_USER)
        try:
            fresh = self._pipes.use(telling.fifos)
        except LiveError as error:
            fresh = []
            self._log(dev.Level.ERROR, str(error))
        self._handle(at.Configure(replace(configuration, telling=telling)))
        for fifo in fresh:
            if fifo.script is not None:
                self._spawn(self._run_fifo_script(fifo, telling.user))
        self._said.append(at.READY)

    def _handle(self, event: at.Event) -> None:
        for effect in self._attendant.handle(event):
            self._carry_out(effect)
        if self._said:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Say what there is to say; the other end reads at once or is gone."""
        said, self._said = self._said, []
        if said:
            with contextlib.suppress(OSError):
                self._channel.setblocking(True)
                self._channel.send(pickle.dumps(said))
            self._channel.setblocking(False)

    def _log(self, level: dev.Level, text: str) -> None:
        self._said.append(dev.Log(level, text))

    # -- what is done

    def _carry_out(self, effect: at.Effect) -> None:
        match effect:
            case TrackChanged() | dev.Log():
                self._said.append(effect)
            case SetTimer() | CancelTimer():
                self._timers.apply(effect)
            case RunTracked():
                self._spawn(self._run_tracked(effect))
            case dev.RunScript():
                task = self._spawn(self._run_notify(effect))
                self._notifying.add(task)
                task.add_done_callback(self._notifying.discard)
            case dev.Tell(line):
                self._pipes.write(line)
            case dev.SendMail():
                self._mails.put_nowait(effect)
            case at.Look():
                self._look(effect)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, script: checks.Script, limit_ms: int) -> str:
        """Run a script; return what went wrong."""
        try:
            refused = script_security.trouble(script) if self._attendant.configuration.telling.script_security else ""
        except (KeyError, OSError) as error:
            refused = str(error)
        if refused:
            return f"not run: {refused}"
        return (await scripts.run(script, limit_ms)).trouble

    async def _run_tracked(self, effect: RunTracked) -> None:
        self._handle(at.RunEnded(effect.number, await self._run(effect.script, effect.limit_ms)))

    async def _run_notify(self, effect: dev.RunScript) -> None:
        trouble = await self._run(effect.script, effect.timeout_ms)
        self._handle(dev.ScriptEnded(effect.number, f"{effect.script}: {trouble}" if trouble else ""))

    async def _run_fifo_script(self, fifo: Fifo, user: str) -> None:
        assert fifo.script is not None
        script = replace(fifo.script, arguments=(*fifo.script.arguments, fifo.path), user=fifo.script.user or user)
        self._log(dev.Level.WARNING, f"the script of {fifo.path} {await self._run(script, 0) or 'ended'}")
        self._flush()

    async def _send_mails(self) -> None:
        while True:
            effect = await self._mails.get()
            mail = self._attendant.configuration.telling.mail
            if trouble := await notices.send(mail, effect.subject, effect.body):
                self._log(dev.Level.WARNING, trouble)
                self._flush()
            self._mails.task_done()

    # -- looking

    def _look(self, effect: at.Look) -> None:
        for trouble in self._files.use(effect.files):
            self._log(dev.Level.WARNING, trouble)
        self._looks = effect.processes
        if effect.processes and self._connector is None:
            try:
                self._connector = process_connector.Connector()
                self._loop.add_reader(self._connector, self._hear_kernel)
            except OSError as error:
                text = f"the kernel tells nothing of processes ({error.strerror}): they are looked at each second"
                self._log(dev.Level.WARNING, text)
        elif not effect.processes and self._connector is not None:
            self._loop.remove_reader(self._connector)
            self._connector.close()
            self._connector = None
        if effect.processes:
            self._handle(process_connector.look(self._attendant.processes.names_only))

    def _hear_kernel(self) -> None:
        assert self._connector is not None
        lost = False
        for event in self._connector.read(self._attendant.processes.names_only):
            lost = lost or event is None
            if event is not None:
                self._handle(event)
        if lost:
            self._handle(process_connector.look(self._attendant.processes.names_only))

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            self._files.look_again()
            if self._looks and self._connector is None:
                self._handle(process_connector.look(self._attendant.processes.names_only))


def main(argv: list[str]) -> int:
    """Attend at the channel with this descriptor; not before others, as the routers may."""
    os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))
    with socket.socket(fileno=int(argv[0])) as channel:
        channel.setblocking(False)
        os.set_inheritable(channel.fileno(), False)

        async def attend() -> None:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.add_signal_handler(number, lambda: None)  # the channel's end is what ends us
            await Attendance(channel).run()

        asyncio.run(attend())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
