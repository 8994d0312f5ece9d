"""`bfd_instance` blocks as values: sessions for the director's BFD process."""

from __future__ import annotations

from msgspec.structs import replace

from standfast.dialects.keepalived.bfd_table import BFD
from standfast.dialects.keepalived.engine import Draft
from standfast.dialects.keepalived.halves import BfdHalf
from standfast.dialects.keepalived.process_nouns import standing_of
from standfast.dialects.keepalived.source import Source
from standfast.director import bfd
from standfast.director.bfd.configuration import ANY_HOPS

_FIELDS = ("min_rx_us", "min_tx_us", "idle_tx_us", "multiplier", "passive", "ttl", "source")


def bfd_of(source: Source) -> BfdHalf:
    """Return the sessions, and how their process is to run; what does not count is left out."""
    drafts = source.bfd.lists.get(BFD, []) if source.bfd else []
    sessions = bfd.Configuration(tuple(_session(draft) for draft in drafts))
    return BfdHalf(sessions, bfd.orders.Running(**standing_of(source.values, "bfd")))


def _session(draft: Draft) -> bfd.SessionConfiguration:
    fields = {name: draft[name] for name in _FIELDS if name in draft}
    session = bfd.SessionConfiguration(draft["name"], draft["neighbor"], **fields)
    hops: int = draft.get("max_hops", 0)
    # more than the ttl is taken for the ttl. Source: keepalived 2.2.7
    return replace(session, max_hops=hops if hops in ANY_HOPS else min(hops, session.ttl))
