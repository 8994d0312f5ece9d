"""The production engine: a daemon's connection to its node's Corosync, which comes back by itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

from standfast import runtime
from standfast.errors import LiveError
from standfast.messaging import cpg_events, cpg_frames, cpg_nouns, engine
from standfast.messaging.live import corosync_session
from standfast.messaging.ringing import Ringing
from standfast.runtime.live import Timers

log = logging.getLogger("standfast.messaging")

GROUP = "standfast"
RETRY_S_MIN = 0.02
RETRY_S_MAX = 0.5
RESUME_S_MIN = 0.001
RESUME_S_MAX = 0.02
TURN_S = 0.005  # how long one descriptor may hold the loop
LEAVE_WAIT_S = 0.5


class CorosyncEngine:
    """An `Engine` over Corosync. After `EngineLost` it is a joiner: what was sent and not delivered is unknown.

    `node_id`: our node's id, 0 if Corosync is to say it.
    """

    def __init__(self, node_id: int = 0, group: str = GROUP) -> None:
        self._node_id = node_id
        self._group = group
        self._machine = Ringing()
        self._deliver: Callable[[engine.Event], None] = _nobody
        self._timers: Timers | None = None
        self._worker: corosync_session.Worker | None = None
        self._session: corosync_session.Session | None = None
        self._fds: list[int] = []
        self._unsent: deque[cpg_nouns.Parts] = deque()
        self._flushes = False
        self._resume: asyncio.TimerHandle | None = None
        self._resume_s = RESUME_S_MIN
        self._retry: asyncio.TimerHandle | None = None
        self._retry_s = RETRY_S_MIN
        self._last_ring: tuple[cpg_events.Ring, tuple[int, ...], bool] | None = None
        self.trouble = ""  # why there is no connection, in words

    @property
    def node_id(self) -> int:
        """Return our node's id."""
        return self._node_id

    @property
    def backlog_bytes(self) -> int:
        """Return what was sent and not yet delivered back."""
        return self._machine.backlog_bytes

    def start(self, deliver: Callable[[engine.Event], None]) -> None:
        """Join the group, from within a running event loop."""
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._timers = Timers(self._handle, self._loop)
        self._worker = corosync_session.Worker(self._post)
        self._connect()

    def multicast(self, payload: bytes) -> None:
        """Send to all members. Raises: LocalProtocolError if there is no view, or the message is too long."""
        self._machine.cast(payload)
        if not self._flushes:
            self._flushes = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send together what was cast in this turn of the loop."""
        self._flushes = False
        self._send()

    def leave(self) -> None:
        """Say goodbye. Waits for Corosync to hear it, half a second at most."""
        self._deliver = _nobody
        if self._timers is not None:
            self._timers.clear()
        session, worker = self._detach(), self._worker
        self._worker = None
        for timer in (self._retry, self._resume):
            if timer is not None:
                timer.cancel()
        if worker is not None:
            if session is not None:
                worker.do(session.leave).wait(LEAVE_WAIT_S)
            worker.end()

    # --- the connection

    def _post(self, call: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    def _connect(self) -> None:
        self._retry = None
        if self._worker is not None:
            group = self._group
            self._worker.ask(
                lambda: corosync_session.Session(group, cpg_frames.decode).open(), self._opened, self._not_opened
            )

    def _not_opened(self, reason: str) -> None:
        if reason != self.trouble:
            log.warning("no connection to Corosync: %s", reason)
        self.trouble = reason
        if self._worker is not None:
            self._retry = self._loop.call_later(self._retry_s, self._connect)
            self._retry_s = min(self._retry_s * 2, RETRY_S_MAX)

    def _opened(self, session: corosync_session.Session) -> None:
        if self._worker is None:
            session.close()
            return
        self._session, self.trouble, self._retry_s = session, "", RETRY_S_MIN
        if self._node_id and self._node_id != session.me.node_id:
            log.error("this node is %d and not %d, says Corosync", session.me.node_id, self._node_id)
        self._node_id = session.me.node_id
        log.info("connected to Corosync node_id=%d", self._node_id)
        self._handle(cpg_events.Connected(session.me, session.floor))
        try:
            for fd, dispatch in session.descriptors():
                self._fds.append(fd)
                self._loop.add_reader(fd, self._readable, dispatch)
        except LiveError as error:
            self._lost(str(error))

    def _detach(self) -> corosync_session.Session | None:
        session, self._session = self._session, None
        for fd in self._fds:
            self._loop.remove_reader(fd)
        self._fds.clear()
        self._unsent.clear()
        self._last_ring = None
        return session

    def _lost(self, reason: str) -> None:
        """Take note that Corosync is gone, tell so, and begin anew."""
        session = self._detach()
        if session is None:
            return
        if self._worker is not None:
            self._worker.do(session.close)
        self.trouble = f"Corosync is gone: {reason}"
        log.error("%s", self.trouble)
        self._handle(cpg_events.Lost(self.trouble))
        self._connect()

    # --- in

    def _readable(self, dispatch: Callable[[], bool]) -> None:
        """Take what Corosync has for us, for at most a turn; the descriptor stays readable if there is more."""
        session, end = self._session, time.monotonic() + TURN_S
        try:
            while session is not None and session is self._session and dispatch():
                self._take(session)
                self._send()  # what was delivered has made room
                if time.monotonic() > end:
                    break
        except LiveError as error:
            self._lost(str(error))

    def _take(self, session: corosync_session.Session) -> None:
        """Hand the machine what a dispatch brought."""
        if session.ordered:
            ordered, session.ordered = session.ordered, []
            for event in ordered:
                self._do(self._machine.handle(event))
            return
        rings, session.rings = session.rings, []
        for ring in rings:
            self._ask_votes(session, ring)
        if session.votes_changed and self._last_ring is not None:
            session.votes_changed = False
            self._ask_votes(session, self._last_ring)

    def _ask_votes(
        self, session: corosync_session.Session, ring: tuple[cpg_events.Ring, tuple[int, ...], bool]
    ) -> None:
        self._last_ring = ring
        if self._worker is not None:
            self._worker.ask(lambda: session.said(*ring), lambda said: self._said(session, said), _gone)

    def _said(self, session: corosync_session.Session, said: cpg_events.QuorumSaid) -> None:
        if session is self._session:
            self._handle(said)
            self._send()

    # --- out

    def _handle(self, event: cpg_events.Event) -> None:
        self._do(self._machine.handle(event))
        if isinstance(event, runtime.TimerFired):
            self._send()

    def _do(self, effects: list[cpg_events.Effect]) -> None:
        for effect in effects:
            match effect:
                case cpg_events.DeliverMessages(messages):
                    for message in messages:
                        self._deliver(message)
                case cpg_events.Deliver(event):
                    if isinstance(event, engine.RegularView):
                        self._keep_sequence(event)
                    self._deliver(event)
                case cpg_events.Transmit(frame):
                    self._unsent.append((frame,))
                case cpg_events.Refused(reason):
                    log.warning("refused: %s", reason)
                case runtime.SetTimer() | runtime.CancelTimer() if self._timers is not None:
                    self._timers.apply(effect)

    def _keep_sequence(self, view: engine.RegularView) -> None:
        if self._worker is not None and self._session is not None:
            session, sequence = self._session, view.id.sequence
            self._worker.ask(lambda: session.keep_sequence(sequence), _nothing, _gone)

    def _send(self) -> None:
        """Hand Corosync what waits, until it takes no more; then come back a little later, or when it has said
        something."""
        session = self._session
        if session is None:
            return
        try:
            while frame := self._unsent[0] if self._unsent else self._machine.next_frame():
                if not self._unsent:
                    self._unsent.append(frame)
                if not session.multicast(frame):
                    self._send_later()
                    return
                self._unsent.popleft()
                self._resume_s = RESUME_S_MIN
        except LiveError as error:
            self._loop.call_soon(self._lost, str(error))

    def _send_later(self) -> None:
        if self._resume is None:
            self._resume = self._loop.call_later(self._resume_s, self._resumed)
            self._resume_s = min(self._resume_s * 2, RESUME_S_MAX)

    def _resumed(self) -> None:
        self._resume = None
        self._send()


def _nobody(event: engine.Event) -> None:
    """Deliver to nobody: before `start` and after `leave`."""


def _gone(reason: str) -> None:
    """Pass over a question that Corosync did not answer: its end is seen at the descriptors."""
    log.debug("not answered: %s", reason)


def _nothing(answer: object) -> None:
    """Take an answer that says nothing."""
