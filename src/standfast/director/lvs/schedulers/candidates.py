"""What an LVS scheduler sees: real servers, newest first, with weights and counts, and the new connection."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol, Self

import msgspec

from standfast.director.lvs.services import Address, ServerKey


class Candidate(msgspec.Struct, frozen=True):
    """A real server as an LVS scheduler sees it. `last_weight` is its last weight that was not 0."""

    key: ServerKey
    weight: int
    last_weight: int
    active: int = 0
    inactive: int = 0
    overloaded: bool = False

    @property
    def takes_connections(self) -> bool:
        """Return whether it counts: some weight, and no threshold reached."""
        return self.weight > 0 and not self.overloaded

    @property
    def overhead(self) -> int:
        """Return its load; an active connection counts as much as 256 inactive ones. Source: ip_vs.h."""
        return self.active * 256 + self.inactive


Candidates = Sequence[Candidate]
"""The real servers of one virtual service, newest first: the kernel puts each new one at the head of the list."""


class Flow(msgspec.Struct, frozen=True):
    """A connection to be scheduled; `now_s` is a monotonic time, for the caches of lblc and lblcr."""

    source: Address
    source_port: int
    destination: Address
    now_s: int = 0


class LvsScheduler(Protocol):
    """An LVS scheduler with its state; both methods are pure and return the scheduler to go on with."""

    def changed(self, before: Candidates, after: Candidates) -> Self:
        """Return the scheduler after a real server was added, edited or deleted."""
        ...

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, Self]:
        """Return the real server for a new connection; None refuses it."""
        ...


def greatest_common_divisor(weights: Iterable[int]) -> int:
    """Return the divisor of all weights above 0; 0 if there is none."""
    return math.gcd(*(weight for weight in weights if weight > 0))


def least_loaded(candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the one with the least overhead for its weight, the first of equals. Source: ip_vs_wlc.c."""
    least: Candidate | None = None
    for one in candidates:
        if one.takes_connections and (least is None or least.overhead * one.weight > one.overhead * least.weight):
            least = one
    return least
