"""This process as a member of the group: a connection to Corosync, kept as long as there is one, and the machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable

from standfast.enrolment import agreement, group
from standfast.errors import LiveError, StandfastError
from standfast.messaging import cpg_events
from standfast.messaging.live.corosync_session import Session

LOG = logging.getLogger("standfast.cluster")
RETRY_S_MIN, RETRY_S_MAX = 0.1, 1.0
BUSY_S = 0.01


class Membership:
    """Gives events to the machine and hands its effects, but for Multicast, to `do`."""

    def __init__(self, key: Callable[[], bytes], do: Callable[[group.Effect], None]) -> None:
        self._key, self._do = key, do
        self._session: Session | None = None
        self._descriptors: list[int] = []
        self._outgoing: deque[bytes] = deque()
        self._lost = asyncio.Event()
        self.machine: agreement.Machine | None = None

    @property
    def me(self) -> int:
        """Return this node's id, 0 while there is no Corosync."""
        return self.machine.me if self.machine else 0

    @property
    def members(self) -> frozenset[int]:
        """Return the node ids of the group, none while there is no Corosync."""
        return self.machine.members if self.machine else frozenset()

    async def run(self, on_loss: Callable[[], None]) -> None:
        """Be a member whenever there is a Corosync; call `on_loss` when there is none any more."""
        retry_s = RETRY_S_MIN
        while True:
            try:
                session = await asyncio.to_thread(Session(group.NAME).open)
            except LiveError as error:
                LOG.debug("no Corosync: %s", error)
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, RETRY_S_MAX)
                continue
            retry_s = RETRY_S_MIN
            try:
                self._begin(session)
                await self._lost.wait()
            finally:
                self._end()
                on_loss()

    def _begin(self, session: Session) -> None:
        self._lost.clear()
        self._session, self.machine = session, agreement.Machine(session.me.node_id)
        loop = asyncio.get_running_loop()
        for fd, dispatch in session.descriptors():
            loop.add_reader(fd, self._readable, dispatch)
            self._descriptors.append(fd)

    def _end(self) -> None:
        loop = asyncio.get_running_loop()
        for fd in self._descriptors:
            loop.remove_reader(fd)
        self._descriptors.clear()
        self._outgoing.clear()
        if self._session:
            self._session.close()
        self._session = self.machine = None

    def _readable(self, dispatch: Callable[[], bool]) -> None:
        try:
            while dispatch():
                self._events()
        except LiveError as error:
            LOG.warning("Corosync is gone: %s", error)
            self._lost.set()

    def _events(self) -> None:
        assert self._session is not None
        ordered, self._session.ordered = self._session.ordered, []
        rings, self._session.rings = self._session.rings, []
        for event in ordered:
            match event:
                case cpg_events.GroupChanged(members):
                    self.give(group.Members(frozenset(process.node_id for process in members)))
                case cpg_events.Received(sender, bytes(frame)):
                    self._received(sender, frame)
        for _, ids, _ in rings:
            self.give(group.Ring(frozenset(ids)))

    def _received(self, sender: cpg_events.Process, frame: bytes) -> None:
        try:
            message = group.read(frame, group.key_of(self._key()), sender.node_id, sender.pid)
        except StandfastError as error:
            LOG.warning("refused: %s", error)
            return
        self.give(group.Delivered(sender.node_id, message))

    def give(self, event: group.Event) -> None:
        """Give the machine an event and do what it says; without a Corosync nothing."""
        if self.machine is None:
            return
        for effect in self.machine.handle(event):
            if isinstance(effect, group.Multicast):
                self._multicast(effect.message)
            else:
                self._do(effect)

    def _multicast(self, message: group.Message) -> None:
        assert self._session is not None
        key = group.key_of(self._key())
        self._outgoing.append(group.frame(message, key, self._session.me.node_id, self._session.me.pid))
        self._flush()

    def _flush(self) -> None:
        with contextlib.suppress(LiveError):
            while self._session and self._outgoing:
                if not self._session.multicast((self._outgoing[0],)):
                    asyncio.get_running_loop().call_later(BUSY_S, self._flush)
                    return
                self._outgoing.popleft()
