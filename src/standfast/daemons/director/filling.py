"""Fills the table of a director that starts, without delay also where a big one was emptied a moment ago.

IPVS keeps real servers that were removed for some minutes, and looks through all of them for each new one, from the
last removed on: a start that adds ten thousands in an order of its own takes half a minute. Ours are removed in the
reverse order of adding, so the next start finds each at once. Others remove them in the order of their services, which
is that of the configuration, or flush the table, which is the kernel's order: a start turns to these while it is slow.
Source: Linux, net/netfilter/ipvs/ip_vs_ctl.c, behaviour of ip_vs_trash_get_dest.
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
    removed_in: list[Callable[[], list[lvs.ServiceKey]]] = [
        lambda: [change.service.key for change in services], dataplane.service_keys
    ]  # fmt: skip
    while some := list(itertools.islice(servers, _STEP)):
        began = clock()
        refusals += dataplane.apply(some)
        if removed_in and clock() - began > patience_s:
            servers = iter(_last_first(servers, removed_in.pop(0)()))
    return refusals


def _last_first(servers: Iterable[lvs.AddServer], keys: list[lvs.ServiceKey]) -> list[lvs.AddServer]:
    """Return real servers, those of the last service first."""
    places = {key: -place for place, key in enumerate(keys)}
    return sorted(servers, key=lambda change: places.get(change.service, 1))
