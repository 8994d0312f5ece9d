"""Fills the table of a director that starts, without delay also where a big one was emptied a moment ago.

IPVS keeps real servers that were removed for some minutes, and looks through all of them for each new one, from the
last removed on. Ours are removed in the reverse order of adding, so the next start finds each at once. After a flush
they lie there in the kernel's own order of services: a start that adds ten thousands in another order takes half a
minute, so it turns to that one. Source: Linux, net/netfilter/ipvs/ip_vs_ctl.c, behaviour of ip_vs_trash_get_dest.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from standfast import director
from standfast.director import lvs

_MANY = 5000
_STEP = 300
_SLOW = 4
"""A real server that takes so many times as long as a service was looked for."""


def fill(
    dataplane: director.Dataplane, changes: Sequence[lvs.Change], clock: Callable[[], float] = time.perf_counter
) -> list[director.Refusal]:
    """Make the changes of a first table; return what was refused. Of many, services come before all real servers."""
    services = [change for change in changes if isinstance(change, lvs.AddService)]
    servers: Iterator[lvs.AddServer] = (change for change in changes if isinstance(change, lvs.AddServer))
    count = sum(isinstance(change, lvs.AddServer) for change in changes)
    if len(changes) < _MANY or not services or len(services) + count < len(changes):
        return dataplane.apply(changes)
    began = clock()
    refusals = dataplane.apply(services)
    patience_s = _SLOW * _STEP * (clock() - began) / len(services)
    turned = False
    while some := list(itertools.islice(servers, _STEP)):
        began = clock()
        refusals += dataplane.apply(some)
        if not turned and clock() - began > patience_s:
            servers = iter(_as_flushed(servers, dataplane))
            turned = True
    return refusals


def _as_flushed(servers: Iterable[lvs.AddServer], dataplane: director.Dataplane) -> list[lvs.AddServer]:
    """Return real servers in the order of services in which a flush removes them, the last first."""
    places = {status.service.key: -place for place, status in enumerate(dataplane.services())}
    return sorted(servers, key=lambda change: places.get(change.service, 1))
