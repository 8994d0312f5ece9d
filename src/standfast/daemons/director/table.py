"""The table of virtual services as the data plane has it: what waits to be changed, and on disk whose it is."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from standfast import director
from standfast.daemons.director.filling import fill
from standfast.director import events, lvs
from standfast.director.live.ledger import Ledger
from standfast.errors import LiveError

CHANGES_AT_ONCE = 500
"""So many changes take some milliseconds."""


class Table:
    """Takes the effects that are the table's; the changes are made when they are asked for."""

    def __init__(self, dataplane: director.Dataplane, ledger: Ledger, complain: Callable[[str], None]) -> None:
        """`complain` is told of a ledger that cannot be written: the table is set all the same."""
        self.dataplane = dataplane
        self._ledger = ledger
        self._complain = complain
        self._waiting: deque[tuple[lvs.Change, ...]] = deque()
        self._done = 0
        """So many of the first that wait are made already."""

    @property
    def is_set(self) -> bool:
        """Return whether no change waits."""
        return not self._waiting

    def first(self, configuration: director.Configuration) -> events.Configured:
        """Return the event of a first configuration, with what stands and what a predecessor noted as its own."""
        owned = self._ledger.read()
        ours = owned | {virtual.key for service in configuration.services for virtual in service.services}
        present = lvs.table_of(
            lvs.Pool.of(found.service, *(s.server for s in reversed(self.dataplane.servers(found.service.key))))
            for found in self.dataplane.services()
            if found.service.key in ours
        )
        return events.Configured(configuration, present, owned)

    def take(self, effect: events.Effect) -> bool:
        """Take an effect if it is the table's; return whether it is."""
        if isinstance(effect, events.Apply):
            self._waiting.append(effect.changes)
        elif isinstance(effect, events.Own):
            self._own(effect.services)
        elif isinstance(effect, events.Flush):
            self._clear()
            self.dataplane.flush()
        else:
            return False
        return True

    def _own(self, services: frozenset[lvs.ServiceKey]) -> None:
        try:
            self._ledger.write(services)
        except LiveError as error:
            self._complain(f"the ledger cannot be written: {error}")

    def set_some(self) -> list[director.Refusal]:
        """Make the changes that wait, not too many of them; return what was refused. Raises: LiveError."""
        batch: list[lvs.Change] = []
        while self._waiting and len(batch) < CHANGES_AT_ONCE:
            more = self._waiting[0][self._done : self._done + CHANGES_AT_ONCE - len(batch)]
            batch += more
            self._done += len(more)
            if self._done == len(self._waiting[0]):
                self._waiting.popleft()
                self._done = 0
        return self._made(self.dataplane.apply, batch) if batch else []

    def set_all(self) -> list[director.Refusal]:
        """Make all changes that wait, of a first table; return what was refused. Raises: LiveError."""
        assert not self._done, "a first table of which something is made"
        changes = self._waiting[0] if len(self._waiting) == 1 else tuple(itertools.chain.from_iterable(self._waiting))
        self._clear()
        return self._made(partial(fill, self.dataplane), changes) if changes else []

    def _clear(self) -> None:
        self._waiting.clear()
        self._done = 0

    def _made(
        self, make: Callable[[Sequence[lvs.Change]], list[director.Refusal]], changes: Sequence[lvs.Change]
    ) -> list[director.Refusal]:
        try:
            return make(changes)
        except OSError as error:
            # what stands is not known any more: a successor reads it and takes it over
            self._clear()
            raise LiveError(f"the data plane does not answer: {error}") from error

    def forget(self) -> None:
        """Note that nothing of it is ours any more."""
        self._ledger.forget()
