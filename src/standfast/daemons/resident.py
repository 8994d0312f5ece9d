"""The daemon's side of its resident worker: questions out, answers in; a worker that dies is started again."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import socket
import subprocess
import sys
from typing import Any

from standfast import errors, scheduler, transition
from standfast.daemons import feeding, frames, jobs

ANSWER_TIMEOUT_S = 120.0


def spawn(theirs: socket.socket) -> subprocess.Popen[bytes]:
    """Start a worker with this end of a connection. It may take long: a vfork ends when the child has a processor."""
    with theirs:
        command = [sys.executable, "-m", "standfast.daemons.worker_program", str(theirs.fileno())]
        return subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)


class Resident:
    """One worker process and what was asked of it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._closed = False
        self._starting = asyncio.Lock()
        self._sender = feeding.Sender()

    @property
    def pid(self) -> int:
        """Return the worker's process id, 0 while there is none."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the worker, if there is none."""
        async with self._starting:
            if self._writer is None and not self._closed:
                await self._start()

    async def _start(self) -> None:
        self._sender.forget()
        ours, theirs = socket.socketpair()
        try:
            self._process = await asyncio.to_thread(spawn, theirs)
            reader, self._writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()  # by this a worker that is on its way ends
            raise
        self._reading = asyncio.get_running_loop().create_task(self._read(reader))

    async def ask(self, job: jobs.Job) -> Any:
        """Return the answer. Raises: what the worker raised; LiveError if it died or took longer than 120 s."""
        await self.start()
        return await self._ask(job)

    async def schedule(self, document: bytes, now_s: int) -> scheduler.Outcome:
        """Return what is to be done for this document. Raises: as `ask`."""
        await self.start()
        try:
            outcome: scheduler.Outcome = await self._ask(jobs.Schedule(self._sender.difference(document), now_s))
        except errors.StandfastError:
            self._sender.forget()
            raise
        return outcome

    async def _ask(self, job: jobs.Job) -> Any:
        if self._writer is None:
            raise errors.LiveError("the worker is stopped")
        self._number += 1
        future = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        self._writer.write(frames.packed(jobs.Question(self._number, job)))
        try:
            return await asyncio.wait_for(future, ANSWER_TIMEOUT_S)
        except TimeoutError:
            self._kill()
            raise errors.LiveError(
                f"no answer from the worker in {ANSWER_TIMEOUT_S:.0f} s; it is started anew"
            ) from None

    async def stop(self) -> None:
        """End the worker."""
        self._closed = True
        async with self._starting:
            self._kill()
        if self._reading is not None:
            await self._reading

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        synapses: list[transition.Synapse] = []
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (size,) = frames.HEADER.unpack(await reader.readexactly(frames.HEADER.size))
                part: jobs.Part = pickle.loads(await reader.readexactly(size))
                synapses.extend(part.synapses)
                if part.last:
                    self._answered(part, synapses)
                    synapses = []
                await asyncio.sleep(0)  # what is read already comes without waiting: others have their turn between
        self._gone()

    def _answered(self, part: jobs.Part, synapses: list[transition.Synapse]) -> None:
        future = self._waiting.pop(part.number, None)
        if future is None or future.done():
            return
        if part.error is not None:
            future.set_exception(part.error)
        else:
            future.set_result(jobs.joined(synapses, part))

    def _gone(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        if self._process is not None:
            self._process.wait()
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(errors.LiveError("the worker died"))
