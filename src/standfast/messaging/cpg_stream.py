"""Messages within views: what was cast and has not come back, and the fragments of long ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from standfast.errors import LocalProtocolError
from standfast.messaging import cpg_frames, cpg_nouns, engine
from standfast.messaging.cpg_events import Process

WINDOW_BYTES = 1 << 21
"""How much is under way at most: Corosync takes nothing from anybody for a millisecond when its queue of 4 MiB is three
quarters full."""


class Stream:
    """The messages of one daemon's connection.

    After a message of several fragments nothing is sent until it has come back: so a joiner's view in the midst of it
    can be answered by sending it again, whole, without changing the order.
    """

    def __init__(self, me: Process) -> None:
        self._me = me
        self._queue: deque[bytes] = deque()  # cast, not yet cut into frames
        self._sizes: deque[int] = deque()  # of all that was cast and has not come back
        self._long: bytes | None = None  # the message whose fragments are under way
        self._cuts: Iterator[cpg_nouns.Parts] | None = None  # those of its fragments that are not sent
        self._assemblies: dict[Process, cpg_frames.Assembly] = {}
        self._position = 0
        self.backlog_bytes = 0
        self._queued_bytes = 0

    def cast(self, payload: bytes, *, in_view: bool) -> None:
        """Take a message. Raises: LocalProtocolError if there is no view, or the message is too long."""
        if not in_view:
            raise LocalProtocolError("there is no view to send to")
        if len(payload) > engine.MESSAGE_BYTES_MAX:
            raise LocalProtocolError(f"a message of {len(payload)} bytes is too long")
        self._queue.append(payload)
        self._sizes.append(len(payload))
        self.backlog_bytes += len(payload)
        self._queued_bytes += len(payload)

    def next_frame(self) -> cpg_nouns.Parts | None:
        """Return the frame that is to be sent next, None if there is none now. Frames are made when they are sent: many
        that wait would take much memory."""
        if self._cuts is not None:
            if (fragment := next(self._cuts, None)) is not None:
                return fragment
            self._cuts = None
        if self._long is not None or not self._queue or self.backlog_bytes - self._queued_bytes >= WINDOW_BYTES:
            return None
        if len(self._queue[0]) <= cpg_frames.FRAGMENT_BYTES:
            return self._take_pack()
        self._long = self._queue.popleft()
        self._queued_bytes -= len(self._long)
        self._cuts = cpg_frames.cut(self._long)
        return next(self._cuts)

    def _take_pack(self) -> cpg_nouns.Parts:
        """Return a frame with as many of the next messages as it holds, one at least."""
        pack = [self._queue.popleft()]
        room = cpg_frames.FRAGMENT_BYTES - len(pack[0])
        while self._queue and (room := room - len(self._queue[0]) - cpg_frames.LENGTH_BYTES) >= 0:
            pack.append(self._queue.popleft())
        self._queued_bytes -= sum(map(len, pack))
        return cpg_frames.pack(pack)

    def take(
        self, view: engine.ViewId, sender: Process, frame: cpg_nouns.Whole | cpg_nouns.Fragment
    ) -> list[engine.Delivered]:
        """Return the messages that a member's frame completes."""
        long = isinstance(frame, cpg_nouns.Fragment)
        payloads = self._complete(sender, frame) if isinstance(frame, cpg_nouns.Fragment) else frame.payloads
        if sender == self._me:
            self._came_back(len(payloads), long=long)
        first, node_id = self._position + 1, sender.node_id
        self._position += len(payloads)
        return [engine.Delivered(view, first + n, node_id, payload) for n, payload in enumerate(payloads)]

    def _complete(self, sender: Process, fragment: cpg_nouns.Fragment) -> Sequence[bytes]:
        whole = self._assemblies.setdefault(sender, cpg_frames.Assembly()).add(fragment)
        return () if whole is None else (whole,)

    def _came_back(self, count: int, *, long: bool) -> None:
        for _ in range(count):
            assert self._sizes, "a message of ours that was not sent"
            self.backlog_bytes -= self._sizes.popleft()
        if long and count:
            self._long = None

    def enter(self, processes: frozenset[Process], *, with_joiners: bool) -> None:
        """Begin a view. A long message whose beginning came before the joiners is sent again."""
        self._position = 0
        begun = self._me in self._assemblies and self._assemblies[self._me].begun
        if with_joiners:
            self._assemblies = {}
        else:
            self._assemblies = {p: a for p, a in self._assemblies.items() if p in processes}
        if with_joiners and begun and self._long is not None:
            self._cuts = cpg_frames.cut(self._long)
