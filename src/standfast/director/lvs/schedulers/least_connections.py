"""lc, wlc, sed, nq, fo and ovf: by how many connections each real server has, or by weight alone; no state."""

from __future__ import annotations

import msgspec

from standfast.director.lvs.schedulers.candidates import Candidate, Candidates, Flow, least_loaded


class LeastConnections(msgspec.Struct, frozen=True):
    """The least overhead, whatever the weight. Source: ip_vs_lc.c."""

    def changed(self, before: Candidates, after: Candidates) -> LeastConnections:
        """Return the same: nothing is kept."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, LeastConnections]:
        """Return the one with the least overhead, the first of equals."""
        counting = [one for one in candidates if one.takes_connections]
        return min(counting, key=lambda one: one.overhead, default=None), self


class WeightedLeastConnections(msgspec.Struct, frozen=True):
    """The least overhead for its weight. Source: ip_vs_wlc.c."""

    def changed(self, before: Candidates, after: Candidates) -> WeightedLeastConnections:
        """Return the same: nothing is kept."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, WeightedLeastConnections]:
        """Return the one with the least overhead / weight, the first of equals."""
        return least_loaded(candidates), self


def _shortest_expected_delay(candidates: Candidates) -> Candidate | None:
    least: Candidate | None = None
    for one in candidates:
        if not one.takes_connections:
            continue
        if least is None or (least.active + 1) * one.weight > (one.active + 1) * least.weight:
            least = one
    return least


class ShortestExpectedDelay(msgspec.Struct, frozen=True):
    """The least (active + 1) / weight. Source: ip_vs_sed.c."""

    def changed(self, before: Candidates, after: Candidates) -> ShortestExpectedDelay:
        """Return the same: nothing is kept."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, ShortestExpectedDelay]:
        """Return the one with the shortest expected delay, the first of equals."""
        return _shortest_expected_delay(candidates), self


class NeverQueue(msgspec.Struct, frozen=True):
    """The first without an active connection, else as sed. Source: ip_vs_nq.c."""

    def changed(self, before: Candidates, after: Candidates) -> NeverQueue:
        """Return the same: nothing is kept."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, NeverQueue]:
        """Return an idle one before any other."""
        idle = (one for one in candidates if one.takes_connections and one.active == 0)
        return next(idle, None) or _shortest_expected_delay(candidates), self


class FailOver(msgspec.Struct, frozen=True):
    """The greatest weight. Source: ip_vs_fo.c."""

    def changed(self, before: Candidates, after: Candidates) -> FailOver:
        """Return the same: nothing is kept."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, FailOver]:
        """Return the heaviest, the first of equals."""
        counting = [one for one in candidates if one.takes_connections]
        return max(counting, key=lambda one: one.weight, default=None), self


class Overflow(msgspec.Struct, frozen=True):
    """The greatest weight among those whose active connections do not exceed it. Source: ip_vs_ovf.c."""

    def changed(self, before: Candidates, after: Candidates) -> Overflow:
        """Return the same: nothing is kept."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, Overflow]:
        """Return the heaviest with room, the first of equals."""
        counting = [one for one in candidates if one.takes_connections and one.active <= one.weight]
        return max(counting, key=lambda one: one.weight, default=None), self
