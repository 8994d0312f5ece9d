"""lblc and lblcr: a destination stays with its real server, or set of them, while that is not overloaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from standfast.director.lvs.schedulers.candidates import Candidate, Candidates, Flow, least_loaded
from standfast.director.lvs.services import Address, ServerKey

EXPIRATION_S = 24 * 3600


def _overloaded(one: Candidate, candidates: Candidates) -> bool:
    """Return whether it has more active connections than weight while another is less than half full."""
    return one.active > one.weight and any(other.active * 2 < other.weight for other in candidates)


class Cached(msgspec.Struct, frozen=True):
    """The real server of one destination, and when it was last asked for."""

    server: ServerKey
    used_s: int


class LocalityLeastConnections(msgspec.Struct, frozen=True):
    """A destination keeps its real server while that has a weight and is not overloaded. Source: ip_vs_lblc.c.

    Deviates: an entry that nobody used for a day goes when it is asked for, not in a half-hourly sweep.
    """

    cache: Mapping[Address, Cached] = msgspec.field(default_factory=dict)

    def changed(self, before: Candidates, after: Candidates) -> LocalityLeastConnections:
        """Return the same: a real server that went may come back to its destinations."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, LocalityLeastConnections]:
        """Return the destination's real server, else the least loaded of all, which becomes it."""
        chosen = self._kept(candidates, flow) or least_loaded(candidates)
        if chosen is None:
            return None, self
        return chosen, LocalityLeastConnections({**self.cache, flow.destination: Cached(chosen.key, flow.now_s)})

    def _kept(self, candidates: Candidates, flow: Flow) -> Candidate | None:
        cached = self.cache.get(flow.destination)
        if cached is None or flow.now_s - cached.used_s > EXPIRATION_S:
            return None
        one = next((c for c in candidates if c.key == cached.server), None)
        return one if one and one.weight > 0 and not _overloaded(one, candidates) else None


class CachedSet(msgspec.Struct, frozen=True):
    """The real servers of one destination, the latest first; when it was last asked for and last changed."""

    servers: tuple[ServerKey, ...]
    used_s: int
    changed_s: int


class LocalityReplication(msgspec.Struct, frozen=True):
    """A destination has a set of real servers, which grows under load and shrinks after a day. Source: ip_vs_lblcr.c.

    Deviates: an entry that nobody used for a day goes when it is asked for, not in a half-hourly sweep.
    """

    cache: Mapping[Address, CachedSet] = msgspec.field(default_factory=dict)

    def changed(self, before: Candidates, after: Candidates) -> LocalityReplication:
        """Return the same: a real server that went may come back to its destinations."""
        return self

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, LocalityReplication]:
        """Return the least loaded of the destination's set; when that is overloaded, of all, which joins the set."""
        entry = self.cache.get(flow.destination)
        if entry is None or flow.now_s - entry.used_s > EXPIRATION_S:
            entry = CachedSet((), flow.now_s, flow.now_s)
        members = _members(entry.servers, candidates)
        chosen = least_loaded(members)
        if len(entry.servers) > 1 and flow.now_s - entry.changed_s > EXPIRATION_S:
            entry = _without_fullest(entry, members, flow.now_s)
        if chosen is None or _overloaded(chosen, candidates):
            chosen = least_loaded(candidates)
            if chosen is None:
                return None, self
            if chosen.key not in entry.servers:
                entry = CachedSet((chosen.key, *entry.servers), flow.now_s, flow.now_s)
        entry = CachedSet(entry.servers, flow.now_s, entry.changed_s)
        return chosen, LocalityReplication({**self.cache, flow.destination: entry})


def _members(keys: Iterable[ServerKey], candidates: Candidates) -> list[Candidate]:
    by_key = {one.key: one for one in candidates}
    return [by_key[key] for key in keys if key in by_key]


def _without_fullest(entry: CachedSet, members: list[Candidate], now_s: int) -> CachedSet:
    weighty = [one for one in members if one.weight > 0]
    if not weighty:
        return entry
    fullest = weighty[0]
    for one in weighty[1:]:
        if fullest.overhead * one.weight < one.overhead * fullest.weight:
            fullest = one
    return CachedSet(tuple(key for key in entry.servers if key != fullest.key), entry.used_s, now_s)
