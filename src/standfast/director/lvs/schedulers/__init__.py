"""LVS schedulers as pure functions: the same choices as the kernel's, one by one."""

from __future__ import annotations

from standfast.director.lvs.schedulers.candidates import Candidate, Candidates, Flow, LvsScheduler
from standfast.director.lvs.schedulers.least_connections import (
    FailOver,
    LeastConnections,
    NeverQueue,
    Overflow,
    ShortestExpectedDelay,
    WeightedLeastConnections,
)
from standfast.director.lvs.schedulers.locality import LocalityLeastConnections, LocalityReplication
from standfast.director.lvs.schedulers.lookup_tables import DestinationHashing, MaglevHashing, SourceHashing
from standfast.director.lvs.schedulers.round_robin import RoundRobin, WeightedRoundRobin
from standfast.director.lvs.services import FALLBACK, SOURCE_PORT, ServiceFlag

_STATELESS: dict[str, LvsScheduler] = {
    "rr": RoundRobin(),
    "wrr": WeightedRoundRobin(),
    "lc": LeastConnections(),
    "wlc": WeightedLeastConnections(),
    "sed": ShortestExpectedDelay(),
    "nq": NeverQueue(),
    "fo": FailOver(),
    "ovf": Overflow(),
    "dh": DestinationHashing(),
    "lblc": LocalityLeastConnections(),
    "lblcr": LocalityReplication(),
}

NAMES = frozenset((*_STATELESS, "sh", "mh"))


def scheduler_of(name: str, flags: ServiceFlag = ServiceFlag.NONE) -> LvsScheduler:
    """Return a fresh LVS scheduler of this name. Raises: KeyError for a name that nobody knows."""
    if name == "sh":
        return SourceHashing(FALLBACK in flags, SOURCE_PORT in flags)
    if name == "mh":
        return MaglevHashing(FALLBACK in flags, SOURCE_PORT in flags)
    return _STATELESS[name]


__all__ = ["NAMES", "Candidate", "Candidates", "Flow", "LvsScheduler", "scheduler_of"]
