"""sh, dh and mh: lookup tables that are filled when real servers change, and asked by a hash of an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec.structs import replace

from standfast.director.lvs.schedulers.candidates import Candidate, Candidates, Flow, greatest_common_divisor
from standfast.director.lvs.schedulers.hashing import folded, half_siphash, hash_32
from standfast.director.lvs.services import ServerKey

BUCKETS = 256
MAGLEV_SIZE = 4093
_MAGLEV_BITS = 6
_OFFSET_KEY = (2654435761, 2654435761)
_SKIP_KEY = (2654446892, 2654446892)

LookupTable = tuple[ServerKey, ...]


def _look_up(
    table: LookupTable, candidates: Candidates, bucket: Callable[[int], int], fallback: bool
) -> Candidate | None:
    """Return the real server of bucket(0); with `fallback` the first that takes connections of further buckets."""
    if not table:
        return None
    by_key = {one.key: one for one in candidates}
    first = bucket(0)
    offsets: Iterator[int] = ((first + step) % len(table) for step in range(len(table)))
    for at in (first, *(map(bucket, offsets) if fallback else ())):
        chosen = by_key[table[at]]
        if chosen.takes_connections:
            return chosen
    return None


class DestinationHashing(msgspec.Struct, frozen=True):
    """One bucket after the other dealt round; asked by the destination. Source: ip_vs_dh.c."""

    table: LookupTable = ()

    def changed(self, before: Candidates, after: Candidates) -> DestinationHashing:
        """Deal the buckets again, from the list's head."""
        return DestinationHashing(tuple(after[i % len(after)].key for i in range(BUCKETS)) if after else ())

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, DestinationHashing]:
        """Return the destination's real server, or nobody."""
        return _look_up(self.table, candidates, lambda _: hash_32(folded(flow.destination)), False), self


class SourceHashing(msgspec.Struct, frozen=True):
    """Each real server has as many buckets in a row as its weight, at least one; asked by the source.

    Source: ip_vs_sh.c.
    """

    fallback: bool = False
    with_port: bool = False
    table: LookupTable = ()

    def changed(self, before: Candidates, after: Candidates) -> SourceHashing:
        """Deal the buckets again, from the list's head."""
        turn = [one.key for one in after for _ in range(min(BUCKETS, max(1, one.weight)))]
        return replace(self, table=tuple(turn[i % len(turn)] for i in range(BUCKETS)) if turn else ())

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, SourceHashing]:
        """Return the source's real server; with the flag sh-fallback another if that takes nothing."""
        base = hash_32(folded(flow.source) + (flow.source_port if self.with_port else 0))
        return _look_up(self.table, candidates, lambda offset: (offset + base) % BUCKETS, self.fallback), self


class MaglevHashing(msgspec.Struct, frozen=True):
    """Google's Maglev: each real server fills the table by a permutation of its own. Source: ip_vs_mh.c."""

    fallback: bool = False
    with_port: bool = False
    table: LookupTable = ()

    def changed(self, before: Candidates, after: Candidates) -> MaglevHashing:
        """Fill the table again; real servers without a weight ever have no part in it."""
        return replace(self, table=maglev_table(after))

    def choose(self, candidates: Candidates, flow: Flow) -> tuple[Candidate | None, MaglevHashing]:
        """Return the source's real server; with the flag mh-fallback another if that takes nothing."""
        base = folded(flow.source) + (flow.source_port if self.with_port else 0)
        bucket = lambda offset: half_siphash(offset + base, _OFFSET_KEY) % MAGLEV_SIZE  # noqa: E731
        return _look_up(self.table, candidates, bucket, self.fallback), self


def maglev_table(candidates: Candidates) -> LookupTable:
    """Return the lookup table; empty if no real server ever had a weight."""
    turns = _turns(candidates)
    if not any(turns):
        return ()
    permutations = [_permutation(one) for one in candidates]
    filled: list[ServerKey | None] = [None] * MAGLEV_SIZE
    order = [i for i, count in enumerate(turns) for _ in range(count)]
    for n in range(MAGLEV_SIZE):
        i = order[n % len(order)]
        place = next(p for p in permutations[i] if filled[p] is None)
        filled[place] = candidates[i].key
    return tuple(key for key in filled if key is not None)


def _permutation(server: Candidate) -> Iterator[int]:
    value = folded(server.key.address) + server.key.port
    place = half_siphash(value, _OFFSET_KEY) % MAGLEV_SIZE
    skip = half_siphash(value, _SKIP_KEY) % (MAGLEV_SIZE - 1) + 1
    while True:
        yield place
        place = (place + skip) % MAGLEV_SIZE


def _turns(candidates: Candidates) -> list[int]:
    """Return how many places in a row each real server fills: its last weight, brought down to six bits."""
    divisor = greatest_common_divisor(one.last_weight for one in candidates)
    if not divisor:
        return []
    greatest = max(one.last_weight for one in candidates) // divisor
    shift = max(0, greatest.bit_length() - _MAGLEV_BITS)
    return [(one.last_weight // divisor >> shift) or int(one.last_weight != 0) for one in candidates]
