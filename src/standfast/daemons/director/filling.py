"""Fills the table of a director that starts, without delay also where a big one was emptied a moment ago.

IPVS keeps real servers that were removed for some minutes, and looks through all of them for each new one, from the
last removed on: a start that adds ten thousands in an order of its own takes half a minute. Ours are removed in the
reverse order of adding, so the next start finds each at once. Others remove services in the order of the configuration
(keepalived, which is ended when that takes long), or flush the table, which is the kernel's order: a start that is slow
looks up to which service the one was done before the other, and turns both round.
Source: Linux, net/netfilter/ipvs/ip_vs_ctl.c, behaviour of ip_vs_trash_get_dest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from standfast import director
from standfast.director import lvs

_MANY = 5000
_STEP = 30
"""Services that are added at once."""
_SLOW = 5
"""A real server that takes so many times as long as a service was looked for."""


def fill(
    dataplane: director.Dataplane, changes: Sequence[lvs.Change], clock: Callable[[], float] = time.perf_counter
) -> list[director.Refusal]:
    """Make the changes of a first table; return what was refused. Of many, services come before all real servers."""
    services = [change for change in changes if isinstance(change, lvs.AddService)]
    servers = [change for change in changes if isinstance(change, lvs.AddServer)]
    if len(changes) < _MANY or not services or len(services) + len(servers) < len(changes):
        return dataplane.apply(changes)
    filling = _Filling(dataplane, servers, clock)
    filling.patience_s = _SLOW * filling.make(services)
    filling.add_all()
    return filling.refusals


class _Filling:
    """Adds real servers, all of a service at once; `waiting` are those of each service that were not added yet.

    One that takes longer than `patience_s` was looked for.
    """

    def __init__(
        self, dataplane: director.Dataplane, servers: Sequence[lvs.AddServer], clock: Callable[[], float]
    ) -> None:
        self._dataplane = dataplane
        self._clock = clock
        self.patience_s = 0.0
        self.refusals: list[director.Refusal] = []
        self.waiting: dict[lvs.ServiceKey, list[lvs.Change]] = {}
        for change in servers:
            self.waiting.setdefault(change.service, []).append(change)

    def add_all(self) -> None:
        """Add the real servers of all services, in their order if that is not slow twice in a row.

        Once may be the machine's: turned round for nothing, each would be looked for among all.
        """
        keys = list(self.waiting)
        at, step, was_slow = 0, 1, False
        while at < len(keys):
            slow = self.add(keys[at : at + step])
            if slow and was_slow:
                self._add_flushed(keys)
                self.add(reversed(keys))
                return
            at, step, was_slow = at + step, 1 if slow else _STEP, slow

    def _add_flushed(self, keys: Sequence[lvs.ServiceKey]) -> None:
        """Add those of the services that were flushed, the last first: from some service on, before it there are none.

        Which one that is only adding tells. Where it is not known, rather too few are taken for flushed: of the others
        those come first that should have been among them.
        """
        numbers = {key: number for number, key in enumerate(keys)}
        first, known = 0, len(keys)  # none is flushed before the first; from the known one on all are
        ready: list[lvs.ServiceKey] = []
        for key in reversed(self._dataplane.service_keys()):
            number = numbers.get(key, -1) if key in self.waiting else -1
            if number >= known:
                ready.append(key)
                if len(ready) == _STEP:
                    self.add(ready)
                    ready = []
            elif number >= first:
                if self.add([key]):
                    first = number + 1 + (known - number) // 4
                else:
                    known = number
        self.add(ready)

    def add(self, keys: Iterable[lvs.ServiceKey]) -> bool:
        """Add the real servers of services, as far as they wait; return whether they were looked for."""
        return self.make([change for key in keys for change in self.waiting.pop(key, ())]) > self.patience_s

    def make(self, changes: Sequence[lvs.Change]) -> float:
        """Make changes; return how many seconds each took."""
        began = self._clock()
        if changes:
            self.refusals += self._dataplane.apply(changes)
        return (self._clock() - began) / max(1, len(changes))
