"""Who coordinates: the DC is derived from the replicated state, the same on every member without a message.

Of the members of the oldest version, the one that has had the state longest, then the one with the lowest id: so a
node that returns moves no DC, and a newer version waits until all understand it.
"""

from __future__ import annotations

from standfast.controller import node_ids
from standfast.controller.replica import Member, Replica


def ranking(replica: Replica) -> list[Member]:
    """Return the members in the order in which they would coordinate."""
    return sorted(replica.members.values(), key=lambda m: (m.software, m.since, m.id))


def coordinator(replica: Replica) -> Member | None:
    """Return the DC; None if nobody is left."""
    return min(replica.members.values(), key=lambda m: (m.software, m.since, m.id), default=None)


def note(replica: Replica) -> None:
    """Write the DC into the document, as Pacemaker does."""
    dc = coordinator(replica)
    if dc is not None:
        replica.document.root.set("dc-uuid", node_ids.node_id(replica, dc.name))
