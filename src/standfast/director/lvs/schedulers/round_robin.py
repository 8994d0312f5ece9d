"""rr and wrr: in turn, and in turn by weight."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from standfast.director.lvs.schedulers.candidates import Candidate, Candidates, Flow, greatest_common_divisor
from standfast.director.lvs.services import ServerKey


def position(candidates: Candidates, key: ServerKey | None) -> int:
    """Return where a real server stands in the list; -1 is before its head."""
    return next((i for i, one in enumerate(candidates) if one.key == key), -1)


class RoundRobin(msgspec.Struct, frozen=True):
    """The next real server after the last chosen one. Source: ip_vs_rr.c."""

    last: ServerKey | None = None

    def changed(self, before: Candidates, after: Candidates) -> RoundRobin:
        """When the last chosen one was deleted, its predecessor in the list takes its place."""
        there = {one.key for one in after}
        at = position(before, self.last)
        return RoundRobin(next((before[i].key for i in range(at, -1, -1) if before[i].key in there), None))

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, RoundRobin]:
        """Walk once around the list, beginning after the last chosen one."""
        start = position(candidates, self.last) + 1
        for one in (*candidates[start:], *candidates[:start]):
            if one.takes_connections:
                return one, RoundRobin(one.key)
        return None, self


class WeightedRoundRobin(msgspec.Struct, frozen=True):
    """The next real server whose weight reaches the current level, which falls by the weights' divisor each round.

    `maximum` is the level that a round begins with. Source: ip_vs_wrr.c.
    """

    last: ServerKey | None = None
    level: int = 0
    maximum: int = 0
    divisor: int = 1

    def changed(self, before: Candidates, after: Candidates) -> WeightedRoundRobin:
        """Begin at the list's head again, at a level that the new weights have."""
        divisor = greatest_common_divisor(one.weight for one in after) or 1
        maximum = max((one.weight for one in after), default=0) - (divisor - 1)
        level = self.level
        if level > maximum or level == 0:
            level = maximum
        elif divisor > 1:
            level = level // divisor * divisor + 1
        return WeightedRoundRobin(None, level, maximum, divisor)

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, WeightedRoundRobin]:
        """Walk the list at falling levels; give up when every real server was asked at the lowest one."""
        if self.maximum <= 0:
            return None, self
        at_head = position(candidates, self.last) < 0
        level, start = self.level, position(candidates, self.last) + 1
        stop: ServerKey | None = None
        last_pass = restarted = False
        while True:
            for one in candidates[start:]:
                if not one.overloaded and one.weight >= level:
                    return one, replace(self, last=one.key, level=level)
                if one.key == stop:
                    return None, replace(self, level=level)
            level, start = level - self.divisor, 0
            if level <= 0:
                level = self.maximum
                if last_pass or at_head:
                    return None, replace(self, level=level)
                restarted = True
            last_pass = level <= self.divisor
            if last_pass and restarted:
                stop = self.last
