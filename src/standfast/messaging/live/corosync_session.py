"""One connection to Corosync: its handles and descriptors, and the thread that asks what may block.

`cpg_dispatch` and its kin, and `cpg_mcast_joined`, do not block and are called in the event loop's thread. All other
calls wait for an answer of the Corosync process, which may be stopped: they are made in the session's own thread.
"""

from __future__ import annotations

import ctypes
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from standfast.errors import LiveError, RemoteProtocolError
from standfast.messaging import cpg_events, cpg_frames, cpg_nouns, engine
from standfast.messaging.live import corosync_bindings as cs
from standfast.messaging.live import corosync_map

PARTS_MAX = cpg_frames.FRAGMENT_BYTES // cpg_frames.APART_BYTES + 1  # libcpg takes 63
T = TypeVar("T")
Read = Callable[[memoryview], bytes | cpg_nouns.Frame]
"""Keeps nothing of what it reads. Raises: RemoteProtocolError."""
Post = Callable[[Callable[[], None]], None]


class Worker:
    """A thread that makes blocking calls one after the other, and does not keep the process from ending."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="corosync", daemon=True)
        self._thread.start()

    def ask(self, question: Callable[[], T], answered: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Call `question` in the thread, and then one of the others in the loop."""

        def job() -> None:
            try:
                answer = question()
            except LiveError as error:
                reason = str(error)
                self._post(lambda: failed(reason))
            else:
                self._post(lambda: answered(answer))

        self._jobs.put(job)

    def do(self, work: Callable[[], None]) -> threading.Event:
        """Call `work` in the thread; return what is set when it is done."""
        done = threading.Event()

        def job() -> None:
            work()
            done.set()

        self._jobs.put(job)
        return done

    def end(self) -> None:
        """Let the thread end after its jobs."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class Session:
    """The handles. `open` is for the thread; all else is for the loop unless it says otherwise.

    `read` makes of a message what `Received` carries, instead of its bytes; one that it refuses comes as it is.
    """

    def __init__(self, group: str, read: Read = bytes) -> None:
        self._read = read
        self._lib = cs.load()
        self._group = cs.CpgName(len(group), group.encode())
        self._cpg = self._quorum = self._votes = 0
        self._map: corosync_map.Map | None = None
        self.ordered: list[cpg_events.Ordered] = []
        self.rings: list[tuple[cpg_events.Ring, tuple[int, ...], bool]] = []
        self.votes_changed = False
        self.me = cpg_events.Process(0, 0)
        self.floor = 0
        self._senders: dict[tuple[int, int], cpg_events.Process] = {}
        self._multicast = self._lib.functions["cpg_mcast_joined"]
        self._vectors = (cs.Iovec * PARTS_MAX)()
        self._slots = list(self._vectors)
        self._keep = self._callbacks()

    # --- in the thread

    def open(self) -> Session:
        """Connect, begin to track quorum, and join the group. Raises: LiveError."""
        try:
            self._initialize()
            self._join()
        except LiveError:
            self.close()
            raise
        return self

    def _initialize(self) -> None:
        cpg, votes, quorum, kind = cs.handle_t(), cs.handle_t(), cs.handle_t(), cs.u32()
        on_cpg, on_quorum, on_votes = self._keep
        self._lib.call("cpg_model_initialize", ctypes.byref(cpg), cs.CPG_MODEL_V1, ctypes.byref(on_cpg), None)
        self._cpg = cpg.value
        self._map = corosync_map.Map()
        self.floor = self._map.view_sequence
        self._lib.call(
            "quorum_model_initialize", ctypes.byref(quorum), cs.QUORUM_MODEL_V1, ctypes.byref(on_quorum),
            ctypes.byref(kind), None,
        )  # fmt: skip
        self._quorum = quorum.value
        self._lib.call("votequorum_initialize", ctypes.byref(votes), ctypes.byref(on_votes))
        self._votes = votes.value
        self._lib.call("quorum_trackstart", self._quorum, cs.TRACK_CURRENT | cs.TRACK_CHANGES)
        self._lib.call("votequorum_trackstart", self._votes, 0, cs.TRACK_CHANGES)

    def _join(self) -> None:
        node_id = ctypes.c_uint()
        self._lib.call("cpg_local_get", self._cpg, ctypes.byref(node_id))
        self.me = cpg_events.Process(node_id.value, os.getpid())
        self._lib.call("cpg_join", self._cpg, ctypes.byref(self._group))

    def said(self, ring: cpg_events.Ring, nodes: tuple[int, ...], quorate: bool) -> cpg_events.QuorumSaid:
        """Return votequorum's word on a ring, with the nodes' names; in the thread. Raises: CorosyncError."""
        assert self._map is not None
        info = cs.VotequorumInfo()
        self._lib.call("votequorum_getinfo", self._votes, 0, ctypes.byref(info))
        names = self._map.names()
        waits = bool(info.flags & cs.INFO_WAIT_FOR_ALL)
        quorum = engine.Quorum(
            quorate=quorate,
            total_votes=info.total_votes,
            expected_votes=info.highest_expected,
            needed_votes=info.quorum,
            two_node=bool(info.flags & cs.INFO_TWO_NODE),
            wait_for_all=waits,
            waiting_for_all=waits and not quorate and info.total_votes >= info.quorum,
        )
        present = tuple(engine.Node(n, names.get(n, str(n))) for n in sorted(nodes))
        return cpg_events.QuorumSaid(ring, present, quorum)

    def keep_sequence(self, sequence: int) -> None:
        """Have Corosync remember our highest view; in the thread. Raises: CorosyncError."""
        assert self._map is not None
        self._map.view_sequence = sequence

    def leave(self) -> None:
        """Say goodbye and close; in the thread."""
        self._lib.code("cpg_leave", self._cpg, ctypes.byref(self._group))
        self.close()

    def close(self) -> None:
        """Give all handles back; nothing of it waits for Corosync's answer."""
        for name, handle in (("cpg", self._cpg), ("quorum", self._quorum), ("votequorum", self._votes)):
            if handle:
                self._lib.code(f"{name}_finalize", handle)
        self._cpg = self._quorum = self._votes = 0
        if self._map is not None:
            self._map.close()
            self._map = None

    # --- in the loop

    def descriptors(self) -> Iterator[tuple[int, Callable[[], bool]]]:
        """Yield descriptors, and what is to be called when one is readable: it returns whether there may be more.

        Raises: CorosyncError, from these calls too, when the connection is gone.
        """
        for name, handle in (("cpg", self._cpg), ("quorum", self._quorum), ("votequorum", self._votes)):
            fd = ctypes.c_int()
            self._lib.call(f"{name}_fd_get", handle, ctypes.byref(fd))
            yield fd.value, self._dispatcher(f"{name}_dispatch", handle)

    def _dispatcher(self, function: str, handle: int) -> Callable[[], bool]:
        call = self._lib.functions[function]
        arguments = cs.handle_t(handle), ctypes.c_int(cs.DISPATCH_ONE_NONBLOCKING)

        def dispatch() -> bool:
            code = call(*arguments)
            if code not in (cs.OK, cs.TRY_AGAIN):
                raise cs.CorosyncError(function, code)
            return code == cs.OK

        return dispatch

    def multicast(self, parts: cpg_nouns.Parts) -> bool:
        """Send one frame; return False if Corosync takes none just now. Raises: CorosyncError."""
        for vector, part in zip(self._slots, parts, strict=False):
            vector.base, vector.len = part, len(part)
        code = self._multicast(self._cpg, cs.GUARANTEE_AGREED, self._vectors, len(parts))
        if code not in (cs.OK, cs.TRY_AGAIN):
            raise cs.CorosyncError("cpg_mcast_joined", code)
        return code == cs.OK

    # --- what the libraries call, inside a dispatch

    def _callbacks(self) -> tuple[cs.CpgModel, cs.QuorumModel, cs.VotequorumCallbacks]:
        """Return the callbacks; they are to live as long as the handles."""
        cpg = cs.CpgModel(
            cs.CPG_MODEL_V1, cs.CpgDeliver(self._deliver), cs.CpgConfchg(self._confchg),
            cs.CpgTotemConfchg(self._totem_confchg), cs.CPG_DELIVER_INITIAL_TOTEM_CONF,
        )  # fmt: skip
        quorum = cs.QuorumModel(cs.QUORUM_MODEL_V1, cs.QuorumNotify(self._quorum_notify), cs.QuorumNodelist())
        votes = cs.VotequorumCallbacks(
            cs.VotesNotify(self._votes_notify), cs.VotesExpected(self._votes_expected), cs.VotesNodelist()
        )  # fmt: skip
        return cpg, quorum, votes

    def _deliver(self, _: int, group: int, node_id: int, pid: int, data: int, size: int) -> None:
        sender = self._senders.get((node_id, pid))
        if sender is None:
            sender = self._senders[node_id, pid] = cpg_events.Process(node_id, pid)
        with cs.view(data, size) as text:
            try:
                frame = self._read(text)
            except RemoteProtocolError:
                frame = bytes(text)
        self.ordered.append(cpg_events.Received(sender, frame))

    def _confchg(self, *arguments: object) -> None:
        _, _, members, member_count, left, left_count, joined, joined_count = arguments
        self.ordered.append(
            cpg_events.GroupChanged(
                frozenset(process for process, _ in _processes(members, member_count)),
                joined=tuple(_processes(joined, joined_count)),
                left=tuple(_processes(left, left_count)),
            )
        )

    def _totem_confchg(self, _: int, ring: cs.RingId, count: int, members: object) -> None:
        self.ordered.append(cpg_events.RingFormed(cpg_events.Ring(ring.seq, ring.nodeid)))

    def _quorum_notify(self, _: int, quorate: int, ring: cs.RingId, count: int, members: object) -> None:
        ids = tuple(members[i] for i in range(count))  # type: ignore[index]
        self.rings.append((cpg_events.Ring(ring.seq, ring.nodeid), ids, bool(quorate)))

    def _votes_notify(self, *_: object) -> None:
        self.votes_changed = True

    def _votes_expected(self, *_: object) -> None:
        self.votes_changed = True


def _processes(
    addresses: object, count: object
) -> Iterator[tuple[cpg_events.Process, cpg_events.Reason]]:  # fmt: skip
    for address in addresses[:count]:  # type: ignore[index]
        known = address.reason in cpg_events.Reason.__members__.values()
        reason = cpg_events.Reason(address.reason) if known else cpg_events.Reason.UNDEFINED
        yield cpg_events.Process(address.nodeid, address.pid), reason
