"""The lab's supervisor: PID 1 of the lab's own namespaces, so that its end is the end of all of it.

It owns the bridge (its network namespace is the bridge's and the client's), the node inits, the sequencer, the power
switch that fence agents reach, and the control socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path

from standfast.errors import Exit, LiveError, RequestError, StandfastError
from standfast.lab import cut, power_switch, topology
from standfast.lab.live import control_server, folders, node, processes
from standfast.lab.live.settings import Settings
from standfast.messaging.live import admin

_BOOT_LIMIT_S = 20


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as attempt:
        return attempt.connect_ex(str(path)) == 0


@dataclass(slots=True)
class _Machine:
    """A node and its present life; `pid` is 0 while it is off, `doomed` when SIGKILL was sent in this life."""

    node: topology.LabNode
    pid: int = 0
    lives: int = 0
    booted_ms: float = 0
    doomed: bool = False
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    watch: asyncio.Task[object] | None = None

    def kill(self) -> bool:
        """Send SIGKILL to its init; return whether it was on."""
        if self.pid:
            self.doomed = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        return self.pid != 0


def monotonic_ms() -> float:
    """Return CLOCK_MONOTONIC in milliseconds: the same clock in all processes of the machine."""
    return time.monotonic() * 1000


class Supervisor:
    """The state of a running lab, and what can be done to it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = Path(settings.folder)
        self.children = processes.Children()
        self.machines = {n.name: _Machine(n) for n in topology.nodes(settings.nodes)}
        self.components: tuple[tuple[str, ...], ...] = ()
        self.fencings: list[power_switch.Fencing] = []
        self.kept = False
        self.ended = asyncio.Event()
        self._sequencer = 0
        self._tasks: set[asyncio.Task[object]] = set()

    # --- the lab

    async def start(self) -> None:
        """Raise the bridge, the sequencer, the sockets and all nodes. Raises: LiveError."""
        self.children.start()
        share = self.folder / folders.SHARE
        for name in self.machines:
            for sub in ("lib", "log", "etc"):
                (self.folder / name / sub).mkdir(parents=True, exist_ok=True)
        await asyncio.start_unix_server(self._fence_client, share / "fence")
        (share / "fence").chmod(0o777)
        await asyncio.gather(self.children.batch(topology.bridge_batch()), self.start_sequencer())
        await asyncio.gather(*(self.boot(name) for name in self.machines))
        control_server.listen(self, self.folder / folders.CONTROL)

    async def start_sequencer(self) -> None:
        """Start the sequencer if it is not running, and wait until it listens. Raises: LiveError."""
        command = self.settings.sequencer
        if not command or self._sequencer:
            return
        path = self.folder / folders.SHARE / "sequencer"
        path.unlink(missing_ok=True)
        out = os.open(self.folder / "sequencer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            self._sequencer = self.children.run(command, self.settings.environment, processes.Streams(0, out, out))
        finally:
            os.close(out)
        end = self.children.end_of(self._sequencer)
        end.add_done_callback(lambda _: self._sequencer_ended())
        await self._until(lambda: _listens(path), end, "the sequencer does not listen; see sequencer.log")

    def kill_sequencer(self) -> None:
        """Send SIGKILL to the sequencer. Raises: RequestError if it does not run."""
        if not self._sequencer:
            raise RequestError("the sequencer does not run", Exit.UNAVAILABLE)
        os.kill(self._sequencer, signal.SIGKILL)

    def _sequencer_ended(self) -> None:
        self._sequencer = 0
        self._say("the sequencer ended")

    @staticmethod
    async def _until(test: Callable[[], bool], end: asyncio.Future[int], otherwise: str) -> None:
        limit = time.monotonic() + _BOOT_LIMIT_S
        while not test():
            if end.done() or time.monotonic() > limit:
                raise LiveError(otherwise)
            await asyncio.sleep(0.002)

    async def stop(self) -> None:
        """End every node and the sequencer; what is left ends with this process."""
        await asyncio.gather(*(self.power_off(name) for name in self.machines))
        if self._sequencer:
            end = self.children.end_of(self._sequencer)
            os.kill(self._sequencer, signal.SIGKILL)
            await end
        self.ended.set()

    # --- nodes

    def machine(self, name: str) -> _Machine:
        """Return the node's machine. Raises: RequestError."""
        if name not in self.machines:
            raise RequestError(f"no node {name!r}; there are {', '.join(self.machines)}", Exit.NO_SUCH)
        return self.machines[name]

    async def boot(self, name: str) -> None:
        """Boot a node that is off or about to be. Raises: LiveError if it does not come up."""
        machine = self.machine(name)
        async with machine.busy:
            if machine.doomed and machine.watch:
                await asyncio.shield(machine.watch)
            if not machine.pid:
                await self._boot(machine)

    async def _boot(self, machine: _Machine) -> None:
        from_node, ready = os.pipe2(os.O_CLOEXEC)
        go, to_node = os.pipe2(os.O_CLOEXEC)
        plan = self._plan(machine.node)

        def body() -> None:
            os.close(from_node)
            os.close(to_node)
            node.live(plan, ready, go)

        try:
            pid = self.children.fork(body, new_pids=True)
        finally:
            os.close(ready)
            os.close(go)
        machine.pid, machine.lives, machine.booted_ms = pid, machine.lives + 1, monotonic_ms()
        machine.doomed = False
        machine.watch = self._spawn(self._watch(machine, self.children.end_of(pid)))
        try:
            await asyncio.wait_for(self._plug_in(machine, from_node, to_node), _BOOT_LIMIT_S)
        except (StandfastError, TimeoutError) as error:
            machine.kill()
            raise LiveError(f"{machine.node.name} does not boot: {error or 'it takes too long'}") from error
        finally:
            os.close(from_node)
            os.close(to_node)

    async def _plug_in(self, machine: _Machine, from_node: int, to_node: int) -> None:
        self._expect(await self._read(from_node), node.READY)
        try:
            await self.children.batch(topology.port_batch(machine.node, machine.pid))
            if self.components:
                name = machine.node.name
                await self.children.batch(f"link set {name} {topology.port_state(self.components, name)}\n")
            os.write(to_node, b"g")
        except (LiveError, OSError) as error:
            raise LiveError(self._last_words(from_node) or str(error)) from error
        self._expect(await self._read(from_node), node.UP)

    @staticmethod
    def _last_words(from_node: int) -> str:
        """Return why the node gave up, as it said itself."""
        os.set_blocking(from_node, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(from_node, 4096).removeprefix(node.FAILED).decode(errors="replace")
        return ""

    @staticmethod
    def _expect(got: bytes, wanted: bytes) -> None:
        if not got.startswith(wanted):
            raise LiveError(got[1:].decode(errors="replace") or "it ended; see supervisor.log")

    @staticmethod
    async def _read(fd: int) -> bytes:
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        loop.add_reader(fd, lambda: None if readable.done() else readable.set_result(None))
        try:
            await readable
        finally:
            loop.remove_reader(fd)
        return os.read(fd, 4096)

    def _plan(self, member: topology.LabNode) -> node.Plan:
        names = {"node": member.name, "id": str(member.id)}
        return node.Plan(
            node=member,
            folder=self.folder / member.name,
            share=self.folder / folders.SHARE,
            environment=self.settings.environment,
            daemon=[word.format_map(names) for word in self.settings.daemon],
            engine=self.settings.engine,
            visible=self.settings.visible,
            rootful=self.settings.rootful,
            overlay=self.settings.overlay,
            anchored=self.settings.anchored,
        )

    async def _watch(self, machine: _Machine, end: asyncio.Future[int]) -> None:
        """Note the end of a node's life, which is the end of all its processes, and take its port out."""
        code = await end
        await self._unplug(machine.node.name)
        machine.pid, machine.watch = 0, None
        self._say(f"{machine.node.name} is off")
        if code == node.RESET:
            self._spawn(self.boot(machine.node.name))

    async def _unplug(self, name: str) -> None:
        with contextlib.suppress(LiveError, OSError):
            socket.if_nametoindex(name)
            await self.children.batch(f"link del {name}\n")

    def kill(self, name: str) -> None:
        """Send SIGKILL to the node's init and do not wait. Raises: RequestError if it is off."""
        machine = self.machine(name)
        if not machine.kill():
            raise RequestError(f"{name} is off", Exit.UNAVAILABLE)

    async def power_off(self, name: str) -> None:
        """End a node; return when no process of it is left and its port is gone."""
        machine = self.machine(name)
        machine.kill()
        async with machine.busy:
            machine.kill()
            if machine.watch:
                await asyncio.shield(machine.watch)

    def start_daemon(self, name: str) -> None:
        """Have the node's init start its daemon if it is not running. Raises: RequestError if the node is off."""
        machine = self.machine(name)
        if not machine.pid:
            raise RequestError(f"{name} is off", Exit.UNAVAILABLE)
        os.kill(machine.pid, signal.SIGUSR1)

    # --- links

    async def cut(self, words: list[str]) -> None:
        """Divide the network and the sequencer's components. Raises: RequestError, LiveError."""
        components = cut.parse(words, list(self.machines))
        await self.heal()
        self.components = components
        ids = [frozenset(self.machines[name].node.id for name in component) for component in components]
        await asyncio.gather(
            self.children.batch(topology.cut_batch(components, self._running())), self._sequencer_cut(ids)
        )

    async def heal(self) -> None:
        """Let all nodes hear each other again. Raises: LiveError."""
        if not self.components:
            return
        components, self.components = self.components, ()
        await asyncio.gather(
            self.children.batch(topology.heal_batch(components, self._running())), self._sequencer_cut([])
        )

    def _running(self) -> list[str]:
        return [name for name, machine in self.machines.items() if machine.pid]

    async def _sequencer_cut(self, groups: list[frozenset[int]]) -> None:
        if self._sequencer and self.settings.anchored:
            path = str(self.folder / folders.SHARE / "sequencer")
            if groups:
                admin.cut(path, groups)
            else:
                admin.heal(path)

    # --- the power switch

    async def _fence_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asker = self._asker(control_server.peer_pid(writer.get_extra_info("socket")))
        try:
            line = await asyncio.wait_for(reader.readline(), 10)
            writer.write(await self._fence(power_switch.parse(line, self.machines), asker))
        except (StandfastError, TimeoutError, ValueError) as error:
            writer.write(power_switch.no(str(error) or "no request"))
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    def _asker(self, pid: int) -> str:
        """Return the node that a process lives on."""
        with contextlib.suppress(OSError):
            namespace = os.readlink(f"/proc/{pid}/ns/pid")
            for name, machine in self.machines.items():
                if machine.pid and os.readlink(f"/proc/{machine.pid}/ns/pid") == namespace:
                    return name
        return ""

    async def _fence(self, request: power_switch.Request, asker: str) -> bytes:
        target, action = request.target, request.action
        if action is power_switch.Action.LIST:
            return power_switch.ok(*self.machines)
        if action is power_switch.Action.STATUS:
            return power_switch.ok("on" if self.machines[target].pid else "off")
        asked = monotonic_ms()
        if action is power_switch.Action.ON:
            await self.boot(target)
        else:
            await self.power_off(target)
        self.fencings.append(power_switch.Fencing(target, action, asker, asked, monotonic_ms()))
        self._say(f"{action} {target}, asked for by {asker or 'somebody outside'}")
        if action is power_switch.Action.REBOOT:
            self._spawn(self.boot(target))
        return power_switch.ok()

    # --- the process

    def _spawn(self, work: Coroutine[object, object, object]) -> asyncio.Task[object]:
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._say(f"error: {task.exception()}")

    @staticmethod
    def _say(message: str) -> None:
        print(f"{monotonic_ms():.1f} {message}", file=sys.stderr, flush=True)

    @property
    def sequencer_pid(self) -> int:
        """Return the sequencer's pid, 0 if it does not run."""
        return self._sequencer
