"""Service quorum: whether enough weight of a virtual service's real servers is alive, with hysteresis."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace


class Turn(enum.StrEnum):
    """What became of the service quorum; the words are those of the notify scripts' names."""

    UP = "quorum_up"
    DOWN = "quorum_down"


class ServiceQuorum(msgspec.Struct, frozen=True):
    """The quorum of one virtual service and whether it is met.

    Invariant: 0 <= hysteresis < quorum. Source: keepalived.conf(5), `quorum` and `hysteresis`.
    """

    quorum: int = 1
    hysteresis: int = 0
    met: bool = True

    @classmethod
    def within(cls, quorum: int, hysteresis: int, weights: Iterable[int], met: bool = True) -> ServiceQuorum:
        """Return a quorum that can be reached: at most the sum of the weights, the hysteresis below it."""
        quorum = max(1, min(quorum, sum(weights)))
        return cls(quorum, max(0, min(hysteresis, quorum - 1)), met)

    def judge(self, alive_weight: int) -> tuple[ServiceQuorum, Turn | None]:
        """Return the quorum after the weight of the live real servers became this, and what to notify of."""
        assert 0 <= self.hysteresis < self.quorum, "a quorum that nothing can lose or gain"
        if not self.met and alive_weight >= self.quorum + self.hysteresis:
            return replace(self, met=True), Turn.UP
        if self.met and (alive_weight == 0 or alive_weight < self.quorum - self.hysteresis):
            return replace(self, met=False), Turn.DOWN
        return self, None
