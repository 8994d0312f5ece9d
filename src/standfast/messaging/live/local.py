"""The embedded engine as a daemon sees it: a connection to the sequencer that comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable

from standfast.errors import LocalProtocolError, RemoteProtocolError
from standfast.messaging import engine, wire

log = logging.getLogger("standfast.messaging")

RETRY_S_MIN = 0.02
RETRY_S_MAX = 0.2


class LocalEngine:
    """An `Engine` over a Unix socket. After `EngineLost` it is a joiner: what was sent and not delivered is unknown."""

    def __init__(self, socket_path: str, node_id: int) -> None:
        self._path = socket_path
        self._node_id = node_id
        self._deliver: Callable[[engine.Event], None] = _nobody
        self._task: asyncio.Task[None] | None = None
        self._connection: _Connection | None = None
        self._view: engine.ViewId | None = None
        self._unreturned: deque[int] = deque()
        self._backlog_bytes = 0
        self._last_sequence = 0
        self._was_quorate = False
        self.trouble = ""  # why there is no connection, in words

    @property
    def node_id(self) -> int:
        """Return our node's id."""
        return self._node_id

    @property
    def backlog_bytes(self) -> int:
        """Return what was sent and not yet delivered back."""
        return self._backlog_bytes

    def start(self, deliver: Callable[[engine.Event], None]) -> None:
        """Join the group, from within a running event loop."""
        self._deliver = deliver
        self._task = asyncio.get_running_loop().create_task(self._run())

    def multicast(self, payload: bytes) -> None:
        """Send to all members. Raises: LocalProtocolError if there is no view, or the message is too long."""
        if self._view is None or self._connection is None:
            raise LocalProtocolError("there is no view to send to")
        if len(payload) > engine.MESSAGE_BYTES_MAX:
            raise LocalProtocolError(f"a message of {len(payload)} bytes is too long")
        self._unreturned.append(len(payload))
        self._backlog_bytes += len(payload)
        self._connection.transport.write(wire.encode(wire.Cast(payload)))

    def leave(self) -> None:
        """Say goodbye."""
        self._deliver = _nobody
        self._view = None
        if self._task is not None:
            self._task.cancel()
        if self._connection is not None:
            self._connection.transport.write(wire.encode(wire.Goodbye()))
            self._connection.transport.close()

    def hello(self) -> wire.Hello:
        """Return what a new connection begins with."""
        return wire.Hello(wire.PROTOCOL, "member", self._node_id, self._last_sequence, self._was_quorate)

    def receive(self, frame: wire.Down) -> None:
        """Take one frame of the sequencer. Raises: RemoteProtocolError."""
        match frame:
            case wire.Message():
                self._message(frame)
            case wire.View(id=view_id, quorum=quorum):
                self._view = view_id
                self._last_sequence, self._was_quorate = view_id.sequence, quorum.quorate
                self._deliver(wire.to_event(frame, view_id))
            case wire.Transitional() | wire.Votes():
                self._deliver(wire.to_event(frame, self._present()))
            case wire.Refusal(reason):
                self.trouble = f"the sequencer refused: {reason}"
            case wire.Answer():
                raise RemoteProtocolError("an answer that nobody asked for")

    def _present(self) -> engine.ViewId:
        if self._view is None:
            raise RemoteProtocolError("an event outside of any view")
        return self._view

    def _message(self, message: wire.Message) -> None:
        view = self._present()
        if message.sender == self._node_id:
            if not self._unreturned:
                raise RemoteProtocolError("a message of ours that we have not sent")
            self._backlog_bytes -= self._unreturned.popleft()
        self._deliver(engine.Delivered(view, message.position, message.sender, message.payload))

    async def _run(self) -> None:
        retry_s = RETRY_S_MIN
        while True:
            try:
                await self._connect_once()
                retry_s = RETRY_S_MIN
            except OSError as error:
                self.trouble = f"no sequencer at {self._path}: {error.strerror or error}"
                log.debug("%s", self.trouble)
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_S_MAX)

    async def _connect_once(self) -> None:
        """Be connected until the connection is lost. Raises: OSError if there is none."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_unix_connection(lambda: _Connection(self), self._path)
        self._connection = connection
        self.trouble = ""
        try:
            await connection.closed
        finally:
            self._connection = None
        self._lost(self.trouble or "the sequencer is gone")

    def _lost(self, reason: str) -> None:
        self.trouble = reason
        self._unreturned.clear()
        self._backlog_bytes = 0
        if self._view is None:
            log.warning("%s", reason)
            return
        self._view = None
        self._deliver(engine.EngineLost(reason))


class _Connection(asyncio.Protocol):
    """One connection to the sequencer."""

    transport: asyncio.Transport

    def __init__(self, owner: LocalEngine) -> None:
        self._owner = owner
        self._splitter = wire.Splitter()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(wire.encode(self._owner.hello()))

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._splitter.feed(data):
                self._owner.receive(wire.decode_down(body))
        except RemoteProtocolError as error:
            self._owner.trouble = str(error)
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        with contextlib.suppress(asyncio.InvalidStateError):
            self.closed.set_result(None)


def _nobody(event: engine.Event) -> None:
    """Deliver to nobody: before `start` and after `leave`."""
