"""The agent of a member: keeps the members' files the same, answers for this machine, lets others join."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
import time
from pathlib import Path

import msgspec

from standfast.dialects import corosync
from standfast.enrolment import group, requests
from standfast.enrolment.live import answering, programs, staging
from standfast.enrolment.live.listener import Listener
from standfast.enrolment.live.membership import Membership
from standfast.enrolment.live.places import BYTES_MAX, PORT, Places, places
from standfast.errors import Exit, LiveError, RequestError, StandfastError
from standfast.messaging.live import corosync_facts
from standfast.runtime.live import notify

LOG = logging.getLogger("standfast.cluster")
ABSENT_S = 5.0
CHANGE_LIMIT_S = 30.0


class Agent:
    """One process; everything but files and programs happens in its loop."""

    def __init__(self, where: Places) -> None:
        self._places = where
        self._membership = Membership(where.key, self._do)
        self._listener = Listener(where, self._commit, self._name)
        self._staged: dict[str, staging.Staged] = {}
        self._waiting: dict[str, asyncio.Future[group.Reply]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()
        self._joined = asyncio.Event()

    async def run(self) -> None:
        """Serve until told to stop."""
        self._places.socket.parent.mkdir(parents=True, exist_ok=True)
        self._places.socket.unlink(missing_ok=True)
        staging.forget_staged(self._places.conf)
        server = await asyncio.start_unix_server(self._client, self._places.socket, limit=BYTES_MAX * 2)
        os.chmod(self._places.socket, 0o600)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopped.set)
        membership = loop.create_task(self._membership.run(self._lost))
        watchdog = loop.create_task(notify.stay_alive())
        notify.notify(notify.READY, f"STATUS=node {self._name()}")
        await self._stopped.wait()
        notify.notify(notify.STOPPING)
        watchdog.cancel()
        self._listener.close()
        membership.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await membership
        server.close()
        self._places.socket.unlink(missing_ok=True)

    def _name(self) -> str:
        node = corosync.conf(self._places.tree()).node(str(self._membership.me)) if self._membership.me else None
        return node.title if node else os.uname().nodename

    # --- effects

    def _do(self, effect: group.Effect) -> None:
        match effect:
            case group.Prepare(body):
                expired = group.Expired(body.id)
                asyncio.get_running_loop().call_later(CHANGE_LIMIT_S, self._membership.give, expired)
                self._spawn(self._prepare(body))
            case group.Apply(body):
                self._spawn(self._apply(body))
            case group.Discard(body):
                if staged := self._staged.pop(body.id, None):
                    staged.discard()
            case group.Reload(number):
                self._spawn(self._reload(number))
            case group.Perform(body):
                self._spawn(self._perform(body))
            case group.Reply(number):
                if (future := self._waiting.pop(number, None)) and not future.done():
                    future.set_result(effect)

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prepare(self, body: group.Propose) -> None:
        staged = staging.Staged()
        self._staged[body.id] = staged
        try:
            await asyncio.to_thread(_stage, staged, body, self._membership.me in body.leaving)
        except StandfastError as error:
            self._membership.give(group.Prepared(body.id, str(error)))
        else:
            if body.id not in self._staged:  # another member's no came first
                staged.discard()
            self._membership.give(group.Prepared(body.id))

    async def _apply(self, body: group.Propose) -> None:
        staged = self._staged.pop(body.id, None)
        if self._membership.me in body.leaving:
            self._membership.give(group.Applied(body.id))
            self._spawn(self._leave(body.id))
            return
        try:
            if staged:
                await asyncio.to_thread(staged.apply)
        except StandfastError as error:
            LOG.error("%s could not be put in its place: %s", body.path, error)
            self._membership.give(group.Applied(body.id, str(error)))
        else:
            LOG.info("%s is new", body.path)
            self._membership.give(group.Applied(body.id))

    async def _leave(self, number: str) -> None:
        """End Corosync on this machine, and take away what made it a member."""
        await asyncio.sleep(0.2)  # our word is on the ring before we are not
        try:
            await asyncio.to_thread(programs.stop_daemon)
            await asyncio.to_thread(programs.stop_corosync)
        except LiveError as error:
            LOG.error("this node is out of the cluster and its Corosync does not end: %s", error)
        for path in (self._places.conf, self._places.authkey):
            with contextlib.suppress(OSError):
                os.replace(path, f"{path}.left")
        LOG.info("this node has left (%s)", number)
        self._stopped.set()

    async def _reload(self, number: str) -> None:
        try:
            await asyncio.to_thread(corosync_facts.reload)
        except LiveError as error:
            self._membership.give(group.Reloaded(number, str(error)))
        else:
            self._membership.give(group.Reloaded(number))

    async def _perform(self, body: group.Ask) -> None:
        performed = await asyncio.to_thread(answering.answer, self._places, body)
        self._membership.give(performed)

    def _lost(self) -> None:
        """Corosync is gone: nothing that was asked can be answered, nothing staged is applied."""
        for staged in self._staged.values():
            staged.discard()
        self._staged.clear()
        for number, future in self._waiting.items():
            if not future.done():
                future.set_result(group.Reply(number, "this node's Corosync is gone; what was done is not known"))
        self._waiting.clear()

    # --- requests

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            outcome = await self._answer(requests.read(await reader.readuntil(b"\n")))
        except RequestError as error:
            outcome = requests.Outcome(str(error), int(error.exit_status))
        except StandfastError as error:
            outcome = requests.Outcome(str(error), int(Exit.UNAVAILABLE))
        except (msgspec.DecodeError, asyncio.IncompleteReadError, ValueError) as error:
            outcome = requests.Outcome(f"not understood: {error}", int(Exit.PROTOCOL))
        with contextlib.suppress(OSError):
            writer.write(msgspec.json.encode(outcome) + b"\n")
            await writer.drain()
            writer.close()

    async def _answer(self, request: requests.Request) -> requests.Outcome:
        match request:
            case requests.Who():
                return requests.Outcome(pid=os.getpid(), members=self._names(self._membership.members))
            case requests.Invite(ttl_s):
                self._demand_group()
                self._places.key()
                return requests.Outcome(token=await self._listener.invite(ttl_s), port=PORT)
            case requests.Query():
                return await self._query(request)
            case requests.Change():
                return await self._change(request)

    def _names(self, ids: frozenset[int]) -> list[str]:
        conf = corosync.conf(self._places.tree())
        return [node.title if (node := conf.node(str(i))) else str(i) for i in sorted(ids)]

    def _ids(self, names: tuple[str, ...]) -> frozenset[int]:
        conf, found = corosync.conf(self._places.tree()), set()
        for name in names:
            node = conf.node(name)
            if node is None:
                known = ", ".join(n.title for n in conf.nodes)
                raise RequestError(f"no node {name} in this cluster (nodes: {known})", Exit.NO_SUCH)
            found.add(node.id)
        return frozenset(found)

    def _demand_group(self) -> None:
        if self._membership.me not in self._membership.members or not self._membership.me:
            raise RequestError("Corosync does not run here (standfast cluster start)", Exit.DISCONNECTED)

    async def _query(self, request: requests.Query) -> requests.Outcome:
        self._demand_group()
        targets = self._ids(request.targets)
        if absent := targets - self._membership.members:
            raise RequestError(f"no agent answers on {', '.join(self._names(absent))}", Exit.DISCONNECTED)
        body = group.Ask(secrets.token_hex(8), request.what, request.words, targets, request.timeout_s)
        reply = await self._request(body, request.timeout_s)
        return self._outcome(reply)

    async def _request(self, body: group.Propose | group.Ask, limit_s: float) -> group.Reply:
        future: asyncio.Future[group.Reply] = asyncio.get_running_loop().create_future()
        self._waiting[body.id] = future
        self._membership.give(group.Requested(body))
        try:
            return await asyncio.wait_for(asyncio.shield(future), limit_s + 1)
        except TimeoutError:
            self._membership.give(group.Expired(body.id))
        if future.done():
            return future.result()
        self._waiting.pop(body.id, None)
        return group.Reply(body.id, "no answer in time; what was done is not known")

    def _outcome(self, reply: group.Reply) -> requests.Outcome:
        conf = corosync.conf(self._places.tree()) if self._places.conf.exists() else None
        answers = []
        for node_id, answer in sorted(reply.answers.items()):
            node = conf.node(str(node_id)) if conf else None
            answers.append(requests.NodeAnswer(node.title if node else str(node_id), answer.text, answer.error))
        return requests.Outcome(reply.error, int(Exit.UNSATISFIED) if reply.error else 0, answers)

    async def _change(self, request: requests.Change) -> requests.Outcome:
        self._demand_group()
        leaving = self._ids(request.leaving)
        path = request.path or str(self._places.conf)
        if not request.path and not request.force:
            await self._demand_all(leaving)
        body = group.Propose(
            secrets.token_hex(8), path, request.text.encode(errors="surrogateescape"),
            staging.digest(request.base.encode(errors="surrogateescape")) if request.base else "",
            self._membership.members, leaving & self._membership.members,
            request.reload and not request.path, request.mode,
        )  # fmt: skip
        reply = await self._request(body, 2 * CHANGE_LIMIT_S)
        if reply.error and reply.in_place and request.base:
            await self._back(body, request.base)
        return self._outcome(reply)

    async def _back(self, body: group.Propose, base: str) -> None:
        """Bring the former text back everywhere: Corosync goes on with it."""
        back = group.Propose(
            secrets.token_hex(8), body.path, base.encode(errors="surrogateescape"), "", self._membership.members
        )
        reply = await self._request(back, 2 * CHANGE_LIMIT_S)
        if reply.error:
            LOG.error("the former %s is not back everywhere: %s", body.path, reply.error)

    async def _demand_all(self, leaving: frozenset[int]) -> None:
        """Raise unless every node that stays is in the group: one that is away would come back with its old file.

        One that has just been started is waited for.
        """
        nodes = frozenset(node.id for node in corosync.conf(self._places.tree()).nodes)
        end_s = time.monotonic() + ABSENT_S
        while nodes - leaving - self._membership.members and time.monotonic() < end_s:
            await asyncio.sleep(0.05)
        if absent := nodes - leaving - self._membership.members:
            names = ", ".join(self._names(absent))
            raise RequestError(
                f"{names} would keep the old corosync.conf: no agent answers there (standfast cluster start on it, "
                "standfast cluster remove, or --force and then cluster join --rejoin on it)",
                Exit.UNSATISFIED,
            )

    async def _commit(self, text: str, base: str, leaving: tuple[str, ...]) -> str:
        """Make a text everybody's corosync.conf; return why not, or nothing."""
        try:
            return (await self._change(requests.Change(text, base, leaving=leaving))).error
        except StandfastError as error:
            return str(error)


def _stage(staged: staging.Staged, body: group.Propose, leaving: bool) -> None:
    """Write a new file beside its place. Raises: LiveError; RequestError if the present one is not the base."""
    path = Path(body.path)
    present = staging.current(path)
    if body.base and staging.digest(present or b"") != body.base:
        raise RequestError(f"{path} is another one here (standfast cluster diff shows it, copy makes it the same)")
    if len(body.text) > group.FILE_BYTES_MAX:
        raise RequestError(f"{path} has {len(body.text)} bytes (expected {group.FILE_BYTES_MAX} at most)")
    if not leaving:
        staged.add(path, body.text, body.mode)


def main() -> int:
    """Run the agent. Exit statuses: 0 after a clean end, 69 if the world does not let it start."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")

    async def serve() -> None:
        await Agent(places()).run()

    try:
        asyncio.run(serve())
    except (OSError, StandfastError) as error:
        LOG.error("%s", error)
        return Exit.UNAVAILABLE
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
