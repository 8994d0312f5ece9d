"""How long a page was away, from the answers of a client that asks all the time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The page came: when (CLOCK_MONOTONIC in ms), and the node that it named."""

    at_ms: float
    by: str


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two answers that followed each other."""

    from_ms: float
    to_ms: float
    before: str
    after: str

    @property
    def length_ms(self) -> float:
        """Return how long nothing came."""
        return self.to_ms - self.from_ms


def gaps(answers: Sequence[Answer], since_ms: float) -> list[Gap]:
    """Return the gaps that end after a moment."""
    pairs = itertools.pairwise(answers)
    return [Gap(a.at_ms, b.at_ms, a.by, b.by) for a, b in pairs if b.at_ms > since_ms]


def longest(found: Iterable[Gap]) -> Gap | None:
    """Return the longest gap, None if there is none."""
    return max(found, key=lambda gap: gap.length_ms, default=None)


def back(answers: Sequence[Answer], since_ms: float, steady_ms: float, gone: str = "") -> Gap | None:
    """Return the longest gap after a moment, once the page has come for `steady_ms` since its end; else None.

    `gone`: the node that served the page before and must not any more.
    """
    gap = longest(gaps(answers, since_ms))
    if gap is None or answers[-1].at_ms < gap.to_ms + steady_ms:
        return None
    return None if answers[-1].by == gone else gap
