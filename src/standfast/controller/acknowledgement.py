"""Acknowledgement: a configuration change is answered when enough disks of the view hold it.

Enough is as many as quorum needs votes, and a majority of the members, so that no later quorum can be without it: the
vote of a node whose daemon is down is not a disk. One disk write and one message cover all changes before it.
"""

from __future__ import annotations

from standfast import cib
from standfast.controller import carrying
from standfast.controller.events import Reply, Store
from standfast.controller.joining import Stored
from standfast.controller.messages import StoredUpTo
from standfast.controller.replica import Replica
from standfast.controller.station import Station
from standfast.errors import Exit

RETRY_MS = 2000
RETRY_TIMER = "store-again"


class Acknowledgement:
    """This node's disk, what the others said of theirs, and who waits for it."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._disks: dict[int, int] = {}
        self._waiting: dict[int, tuple[int, object]] = {}  # request -> number of its change, its result
        self._last = 0
        self._under_way: tuple[int, int, int, Stored] | None = None  # store, settlement, number of changes, copy
        self._wanted = False
        self._settlement = 0

    def settled(self) -> None:
        """Begin anew: every member stores the state as this view has it."""
        self._settlement += 1
        self._disks = {}
        self.store()

    def store(self) -> None:
        """Store the state, now or as soon as the disk has answered."""
        state = self._station.replica
        if state is None:
            return
        if self._under_way is not None:
            self._wanted = True
            return
        self._wanted = False
        self._last += 1
        document = _configuration(state.document, clean=not state.forced)
        version = document.version
        base = state.base if state.forced else (version.admin_epoch, version.epoch)
        copy = Stored(document, state.term, state.voters, state.change_term, base)
        changes = 0 if state.carried and state.forced else state.changes
        self._under_way = (self._last, self._settlement, changes, copy)
        self._station.emit(Store(self._last, document, copy.term, copy.members, copy.change_term, copy.base))

    def stored(self, number: int) -> Stored | None:
        """Note that the disk has answered; return what it holds now."""
        if self._under_way is None or number != self._under_way[0]:
            return None
        _, settlement, changes, copy = self._under_way
        self._under_way = None
        station = self._station
        if settlement == self._settlement and station.settled is not None:
            station.send(StoredUpTo(station.view_id, station.round, changes, copy.term))
        if self._wanted:
            self.store()
        return copy

    def failed(self, number: int, reason: str) -> None:
        """Note that the disk refused; try again later."""
        if self._under_way is not None and number == self._under_way[0]:
            self._under_way = None
            self._wanted = False
            self._station.say("disk", f"the configuration could not be stored: {reason}", "error")
            self._station.set_timer(RETRY_TIMER, RETRY_MS)

    def hear(self, sender: int, message: StoredUpTo) -> None:
        """Note how far a member's disk is, and answer who waited for it."""
        station, state = self._station, self._station.replica
        if state is None or (message.view, message.round, message.term) != (
            station.view_id, station.round, state.term,
        ):  # fmt: skip
            return
        if carrying.heard(state, sender):
            self.store()
        self._disks[sender] = max(message.number, self._disks.get(sender, 0))
        self.answer()

    def wait(self, request: int, number: int, result: object) -> None:
        """Answer this request when change `number` is on enough disks."""
        self._waiting[request] = (number, result)
        self.answer()

    def answer(self) -> None:
        """Answer all whose change is on enough disks."""
        state = self._station.settled
        if state is None or not self._waiting:
            return
        held = self.acknowledged(state)
        for request, (number, result) in sorted(self._waiting.items()):
            if number <= held:
                del self._waiting[request]
                self._station.emit(Reply(request, result))

    def acknowledged(self, state: Replica) -> int:
        """Return the number up to which changes are on enough disks; 0 if there are not enough."""
        enough = carrying.disks_needed(state)
        numbers = sorted((self._disks.get(m, -1) for m in state.members), reverse=True)
        return max(0, numbers[enough - 1]) if 0 < enough <= len(numbers) else 0

    def without_quorum(self) -> None:
        """Answer all who wait: their changes are here, but no quorum holds them."""
        self.give_up("quorum was lost before enough disks held the change: it may be undone", Exit.QUORUM)

    def give_up(self, reason: str, exit_status: Exit) -> None:
        """Answer all who wait that it is not known."""
        for request in sorted(self._waiting):
            self._station.emit(Reply(request, error=reason, exit_status=exit_status))
        self._waiting.clear()


def _configuration(document: cib.Document, *, clean: bool) -> cib.Document:
    """Return a copy without the status: that lives in the members' memory."""
    copy = document.copy_configuration()
    copy.root.set("have-quorum", "1" if clean else "0")
    return copy
